"""The metrics of a run, each with its unit in its name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from math import fsum, nan
from typing import Any

from sim.books.closed import Account, Adds, Closed, Flow, Participant, Posting
from sim.errors import Problem, SpecError
from sim.units import KG_PER_T, SECONDS_PER_HOUR

TIMINGS = ("loop_s", "wall_s")
"""Metrics of the machine, not of the model."""
JOB_METRICS = ("jobs", "jobs_done", "job_wait_mean_h", "job_span_mean_h")
"""Metrics of the workloads that have an end, which a sweep adds."""
DIAGNOSTICS = ("peak_load_at_h", "balance_residual_mwh", "settlements")
"""Metrics that say how a run went, not what a campus is worth; a comparison leaves them out."""
_ADDS_UP = ("_mwh", "_usd")

_SUMMARISED = frozenset(
    {
        "carbon_kgco2",
        "clean_mwh",
        "cost_usd",
        "deferred_outstanding_mwh",
        "fixed_cost_usd",
        "gpu_h_done",
        "requests_dropped",
        "requests_wanted",
    }
)
"""Accounts that have metrics of their own in a summary."""
_FACILITY = "facility"


@dataclass(frozen=True)
class Summary:
    """The metrics of one run.

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
        deferred_outstanding_mwh: Deferred energy still outstanding at the end of the run.
        loss_mwh: Energy lost in stores.
        stored_mwh: Energy in stores at the end less that at the start.
        import_mwh: Energy drawn from the grid.
        export_mwh: Energy fed into the grid.
        cost_usd: The bill: all lines but fixed cost and the value of lost load.
        cost_lines_usd: The bill by line.
        fixed_cost_usd: Fixed cost of the run's duration.
        carbon_t: Carbon, location-based.
        cfe_score: Carbon-free share of the load, hour by hour; exports do not count, discharge counts in
            full, and charge is subtracted.
        annual_matching: Carbon-free supply over load, over the whole run; at least the CFE score,
            unless a store discharged more than it was charged, out of its level at the start.
        capacity_mw: Nameplate by source, of the units in service at some time; for a measured source, the
            maximum available power in the run.
        capacity_factor: Delivered energy over capacity times hours in service by source, after curtailment.
        requests_wanted: Inference requests that came.
        requests_dropped: Inference requests refused for lack of servers or of power.
        requests_dropped_by_reason: The same by reason.
        gpu_h_done: Training work done.
        accounts: Amounts of accounts that user-defined participants contribute, by name.
        balance_residual_mwh: Energy balance residual of the books; rounding only.
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
    deferred_outstanding_mwh: float
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
        for name, value in self.to_dict().items():
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


def summarise(books: Closed, *, loop_s: float, wall_s: float) -> Summary:
    """Draw up the metrics of a run.

    Args:
        books: Its closed books.
        loop_s: Wall time of the event loop alone.
        wall_s: Wall time of all of `simulate`.
    """
    check_accounts(books.accounts)
    metrics = {**_load(books), **_supply(books), **_service(books), **_money(books)}
    return Summary(
        **metrics,
        accounts=own_accounts(books),
        balance_residual_mwh=books.balance.residual_mwh,
        settlements=books.settlements,
        loop_s=loop_s,
        wall_s=wall_s,
    )


def _load(books: Closed) -> dict[str, Any]:
    """Peak, energy and overhead of the demand that was served."""
    served_mwh, it_mwh = books.balance.served_mwh, books.total_mwh(Flow.IT)
    return {
        "peak_load_mw": books.peak_load_mw,
        "peak_load_at_h": books.peak_load_at_s / SECONDS_PER_HOUR,
        "peak_demand_15min_mw": float(books.demand_mw.max()),
        "load_factor": _ratio(served_mwh / _hours(books), books.peak_load_mw) or 0.0,
        "energy_mwh": served_mwh,
        "it_energy_mwh": it_mwh,
        "pue": _ratio(_facility_mwh(books), it_mwh),
    }


def _supply(books: Closed) -> dict[str, Any]:
    """Where energy came from, what was curtailed of it, and what stores kept."""
    supplied_mwh = books.by_owner_mwh(Flow.DELIVERED, Flow.IMPORT)
    capacity_mw = {one.name: one.capacity_mw for one in books.participants if one.capacity_mw}
    return {
        "supplied_mwh": supplied_mwh,
        "discharged_mwh": books.by_owner_mwh(Flow.DISCHARGE),
        "charged_mwh": books.by_owner_mwh(Flow.CHARGE),
        "curtailed_mwh": books.total_mwh(Flow.CURTAILED),
        "curtailed_by_source_mwh": books.by_owner_mwh(Flow.CURTAILED),
        "curtailed_by_reason_mwh": _ranked(books.curtailed_mwh),
        "loss_mwh": books.balance.loss_mwh,
        "stored_mwh": books.balance.stored_mwh,
        "import_mwh": books.total_mwh(Flow.IMPORT),
        "export_mwh": books.balance.export_mwh,
        "capacity_mw": capacity_mw,
        "capacity_factor": {
            one.name: supplied_mwh.get(one.name, 0.0) / (one.capacity_mw * _hours_in_service(books, one))
            for one in books.participants
            if one.capacity_mw
        },
    }


