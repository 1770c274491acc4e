"""Laws of regret with jobs: no dispatch beats the bound, that of another run neither."""

from __future__ import annotations

from dataclasses import replace
from math import fsum
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from regret.small_halls import STRATEGIES, halls
from regret.test_regret_laws import holds

from sim import Result, simulate
from sim.campus import Campus, TrainingJob
from sim.regret.jobs import Jobs

DAYS = 2.0


@given(halls(), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_no_dispatch_of_jobs_costs_less_than_the_bound(campus: Campus, seed: int) -> None:
    holds(simulate(campus, days=DAYS, seed=seed))


def changed(campus: Campus, **fields: Any) -> Campus:
    """The campus with other fields of all its jobs, each a function of the job."""
    jobs = {name: one for name, one in campus.demand.items() if isinstance(one, TrainingJob)}
    made = {
        name: TrainingJob(**{**one.to_dict(), **{key: value(one) for key, value in fields.items()}})
        for name, one in jobs.items()
    }
    return Campus(**{**dict(campus), "demand": {**campus.demand, **made}})


def cost_as(of: Result, other: Result) -> float:
    """What the dispatch of another run costs, with the references of work of a run."""
    unserved = 5000.0 * other.books.total_mwh("unserved_mw")
    mine, theirs = (Jobs.of(one, of.campus).stocks for one in (of, other))
    overhead = of.campus.facility.proportional
    missing = [
        stock.tier.usd_per_mwh
        * max(0.0, stock.outstanding_mwh + overhead * (stock.done_mwh - there.done_mwh))
        for stock, there in zip(mine, theirs, strict=True)
    ]
    return fsum([other.summary.cost_usd, unserved, *missing])


def level_mwh(result: Result) -> float:
    """What the store holds at the end; 0 without one."""
    return sum(float(one.level_mwh[-1]) for one in result.books.hours.stores)


@given(halls(), st.sampled_from([0.2, 0.5, 1.5, 5.0]), st.sampled_from(STRATEGIES))
@settings(max_examples=40, deadline=None)
def test_nor_does_that_of_a_run_with_other_prices_of_jobs_and_another_strategy(
    campus: Campus, factor: float, strategy: dict[str, Any] | None
) -> None:
    """Without deadlines, which another run may miss, and firm jobs, which are a trace of the run."""
    plain = changed(campus, flexible_pu=lambda _: 1.0, deadline_h=lambda _: None)
    plain = Campus(**{**dict(plain), "facility": {"pue": 1.2}})
    other = changed(plain, worth_usd_per_mwh=lambda one: factor * one.worth_usd_per_mwh)
    if "battery" in plain.supply:
        battery = plain.supply["battery"].model_copy(update={"strategy": None})
        battery = type(battery)(**{**battery.to_dict(), "strategy": strategy})
        other = Campus(**{**dict(other), "supply": {**other.supply, "battery": battery}})
    found, rival = (simulate(one, days=DAYS) for one in (plain, other))
    if level_mwh(rival) >= level_mwh(found) - 1e-9:  # the bound ends with as much
        bound, cost = found.regret().bound_usd, cost_as(found, rival)
        assert bound <= cost + 1e-6 * max(1.0, abs(cost))


@given(halls())
@settings(max_examples=30, deadline=None)
def test_deadlines_that_are_lifted_lower_the_bound(campus: Campus) -> None:
    result = simulate(campus, days=DAYS)
    free = tuple({**row, "deadline_s": None} for row in result.books.jobs)
    lifted = replace(result, books=replace(result.books, jobs=free))
    bound = result.regret().bound_usd
    assert lifted.regret().bound_usd <= bound + 1e-6 * max(1.0, abs(bound))
