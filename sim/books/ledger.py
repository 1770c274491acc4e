"""The ledger: exact books of every flow, kept as the run goes.

While the clock runs a settlement only writes down a row. Rows are posted in batches, as arrays:
audited, integrated into the books, metered, and given their reasons. Totals come from the books, so
they cannot depend on what is recorded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from struct import Struct
from typing import Any

import numpy as np

from sim import units
from sim.books import causes
from sim.books.episodes import Episodes
from sim.books.interval_book import Book
from sim.books.journal import Journal
from sim.books.rows import Layout, Rows
from sim.bus.account import Meter, Reading
from sim.bus.block import Block
from sim.bus.flows import Flow, Unserved
from sim.bus.terminal import Terminal
from sim.errors import EnergyBalanceError
from sim.timeseries.series import Array, StepSeries, union

_BATCH = 2048
_TOLERANCE = 1e-9


class Ledger:
    """The books of one run.

    Attributes:
        totals: Integral of each flow over the run so far [flow's unit x h].
        demand_book: Load and imports over demand intervals, the quarters of an hour on the clock.
        journal: The flows as recorded: every change, or means over an interval.
        events: What happened, as rows of the events table.
        metered: Totals by meter line and owner, in the meter's unit.
        curtailed_mwh: Curtailed energy by reason.
        unserved_mwh: Unserved energy by reason.
        peak_load_mw: Highest load served at any instant.
        peak_load_at_s: When that was.
    """

    def __init__(self, horizon_s: float, record_s: float | None = None, quarter_s: float = 0.0) -> None:
        """Begin the books.

        Args:
            horizon_s: Length of the run.
            record_s: Interval of the journal; None records every change.
            quarter_s: Seconds of a quarter of an hour that are over when the run begins.
        """
        self._horizon_s = horizon_s
        self._quarter_s = quarter_s
        self._record_s = record_s
        self._losses = causes.Losses()
        self.events: list[dict[str, Any]] = []
        self.metered: dict[tuple[str, str, str], float] = defaultdict(float)
        self.curtailed_mwh: dict[str, float] = defaultdict(float)
        self.unserved_mwh: dict[str, float] = defaultdict(float)
        self.peak_load_mw = 0.0
        self.peak_load_at_s = 0.0

    def open(
        self, terminals: Sequence[Terminal], offers: Sequence[Block], bids: Sequence[Block], gauges: int
    ) -> None:
        """Lay out the rows, once all terminals are connected."""
        self.layout = layout = Layout(terminals, offers, bids, gauges)
        self.totals = np.zeros(len(layout.columns))
        self._served = layout.having(Flow.SERVED)
        self._imports = layout.having(Flow.IMPORT)
        self.demand_book = Book(
            units.SECONDS_PER_QUARTER, self._horizon_s, 1 + len(self._imports), self._quarter_s
        )
        self.journal = Journal(self._record_s, self._horizon_s, len(layout.columns))
        self._meters: list[tuple[str, Meter]] = [
            (terminal.name, meter)
            for terminal in terminals
            for meter in (*terminal.meters, *_clean_meters(terminal))
        ]
        self._marks_s = _marks([meter for _, meter in self._meters])
        self._shortages = Episodes("shortage", self.events)
        self._curtailments = Episodes("curtailment", self.events)
        row = Struct(f"{layout.width}d")
        self._pack = row.pack_into
        self._size = row.size
        self._buffer = bytearray(row.size * _BATCH)
        self._end = -row.size
        self._row_s = -1.0

    def total_mwh(self, *labels: str, owner: str | None = None) -> float:
        """Energy of the flows with these labels over the run, of one owner or of all."""
        columns = self.layout.having(*labels)
        if owner is not None:
            columns = [at for at in columns if self.layout.columns[at].owner == owner]
        return float(self.totals[columns].sum())

    def load_mw(self) -> Array:
        """Mean load served in each demand interval."""
        return np.asarray(self.demand_book.means[0])

    def import_mw(self, owner: str) -> Array:
        """Mean import of one participant in each demand interval."""
        at = self._imports.index(self.layout.at(owner, Flow.IMPORT))
        return np.asarray(self.demand_book.means[1 + at])

    def note(self, t_s: float, owner: str, event: str, detail: str = "", mw: float | None = None) -> None:
        """Enter an event into the events table."""
        self.events.append({"t_s": t_s, "owner": owner, "event": event, "detail": detail, "mw": mw})

    def charge(self, owner: str, line: str, usd: float) -> None:
        """Enter a one-off cost into the bill."""
        self.metered[line, owner, "USD"] += usd

    def emit(self, owner: str, kgco2: float) -> None:
        """Enter a one-off emission into the carbon account."""
        self.metered["carbon", owner, "kgCO2"] += kgco2

    def lose(self, t_s: float, reason: Unserved, change_mw: float) -> None:
        """Note that the site has lost (positive) or regained capacity."""
        self._losses.change(t_s, reason, change_mw)

    def open_row(
        self, now_s: float, price: float, mw: list[float], given: list[float], gauges: list[float]
    ) -> None:
        """End the row that stands open and begin another; rounds at one instant overwrite each other."""
        if now_s != self._row_s:
            self._row_s = now_s
            self._end += self._size
            if self._end == len(self._buffer):
                self._post(now_s)
                self._end = 0
        self._pack(self._buffer, self._end, now_s, price, *mw, *given, *gauges)

    def close(self, now_s: float) -> None:
        """End the last row and post what stands open."""
        self._end += self._size
        self._post(now_s)
        self._shortages.close()
        self._curtailments.close()
        self.events.sort(key=lambda event: event["t_s"])

    def _post(self, until_s: float) -> None:
        layout = self.layout
        rows_used = np.frombuffer(self._buffer).reshape(_BATCH, layout.width)[: self._end // self._size]
        numbers = np.ascontiguousarray(rows_used.T)
        edges = np.append(numbers[0], until_s)
        span_h = np.diff(edges) / units.SECONDS_PER_HOUR
        rows = Rows(layout, numbers, edges)
        self._audit(numbers)
        flows = layout.flows(numbers)
        load = flows[self._served].sum(axis=0)
        self.totals += np.einsum("ij,j->i", flows, span_h)
        self.demand_book.add(edges, np.vstack([load, flows[self._imports]]))
        self.journal.add(edges, flows)
        self._read_meters(numbers, edges)
        self._find_peak(edges, load)
        self._find_causes(rows, edges, span_h)

    def _audit(self, numbers: Array) -> None:
        blocks = len(self.layout.offers) + len(self.layout.bids)
        stated = numbers[2 : 2 + blocks]
        given = numbers[2 + blocks : 2 + 2 * blocks]
        wrong = ((given < 0.0) | (given > stated * (1.0 + _TOLERANCE))).any(axis=0)
        if wrong.any():
            at = int(np.argmax(wrong))
            said = f"{stated[:, at]} MW, {given[:, at]} MW"
            raise EnergyBalanceError(f"at {numbers[0, at]} s a block gave more than it stated: {said}")

    def _read_meters(self, numbers: Array, edges: Array) -> None:
        if not self._meters:
            return
        first, last = np.searchsorted(self._marks_s, (edges[0], edges[-1]), side="right")
        cuts = union(edges, self._marks_s[first:last])
        rows = Rows(self.layout, numbers, edges, cuts[:-1] if len(cuts) > len(edges) else None)
        span_h = np.diff(cuts) / units.SECONDS_PER_HOUR
        for owner, meter in self._meters:
            self.metered[meter.line, owner, meter.unit] += float(meter.rate(rows) @ span_h)

    def _find_peak(self, edges: Array, load: Array) -> None:
        at = int(load.argmax())
        if load[at] > self.peak_load_mw:
            self.peak_load_mw = float(load[at])
            self.peak_load_at_s = float(edges[at])

    def _find_causes(self, rows: Rows, edges: Array, span_h: Array) -> None:
        short = causes.unserved(self.layout, rows, self._losses)
        spilt = causes.curtailed(self.layout, rows)
        for reason, mw in short.items():
            self.unserved_mwh[reason] += float(mw @ span_h)
        for why, mw in spilt.items():
            self.curtailed_mwh[why] += float(mw @ span_h)
        self._shortages.add(edges, {str(reason): mw for reason, mw in short.items()})
        self._curtailments.add(edges, {str(reason): mw for reason, mw in spilt.items()})


def _clean_meters(terminal: Terminal) -> list[Meter]:
    """The meter of a terminal's carbon-free supply."""
    clean = terminal.clean_pu
    blocks = [block for block in terminal.blocks if block.accepted in (Flow.DELIVERED, Flow.IMPORT)]
    if not blocks or clean == 0.0:
        return []

    def rate(rows: Reading) -> Array:
        supplied = sum((rows.accepted_mw(block) for block in blocks), np.zeros(len(rows.t_s)))
        return supplied * (clean.values_at(rows.t_s) if isinstance(clean, StepSeries) else clean)

    return [Meter("clean", "MWh", rate, (clean,) if isinstance(clean, StepSeries) else ())]


def _marks(meters: Sequence[Meter]) -> Array:
    times = [series.times_s for meter in meters for series in meter.series]
    return np.unique(np.concatenate(times)) if times else np.empty(0)
