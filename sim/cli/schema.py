"""`dcgrid schema`: the fields of a campus file."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.cli.scenario_options import Imports, import_named
from sim.cli.status import clear_errors


def schema(
    kind: Annotated[
        str | None,
        typer.Argument(
            help="Print the fields of one section: campus, facility, servers, a kind or a part; or the kinds "
            "of a family, such as tariff or strategy."
        ),
    ] = None,
    fields: Annotated[
        bool, typer.Option("--fields", help="Print the fields of all sections as tables.")
    ] = False,
    imports: Imports = None,
) -> None:
    """Print the JSON schema of a campus file, or its fields with their meaning."""
    import_named(imports)
    with clear_errors():
        import json

        from sim.campus.schema import families, json_schema, section, sections
        from sim.report.tables import field_table, kind_table, terminal_width

        if not fields and kind in families():
            typer.echo(kind_table(kind, families()[kind], terminal_width()))
            return
        wanted = sections() if fields else {kind: section(kind)} if kind else {}
        tables = [field_table(name, spec, terminal_width()) for name, spec in wanted.items()]
        typer.echo("\n".join(tables) if tables else json.dumps(json_schema(), indent=2))
