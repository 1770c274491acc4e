"""How a command ends: with one message and an exit status, without a traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

MISSED_STATUS = 1
FAILURES_STATUS = 1
INPUT_STATUS = 2
MODEL_STATUS = 3
INTERRUPT_STATUS = 130
TRACEBACK = "DCGRID_TRACEBACK"
_HINT = f"Set {TRACEBACK}=1 for a traceback."


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn an error into one message and an exit status; for the body of every command."""
    from sim.errors import EnergyBalanceError, OscillationError, SpecError

    try:
        yield
    except SpecError as error:
        if error.__cause__ is not None and os.environ.get(TRACEBACK):
            raise
        status, message = INPUT_STATUS, f"Error: {error}"
        if error.__cause__ is not None:
            message += f"\n{_HINT}"
    except (EnergyBalanceError, OscillationError) as error:
        if os.environ.get(TRACEBACK):
            raise
        status = MODEL_STATUS
        message = f"Error: {error}\nThis is an error in the model, not in the input. {_HINT}"
    except BrokenPipeError:
        raise
    except OSError as error:
        status, message = INPUT_STATUS, f"Error: {error}"
    except KeyboardInterrupt:
        status, message = INTERRUPT_STATUS, "Interrupted; nothing was written."
    else:
        return
    typer.echo(message, err=True)
    raise typer.Exit(status)


@contextmanager
def exiting() -> Iterator[None]:
    """Leave the interpreter with the status of an exit outside any command."""
    try:
        yield
    except typer.Exit as stop:
        sys.exit(stop.exit_code)
