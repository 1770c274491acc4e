"""`dcgrid report`: saved results as pages for a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.status import clear_errors

NAME = "report.html"
"""The page in the folder of a saved result."""


def report(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN [RUN ...]", help="Folders of saved results.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option(metavar="HTML", help=f"Page to write, .html; for one RUN.  [default: RUN/{NAME}]"),
    ] = None,
) -> None:
    """Write saved results as pages for a browser, one for each."""
    with clear_errors():
        from sim.errors import Problem, SpecError
        from sim.page.page import check_page
        from sim.results.result import Result
        from sim.runs.folder import check_writable
        from sim.runs.saved import check_saved

        if out is not None and len(folders) > 1:
            message = f"is for one result; {len(folders)} are given, and each has its page in its folder"
            raise SpecError("report", [Problem(("--out",), message)])
        pages = {folder: out or folder / NAME for folder in folders}
        for folder, page in pages.items():
            check_saved(folder)
            check_page(page, field="--out")
            check_writable(page, owner="report", field="--out")
        for folder, page in pages.items():
            page.resolve().parent.mkdir(parents=True, exist_ok=True)
            typer.echo(f"page: {Result.load(folder).to_html(page)}")
