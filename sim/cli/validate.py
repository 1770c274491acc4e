"""`dcgrid validate`: check a campus as a run does before it starts."""

from __future__ import annotations

import typer

from sim.cli.scenario_options import Changes, Days, File, Imports, campus_of, with_length
from sim.cli.status import clear_errors


def validate(
    ctx: typer.Context,
    file: File,
    *,
    days: Days = None,
    changes: Changes = None,
    imports: Imports = None,  # noqa: ARG001 - imported before FILE is opened
) -> None:
    """Check a campus and its input files as a run does before it starts, and print what it contains."""
    with clear_errors():
        campus = campus_of(ctx, changes)
        from sim.report.tables import holdings, terminal_width
        from sim.simulation import prepare

        prepare(with_length(ctx, campus, days))
        typer.echo(f"{file}: ok\n{holdings(campus, terminal_width())}")
