"""A command's manners: options in words, one message for what goes wrong, a bar, an exit status.

Only what `--help` needs is imported here; the rest is imported where it is used.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

FAILED_STATUS = 1
INPUT_STATUS = 2
MODEL_STATUS = 3
INTERRUPT_STATUS = 130
TRACEBACK = "DCGRID_TRACEBACK"

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d)")

File = Annotated[
    Path, typer.Argument(metavar="FILE", help="A campus (.toml, .yaml, .json) or a scenario script (.py).")
]
Days = Annotated[float, typer.Option(help="Length of the run [d].")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change a value of the campus; may be repeated."),
]


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn what went wrong into one message and an exit status; for the body of every command."""
    from sim.errors import EnergyBalanceError, OscillationError, SpecError  # noqa: PLC0415 - not for help

    try:
        yield
    except SpecError as error:
        status, said = INPUT_STATUS, f"Error: {error}"
    except (EnergyBalanceError, OscillationError) as error:
        if os.environ.get(TRACEBACK):
            raise
        status = MODEL_STATUS
        said = f"Error: {error}\nThe model is at fault, not the input; {TRACEBACK}=1 shows where."
    except BrokenPipeError:
        raise
    except OSError as error:
        status, said = INPUT_STATUS, f"Error: {error}"
    except KeyboardInterrupt:
        status, said = INTERRUPT_STATUS, "Interrupted; nothing was written."
    else:
        return
    typer.echo(said, err=True)
    raise typer.Exit(status)


@contextmanager
def resumable(out: Path | None) -> Iterator[None]:
    """Say on Ctrl-C where the finished runs of a sweep are."""
    try:
        yield
    except KeyboardInterrupt:
        if out is None or not out.is_dir():
            raise
        typer.echo(f"Interrupted; finished runs are in {out}, the same command goes on from there.", err=True)
        raise typer.Exit(INTERRUPT_STATUS) from None


def change(text: str) -> tuple[str, Any]:
    """A dotted path and a value, from `path=value`."""
    from sim.errors import Problem, SpecError  # noqa: PLC0415 - not for help

    path, found, value = text.partition("=")
    try:
        if not (found and path.strip() and "\n" not in value):
            raise ValueError  # noqa: TRY301 - one message for whatever is wrong
        return path.strip(), tomllib.loads(f"value = {value}")["value"]
    except ValueError:
        said = (
            f"= {text!r}; allowed: path=value with a number, true, false, a quoted text or a list of them, "
            "such as supply.smr.modules=3 or 'supply.solar.mounting=\"fixed\"'"
        )
        raise SpecError("run", [Problem(("--set",), said)]) from None


def record_s(text: str) -> float | None:
    """The interval of recorded means, or None for every change."""
    from sim import units  # noqa: PLC0415 - not for help
    from sim.errors import Problem, SpecError  # noqa: PLC0415 - not for help

    if text == "change":
        return None
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        said = f"= {text!r}; allowed: change, or a duration in s, min, h or d, such as 15min or 1h"
        raise SpecError("run", [Problem(("--record",), said)])
    lengths_s = {
        "s": 1.0,
        "min": units.SECONDS_PER_MINUTE,
        "h": units.SECONDS_PER_HOUR,
        "d": units.SECONDS_PER_DAY,
    }
    return float(found[1]) * lengths_s[found[2]]


@contextmanager
def progress_bar(days: float) -> Iterator[Callable[[float], None] | None]:
    """A bar in simulated days on stderr, where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - for terminals only
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415 - as above

    columns = (
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} days"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("run", total=days)
        yield lambda share: bar.update(task, completed=share * days)
