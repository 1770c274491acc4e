"""Ordinary servers and AI servers in one hall, and the same work on faster chips or software.

Case A7: does an AI server draw 6 to 7 times the power of an ordinary one? Both are models of servers by
component. Case A16: how much energy do chips or software that are up to 15 times faster save?
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from textwrap import fill
from typing import TYPE_CHECKING

from sim import Campus, Result, simulate
from sim.campus import Facility, GridConnection, ServerPool, TrainingJob
from sim.cli import run_scenario
from sim.compute.server import MODELS
from sim.units import SECONDS_PER_HOUR, W_PER_MW, OverheadRatio, PositiveCount, Ratio
from sim.validation.published import Value, compare, inputs, reference_table, stated

if TYPE_CHECKING:
    from matplotlib.figure import Figure

AI, ORDINARY = "ai", "ordinary"
DAYS = 7.0
MIX = ((0.5, 40.0, 0.0), (0.3, 60.0, 6.0), (0.2, 90.0, 24.0), (0.6, 30.0, 70.0), (0.4, 24.0, 110.0))
"""Jobs of the week: share of the servers, length [h], hour of submission (assumed)."""
_SLOTS = 8
WIDTH = 100
"""Columns of a line of the report."""
SPEEDS = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Speed-up by chips or software; up to 15 (DeepSpeed-Chat)."""


def server_generations(
    *,
    servers: PositiveCount = 100,
    ai_server: str = "8xh100",
    ordinary_server: str = "two_socket",
    times_faster: OverheadRatio = 1.0,
    power_ratio: Ratio = 1.0,
    off_after_work: bool = False,
    pue: OverheadRatio = 1.2,
) -> Campus:
    """Run the same jobs on equal numbers of ordinary and AI servers in one hall.

    Args:
        servers: Servers of each kind.
        ai_server: Model of the AI servers: 8xh100 (its power was measured), 8xh200, 8xa100 or gb200_nvl72.
        ordinary_server: Model of the ordinary servers; at work, two_socket draws what one of its two power
            supplies of 800 to 1,200 W gives. The other is a spare.
        times_faster: Speed-up of the same work by chips or software.
        power_ratio: Power of the faster servers at work over that of the original ones.
        off_after_work: Whether servers without work are switched off instead of idle.
        pue: Facility power over IT power.
    """
    models = {AI: MODELS.build(ai_server), ORDINARY: MODELS.build(ordinary_server)}
    pools = {
        name: ServerPool(
            servers=servers,
            model=model,
            gpus_per_server=_SLOTS,
            idle_w=0.0 if off_after_work else model.idle_w,
            busy_w=model.active_w * power_ratio,
        )
        for name, model in models.items()
    }
    busy_w = sum(pool.servers * pool.busy_w for pool in pools.values())
    return Campus(
        name="Two generations of servers",
        facility=Facility(pue=pue),
        servers=pools,
        supply={"grid": GridConnection(import_limit_mw=1.0 + 4.0 * busy_w / W_PER_MW)},
        demand={
            f"{pool} job {number}": TrainingJob(
                pool=pool,
                gpus=(gpus := max(1, round(share * servers)) * _SLOTS),
                work_gpu_h=gpus * length_h / times_faster,
                submit_h=submit_h,
                flexible_pu=0.0,
            )
            for pool in pools
            for number, (share, length_h, submit_h) in enumerate(MIX, start=1)
        },
    )


@cache
def week(*, times_faster: float = 1.0, off_after_work: bool = False) -> Result:
    """A week of the same jobs."""
    campus = server_generations(times_faster=times_faster, off_after_work=off_after_work)
    return simulate(campus, days=DAYS)


def energy_mwh(result: Result, pool: str) -> float:
    """Energy of a kind of servers at the meter, including idle servers."""
    flows = result.flows
    names = [name for name in result.columns("served_mw") if _pool_of(name) == pool]
    return float((flows[names].sum(axis=1) * flows["dt_h"]).sum())


@cache
def at_work(ai_w: float, ordinary_w: float) -> float:
    """Power of AI servers over that of ordinary ones with all of them at work, from the bus.

    Args:
        ai_w: Power of an AI server at work.
        ordinary_w: The same of an ordinary one.
    """
    powers_w = {f"servers.{AI}.busy_w": ai_w, f"servers.{ORDINARY}.busy_w": ordinary_w}
    campus = server_generations().with_values(powers_w)
    jobs = {
        f"{pool} job": TrainingJob(pool=pool, gpus=spec.gpus, work_gpu_h=spec.gpus * 48.0, flexible_pu=0.0)
        for pool, spec in campus.servers.items()
    }
    result = simulate(campus.with_values({"demand": jobs}), days=1.0)
    return energy_mwh(result, AI) / energy_mwh(result, ORDINARY)


def work_h(result: Result, pool: str) -> float:
    """Total hours of the jobs on a kind of servers."""
    jobs = result.jobs[result.jobs["name"].str.startswith(pool)]
    return float((jobs["end"] - jobs["start"]).dt.total_seconds().sum() / SECONDS_PER_HOUR)


def saving(*, times_faster: float, off_after_work: bool = False) -> float:
    """Energy of the AI servers over a week for the same work, before over after."""
    old = week(off_after_work=off_after_work)
    new = week(times_faster=times_faster, off_after_work=off_after_work)
    return energy_mwh(old, AI) / energy_mwh(new, AI)


