"""`dcgrid validate`, `show` and `schema`: look at a campus, a result or the fields of either."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.scenario_options import Changes, Days, File, campus_of
from sim.cli.screen import echo_report
from sim.cli.status import clear_errors


def validate(ctx: typer.Context, file: File, *, days: Days = 365.0, changes: Changes = None) -> None:
    """Check all that a run checks before it starts, its files included; say what the campus holds."""
    with clear_errors():
        campus = campus_of(ctx, changes)
        from sim.simulate import prepare
        from sim.tables import holdings, terminal_width

        prepare(campus, days=days)
        typer.echo(f"{file}: ok\n{holdings(campus, terminal_width())}")


def show(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(help="A campus, a scenario script, or the folder of a saved result or of a sweep."),
    ],
    changes: Changes = None,
) -> None:
    """Show a campus as a table, or the report of what was saved."""
    with clear_errors():
        if file.is_dir():
            _show_saved(file)
            return
        from sim.tables import campus_table, terminal_width

        typer.echo(campus_table(campus_of(ctx, changes), terminal_width()))


def _show_saved(folder: Path) -> None:
    """Print the report of a saved result, or of a sweep as far as it has come."""
    from sim.sweep.store import holds_sweep

    if holds_sweep(folder):
        from sim.sweep.result import SweepResult

        swept = SweepResult.load(folder)
        echo_report(swept.report(), keys=len(swept.axes))
    else:
        from sim.results.result import Result

        echo_report(Result.load(folder).report())


def schema(
    kind: Annotated[
        str | None, typer.Argument(help="campus, facility, servers, a kind or a part: its fields.")
    ] = None,
    fields: Annotated[bool, typer.Option("--fields", help="The fields of everything as tables.")] = False,
) -> None:
    """Print the JSON schema of a campus file, or what its fields mean."""
    with clear_errors():
        import json

        from sim.schema import json_schema, section, sections
        from sim.tables import field_table, terminal_width

        wanted = sections() if fields else {kind: section(kind)} if kind else {}
        tables = [field_table(name, spec, terminal_width()) for name, spec in wanted.items()]
        typer.echo("\n".join(tables) if tables else json.dumps(json_schema(), indent=2))
