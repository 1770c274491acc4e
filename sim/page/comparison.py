"""The page that compares runs: one HTML file that opens in a browser without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sim.page.bill_table import bill_table
from sim.page.cause_table import cause_table
from sim.page.chart import chart_codes
from sim.page.clock import Clock
from sim.page.compared import Compared, compared, lengths_said, named
from sim.page.glossary import glossary
from sim.page.metric_table import metric_table
from sim.page.model_differences import model_differences
from sim.page.run_lines import durations, over_time
from sim.page.shell import check_page, shell, write
from sim.page.verdict import verdict_line
from sim.page.windows import MOST_NUMBERS, shared_weeks, windows
from sim.report.html import Html, element, joined
from sim.runs.run import Run

_ABOUT = "Events, jobs, requests, heat maps and assumptions are in the page of each run."


def write_comparison(runs: Mapping[str, Run], path: Path, *, pages: Mapping[str, str] | None = None) -> Path:
    """Write the page that compares runs, completely or not at all.

    Args:
        runs: The runs by name; differences are to the first.
        path: The file, which ends in `.html`; its folder must exist.
        pages: Links to the pages of runs, by name.

    Raises:
        SpecError: If the file is not that of a page, a package is not installed, or there are too many runs.
    """
    check_page(path)
    return write(comparison(runs, pages=pages), path)


def comparison(
    runs: Mapping[str, Run], *, pages: Mapping[str, str] | None = None, most: int = MOST_NUMBERS
) -> str:
    """The page that compares runs.

    Args:
        runs: The runs by name; differences are to the first.
        pages: Links to the pages of runs, by name.
        most: Most numbers of rows of all runs together.
    """
    found = compared(runs, pages or {})
    return shell(
        f"Comparison: {', '.join(runs)}",
        begin=joined(*(verdict_line(one.run, named(one), element("br")) for one in found)),
        after=Html(),
        sections=_sections(found, most),
        codes=chart_codes(),
    )


def _sections(runs: Sequence[Compared], most: int) -> dict[str, tuple[str, Html]]:
    """The sections: the title of each, and what is in it."""
    longest = max(runs, key=lambda one: one.run.days).run
    clock = Clock.of(longest)
    window = clock.whole if lengths_said(runs) else clock.window(shared_weeks(runs)[0])
    return {
        "metrics": ("Metrics", metric_table(runs)),
        "model": ("What differs", model_differences(runs)),
        "time": ("Dispatch", windows(runs, most)),
        "lines": ("Load and net import", over_time(runs, clock, window)),
        "durations": ("Durations", durations(runs)),
        "causes": ("Causes", cause_table(runs)),
        "bill": ("Bill", bill_table(runs)),
        "pages": ("Pages of the runs", _pages(runs)),
        "glossary": ("Glossary", glossary()),
    }


def _pages(runs: Sequence[Compared]) -> Html:
    """A link to the page of each run that has one."""
    items = (
        element(
            "li",
            named(one),
            ": ",
            element("a", "its page", href=one.page)
            if one.page
            else "no page yet; dcgrid report RUN writes it",
        )
        for one in runs
    )
    return joined(element("p", _ABOUT), element("ul", *items))
