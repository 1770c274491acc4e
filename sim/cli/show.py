"""`dcgrid show`: a campus as a table, or the report of a saved result or sweep."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.scenario_options import Changes, Imports, campus_of
from sim.cli.screen import echo_document
from sim.cli.status import clear_errors


def show(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(help="A campus, a scenario script, or the folder of a saved result or of a sweep."),
    ],
    changes: Changes = None,
    imports: Imports = None,  # noqa: ARG001 - imported before FILE is opened
) -> None:
    """Show a campus as a table, or the report of a saved result or sweep."""
    with clear_errors():
        if file.is_dir():
            _show_saved(file)
            return
        from sim.report.tables import campus_table, terminal_width

        typer.echo(campus_table(campus_of(ctx, changes), terminal_width()))


def _show_saved(folder: Path) -> None:
    """Print the report of a saved result, or of a sweep as far as it has come."""
    from sim.sweeps.store import holds_sweep

    if holds_sweep(folder):
        from sim.sweeps.result import SweepResult

        echo_document(SweepResult.load(folder).document())
    else:
        from sim.results.result import Result

        echo_document(Result.load(folder).document())
