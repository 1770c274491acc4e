"""Service of the loads: unserved and deferred energy, training work done, inference requests dropped."""

from __future__ import annotations

from sim.books.closed import Flow
from sim.report.document import Item
from sim.report.hours import worst_hours
from sim.report.jobs import training
from sim.report.numbers import large, number, percent
from sim.report.phrases import LEAST_REQUESTS, WATT_HOUR, amounts, counted, drops
from sim.runs.run import Run
from sim.runs.summary import Summary


def service(run: Run) -> list[Item]:
    """An item each on energy unserved and deferred, training and inference."""
    return [
        *_energy(run),
        Item("Training", training(run)),
        Item("Inference", _inference(run.summary)),
    ]


def _energy(run: Run) -> list[Item]:
    summary = run.summary
    unserved, deferred = "none", "none"
    if summary.unserved_mwh:
        unserved = (
            f"{number(summary.unserved_mwh)} MWh in {counted(summary.shortages, 'shortage')}, "
            f"{number(summary.unserved_h)} h in total; by reason: {amounts(summary.unserved_by_reason_mwh)}; "
            f"by load: {amounts(summary.unserved_by_load_mwh)}; "
            f"{worst_hours(run, Flow.UNSERVED)}"
        )
    if summary.deferred_mwh:
        late_h = number(summary.deferred_mean_delay_h or 0.0)
        deferred = (
            f"{number(summary.deferred_mwh)} MWh by {late_h} h on average, "
            f"{_outstanding(summary.deferred_outstanding_mwh)}; "
            f"{worst_hours(run, Flow.HELD_BACK)}"
        )
        if round(summary.idle_held_mwh, WATT_HOUR):
            deferred += f"; idle energy while held back {number(summary.idle_held_mwh)} MWh"
        if round(summary.deferred_saved_mwh, WATT_HOUR):
            deferred += f"; saved {number(summary.deferred_saved_mwh)} MWh"
    return [Item("Unserved", unserved), Item("Deferred", deferred)]


def _outstanding(mwh: float) -> str:
    """How much of the deferred energy jobs have not recovered."""
    if not round(mwh, WATT_HOUR):
        return "all recovered"
    return f"of which {number(mwh)} MWh still outstanding at the end of the run"


def _inference(summary: Summary) -> str:
    if not summary.requests_wanted:
        return "none"
    wanted = f"{large(summary.requests_wanted)} requests wanted"
    if summary.requests_dropped < LEAST_REQUESTS:
        return f"{wanted}, none dropped"
    share = percent(summary.requests_dropped, summary.requests_wanted)
    return f"{wanted}, {share} dropped: {drops(summary.requests_dropped_by_reason)}"
