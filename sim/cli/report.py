"""`dcgrid report`: the page of a saved result, or one page that compares several, for a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.status import clear_errors

COMPARISON = "comparison.html"
"""The page that compares results, in the current folder."""


def report(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN [RUN ...]", help="Folders of saved results.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="HTML",
            help=f"Page to write, .html.  [default: RUN/report.html; of several RUN {COMPARISON}]",
        ),
    ] = None,
) -> None:
    """Write a saved result as a page for a browser, or one page that compares several.

    Differences are to the first RUN; there may be six.
    """
    with clear_errors():
        from sim.page.compared import check_count
        from sim.page.shell import check_page
        from sim.results.comparison import PAGE, comparison_page
        from sim.results.result import Result
        from sim.runs.folder import check_writable
        from sim.runs.saved import check_saved

        for folder in folders:
            check_saved(folder)
        is_one = len(folders) == 1
        if not is_one:
            check_count(len(folders))
        page = out or (folders[0] / PAGE if is_one else Path(COMPARISON))
        check_page(page, field="--out")
        check_writable(page, owner="report", field="--out")
        page.resolve().parent.mkdir(parents=True, exist_ok=True)
        written = Result.load(folders[0]).to_html(page) if is_one else comparison_page(folders, page)
        typer.echo(f"page: {written}")
