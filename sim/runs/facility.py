"""The facility of a run: its energy, and the PUE over any periods."""

from __future__ import annotations

import numpy as np

from sim.books.closed import Closed, Flow
from sim.timeseries.series import Array

_FACILITY = "facility"
_NOTHING = 1e-12
"""IT power or energy that is a rounding error of a shortage [MW, MWh]."""


def facility_power(books: Closed, flows: Array) -> tuple[Array, Array]:
    """What the facility and its IT equipment take of some flows.

    Args:
        books: The closed books.
        flows: A row for each column of the books: powers of periods, or their energy.

    Returns:
        For each period the sum over the facility: IT loads with their overhead, and the overhead that remains
        without IT load; and that of IT equipment alone.
    """
    owners = {column.owner for column in books.columns if column.label == Flow.IT}
    owners |= {one.name for one in books.participants if one.family == _FACILITY}
    whole, it = np.zeros(flows.shape[1]), np.zeros(flows.shape[1])
    for column, values in zip(books.columns, flows, strict=True):
        if column.label == Flow.SERVED and column.owner in owners:
            whole += values
        elif column.label == Flow.IT:
            it += values
    return whole, it


def pue(books: Closed, flows: Array) -> Array:
    """Facility energy over IT energy of each period; NaN without IT energy. For the arguments see above."""
    whole, it = facility_power(books, flows)
    return np.asarray(np.divide(whole, it, out=np.full(len(it), np.nan), where=it > _NOTHING))


def pue_of_run(books: Closed) -> float | None:
    """Facility energy over IT energy of the run; None without IT energy."""
    whole, it = (float(part.sum()) for part in facility_power(books, books.monthly))
    return whole / it if it > _NOTHING else None
