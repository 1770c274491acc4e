"""`dcgrid report`: pages for a browser of results and sweeps, and pictures as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.pictures import Dpi, Format, Panels, Png, Size, refuse, write_pictures
from sim.cli.status import clear_errors

COMPARISON = "comparison.html"
"""The page that compares results, in the current folder."""


def report(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="FOLDER [FOLDER ...]",
            help="Folder of a saved result or of a sweep, or of several results.",
        ),
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="HTML",
            help=f"Page to write, .html.  [default: FOLDER/report.html; of several results {COMPARISON}]",
        ),
    ] = None,
    png: Png = None,
    panels: Panels = None,
    size: Size = None,
    form: Format = None,
    dpi: Dpi = None,
) -> None:
    """Write a page for a browser: of a saved result or a sweep, or one that compares results.

    Differences are to the first of the results; there may be six. With --png, pictures are written instead.
    """
    with clear_errors():
        if png is not None:
            refuse(f"is for a page; {png} has pictures alone", out=out)
            for path in write_pictures(folders, png, panels=panels, size=size, form=form, dpi=dpi):
                typer.echo(f"picture: {path}")
            return
        refuse("is for pictures; give --png DIR as well", panel=panels, size=size, format=form, dpi=dpi)
        typer.echo(f"page: {_write_page(folders, out)}")


def _write_page(folders: list[Path], out: Path | None) -> Path:
    """Write the page of a result or of a sweep, or one that compares results."""
    from sim.page.shell import check_page
    from sim.results.comparison import PAGE, comparison_page
    from sim.results.result import Result
    from sim.runs.folder import check_writable
    from sim.sweeps.result import SweepResult
    from sim.sweeps.store import holds_sweep

    is_one, is_sweep = len(folders) == 1, holds_sweep(folders[0])
    _check(folders)
    page = out or (folders[0] / PAGE if is_one else Path(COMPARISON))
    check_page(page, field="--out")
    check_writable(page, owner="report", field="--out")
    page.resolve().parent.mkdir(parents=True, exist_ok=True)
    if is_one:
        (SweepResult if is_sweep else Result).load(folders[0]).to_html(page)
    else:
        comparison_page(folders, page)
    return page


def _check(folders: list[Path]) -> None:
    """Refuse, before any work, what is neither a sweep nor results that can be compared."""
    from sim.errors import Problem, SpecError
    from sim.page.compared import check_count
    from sim.runs.saved import check_saved
    from sim.sweeps.store import holds_sweep

    if len(folders) > 1:
        check_count(len(folders))
    for folder in folders:
        if not holds_sweep(folder):
            check_saved(folder)
        elif len(folders) > 1:
            message = f"= {str(folder)!r} is a sweep; allowed beside others: the folder of a saved result"
            raise SpecError("report", [Problem(("folder",), message)])
