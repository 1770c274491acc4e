"""A campus on a fusion agreement: when is it reliable, what fills the gap, and at what cost?

Case A10. Nothing public validates the output of a fusion plant. Start, ramp and availability are
assumptions to be varied; 10 USD/MWh is Helion's own estimate of a future cost, not a price.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import Campus, Result, simulate
from sim.campus import (
    Facility,
    FusionPlant,
    GridConnection,
    PhysicalAgreement,
    ServerPool,
    SleevedAgreement,
    TrainingJob,
    VirtualAgreement,
)
from sim.cli import run_scenario
from sim.contracts.agreement import PPA_COST, Agreement
from sim.errors import Problem, SpecError, nearest
from sim.site import Source
from sim.timeseries.start_date import StartDate
from sim.units import DAYS_PER_YEAR, KG_PER_T, Days, Efficiency, OverheadRatio, PositiveMW, UsdPerMWh
from sim.validation.published import Value, compare, inputs, reference_table, stated

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.figure import Figure

SAYS = inputs("A10")
YEARS = 5
DAYS = YEARS * DAYS_PER_YEAR
SEEDS = 60
BEGIN = datetime(2028, 1, 1, tzinfo=UTC)
EARLIEST, LIKELY, LATEST = "2028-01-01", "2028-07-01", "2032-01-01"
"""Start of the ramp (speculative: no such plant has been built). The agreement says 2028; one start in ten is
later than 2.8 years after the beginning of it."""
FORMS = ("physical", "sleeved", "virtual")
FULL_PU = 0.999
"""Share of the power from which it counts as full."""
_SERVER_W = 6850.0
NAME = "fusion"
"""Name of the plant on the site, or of the agreement on one elsewhere: a date is drawn by name and seed."""
_BEGINS = ("first power", "agreement begins")
_PAID = ("delivered", "output", "strike")
"""The line of each form for the energy at the price of the agreement."""


def helion_agreement(
    *,
    form: str = "physical",
    campus_mw: PositiveMW = SAYS["capacity_mw"],
    fusion_mw: PositiveMW = SAYS["capacity_mw"],
    earliest_start: str = EARLIEST,
    likely_start: str = LIKELY,
    latest_start: str = LATEST,
    ramp_up_d: Days = SAYS["ramp_up_d"],
    availability_pu: Efficiency = 0.8,
    fusion_usd_per_mwh: UsdPerMWh = SAYS["helion_estimate_usd_per_mwh"],
    marketer_usd_per_mwh: UsdPerMWh = 60.0,
    sleeving_usd_per_mwh: UsdPerMWh = 3.0,
    pue: OverheadRatio = 1.1,
) -> Campus:
    """Run a campus around the clock on a fusion agreement from 2028, with a marketer for the rest.

    Args:
        form: What is bought: physical, the output of a plant on the site; sleeved, that of a plant elsewhere,
            delivered by the marketer; virtual, its difference to the marketer's price.
        campus_mw: Load of the campus, including overhead.
        fusion_mw: Power of the plant after the ramp (Helion and Microsoft: at least 50 MW).
        earliest_start: Earliest date at which the ramp begins; the agreement says 2028.
        likely_start: Most likely date (speculative); the date itself is drawn by the seed.
        latest_start: Latest date (speculative).
        ramp_up_d: Length of the ramp; one year in the agreement.
        availability_pu: Share of time in service (speculative: no data exist); a plant elsewhere gives this
            share of its power at all times.
        fusion_usd_per_mwh: Price per MWh delivered; Helion's estimate, no price is published.
        marketer_usd_per_mwh: Price of the power that the marketer buys on the market to fill the gap, and
            the index of the virtual form (assumed).
        sleeving_usd_per_mwh: Fee of the marketer per MWh of the sleeved form (assumed).
        pue: Facility power over IT power.
    """
    if form not in FORMS:
        message = f"= {form!r} does not exist{nearest(form, FORMS)}"
        raise SpecError("helion_agreement", [Problem(("form",), message)])
    servers = max(1, round(campus_mw / pue * 1e6 / _SERVER_W))
    dates = {"earliest": earliest_start, "likely": likely_start, "latest": latest_start}
    start = StartDate(**dates)
    price: dict[str, Any] = {
        "counterparty": "Helion, by Constellation",
        "price_usd_per_mwh": fusion_usd_per_mwh,
    }
    elsewhere = {
        **price,
        "begins": start,
        "ramp_in_d": ramp_up_d,
        "contracted_mw": fusion_mw * availability_pu,
    }
    supply: dict[str, Source] = {
        "marketer": GridConnection(
            import_limit_mw=2.0 * campus_mw, import_price_usd_per_mwh=marketer_usd_per_mwh
        )
    }
    agreements: dict[str, Agreement]
    if form == "physical":
        supply[NAME] = FusionPlant(
            capacity_mw=fusion_mw, start_day=start, ramp_up_d=ramp_up_d, availability_pu=availability_pu
        )
        agreements = {"helion": PhysicalAgreement(source=NAME, **price)}
    elif form == "sleeved":
        sleeved = SleevedAgreement(
            connection="marketer",
            fee_usd_per_mwh=sleeving_usd_per_mwh,
            surplus_usd_per_mwh=marketer_usd_per_mwh,
            **elsewhere,
        )
        agreements = {NAME: sleeved}
    else:
        agreements = {NAME: VirtualAgreement(index_usd_per_mwh=marketer_usd_per_mwh, **elsewhere)}
    return Campus(
        name="A campus on a fusion agreement",
        start=BEGIN,
        facility=Facility(pue=pue),
        servers={"halls": ServerPool(servers=servers, busy_w=campus_mw / pue * 1e6 / servers)},
        supply=supply,
        demand={
            "training": TrainingJob(pool="halls", gpus=servers * 8, work_gpu_h=servers * 8e5, flexible_pu=0.0)
        },
        agreements=agreements,
    )


@dataclass(frozen=True)
class Future:
    """One run of the agreement.

    Attributes:
        begun_a: Years after the beginning of 2028 until the first power on the site, or until an agreement
            on a plant elsewhere began; infinite if never.
        full_a: Years after the beginning of 2028 until full power on the site; infinite if never.
        gap_pct: Share of the energy of the campus that the marketer supplied.
        usd_per_mwh: Mean cost of a MWh.
        fusion_mw: Mean power of fusion on the site in each month.
        import_pct: Share of the energy that flowed from the grid.
        cfe_pct: Carbon-free share of the load, hour by hour.
        market_kgco2_per_mwh: Market-based carbon of a MWh, with the certificates of the agreement.
    """

    begun_a: float
    full_a: float
    gap_pct: float
    usd_per_mwh: float
    fusion_mw: tuple[float, ...]
    import_pct: float
    cfe_pct: float
    market_kgco2_per_mwh: float


@cache
def futures(form: str = "physical") -> tuple[Future, ...]:
    """Many futures, each with a random start and random outages."""
    campus = helion_agreement(form=form)
    return tuple(_future(simulate(campus, days=DAYS, seed=seed, record_s=86400.0)) for seed in range(SEEDS))


def _future(result: Result) -> Future:
    mwh, mw = result.summary.energy_mwh, site_mw(result)
    began = result.events.loc[result.events["event"].isin(_BEGINS), "time"]
    full = np.flatnonzero(mw >= SAYS["capacity_mw"] * FULL_PU)
    return Future(
        begun_a=(began.iloc[0] - BEGIN) / timedelta(days=DAYS_PER_YEAR) if len(began) else float("inf"),
        full_a=full[0] / DAYS_PER_YEAR if full.size else float("inf"),
        gap_pct=gap_pct(result),
        usd_per_mwh=result.summary.cost_usd / mwh,
        fusion_mw=tuple(float(month.mean()) for month in np.array_split(mw, YEARS * 12)),
        import_pct=100.0 * result.summary.import_mwh / mwh,
        cfe_pct=100.0 * (result.summary.cfe_score or 0.0),
        market_kgco2_per_mwh=KG_PER_T * result.summary.carbon_market_t / mwh,
    )


def site_mw(result: Result) -> npt.NDArray[np.float64]:
    """Fusion power on the site at each row; a plant elsewhere gives none."""
    flows = result.flows
    return flows.get(f"{NAME}.delivered_mw", flows["dt_h"] * 0.0).to_numpy()


def gap_pct(result: Result) -> float:
    """Share of the energy that is not bought under the agreement."""
    bill = result.bill
    paid = bill[(bill["line"] == PPA_COST) & bill["detail"].str.startswith(_PAID)]
    return float(100.0 * (1.0 - paid["quantity"].sum() / result.summary.energy_mwh))


@cache
def after_ramp(availability_pu: float = 0.8) -> Result:
    """The year 2028 after a ramp in the year before."""
    dates = ("earliest_start", "likely_start", "latest_start")
    on_time: dict[str, Any] = dict.fromkeys(dates, "2027-01-01")
    return simulate(helion_agreement(availability_pu=availability_pu, **on_time), days=DAYS_PER_YEAR)


def homes(availability_pu: float = 0.8) -> float:
    """Homes that the year after the ramp would supply."""
    return after_ramp(availability_pu).summary.supplied_mwh[NAME] / float(SAYS["home_mwh_per_year"])


def reliable_a(share: float) -> float:
    """Years after the beginning of 2028 until full power was delivered in this share of the futures."""
    return float(np.quantile([future.full_a for future in futures()], share, method="higher"))


def _a10() -> dict[str, Value]:
    return {
        "after_ramp": float(site_mw(after_ramp()).max()),
        "homes": homes(),
        "reliable_p90": reliable_a(0.9),
        "gap": float(np.mean([future.gap_pct for future in futures()])),
    }


CASES: dict[str, Callable[[], dict[str, Value]]] = {"A10": _a10}
"""Simulated numbers by case."""


def report() -> str:
    """When the agreement is reliable, what fills the gap, at what cost, and what its form changes."""
    costs = np.array([future.usd_per_mwh for future in futures()])
    gaps = np.array([future.gap_pct for future in futures()])
    promised = after_ramp().summary
    return f"""# A fusion agreement