def _service(books: Closed) -> dict[str, Any]:
    """What loads were not given, or later, and the work that was done."""
    shortages = [event for event in books.events if (event["owner"], event["event"]) == ("site", "shortage")]
    dropped = books.parts("requests_dropped")
    return {
        "unserved_mwh": books.total_mwh(Flow.UNSERVED),
        "unserved_by_reason_mwh": _ranked(books.unserved_mwh),
        "unserved_by_load_mwh": books.by_owner_mwh(Flow.UNSERVED),
        "unserved_h": fsum(event["duration_h"] for event in shortages),
        "shortages": len(shortages),
        "deferred_mwh": books.total_mwh(Flow.DEFERRED),
        "deferred_outstanding_mwh": books.amount("deferred_outstanding_mwh"),
        "requests_wanted": books.amount("requests_wanted"),
        "requests_dropped": fsum(dropped.values()),
        "requests_dropped_by_reason": _ranked(dropped),
        "gpu_h_done": books.amount("gpu_h_done"),
    }


def _money(books: Closed) -> dict[str, Any]:
    """The bill, and the carbon."""
    lines = dict(sorted(books.parts("cost_usd").items()))
    clean_mwh, served_mwh = books.amount("clean_mwh"), books.balance.served_mwh
    shifted_mwh = books.total_mwh(Flow.DISCHARGE) - books.total_mwh(Flow.CHARGE) - books.balance.export_mwh
    return {
        "cost_usd": fsum(lines.values()),
        "cost_lines_usd": lines,
        "fixed_cost_usd": books.amount("fixed_cost_usd"),
        "carbon_t": books.amount("carbon_kgco2") / KG_PER_T,
        "cfe_score": _ratio(clean_mwh + shifted_mwh, served_mwh),
        "annual_matching": _ratio(clean_mwh, served_mwh),
    }


def check_accounts(accounts: Iterable[Account]) -> None:
    """Refuse an account of a user that has the name of a built-in metric.

    Raises:
        SpecError: Naming it.
    """
    taken = {*Summary.__dataclass_fields__, *JOB_METRICS} - _SUMMARISED
    problems = [
        Problem((account.name,), "is the name of a built-in metric; choose another name for the account")
        for account in accounts
        if account.name in taken
    ]
    if problems:
        raise SpecError("accounts", problems)


def own(account: Account) -> bool:
    """Whether an account has no metric of its own, because a user-defined participant contributes it."""
    return account.name not in _SUMMARISED


def own_accounts(books: Closed) -> dict[str, float]:
    """Amounts of the accounts that have no metric of their own.

    By name of the account; its parts, the bins of a histogram and, where participants are kept apart, their
    names follow after a dot.
    """
    found: dict[str, float] = {}
    for account in books.accounts:
        if own(account):
            for posting in books.posted(account.name):
                if posting.account == account:
                    _add_up(found, posting)
    return found


def _add_up(found: dict[str, float], posting: Posting) -> None:
    account = posting.account
    name = account.name if account.adds is not Adds.APART else f"{account.name}.{posting.owner}"
    amounts = {name: posting.total}
    if account.part:
        amounts[f"{name}.{account.part}"] = posting.total
    for low, high, hours in zip(account.bins[:-1], account.bins[1:], posting.amounts, strict=False):
        amounts[f"{name}.{low:g} to {high:g}"] = float(hours)
    for key, amount in amounts.items():
        if account.adds is Adds.HIGHEST:
            found[key] = max(found.get(key, amount), amount)
        else:
            found[key] = found.get(key, 0.0) + amount


def _hours(books: Closed) -> float:
    return books.horizon_s / SECONDS_PER_HOUR


def _hours_in_service(books: Closed, one: Participant) -> float:
    """Hours in service of the nameplate, as a mean over its units."""
    return _hours(books) * one.service_pu.mean(0.0, books.horizon_s)


def _facility_mwh(books: Closed) -> float:
    """Energy of the IT loads with their overhead, and of the fixed overhead."""
    owners = {
        *books.by_owner_mwh(Flow.IT),
        *(one.name for one in books.participants if one.family == _FACILITY),
    }
    return fsum(mwh for owner, mwh in books.by_owner_mwh(Flow.SERVED).items() if owner in owners)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _ranked(amounts: dict[str, float]) -> dict[str, float]:
    """Amounts by name, the largest first, without those that are nothing."""
    ranked = sorted(amounts.items(), key=lambda item: (-item[1], item[0]))
    return {name: float(amount) for name, amount in ranked if amount > 0.0}