def _a7() -> dict[str, Value]:
    says = inputs("A7")
    supplies_w = (says["ordinary_supply_low_w"] + says["ordinary_supply_high_w"]) / 2.0
    base = week()
    campus = base.campus
    return {
        "at_work": at_work(campus.servers[AI].busy_w, campus.servers[ORDINARY].busy_w),
        "nameplate": at_work(
            says["ai_supplies"] * says["ai_supply_w"], says["ordinary_supplies"] * supplies_w
        ),
        "week": energy_mwh(base, AI) / energy_mwh(base, ORDINARY),
    }


def _a16() -> dict[str, Value]:
    most = inputs("A16")["most_times_faster"]
    return {
        "faster": work_h(week(), AI) / work_h(week(times_faster=most), AI),
        "energy": saving(times_faster=most),
    }


CASES: dict[str, Callable[[], dict[str, Value]]] = {"A7": _a7, "A16": _a16}
"""Simulated numbers by case."""


def report() -> str:
    """The two claims, and the conditions under which they hold."""
    says = inputs("A7")
    low, high = says["ordinary_supply_low_w"], says["ordinary_supply_high_w"]
    full_w, ai_w = says["ai_supplies"] * says["ai_supply_w"], week().campus.servers[AI].busy_w
    most = inputs("A16")["most_times_faster"]
    steps = "\n".join(
        f"| {times:g} | {work_h(week(times_faster=times), AI):.1f} "
        f"| {saving(times_faster=times):.2f} | {saving(times_faster=times, off_after_work=True):.2f} |"
        for times in SPEEDS
    )
    idle = (
        f"Chips or software that are {most:g} times faster save a factor of "
        f"{saving(times_faster=most):.1f} with "
        f"servers left idle, and {saving(times_faster=most, off_after_work=True):.0f} with servers "
        f"off after work."
    )
    return f"""# Two generations of servers

{reference_table(compare("A7", _a7()) + compare("A16", _a16()))}
The nameplates do not give 6 to 7: with all power supplies at full load the ratio is
{at_work(full_w, 2.0 * high):.1f} to {at_work(full_w, 2.0 * low):.1f}. The claim holds if the ordinary
server runs on one of its power supplies and the other is a spare: a measured AI server of
{ai_w:,.0f} W draws {at_work(ai_w, high):.1f} to
{at_work(ai_w, low):.1f} times as much.

| speed-up | hours of work | energy, before over after | the same, servers off after work |
|---:|---:|---:|---:|
{steps}

Work that is {most:g} times faster takes 1/{most:g} of the time. It takes 1/{most:g} of the energy only if the
servers are then switched off or given other work. If they are left idle, the energy falls by a factor of
{saving(times_faster=most):.1f}, not {stated("A16", "energy"):g}.

{fill(f"Answer: {answer(week())} {idle}", WIDTH)}
"""


def answer(result: Result) -> str:
    """Power at work, and energy, of AI servers over that of ordinary ones."""
    pools = result.campus.servers
    power = pools[AI].busy_w / pools[ORDINARY].busy_w
    energy = energy_mwh(result, AI) / energy_mwh(result, ORDINARY)
    hours, ordinary_h = work_h(result, AI), work_h(result, ORDINARY)
    return (
        f"An AI server at work draws {power:.1f} times the power of an ordinary one. For the same jobs, "
        f"{hours:.1f} h of work against {ordinary_h:.1f} h, it takes {energy:.1f} times the energy, "
        f"with idle hours."
    )


def picture() -> Figure:
    """A week of power by kind of server, and the energy saved by speed."""
    from matplotlib.figure import Figure as Canvas

    figure = Canvas(figsize=(10.0, 4.0), layout="constrained")
    load, gain = figure.subplots(1, 2, width_ratios=(3, 2))
    flows = week().hourly
    for pool, color, message in ((AI, "#aa3377", "AI servers"), (ORDINARY, "#4477aa", "ordinary servers")):
        names = [name for name in week().columns("served_mw") if _pool_of(name) == pool]
        hours = range(len(flows))
        load.plot(
            hours, 1000.0 * flows[names].sum(axis=1).to_numpy(), color=color, label=message, ds="steps-post"
        )
    load.set_xlabel("hour of the week")
    load.set_ylabel("power of 100 servers [kW]")
    load.set_ylim(bottom=0.0)
    load.legend()
    load.set_title("The same jobs", fontsize=10)
    for off, color, message in (
        (True, "#228833", "servers off after work"),
        (False, "#ee6677", "servers left idle"),
    ):
        gains = [saving(times_faster=times, off_after_work=off) for times in SPEEDS]
        gain.plot(SPEEDS, gains, "o-", color=color, label=message)
    gain.set_xlabel("speed-up")
    gain.set_ylabel("energy of the week, before over after")
    gain.legend()
    gain.set_title("The same work, faster", fontsize=10)
    return figure


def _pool_of(column: str) -> str:
    """The kind of servers that a column of flows belongs to."""
    return column.partition(".")[0].partition(" ")[0]


if __name__ == "__main__":
    run_scenario(server_generations)
