"""`dcgrid compare`: what differs between saved results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.screen import echo_document
from sim.cli.status import clear_errors


def compare(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR DIR ...", help="Folders of saved results.")],
    *,
    out: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Save the comparison as a picture: .png, .svg or .pdf.")
    ] = None,
) -> None:
    """Show what differs between saved results; the first is the baseline."""
    with clear_errors():
        from sim.results.comparison import compare as compare_results

        comparison = compare_results(folders)
        if out is not None:
            comparison.save(out)
        echo_document(comparison.document())
