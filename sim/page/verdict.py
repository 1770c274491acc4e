"""The verdict in a page: one line that begins with its answer."""

from __future__ import annotations

from sim.report.adequacy import verdict
from sim.report.html import Html, element
from sim.runs.run import Run


def verdict_line(run: Run, *before: str) -> Html:
    """The verdict on a run.

    Args:
        run: The run.
        *before: What stands before it, such as the name of the run.
    """
    answer, _, why = verdict(run).text.partition("; ")
    kind = answer if answer in {"yes", "no"} else "wait"
    return element("p", *before, element("b", f"Powered: {answer}"), f"; {why}", class_=f"verdict {kind}")
