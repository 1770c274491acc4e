"""The figures of a run, each with its unit in its name."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sim.books.ledger import Ledger
from sim.bus.flows import Dropped, Flow
from sim.site import Site
from sim.units import DAYS_PER_YEAR, KG_PER_T, SECONDS_PER_DAY, SECONDS_PER_HOUR


@dataclass(frozen=True)
class Summary:
    """What a planner wants to know of one run.

    Attributes:
        peak_load_mw: Highest load served at any instant.
        peak_load_at_h: Hours after the start at which that was.
        peak_demand_15min_mw: Highest mean load served over a demand interval: a quarter of an hour on the
            clock.
        load_factor: Mean load over peak load (instantaneous).
        energy_mwh: Demand served.
        it_energy_mwh: Energy that reached IT equipment.
        pue: Facility energy over IT energy of the period; None without IT load.
        supplied_mwh: Energy delivered or imported, by source.
        discharged_mwh: Energy discharged, by store.
        charged_mwh: Energy charged, by store.
        curtailed_mwh: Energy of must-take or zero-marginal-cost sources that was available and not taken.
        curtailed_by_source_mwh: The same by source.
        curtailed_by_reason_mwh: The same by reason.
        unserved_mwh: Firm demand that was wanted and not supplied.
        unserved_by_reason_mwh: The same by reason.
        unserved_by_load_mwh: The same by load.
        unserved_h: Duration of all shortages (event-hours).
        shortages: Count of shortages.
        deferred_mwh: Flexible demand that was moved in time.
        deferred_owed_mwh: What of it jobs had not been given by the end of the run.
        loss_mwh: Energy lost in stores.
        stored_mwh: Energy in stores at the end less that at the start.
        import_mwh: Energy drawn from the grid.
        export_mwh: Energy fed into the grid.
        cost_usd: The bill: all lines but fixed cost and the value of lost load.
        cost_lines_usd: The bill by line.
        fixed_cost_usd: Fixed cost of the run's duration.
        carbon_t: Carbon, location-based.
        cfe_score: Carbon-free share of the load, hour by hour; exports do not count, all that a store
            gives does, and what it takes is subtracted.
        annual_matching: Carbon-free supply over load, whenever it came; at least the CFE score, but where a
            store gave more than it took, out of what it held at the start.
        capacity_mw: Nameplate by source; of a measured source, the most it had to give in the run.
        capacity_factor: Delivered energy over capacity times hours by source, after curtailment.
        requests_wanted: Inference requests that came.
        requests_dropped: Inference requests refused for lack of servers or of power.
        requests_dropped_by_reason: The same by what was lacking.
        gpu_h_done: Training work done.
        balance_residual_mwh: What the books cannot explain; rounding only.
        settlements: Settlements of the bus.
        loop_s: Wall time of the event loop alone.
        wall_s: Wall time of all of `simulate`.
    """

    peak_load_mw: float
    peak_load_at_h: float
    peak_demand_15min_mw: float
    load_factor: float
    energy_mwh: float
    it_energy_mwh: float
    pue: float | None
    supplied_mwh: dict[str, float]
    discharged_mwh: dict[str, float]
    charged_mwh: dict[str, float]
    curtailed_mwh: float
    curtailed_by_source_mwh: dict[str, float]
    curtailed_by_reason_mwh: dict[str, float]
    unserved_mwh: float
    unserved_by_reason_mwh: dict[str, float]
    unserved_by_load_mwh: dict[str, float]
    unserved_h: float
    shortages: int
    deferred_mwh: float
    deferred_owed_mwh: float
    loss_mwh: float
    stored_mwh: float
    import_mwh: float
    export_mwh: float
    cost_usd: float
    cost_lines_usd: dict[str, float]
    fixed_cost_usd: float
    carbon_t: float
    cfe_score: float | None
    annual_matching: float | None
    capacity_mw: dict[str, float]
    capacity_factor: dict[str, float]
    requests_wanted: float
    requests_dropped: float
    requests_dropped_by_reason: dict[str, float]
    gpu_h_done: float
    balance_residual_mwh: float
    settlements: int
    loop_s: float
    wall_s: float

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON values."""
        return asdict(self)


