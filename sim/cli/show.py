"""`dcgrid show`: a campus or a tariff as a table, or the report of a saved result or sweep."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.scenario_options import Changes, FileCommand, Imports, campus_of
from sim.cli.screen import echo_document
from sim.cli.status import clear_errors
from sim.cli.sweep_table import Descending, Figures, Sort, Where, check_file, show_table

_TARIFF = ".json"


class ShowCommand(FileCommand):
    """The command `show`, whose FILE may also be a tariff."""

    def is_scenario(self, file: Path) -> bool:
        """Whether FILE is a campus or a scenario script."""
        return super().is_scenario(file) and not _is_tariff(file)


def show(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            help="A campus, a scenario script, a tariff of the Utility Rate Database (.json), or the folder "
            "of a saved result or of a sweep."
        ),
    ],
    *,
    csv: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Write CSV: of a result a folder with flows, 15-minute and hourly means, months, events, "
            "jobs and bill; of a sweep a file with its table.",
        ),
    ] = None,
    excel: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the tables of a result into a workbook, .xlsx.")
    ] = None,
    label: Annotated[
        str | None, typer.Option(metavar="LABEL", help="Label of the tariff, if FILE holds several.")
    ] = None,
    figures: Figures = None,
    where: Where = None,
    sort: Sort = None,
    descending: Descending = False,
    changes: Changes = None,
    imports: Imports = None,  # noqa: ARG001 - imported before FILE is opened
) -> None:
    """Show a campus or a tariff as a table, or the report of a saved result or sweep."""
    with clear_errors():
        from sim.sweeps.store import holds_sweep

        of_sweep = {"--figure": figures, "--where": where, "--sort": sort, "--descending": descending}
        of_result = {"--csv": csv, "--excel": excel}
        if _is_tariff(file):
            _show_tariff(file, label, {**of_sweep, **of_result, "--set": changes})
            return
        _refuse({"--label": label}, f"is for a tariff; {file} is not a tariff of the Utility Rate Database")
        if file.is_dir() and holds_sweep(file):
            _refuse({"--excel": excel}, "is of a saved result; this is a sweep, which has --csv")
            _show_sweep(file, figures or [], where or [], sort, csv, descending=descending)
            return
        _refuse(of_sweep, "is of a saved sweep")
        if file.is_dir():
            _show_result(file, csv, excel)
            return
        _refuse(of_result, "is of a saved result or sweep; run the campus with --out first")
        _show_campus(ctx, changes)


def _show_campus(ctx: typer.Context, changes: list[str] | None) -> None:
    """Print a campus as a table."""
    from sim.report.tables import campus_table, terminal_width

    typer.echo(campus_table(campus_of(ctx, changes), terminal_width()))


def _is_tariff(file: Path) -> bool:
    """Whether a file holds records of the Utility Rate Database."""
    if file.suffix != _TARIFF or file.is_dir():
        return False
    from sim.contracts.urdb_record import holds_record

    return holds_record(file)


def _show_tariff(file: Path, label: str | None, of_others: Mapping[str, object]) -> None:
    """Print a tariff as tables; options of others are refused."""
    from sim.contracts.urdb_record import read_record
    from sim.report.tariff import document

    _refuse(of_others, f"is not for a tariff; {file} is a tariff of the Utility Rate Database")
    echo_document(document(read_record(file, label)))


def _refuse(options: Mapping[str, object], message: str) -> None:
    """Refuse an option that has no meaning for what is shown."""
    from sim.errors import Problem, SpecError

    for name, value in options.items():
        if value:
            raise SpecError("show", [Problem((name,), message)])


def _show_sweep(
    folder: Path,
    figures: list[str],
    where: list[str],
    sort: str | None,
    csv: Path | None,
    *,
    descending: bool,
) -> None:
    """Print the table of a sweep as far as it has come."""
    from sim.sweeps.result import SweepResult
    from sim.sweeps.selection import Selection

    check_file(csv, owner="show")
    selection = Selection.of(where, sort, descending=descending)
    show_table(SweepResult.load(folder), figures, selection, csv)


def _show_result(folder: Path, csv: Path | None, excel: Path | None) -> None:
    """Print the report of a saved result, and write its tables."""
    from sim.results.result import Result
    from sim.runs.folder import check_writable
    from sim.sheets.csv_folder import check_folder
    from sim.sheets.workbook import check_workbook

    if csv is not None:
        check_folder(csv)
        check_writable(csv, owner="show", field="--csv")
    if excel is not None:
        check_workbook(excel)
        check_writable(excel, owner="show", field="--excel")
    result = Result.load(folder)
    echo_document(result.document())
    if csv is not None:
        typer.echo(f"tables: {result.save_csv(csv)}")
    if excel is not None:
        excel.parent.mkdir(parents=True, exist_ok=True)
        for line in result.save_excel(excel):
            typer.echo(line)
        typer.echo(f"workbook: {excel}")
