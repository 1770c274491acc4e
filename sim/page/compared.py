"""The runs of a page that compares some: each with a colour and a line style, the same in all charts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.errors import Problem, SpecError
from sim.plots.palette import CYCLE
from sim.report.html import Html, element
from sim.report.numbers import duration
from sim.runs.run import Run

_DASHES: tuple[tuple[int, ...], ...] = ((), (8, 4), (2, 3), (10, 3, 2, 3), (4, 3), (14, 4, 2, 4, 2, 4))
_WIDTH = 1.6
MOST_RUNS = len(_DASHES)
"""Most runs of a page: those whose lines can be told apart."""


@dataclass(frozen=True, eq=False)
class Compared:
    """A run among others.

    Attributes:
        name: What it is called here.
        run: The run.
        colour: Its colour.
        dash: Lengths of the dashes and gaps of its lines; a line without gaps if there are none.
        page: Where its own page is, as a link; empty if it has none.
    """

    name: str
    run: Run
    colour: str
    dash: tuple[int, ...]
    page: str = ""


def compared(runs: Mapping[str, Run], pages: Mapping[str, str]) -> tuple[Compared, ...]:
    """The runs with their colours and line styles.

    Args:
        runs: The runs by name.
        pages: Links to the pages of runs, by name.

    Raises:
        SpecError: If there are more than can be told apart.
    """
    check_count(len(runs))
    drawn = zip(runs.items(), CYCLE, _DASHES, strict=False)
    return tuple(
        Compared(name, run, colour, dash, pages.get(name, "")) for (name, run), colour, dash in drawn
    )


def check_count(count: int) -> None:
    """Refuse fewer than two runs, or more than can be told apart.

    Raises:
        SpecError: Naming both numbers.
    """
    least = 2
    if not least <= count <= MOST_RUNS:
        message = f"has {count} runs; allowed: {least} to {MOST_RUNS}"
        raise SpecError("comparison", [Problem(("results",), message)])


def named(one: Compared) -> Html:
    """The name of a run after a sample of its line."""
    dash = " ".join(map(str, one.dash))
    line = element("line", x1="0", y1="4", x2="32", y2="4", stroke=one.colour, stroke_dasharray=dash)
    sample = element("svg", line, class_="sample", viewBox="0 0 32 8", aria_hidden="true")
    return element("span", sample, " ", one.name, class_="run")


def line_style(one: Compared) -> dict[str, Any]:
    """How the lines of a run are drawn by Bokeh."""
    return {"line_color": one.colour, "line_dash": list(one.dash), "line_width": _WIDTH}


def line_key(runs: Iterable[Compared]) -> Html:
    """Which line is which run."""
    return element("ul", *(element("li", named(one)) for one in runs), class_="key")


def lengths_said(runs: Sequence[Compared]) -> str:
    """How long each run is, if they differ in length; empty if not."""
    lengths = {one.run.days for one in runs}
    if len(lengths) == 1:
        return ""
    return ", ".join(f"{one.name} {duration(one.run.days)}" for one in runs)
