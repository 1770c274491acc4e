"""Options of `dcgrid report` for pictures as files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from sim.errors import Problem, SpecError

_SIZE = re.compile(r"(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)")

Png = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Write each panel of a saved result as a picture, and no page."),
]
Panels = Annotated[
    list[str] | None,
    typer.Option(
        "--panel",
        metavar="NAME",
        help="Panel to write: dispatch, load_duration, energy, curtailment, bill, jobs, overhead or "
        "requests; may be repeated.  [default: all]",
    ),
]
Size = Annotated[
    str | None, typer.Option(metavar="WIDTHxHEIGHT", help="Size of a picture [inch].  [default: 10x6]")
]
Format = Annotated[
    str | None, typer.Option("--format", metavar="NAME", help="Format: png, svg or pdf.  [default: png]")
]
Dpi = Annotated[int | None, typer.Option(help="Dots per inch of a PNG.  [default: 150]")]


def write_pictures(
    folders: list[Path],
    png: Path,
    *,
    panels: list[str] | None,
    size: str | None,
    form: str | None,
    dpi: int | None,
) -> list[Path]:
    """Write panels of a saved result; the arguments are those of the command.

    Raises:
        SpecError: If an argument is out of range, or there are several results.
    """
    from sim.plots import single
    from sim.results.result import Result
    from sim.runs.folder import check_writable
    from sim.runs.saved import check_saved
    from sim.sweeps.store import holds_sweep

    if len(folders) > 1:
        message = f"is for one result; {len(folders)} are given"
        raise SpecError("report", [Problem(("--png",), message)])
    if holds_sweep(folders[0]):
        message = f"is for a saved result; {folders[0]} is a sweep, which has a page"
        raise SpecError("report", [Problem(("--png",), message)])
    check_saved(folders[0])
    size_in, form, dpi = _size_in(size), form or single.FORMATS[0], single.DPI if dpi is None else dpi
    single.check(png, panels or [], form, size_in, dpi)
    check_writable(png, owner="report", field="--png")
    return single.write(Result.load(folders[0]), png, panels or [], form=form, size_in=size_in, dpi=dpi)


def refuse(message: str, **options: object) -> None:
    """Refuse options that have no meaning for what is written."""
    for name, value in options.items():
        if value is not None and value != []:
            raise SpecError("report", [Problem((f"--{name}",), message)])


def _size_in(size: str | None) -> tuple[float, float]:
    """Width and height [inch]."""
    from sim.plots import single

    if size is None:
        return single.SIZE_IN
    found = _SIZE.fullmatch(size)
    if found is None:
        message = f"= {size!r}; allowed: width and height in inch, such as 10x6"
        raise SpecError("report", [Problem(("--size",), message)])
    return float(found[1]), float(found[2])
