"""Notes that costs need: whether points or runs serve the same, and what a cost leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite

import numpy as np

from sim.report.numbers import number

_SERVICE = {
    "unserved_mwh": "unserved",
    "deferred_outstanding_mwh": "outstanding",
    "requests_dropped": "requests dropped",
}
"""Metrics of service that was wanted and not given."""
_ROUNDING = 1e-9
_LEAST = 1e-6
_FIXED = "fixed_cost_usd"
_CAPITAL = "capital_cost_usd"
TOTAL = "total_cost_usd_per_mwh"
"""Bill, fixed cost and capital over demand served; it is there if capital is counted."""


def is_cost(name: str) -> bool:
    """Whether a metric is money."""
    return "usd" in name.partition(".")[0].split("_")


def unequal_service(values: Mapping[str, Iterable[float]]) -> str:
    """A sentence, if the points or runs differ in what they leave unserved; empty if they do not.

    Args:
        values: By metric, a value for each point or run.
    """
    differing = []
    for name, word in _SERVICE.items():
        found = np.array([value for value in values.get(name, ()) if np.isfinite(value)])
        if len(found) and np.ptp(found) > max(_LEAST, _ROUNDING * float(np.abs(found).max())):
            unit = " MWh" if name.endswith("_mwh") else ""
            differing.append(f"{word} {number(float(found.min()))} to {number(float(found.max()))}{unit}")
    return f"Costs are not for equal service: {', '.join(differing)}." if differing else ""


def bill_only(shown: Sequence[str], values: Mapping[str, Iterable[float]]) -> str:
    """A sentence, if the bill is shown without fixed cost: the lowest bill need not be the lowest cost.

    Args:
        shown: Names of the metrics that are shown.
        values: By metric, a value for each point or run.
    """
    if _CAPITAL in shown or any(map(isfinite, values.get(TOTAL, ()))):
        return ""
    fixed = any(value for value in values.get(_FIXED, ()))
    if not any(name.partition(".")[0] == "cost_usd" for name in shown) or (fixed and _FIXED in shown):
        return ""
    what = f"{_FIXED} is beside it" if fixed else "none is given"
    return (
        f"The bill (cost_usd) counts no capital or fixed cost ({what}), so the lowest bill need not be the "
        "cheapest campus."
    )
