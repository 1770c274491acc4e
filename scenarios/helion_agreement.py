"""A campus on a fusion agreement: when is it reliable, what fills the gap, and at what cost?

Case A10. Nothing public validates the output of a fusion plant. Start, ramp and availability are
assumptions to be varied; 10 USD/MWh is Helion's own estimate of a future cost, not a price.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from sim import Campus, Result, simulate
from sim.campus import Facility, FusionPlant, GridConnection, PhysicalAgreement, ServerPool, TrainingJob
from sim.cli import run_scenario
from sim.units import DAYS_PER_YEAR, MW, Days, Efficiency, OverheadRatio, PositiveMW, UsdPerMWh
from sim.validation.published import Value, compare, inputs, reference_table, stated

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.figure import Figure

SAYS = inputs("A10")
YEARS = 5
DAYS = YEARS * DAYS_PER_YEAR
SEEDS = 60
MEDIAN_DELAY_D = 365.0
"""Median delay of the start after the beginning of 2028 (speculative: no such plant has been built)."""
DELAY_SPREAD = 0.8
"""Spread of the logarithm of the delay (speculative): one start in ten is later than 2.8 years."""
_SERVER_W = 6850.0


def helion_agreement(
    *,
    campus_mw: PositiveMW = SAYS["capacity_mw"],
    fusion_mw: MW = SAYS["capacity_mw"],
    delay_d: Days = 0.0,
    ramp_up_d: Days = SAYS["ramp_up_d"],
    availability_pu: Efficiency = 0.8,
    fusion_usd_per_mwh: UsdPerMWh = SAYS["helion_estimate_usd_per_mwh"],
    marketer_usd_per_mwh: UsdPerMWh = 60.0,
    pue: OverheadRatio = 1.1,
) -> Campus:
    """Run a campus around the clock on a fusion agreement from 2028, with the grid for the rest.

    Args:
        campus_mw: Load of the campus, including overhead.
        fusion_mw: Power of the agreement after the ramp (Helion and Microsoft: at least 50 MW).
        delay_d: Days after 1 January 2028 at which the ramp begins; the agreement says 2028.
        ramp_up_d: Length of the ramp; one year in the agreement.
        availability_pu: Share of time in service (speculative: no data exist).
        fusion_usd_per_mwh: Price per MWh delivered; Helion's estimate, no price is published.
        marketer_usd_per_mwh: Price of the power that the marketer buys on the market to fill the gap
            (assumed).
        pue: Facility power over IT power.
    """
    servers = max(1, round(campus_mw / pue * 1e6 / _SERVER_W))
    busy_w = campus_mw / pue * 1e6 / servers
    return Campus(
        name="A campus on a fusion agreement",
        start=datetime(2028, 1, 1, tzinfo=UTC),
        facility=Facility(pue=pue),
        servers={"halls": ServerPool(servers=servers, busy_w=busy_w)},
        supply={
            "fusion": FusionPlant(
                capacity_mw=fusion_mw,
                start_day=delay_d,
                ramp_up_d=ramp_up_d,
                availability_pu=availability_pu,
            ),
            "marketer": GridConnection(
                import_limit_mw=2.0 * campus_mw, import_price_usd_per_mwh=marketer_usd_per_mwh
            ),
        },
        demand={
            "training": TrainingJob(pool="halls", gpus=servers * 8, work_gpu_h=servers * 8e5, flexible_pu=0.0)
        },
        agreements={
            "helion": PhysicalAgreement(
                source="fusion", counterparty="Helion, by Constellation", price_usd_per_mwh=fusion_usd_per_mwh
            )
        },
    )


def delay_d(seed: int) -> float:
    """Start of the ramp in one future [days after the beginning of 2028]."""
    draw = np.random.default_rng((seed, 2028)).lognormal(np.log(MEDIAN_DELAY_D), DELAY_SPREAD)
    return float(draw)


@dataclass(frozen=True)
class Future:
    """One run of the agreement.

    Attributes:
        delay_d: When the ramp began.
        full_a: Years after the beginning of 2028 at which full power was first delivered; infinite if never.
        gap_pct: Share of the energy of the campus that the marketer supplied.
        usd_per_mwh: Mean cost of a MWh.
        fusion_mw: Mean power of fusion in each month.
    """

    delay_d: float
    full_a: float
    gap_pct: float
    usd_per_mwh: float
    fusion_mw: tuple[float, ...]


@cache
def futures(seeds: int = SEEDS) -> tuple[Future, ...]:
    """Many futures, each with a random delay and random outages."""
    return tuple(_future(seed) for seed in range(seeds))


def _future(seed: int) -> Future:
    late_d = delay_d(seed)
    result = simulate(helion_agreement(delay_d=late_d), days=DAYS, seed=seed, record_s=86400.0)
    summary, mw = result.summary, result.flows["fusion.delivered_mw"].to_numpy()
    full = np.flatnonzero(mw >= SAYS["capacity_mw"] * 0.999)
    months = np.array_split(mw, YEARS * 12)
    return Future(
        delay_d=late_d,
        full_a=full[0] / DAYS_PER_YEAR if full.size else float("inf"),
        gap_pct=100.0 * summary.import_mwh / summary.energy_mwh,
        usd_per_mwh=summary.cost_usd / summary.energy_mwh,
        fusion_mw=tuple(float(month.mean()) for month in months),
    )


@cache
def after_ramp(availability_pu: float = 0.8) -> Result:
    """The year after a ramp that began on time."""
    campus = helion_agreement(delay_d=0.0, availability_pu=availability_pu)
    return simulate(campus.with_values({"supply.fusion.start_day": -SAYS["ramp_up_d"]}), days=DAYS_PER_YEAR)


def homes(availability_pu: float = 0.8) -> float:
    """Homes that the year after the ramp would supply."""
    return after_ramp(availability_pu).summary.supplied_mwh["fusion"] / float(SAYS["home_mwh_per_year"])


def reliable_a(share: float) -> float:
    """Years after the beginning of 2028 until full power was delivered in this share of the futures."""
    return float(np.quantile([future.full_a for future in futures()], share, method="higher"))


def _a10() -> dict[str, Value]:
    return {
        "after_ramp": float(after_ramp().flows["fusion.delivered_mw"].max()),
        "homes": homes(),
        "reliable_p90": reliable_a(0.9),
        "gap": float(np.mean([future.gap_pct for future in futures()])),
    }


CASES: dict[str, Callable[[], dict[str, Value]]] = {"A10": _a10}
"""Simulated numbers by case."""


def report() -> str:
    """When the agreement is reliable, what fills the gap, and at what cost."""
    costs = np.array([future.usd_per_mwh for future in futures()])
    gaps = np.array([future.gap_pct for future in futures()])
    promised = after_ramp().summary
    return f"""# A fusion agreement

