"""The command line: `dcgrid run`, `sweep`, `size` and the other commands, a module for each.

An error prints one message on stderr and sets the exit status: 2 for an input that cannot be simulated,
3 for a run whose books do not balance or that cannot settle, 130 for Ctrl-C. Nothing is written in these
cases, except that a sweep keeps the runs it has finished; its status is 1 if some of them failed.

Only what `--help` needs is imported here; each command imports the rest when it is called.
"""

from __future__ import annotations

from sim.cli.app import app
from sim.cli.compare import compare
from sim.cli.export import export
from sim.cli.report import report
from sim.cli.reproduce import reproduce
from sim.cli.run import run, run_scenario
from sim.cli.scenario_options import FileCommand
from sim.cli.schema import schema
from sim.cli.show import ShowCommand, show
from sim.cli.size import size
from sim.cli.sweep import sweep
from sim.cli.validate import validate

__all__ = ["app", "main", "run_scenario"]

app.command(cls=FileCommand, short_help="Run a campus and print the report.")(run)
app.command(cls=FileCommand, short_help="Check a campus as a run does before it starts.")(validate)
app.command(cls=ShowCommand, short_help="Show a campus or tariff, or the report of a result or sweep.")(show)
app.command(short_help="Write a page for a browser: of a saved result, several, or a sweep.")(report)
app.command(cls=FileCommand, short_help="Write a campus, or that of a saved result, as a file.")(export)
app.command(short_help="Print the fields of a campus file: unit, default, range, source.")(schema)
app.command(cls=FileCommand, short_help="Run a campus at many points; print means with intervals.")(sweep)
app.command(cls=FileCommand, short_help="Search the cheapest sizes that meet limits.")(size)
app.command(short_help="Show what differs between saved results.")(compare)
app.command(short_help="Run published cases; compare them with reference values.")(reproduce)


def main() -> None:
    """The command `dcgrid`."""
    app()
