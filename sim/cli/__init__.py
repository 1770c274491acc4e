"""The command line: `dcgrid run`, `validate`, `show`, `schema`, `sweep`, `compare` and `reproduce`.

Whatever goes wrong is one message on stderr and an exit status: 2 for an input that cannot be simulated,
3 for a run whose books do not close or that cannot settle, 130 for Ctrl-C. Nothing is written then, but a
sweep keeps the runs it has finished; its status is 1 if some of them failed.

Only what `--help` needs is imported here; each command imports the rest when it is called.
"""

from __future__ import annotations

from sim.cli.app import app
from sim.cli.look import schema, show, validate
from sim.cli.many import compare, sweep
from sim.cli.reproduce import reproduce
from sim.cli.run import run, run_scenario
from sim.cli.scenario_options import FileCommand

__all__ = ["app", "main", "run_scenario"]

app.command(cls=FileCommand)(run)
app.command(cls=FileCommand)(validate)
app.command(cls=FileCommand)(show)
app.command()(schema)
app.command(cls=FileCommand)(sweep)
app.command()(compare)
app.command()(reproduce)


def main() -> None:
    """The command `dcgrid`."""
    app()