Speculative: nothing public validates the output of a fusion plant. The delay is random with a
median of {MEDIAN_DELAY_D:g} days; the plant is in service for 80 % of the time.

{reference_table(compare("A10", _a10()))}
In half of {SEEDS} futures full power of {SAYS["capacity_mw"]:g} MW is first reached within
{_years(reliable_a(0.5))} years after the beginning of 2028; the 90th percentile is
{_years(reliable_a(0.9))} years. Until then, and during outages, the marketer fills the gap:
{gaps.mean():.0f} % of the energy of {YEARS} years on average,
{_most(gaps)} % in 8 of 10 futures. A MWh costs {costs.mean():.0f} USD on average, {_most(costs)} USD in 8 of
10, and {promised.cost_usd / promised.energy_mwh:.0f} USD in the year after the ramp. Reaching full
power does not make it firm: with 80 % in service the campus needs the marketer for the full
{SAYS["capacity_mw"]:g} MW at all times.

{stated("A10", "homes"):,.0f} homes require a plant that is almost always in service: at
{SAYS["home_mwh_per_year"]} MWh per home and year, 80 % in service supplies {homes():,.0f} homes,
and 100 % {homes(1.0):,.0f}.

Answer: the campus can rely on {SAYS["capacity_mw"]:g} MW of fusion {_years(reliable_a(0.9))} years after the
beginning of 2028 with a confidence of 90 %, and never without the marketer, who fills the gap
({gaps.mean():.0f} % of the energy). That costs {costs.mean():.0f} USD/MWh on average.
"""


def answer(result: Result) -> str:
    """When a run reached full power, what filled the gap, and at what cost."""
    summary, flows = result.summary, result.flows
    share = f"The marketer supplied {100.0 * summary.import_mwh / summary.energy_mwh:.0f} % of the energy"
    one = "This is one future; dcgrid reproduce A10 draws sixty."
    if "fusion.delivered_mw" not in flows:
        return f"The campus has no fusion agreement. {share}."
    capacity_mw = result.participant("fusion").capacity_mw
    full = np.flatnonzero(flows["fusion.delivered_mw"].to_numpy() >= capacity_mw * 0.999)
    reached = f"Full power was not reached in {result.days:g} days."
    if full.size:
        reached = f"Full power of {capacity_mw:g} MW was first reached on {flows.index[full[0]]:%Y-%m-%d}."
    cost = f"a MWh cost {summary.cost_usd / summary.energy_mwh:.0f} USD"
    return f"{reached} {share}, also after that, when the plant failed; {cost}. {one}"


def picture() -> Figure:
    """Monthly fusion power over all futures, and the cost per MWh of each."""
    from matplotlib.figure import Figure as Canvas

    figure = Canvas(figsize=(10.0, 4.0), layout="constrained")
    power, cost = figure.subplots(1, 2, width_ratios=(3, 2))
    months = np.array([future.fusion_mw for future in futures()])
    years = 2028.0 + (np.arange(months.shape[1]) + 0.5) / 12.0
    for low, high, alpha in ((0.05, 0.95, 0.25), (0.25, 0.75, 0.4)):
        band = np.quantile(months, (low, high), axis=0)
        message = f"{100 * (high - low):.0f} % of the futures"
        power.fill_between(years, *band, color="#4477aa", alpha=alpha, lw=0, label=message)
    power.plot(years, np.median(months, axis=0), color="#223355", label="median")
    power.axhline(SAYS["capacity_mw"], color="#ee6677", ls="--", lw=1, label="contracted")
    power.set_ylabel("fusion, monthly mean [MW]")
    power.set_title("Power of the agreement (speculative)", fontsize=10)
    power.legend(fontsize=8, loc="upper left")
    delays = [future.delay_d / DAYS_PER_YEAR for future in futures()]
    dots = cost.scatter(
        delays,
        [future.usd_per_mwh for future in futures()],
        c=[future.gap_pct for future in futures()],
        cmap="viridis_r",
    )
    figure.colorbar(dots, ax=cost, label="supplied by the marketer [%]")
    cost.set_xlabel("delay of the start [years after 2028-01-01]")
    cost.set_ylabel(f"cost over {YEARS} years [USD/MWh]")
    cost.set_title("Cost of a late start", fontsize=10)
    return figure


def _most(values: npt.NDArray[np.float64]) -> str:
    """The range that holds 8 of 10 values."""
    low, high = np.quantile(values, (0.1, 0.9))
    return f"{low:.0f} to {high:.0f}"


def _years(years: float) -> str:
    return f"{years:.1f}" if np.isfinite(years) else f"more than {YEARS}"


if __name__ == "__main__":
    run_scenario(helion_agreement)
