"""The table of a sweep on the command line: which metrics, which points, in which order, and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.screen import echo_document

if TYPE_CHECKING:
    from sim.sweeps.result import SweepResult
    from sim.sweeps.selection import Selection

Figures = Annotated[
    list[str] | None,
    typer.Option(
        "--figure",
        "--metric",
        metavar="NAME",
        help="Metric to show in the table of a sweep; may be repeated.",
    ),
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CONDITION",
        help='Show the points of a sweep that meet it, such as "unserved_mwh<=10"; may be repeated.',
    ),
]
Sort = Annotated[
    str | None, typer.Option(metavar="NAME", help="Sort the points of a sweep by a metric or an axis.")
]
Descending = Annotated[bool, typer.Option("--descending", help="Sort with the largest first.")]


def show_table(
    result: SweepResult, figures: Sequence[str], selection: Selection, file: Path | None = None
) -> None:
    """Print the table of a sweep, and write it into a file.

    A metric that does not exist is refused after the table, so that no run is lost.

    Args:
        result: The sweep.
        figures: Metrics to show; the usual ones if there are none.
        selection: Which points, in which order.
        file: A CSV file to write as well, with all metrics if none are named.
    """
    known = [name for name in figures if name in result.metrics]
    echo_document(result.document(*known, selection=selection))
    for name in figures:
        result.check_metric(name)
    if file is not None:
        from sim.sheets.csv_folder import write_csv

        columns = list(result.summary(*known).columns)
        write_csv(selection.of_points(result.means)[columns], file)
        typer.echo(f"table: {file}")


def check_file(file: Path | None, *, owner: str) -> None:
    """Refuse, before any run, a file that cannot be written."""
    from sim.errors import Problem, SpecError
    from sim.runs.folder import check_writable

    if file is None:
        return
    if file.is_dir():
        message = f"= {str(file)!r} is a folder; allowed for a sweep: a file"
        raise SpecError(owner, [Problem(("--csv",), message)])
    check_writable(file, owner=owner, field="--csv")
