"""The summary: the metrics of one run, each with its unit in its name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from math import nan
from typing import Any

TIMINGS = ("loop_s", "wall_s")
"""Metrics of the machine, not of the model."""
JOB_METRICS = ("jobs", "jobs_done", "job_wait_mean_h", "job_span_mean_h")
"""Metrics of the workloads that have an end, which a sweep adds."""
DIAGNOSTICS = (
    "peak_demand_at_h",
    "peak_load_at_h",
    "peak_import_at_h",
    "peak_export_at_h",
    "reserve_margin_at_h",
    "balance_residual_mwh",
    "settlements",
)
"""Metrics that say how a run went, not what a campus is worth; a comparison leaves them out."""
_ADDS_UP = ("_mwh", "_usd")


@dataclass(frozen=True)
class Summary:
    """The metrics of one run.

    Attributes:
        peak_demand_mw: Highest demand wanted at any instant: served, unserved and held back.
        peak_demand_at_h: Hours after the start at which that was.
        peak_demand_15min_mw: Highest mean demand wanted over a demand interval, which is a quarter of an hour
            on the clock. What lies outside the run counts as no power, here and below.
        peak_demand_1h_mw: Highest mean demand wanted over an hour of the clock.
        peak_load_mw: Highest load served at any instant.
        peak_load_at_h: Hours after the start at which that was.
        peak_load_15min_mw: Highest mean load served over a demand interval.
        peak_load_1h_mw: Highest mean load served over an hour of the clock.
        lowest_load_mw: Lowest load served at any instant.
        step_mw: Largest step of the load served at an instant.
        change_1min_mw: Largest difference of the load served between two instants that are 1 min apart.
        change_5min_mw: The same, 5 min apart.
        change_15min_mw: The same, 15 min apart.
        peak_import_mw: Highest power drawn from the grid at any instant.
        peak_import_at_h: Hours after the start at which that was.
        peak_import_15min_mw: Highest mean import over a demand interval.
        peak_import_1h_mw: Highest mean import over an hour of the clock.
        peak_export_mw: Highest power fed into the grid at any instant.
        peak_export_at_h: Hours after the start at which that was.
        peak_export_15min_mw: Highest mean export over a demand interval.
        peak_export_1h_mw: Highest mean export over an hour of the clock.
        reserve_margin: Least firm capacity over demand wanted at any instant, less 1; None without demand.
        reserve_margin_at_h: Hours after the start at which that was.
        firm_at_tightest_mw: Firm capacity at that instant.
        demand_at_tightest_mw: Demand wanted at that instant.
        reserve_margin_firm: Least firm capacity over firm demand wanted, less 1.
        reserve_margin_n1: Least firm capacity without the largest unit over demand wanted, less 1.
        reserve_margin_n1_firm: The same over firm demand wanted.
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
        unserved_by_load_mwh: The same by load, and by tier for jobs.
        unserved_h: Duration of all shortages (event-hours).
        shortages: Count of shortages.
        deferred_mwh: Flexible energy that jobs took later than at full speed on free servers; each MWh counts
            once.
        deferred_by_load_mwh: The same by load, and by tier for jobs.
        deferred_outstanding_mwh: Deferred energy still outstanding at the end of the run.
        deferred_saved_mwh: Flexible energy of the work done at full speed, less what was drawn for it.
        deferred_mean_delay_h: Mean time by which deferred energy was late; None without any.
        idle_held_mwh: Idle energy drawn by what is held back.
        loss_mwh: Energy lost in stores.
        stored_mwh: Energy in stores at the end less that at the start.
        import_mwh: Energy drawn from the grid.
        export_mwh: Energy fed into the grid.
        cost_usd: The bill: all lines but fixed cost and the value of lost load.
        cost_lines_usd: The bill by line.
        fixed_cost_usd: Fixed cost of the run's duration.
        capital_cost_usd: Annuity of capital for the run's duration; 0 if the campus has no `economics`.
        total_cost_usd_per_mwh: Bill, fixed cost and capital cost over demand served; None if capital is not
            counted, or without load.
        carbon_t: Carbon, location-based: imports at the average of the grid, and fuel burnt.
        carbon_market_t: Carbon, market-based: imports beyond the energy certified under agreements at the
            average of the grid, certified energy at its own carbon, and fuel burnt.
        carbon_marginal_t: Carbon, marginal: imports less exports at the intensity of the plants that react,
            and fuel burnt; None if a connection does not give it.
        carbon_embodied_t: Carbon of making the equipment, the share of its life; in none of the others.
        cfe_score: Carbon-free energy that reached the load, hour by hour, over load; 0 to 1. Discharge counts
            with the clean share of what the store holds; exports do not count. `runs.clean` has the steps.
        annual_matching: Carbon-free energy of sources, imports and stores at the start, over load, over the
            whole run; at least the CFE score.
        capacity_mw: Nameplate by source, of the units in service at some time; for a measured source, the
            maximum available power in the run.
        capacity_factor: Delivered energy over capacity times hours in service by source, after curtailment.
        requests_wanted: Inference requests that came.
        requests_dropped: Inference requests that timed out, found the queue full, or lost their slot for lack
            of power.
        requests_dropped_by_reason: The same by reason.
        output_tokens: Output tokens of the requests served.
        j_per_output_token: IT energy of inference streams for each of them, idle energy included; None
            without any.
        wh_per_request: The same energy for each request served.
        gpu_h_done: Training work done.
        gpu_h_lost: Training work done and lost again.
        lost_work_mwh: Energy that was spent on it.
        accounts: Amounts of accounts that user-defined participants contribute, by name.
        balance_residual_mwh: Energy balance residual of the books; rounding only.
        settlements: Settlements of the bus.
        loop_s: Wall time of the event loop alone.
        wall_s: Wall time of all of `simulate`.
    """

    peak_demand_mw: float
    peak_demand_at_h: float
    peak_demand_15min_mw: float
    peak_demand_1h_mw: float
    peak_load_mw: float
    peak_load_at_h: float
    peak_load_15min_mw: float
    peak_load_1h_mw: float
    lowest_load_mw: float
    step_mw: float
    change_1min_mw: float
    change_5min_mw: float
    change_15min_mw: float
    peak_import_mw: float
    peak_import_at_h: float
    peak_import_15min_mw: float
    peak_import_1h_mw: float
    peak_export_mw: float
    peak_export_at_h: float
    peak_export_15min_mw: float
    peak_export_1h_mw: float
    reserve_margin: float | None
    reserve_margin_at_h: float | None
    firm_at_tightest_mw: float | None
    demand_at_tightest_mw: float | None
    reserve_margin_firm: float | None
    reserve_margin_n1: float | None
    reserve_margin_n1_firm: float | None
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
    deferred_by_load_mwh: dict[str, float]
    deferred_outstanding_mwh: float
    deferred_saved_mwh: float
    deferred_mean_delay_h: float | None
    idle_held_mwh: float
    loss_mwh: float
    stored_mwh: float
    import_mwh: float
    export_mwh: float
    cost_usd: float
    cost_lines_usd: dict[str, float]
    fixed_cost_usd: float
    capital_cost_usd: float
    total_cost_usd_per_mwh: float | None
    carbon_t: float
    carbon_market_t: float
    carbon_marginal_t: float | None
    carbon_embodied_t: float
    cfe_score: float | None
    annual_matching: float | None
    capacity_mw: dict[str, float]
    capacity_factor: dict[str, float]
    requests_wanted: float
    requests_dropped: float
    requests_dropped_by_reason: dict[str, float]
    output_tokens: float
    j_per_output_token: float | None
    wh_per_request: float | None
    gpu_h_done: float
    gpu_h_lost: float
    lost_work_mwh: float
    accounts: dict[str, float]
    balance_residual_mwh: float
    settlements: int
    loop_s: float
    wall_s: float

    def to_dict(self) -> dict[str, Any]:
        """The metrics as JSON values."""
        return asdict(self)

    def metrics(self) -> dict[str, float | None]:
        """The metrics of the model by name, None where one does not exist: what comparisons and sweeps show.

        Those of sources, lines of the bill and the like go on after a dot, as `supplied_mwh.grid`; the
        accounts of one's own participants stand by their own names.
        """
        found: dict[str, float | None] = {}
        for name, value in vars(self).items():
            if name == "accounts":
                found.update(value)
            elif isinstance(value, dict):
                found.update({f"{name}.{part}": float(inner) for part, inner in value.items()})
            elif name not in TIMINGS:
                found[name] = None if value is None else float(value)
        return found


def absent(name: str) -> float:
    """The value of a metric that a run does not have.

    It is zero for an energy or money that others have by name, such as that of a source which is not there,
    and NaN otherwise.
    """
    family, _, member = name.partition(".")
    return 0.0 if member and family.endswith(_ADDS_UP) else nan


def ordered(runs: Iterable[Iterable[str]]) -> list[str]:
    """Names of the metrics of several runs, each once, those of one family together."""
    families: dict[str, dict[str, None]] = {}
    for run in runs:
        for name in run:
            families.setdefault(name.partition(".")[0], {})[name] = None
    return [name for family in families.values() for name in family]
