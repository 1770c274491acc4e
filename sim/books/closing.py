"""The closing of the books: the ledger at the end of a run as closed books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.books.closed import Balance, Closed, Participant, frozen
from sim.books.ledger import Ledger


def closed(
    ledger: Ledger,
    balance: Balance,
    *,
    horizon_s: float,
    settlements: int,
    is_compiled: bool,
    participants: Sequence[Participant],
    jobs: Sequence[Mapping[str, Any]],
    requests: Sequence[Mapping[str, Any]],
    latencies: Sequence[Mapping[str, Any]],
    bill: Sequence[Mapping[str, Any]],
    remarks: tuple[str, ...],
    same_weather: bool,
) -> Closed:
    """The closed books of a run; see `Closed` for what its attributes mean.

    Args:
        ledger: The books, which have been closed.
        balance: The audit of the run.
        horizon_s: Length of the run.
        settlements: Number of settlements.
        is_compiled: Whether they were carried out by compiled code.
        participants: Descriptions of the participants.
        jobs: Rows of the jobs table.
        requests: Records of requests.
        latencies: Histograms of the times of requests.
        bill: Lines of the bill, month by month.
        remarks: What a reader must know of the run as a whole.
        same_weather: Whether the weather is the same for all seeds.
    """
    t_s, flows = ledger.journal.take()
    return Closed(
        horizon_s=horizon_s,
        columns=tuple(ledger.layout.columns),
        totals=frozen(ledger.totals),
        t_s=t_s,
        flows=flows,
        monthly=frozen(ledger.monthly),
        power=ledger.power,
        adequacy=ledger.adequacy,
        hours=ledger.hours(),
        postings=tuple(ledger.postings.close()),
        edges_s=dict(ledger.postings.edges_s),
        curtailed_mwh=dict(ledger.curtailed_mwh),
        unserved_mwh=dict(ledger.unserved_mwh),
        balance=balance,
        settlements=settlements,
        is_compiled=is_compiled,
        participants=tuple(participants),
        events=tuple(dict(event) for event in ledger.events),
        jobs=tuple(dict(job) for job in jobs),
        requests=tuple(dict(record) for record in requests),
        latencies=tuple(dict(row) for row in latencies),
        bill=tuple(dict(row) for row in bill),
        remarks=remarks,
        same_weather=same_weather,
    )
