"""The bill: every line of a run by month, with quantity, rate and amount."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.books.closed import Closed, Flow, Grain, Posting
from sim.timeseries.series import Array

if TYPE_CHECKING:
    import pandas as pd

BILL = "cost_usd"
"""Account of the lines of the bill."""
COLUMNS = (
    *("begin_s", "owner", "counterparty", "line", "detail"),
    *("quantity", "unit", "usd_per_unit", "usd", "measured"),
)
WORDS = ("owner", "counterparty", "line", "detail", "unit")
"""Columns that hold words."""
_PER_MWH = "mean over energy"
_FAMILY = "cost_lines_usd."
_REST = "other lines"
_LEAST_USD = 0.5


def bill(books: Closed) -> pd.DataFrame:
    """A row for each month, participant, line and part of it, in order of month and participant.

    Args:
        books: The closed books.

    Returns:
        Elapsed second at which the month begins, participant, counterparty, line, detail, quantity and its
        unit, rate, amount, and the quantity as it was measured. A line that no contract gives, such as fuel,
        has the energy that its participant delivered as its quantity.
    """
    rows = sorted((*books.bill, *_others(books)), key=lambda row: (row["begin_s"], row["owner"], row["line"]))
    return _frame(rows)


def contract_rows(books: Closed) -> pd.DataFrame:
    """The rows of contracts alone, as they stand in the books."""
    return _frame(books.bill)


def largest_lines(monthly: pd.DataFrame, most: int) -> dict[str, Array]:
    """The lines of a bill by month [USD], the largest first and the others together; none that are nothing.

    Args:
        monthly: Metrics of each month.
        most: Most lines by name.
    """
    found = {
        name.removeprefix(_FAMILY): np.asarray(monthly[name], dtype=np.float64)
        for name in monthly.columns
        if name.startswith(_FAMILY)
    }
    ranked = sorted(found.items(), key=lambda item: (-np.abs(item[1]).sum(), item[0]))
    ranked = [(name, usd) for name, usd in ranked if np.abs(usd).max() >= _LEAST_USD]
    rest = [usd for _, usd in ranked[most:]]
    return dict(ranked[:most]) | ({_REST: np.sum(rest, axis=0)} if rest else {})


def _frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=list(COLUMNS))
    numbers = [name for name in COLUMNS if name not in WORDS]
    frame[numbers] = frame[numbers].astype("float64") + 0.0  # no amount is -0
    return frame


def _others(books: Closed) -> Iterator[dict[str, Any]]:
    """Rows of the lines that no contract gives."""
    told = {(row["owner"], row["line"]) for row in books.bill}
    for posting in books.posted(BILL):
        if (posting.owner, posting.account.part) not in told and posting.account.grain is Grain.MONTH:
            yield from _rows(books, posting)


def _rows(books: Closed, posting: Posting) -> Iterator[dict[str, Any]]:
    begins_s = books.edges_s[Grain.MONTH][:-1]
    energy = _delivered_mwh(books, posting.owner)
    for begin_s, usd, mwh in zip(begins_s.tolist(), posting.amounts.tolist(), energy.tolist(), strict=True):
        if usd:
            yield {
                "begin_s": begin_s,
                "owner": posting.owner,
                "counterparty": "",
                "line": posting.account.part,
                "detail": _PER_MWH if mwh else "",
                "quantity": mwh or None,
                "unit": "MWh" if mwh else "",
                "usd_per_unit": usd / mwh if mwh else None,
                "usd": usd,
                "measured": mwh or None,
            }


def _delivered_mwh(books: Closed, owner: str) -> Array:
    """Energy that a participant gave to the bus in each month."""
    found: Array = np.zeros(books.monthly.shape[1])
    for column, mwh in zip(books.columns, books.monthly, strict=True):
        if column.owner == owner and column.label in {Flow.DELIVERED, Flow.IMPORT, Flow.DISCHARGE}:
            found = found + mwh
    return found
