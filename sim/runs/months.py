"""The months of a run: energy, peaks and money of each local month, as a frame.

A column has the name of the metric of the run that it divides: energy and money of the months add up to that
metric, the highest peak of the months is the peak of the run, and the least margin is that of the run.
"""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.books.closed import SERIES, Adds, Closed, Flow, Grain, Posting, Power
from sim.runs.facility import pue
from sim.runs.summary import ordered
from sim.timeseries.calendar import Calendar
from sim.timeseries.series import Array
from sim.units import SECONDS_PER_HOUR

if TYPE_CHECKING:
    import pandas as pd

_BILL = "cost_usd"
_PARTS: dict[str, str | None] = {
    _BILL: "cost_lines_usd",
    "requests_dropped": "requests_dropped_by_reason",
    "requests_wanted": None,
    "output_tokens": None,
}
"""Metrics that the parts of an account add up to where they are not its own; None where there are none."""
_SITE: dict[str, tuple[Flow, ...]] = {
    "energy_mwh": (Flow.SERVED,),
    "it_energy_mwh": (Flow.IT,),
    "import_mwh": (Flow.IMPORT,),
    "export_mwh": (Flow.EXPORT,),
    "curtailed_mwh": (Flow.CURTAILED,),
    "unserved_mwh": (Flow.UNSERVED,),
}
"""Energy of the site, with the flows that it is the integral of."""
_MARGINS = {
    "reserve_margin": "all",
    "reserve_margin_firm": "firm",
    "reserve_margin_n1": "all_n1",
    "reserve_margin_n1_firm": "firm_n1",
}
"""Least margins, with the kind of adequacy that each is of."""
_PARTICIPANTS: dict[str, tuple[Flow, ...]] = {
    "supplied_mwh": (Flow.DELIVERED, Flow.IMPORT),
    "discharged_mwh": (Flow.DISCHARGE,),
    "charged_mwh": (Flow.CHARGE,),
    "curtailed_by_source_mwh": (Flow.CURTAILED,),
    "unserved_by_load_mwh": (Flow.UNSERVED,),
}
"""Energy by participant, likewise."""


def by_month(books: Closed, calendar: Calendar) -> pd.DataFrame:
    """A row for each local month that the run covers, in whole or in part.

    Args:
        books: The closed books.
        calendar: Which local moment an elapsed second is.

    Returns:
        `dt_h`, the hours of the run in the month; peaks at any instant, over quarters and over hours; least
        reserve margins; energy of the site and by participant; PUE, NaN without IT energy; amounts of the
        accounts that are kept by month.
    """
    import pandas as pd

    edges_s = books.power.month_edges_s
    local = calendar.index(edges_s[:-1]).tz_localize(None)
    columns = {
        "dt_h": np.diff(edges_s) / SECONDS_PER_HOUR,
        **_peaks(books),
        **_margins(books),
        **_energy(books),
        "pue": pue(books, books.monthly),
        **_amounts(books),
    }
    return pd.DataFrame(columns, index=local.to_period("M").rename("month"))[ordered([columns])]


def _peaks(books: Closed) -> dict[str, Array]:
    """Highest power of each month; a quarter or an hour belongs to the month in which it begins."""
    power = books.power
    begins_s = np.maximum(power.edges_s[:-1], 0.0)
    month = np.searchsorted(power.month_edges_s, begins_s, side="right") - 1
    found = {}
    hours_s = books.hours.edges_s
    month_of_hour = np.searchsorted(power.month_edges_s, hours_s[:-1], side="right") - 1
    hourly_mw = power.hourly_mw(hours_s)
    for name in SERIES:
        found[f"peak_{name}_mw"] = power.extremes[name].highest_mw
        found[f"peak_{name}_15min_mw"] = _highest(month, power.means_mw[name], power)
        found[f"peak_{name}_1h_mw"] = _highest(month_of_hour, hourly_mw[name], power)
    found["lowest_load_mw"] = power.extremes["load"].lowest_mw
    return found


def _highest(month: NDArray[np.int64], mw: Array, power: Power) -> Array:
    highest_mw = np.zeros(len(power.month_edges_s) - 1)
    np.maximum.at(highest_mw, month, mw)
    return highest_mw


def _margins(books: Closed) -> dict[str, Array]:
    """Least reserve margin of each month; NaN where nothing was wanted."""
    return {
        name: np.array([nan if one is None else one.margin for one in books.adequacy.months[kind]])
        for name, kind in _MARGINS.items()
    }


def _energy(books: Closed) -> dict[str, Array]:
    """Energy of the site, and of each participant that has the flow."""
    found = {name: np.zeros(books.monthly.shape[1]) for name in _SITE}
    for column, mwh in zip(books.columns, books.monthly, strict=True):
        for name, flows in _SITE.items():
            if column.label in flows:
                found[name] = found[name] + mwh
    for name, flows in _PARTICIPANTS.items():
        for column, mwh in zip(books.columns, books.monthly, strict=True):
            if column.label in flows:
                key = f"{name}.{column.owner}"
                found[key] = found.get(key, 0.0) + mwh
    return found


def _amounts(books: Closed) -> dict[str, Array]:
    """Amounts of the accounts that are kept by month; deferred energy and the bill even if none."""
    months = books.monthly.shape[1]
    found: dict[str, Array] = {"deferred_mwh": np.zeros(months), _BILL: np.zeros(months)}
    for posting in books.postings:
        if posting.account.grain is Grain.MONTH:
            for name in _names(posting):
                if posting.account.adds is Adds.HIGHEST:
                    found[name] = np.maximum(found.get(name, posting.amounts), posting.amounts)
                else:
                    found[name] = found.get(name, 0.0) + posting.amounts
    return found


def _names(posting: Posting) -> list[str]:
    """The columns that an account adds to: its own, and that of its part."""
    account = posting.account
    name = account.name if account.adds is not Adds.APART else f"{account.name}.{posting.owner}"
    part = _PARTS.get(name, name)
    return [name, f"{part}.{account.part}"] if account.part and part else [name]