Speculative: nothing public validates the output of a fusion plant. The start is drawn between {EARLIEST}
and {LATEST}, most likely {LIKELY}; a ramp of {SAYS["ramp_up_d"]:g} days follows; the plant is in service
for 80 % of the time. No price is published: {SAYS["helion_estimate_usd_per_mwh"]:g} USD/MWh is Helion's own
estimate of a future cost. The prices of the marketer are assumed.

{reference_table(compare("A10", _a10()))}
In half of {SEEDS} futures full power of {SAYS["capacity_mw"]:g} MW is first reached within
{_years(reliable_a(0.5))} years after the beginning of 2028; the 90th percentile is
{_years(reliable_a(0.9))} years. Until then, and during outages, the marketer fills the gap:
{gaps.mean():.0f} % of the energy of {YEARS} years on average,
{_most(gaps)} % in 8 of 10 futures. A MWh costs {costs.mean():.0f} USD on average, {_most(costs)} USD in 8 of
10, and {promised.cost_usd / promised.energy_mwh:.0f} USD in the year after the ramp. Reaching full
power does not make it firm: with 80 % in service the campus needs the marketer for the full
{SAYS["capacity_mw"]:g} MW at all times.

| form | USD/MWh | from the grid | carbon-free by hour | kgCO2/MWh, market-based |
|:--|---:|---:|---:|---:|
{chr(10).join(map(_form_line, FORMS))}