def summarise(site: Site, *, loop_s: float, wall_s: float) -> Summary:
    """Draw up the figures of a run whose books are closed."""
    ledger, closing = site.ledger, site.closing
    supplied = by_owner(ledger, Flow.DELIVERED, Flow.IMPORT)
    lines = _bill(ledger)
    shortages = [event for event in ledger.events if (event["owner"], event["event"]) == ("site", "shortage")]
    cfe_score, annual_matching = _carbon_free(site)
    dropped = {str(lack): _metered(ledger, line=f"requests dropped: {lack}") for lack in Dropped}
    return Summary(
        peak_load_mw=ledger.peak_load_mw,
        peak_load_at_h=ledger.peak_load_at_s / SECONDS_PER_HOUR,
        peak_demand_15min_mw=_peak_demand_mw(ledger),
        load_factor=_load_factor(site),
        energy_mwh=closing.served_mwh,
        it_energy_mwh=ledger.total_mwh(Flow.IT),
        pue=_ratio(_facility_mwh(ledger), ledger.total_mwh(Flow.IT)),
        supplied_mwh=supplied,
        discharged_mwh=by_owner(ledger, Flow.DISCHARGE),
        charged_mwh=by_owner(ledger, Flow.CHARGE),
        curtailed_mwh=ledger.total_mwh(Flow.CURTAILED),
        curtailed_by_source_mwh=by_owner(ledger, Flow.CURTAILED),
        curtailed_by_reason_mwh=_sorted(ledger.curtailed_mwh),
        unserved_mwh=ledger.total_mwh(Flow.UNSERVED),
        unserved_by_reason_mwh=_sorted(ledger.unserved_mwh),
        unserved_by_load_mwh=by_owner(ledger, Flow.UNSERVED),
        unserved_h=sum(event["duration_h"] for event in shortages),
        shortages=len(shortages),
        deferred_mwh=ledger.total_mwh(Flow.DEFERRED),
        deferred_owed_mwh=sum(job.get("owed_mwh", 0.0) for job in site.jobs),
        loss_mwh=closing.loss_mwh,
        stored_mwh=closing.stored_mwh,
        import_mwh=ledger.total_mwh(Flow.IMPORT),
        export_mwh=closing.export_mwh,
        cost_usd=sum(lines.values()),
        cost_lines_usd=lines,
        fixed_cost_usd=_fixed_usd(site),
        carbon_t=_metered(ledger, line="carbon") / KG_PER_T,
        cfe_score=cfe_score,
        annual_matching=annual_matching,
        capacity_mw=_capacities_mw(site),
        capacity_factor=_capacity_factors(site, supplied),
        requests_wanted=_metered(ledger, line="requests wanted"),
        requests_dropped=sum(dropped.values()),
        requests_dropped_by_reason=_sorted(dropped),
        gpu_h_done=sum(job.get("done_gpu_h", 0.0) for job in site.jobs),
        balance_residual_mwh=closing.residual_mwh,
        settlements=site.bus.settlements,
        loop_s=loop_s,
        wall_s=wall_s,
    )


def _load_factor(site: Site) -> float:
    """Mean load over the highest at any instant."""
    mean_mw = site.closing.served_mwh / (site.horizon_s / SECONDS_PER_HOUR)
    return _ratio(mean_mw, site.ledger.peak_load_mw) or 0.0


def _peak_demand_mw(ledger: Ledger) -> float:
    """The highest mean load served over a demand interval."""
    return float(ledger.load_mw().max())


def by_owner(ledger: Ledger, *labels: str) -> dict[str, float]:
    """Energy of the flows with these labels, by owner [MWh]."""
    found: dict[str, float] = {}
    for at in ledger.layout.having(*labels):
        owner = ledger.layout.columns[at].owner
        found[owner] = found.get(owner, 0.0) + float(ledger.totals[at])
    return found


def _bill(ledger: Ledger) -> dict[str, float]:
    lines: dict[str, float] = {}
    for (line, _, unit), amount in ledger.metered.items():
        if unit == "USD":
            lines[line] = lines.get(line, 0.0) + amount
    return dict(sorted(lines.items()))


def _metered(ledger: Ledger, *, line: str) -> float:
    return sum(amount for (metered, _, _), amount in ledger.metered.items() if metered == line)


def _facility_mwh(ledger: Ledger) -> float:
    """Energy of the IT loads with their overhead, and of the fixed overhead."""
    owners = {ledger.layout.columns[at].owner for at in ledger.layout.having(Flow.IT)} | {"facility"}
    return sum(mwh for owner, mwh in by_owner(ledger, Flow.SERVED).items() if owner in owners)


def _carbon_free(site: Site) -> tuple[float | None, float | None]:
    """The CFE score and annual matching."""
    ledger, closing = site.ledger, site.closing
    clean_mwh = _metered(ledger, line="clean")
    shifted_mwh = ledger.total_mwh(Flow.DISCHARGE) - ledger.total_mwh(Flow.CHARGE) - closing.export_mwh
    return _ratio(clean_mwh + shifted_mwh, closing.served_mwh), _ratio(clean_mwh, closing.served_mwh)


def _capacities_mw(site: Site) -> dict[str, float]:
    terminals = site.bus.terminals.values()
    return {terminal.name: terminal.capacity_mw for terminal in terminals if terminal.capacity_mw}


def _capacity_factors(site: Site, supplied_mwh: dict[str, float]) -> dict[str, float]:
    hours = site.horizon_s / SECONDS_PER_HOUR
    return {name: supplied_mwh[name] / (mw * hours) for name, mw in _capacities_mw(site).items()}


def _fixed_usd(site: Site) -> float:
    years = site.horizon_s / SECONDS_PER_DAY / DAYS_PER_YEAR
    return years * sum(terminal.fixed_usd_per_year for terminal in site.bus.terminals.values())


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _sorted(amounts: dict[str, float]) -> dict[str, float]:
    """Amounts by name, the largest first; np.float64 and enums become plain values."""
    ranked = sorted(amounts.items(), key=lambda item: (-item[1], item[0]))
    return {str(name): float(np.float64(amount)) for name, amount in ranked if amount > 0.0}
