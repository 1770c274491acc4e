"""The folder of a result: what belongs in it, and whether it can be written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from sim.errors import Problem, SpecError

NEEDED = (
    "summary.json",
    "flows.parquet",
    "events.parquet",
    "jobs.parquet",
    "requests.parquet",
    "latencies.parquet",
    "bill.parquet",
    "demand.parquet",
    "months.parquet",
    "hours.parquet",
    "books.json",
    "campus.json",
)
"""Files without which a result cannot be read."""

_FILES = (*NEEDED, "report.md", "report.html", "dispatch.png")


def check_folder(folder: Path) -> None:
    """Refuse a folder that a result could not be saved in: one that is not new, not empty and not a result.

    Raises:
        SpecError: If it contains files that are not part of a result, or is not a folder.
    """
    found = {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()
    strange = sorted(found.difference(_FILES))
    if folder.exists() and not folder.is_dir():
        message = "is a file"
    elif strange:
        message = f"holds {strange[0]}, which is not part of a result"
    elif found and not found.issuperset(NEEDED):
        message = f"holds {min(found)} but not a complete result"
    else:
        return
    raise SpecError("result", [Problem(("folder",), f"= {str(folder)!r} {message}")])


def check_writable(
    place: Path, *, owner: str = "result", field: str = "folder", inside: bool = False
) -> None:
    """Refuse a place that cannot be written to, before any work is done.

    A temporary folder is made and removed where the first file or folder would be made.

    Args:
        place: A folder or file to be written.
        owner: Who is to write it, for the message.
        field: How the user calls it, for the message.
        inside: Whether files are written into the place if it is there, rather than beside it.

    Raises:
        SpecError: Naming the place and the reason.
    """
    here = place.resolve() if inside else place.resolve().parent
    while not os.path.lexists(here) and here != here.parent:
        here = here.parent
    try:
        Path(tempfile.mkdtemp(prefix=f".{place.resolve().name}-", dir=here)).rmdir()
    except OSError as error:
        message = f"= {str(place)!r} cannot be written: no folder can be made in {here} ({error.strerror})"
        raise SpecError(owner, [Problem((field,), message)]) from None