All forms are paid as delivered, and a seed draws one start in all of them. The virtual form costs what the
physical one does, because its index is the price that the marketer takes: they differ by the outages drawn,
while a plant elsewhere gives its mean power. The sleeved form costs its fee more. In both, all power flows
from the grid: certificates lower the market-based carbon, not the carbon-free share by hour.

{stated("A10", "homes"):,.0f} homes require a plant that is almost always in service: at
{SAYS["home_mwh_per_year"]} MWh per home and year, 80 % in service supplies {homes():,.0f} homes,
and 100 % {homes(1.0):,.0f}.

Answer: the campus can rely on {SAYS["capacity_mw"]:g} MW of fusion {_years(reliable_a(0.9))} years after the
beginning of 2028 with a confidence of 90 %, and never without the marketer, who fills the gap
({gaps.mean():.0f} % of the energy). That costs {costs.mean():.0f} USD/MWh on average.
"""


def _form_line(form: str) -> str:
    means = (
        float(np.mean([getattr(future, name) for future in futures(form)]))
        for name in ("usd_per_mwh", "import_pct", "cfe_pct", "market_kgco2_per_mwh")
    )
    usd, imported, cfe, market = means
    return f"| {form} | {usd:.2f} | {imported:.0f} % | {cfe:.0f} % | {market:.0f} |"


def answer(result: Result) -> str:
    """When the agreement began or reached full power, what filled the gap, and at what cost."""
    summary, events = result.summary, result.events
    reached = f"The agreement had not begun after {result.days:g} days."
    if f"{NAME}.delivered_mw" in result.flows:
        mw = site_mw(result)
        capacity_mw = result.participant(NAME).capacity_mw
        full = np.flatnonzero(mw >= capacity_mw * FULL_PU)
        reached = f"Full power was not reached in {result.days:g} days."
        if full.size:
            first = result.flows.index[full[0]]
            reached = f"Full power of {capacity_mw:g} MW was first reached on {first:%Y-%m-%d}."
    elif "agreement begins" in set(events["event"]):
        began = events.loc[events["event"] == "agreement begins", "time"].iloc[0]
        reached = f"The agreement on a plant elsewhere began on {began:%Y-%m-%d}, with its ramp."
    return (
        f"{reached} The marketer supplied {gap_pct(result):.0f} % of the energy; a MWh cost "
        f"{summary.cost_usd / summary.energy_mwh:.0f} USD. This is one future; dcgrid reproduce A10 draws "
        f"{SEEDS}."
    )


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
    dots = cost.scatter(
        [future.begun_a for future in futures()],
        [future.usd_per_mwh for future in futures()],
        c=[future.gap_pct for future in futures()],
        cmap="viridis_r",
    )
    figure.colorbar(dots, ax=cost, label="supplied by the marketer [%]")
    cost.set_xlabel("start [years after 2028-01-01]")
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
