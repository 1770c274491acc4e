"""The folder that keeps finished runs, so that a command on many runs can be resumed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.status import INTERRUPT_STATUS

Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Folder that keeps finished runs, to resume from.")
]


def check_writable_folder(out: Path | None, *, owner: str) -> None:
    """Refuse a folder that cannot be written to; the command itself refuses what is not a folder."""
    from sim.runs.folder import check_writable

    if out is not None and (out.is_dir() or not out.exists()):
        check_writable(out, owner=owner, field="--out", inside=True)


@contextmanager
def resumable(out: Path | None) -> Iterator[None]:
    """On Ctrl-C, print where the finished runs are kept."""
    try:
        yield
    except KeyboardInterrupt:
        if out is None or not out.is_dir():
            raise
        typer.echo(
            f"Interrupted. Finished runs are kept in {out}; run the same command again to resume.", err=True
        )
        raise typer.Exit(INTERRUPT_STATUS) from None
