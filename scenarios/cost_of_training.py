"""What training costs: electricity and hardware, at two prices of power.

Cases A19 and A9. GPT-3's training is said to cost USD 1.4 million, and electricity to be 60 % of the
cost of training. Power in the east of China is said to cost 0.676 CNY/kWh and in the west 0.541.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

from sim import Campus, Result, simulate
from sim.campus import Facility, GridConnection, ServerPool, TrainingJob
from sim.cli import run_scenario
from sim.units import HOURS_PER_DAY, HOURS_PER_YEAR, PositiveCount, PositiveWatts, UsdPerMWh, quantity
from sim.validation.published import Value, compare, inputs, reference_table, stated

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GPT3 = inputs("A1", "gpt3")
PRICES = inputs("A9")
DAYS = 16.0
"""Duration of GPT-3 in the case, plus a day."""
SERVER_USD = 149000.0
"""List price of a server of 8 V100 (DGX-1, NVIDIA, 2017)."""
SERVER_YEARS = 5.0
"""Years over which a server is paid off (assumed)."""
CNY_PER_USD = 7.1
"""Yuan to the dollar (about the mean of 2023, rounded); no ratio depends on it."""
_GPUS = 8
WIDTH = 100
"""Columns of a line of the report."""

GpuWatts = PositiveWatts
Hours = Annotated[float, quantity("h", gt=0)]


def cost_of_training(
    *,
    price_usd_per_mwh: UsdPerMWh = 60.0,
    gpus: PositiveCount = GPT3["processors"],
    gpu_w: GpuWatts = GPT3["processor_w"],
    duration_h: Hours = GPT3["duration_d"] * HOURS_PER_DAY,
) -> Campus:
    """Train a model of the size of GPT-3 on purchased power.

    Args:
        price_usd_per_mwh: Price of power; 0.676 CNY/kWh are about 95 USD/MWh, 0.541 about 76.
        gpus: GPUs of the job.
        gpu_w: Power of a GPU with its share of the server.
        duration_h: Length of the job.
    """
    return Campus(
        name="The cost of training",
        timezone="Asia/Shanghai",
        facility=Facility(pue=GPT3["pue"]),
        servers={"cluster": ServerPool(servers=-(-gpus // _GPUS), gpus_per_server=_GPUS, idle_w=0.0)},
        supply={
            "grid": GridConnection(
                import_limit_mw=2.0 * gpus * gpu_w * 1e-6, import_price_usd_per_mwh=price_usd_per_mwh
            )
        },
        demand={
            "training": TrainingJob(
                pool="cluster", gpus=gpus, work_gpu_h=gpus * duration_h, gpu_w=gpu_w, flexible_pu=0.0
            )
        },
    )


@dataclass(frozen=True)
class Cost:
    """The cost of a training run.

    Attributes:
        electricity_usd: The bill for power.
        gpu_h: Work done.
        energy_mwh: Energy at the meter.
    """

    electricity_usd: float
    gpu_h: float
    energy_mwh: float

    def hardware_usd(self, server_usd: float = SERVER_USD, years: float = SERVER_YEARS) -> float:
        """Cost of the servers for the time they worked, at list price over their life."""
        return self.gpu_h * server_usd / _GPUS / (years * HOURS_PER_YEAR)

    @property
    def share(self) -> float:
        """Share of electricity in the cost."""
        return self.electricity_usd / (self.electricity_usd + self.hardware_usd())


@cache
def base() -> Result:
    """The run at the default price."""
    return simulate(cost_of_training(), days=DAYS)


@cache
def train(price_usd_per_mwh: float = 60.0) -> Cost:
    """Train to the end at a price of power."""
    summary = simulate(cost_of_training(price_usd_per_mwh=price_usd_per_mwh), days=DAYS).summary
    return Cost(summary.cost_usd, summary.gpu_h_done, summary.import_mwh)


def usd_per_mwh(cny_per_kwh: float) -> float:
    """Yuan per kilowatt-hour to dollars per megawatt-hour."""
    return 1000.0 * cny_per_kwh / CNY_PER_USD


@cache
def price_for(share: float) -> float:
    """Price of power at which electricity is this share of the cost, found by bisection [USD/MWh]."""
    low, high = 0.0, Facility().firm_worth_usd_per_mwh - 1.0
    while high - low > 0.01:  # noqa: PLR2004 - a cent
        middle = (low + high) / 2.0
        low, high = (low, middle) if train(middle).share > share else (middle, high)
    return high


def saving_pct() -> float:
    """Saving of the same run in the west against the east, in percent of the power cost."""
    east, west = (train(usd_per_mwh(PRICES[f"{side}_cny_per_kwh"])) for side in ("east", "west"))
    return 100.0 * (1.0 - west.electricity_usd / east.electricity_usd)


def _a19() -> dict[str, Value]:
    cost = train()
    return {
        "gpt3_cost": (cost.electricity_usd + cost.hardware_usd()) / 1e6,
        "share": 100.0 * cost.share,
        "power_price": price_for(inputs("A19")["electricity_share_pct"] / 100.0),
    }


def _a9() -> dict[str, Value]:
    return {"saving": saving_pct()}


CASES: dict[str, Callable[[], dict[str, Value]]] = {"A9": _a9, "A19": _a19}
"""Simulated numbers by case."""


def report() -> str:
    """Cost of electricity and hardware, and the conditions under which the claim would hold."""
    cost, claim = train(), stated("A19", "share") / 100.0
    hardware = cost.hardware_usd()
    fair = cost.electricity_usd * (1.0 - claim) / claim
    return f"""# What training costs

{reference_table(compare("A19", _a19()) + compare("A9", _a9()))}
GPT-3's {cost.gpu_h / 1e6:.2f} million GPU-hours take {cost.energy_mwh:,.0f} MWh. At 60 USD/MWh that is
{cost.electricity_usd:,.0f} USD of electricity and {hardware:,.0f} USD of servers
(list price of {SERVER_USD:,.0f} USD over {SERVER_YEARS:g} years): {100.0 * cost.share:.1f} % of the two.

Electricity would be {100.0 * claim:g} % if power cost {price_for(claim):,.0f} USD/MWh, or if the servers cost
{100.0 * fair / hardware:.0f} % of this, for example if they are already paid off or only operating cost
is counted.

Power for the same run costs {saving_pct():.1f} % less in the west. Work that must stay near its users saves
nothing. {saving_pct():.1f} % is the maximum saving on the energy bill; it is {100.0 * _whole():.1f} % of the
total cost.

{fill(f"Answer: {answer(base())}", WIDTH)}
"""


def answer(result: Result) -> str:
    """The share of electricity in the cost of a run."""
    cost = Cost(result.summary.cost_usd, result.summary.gpu_h_done, result.summary.import_mwh)
    price = cost.electricity_usd / cost.energy_mwh
    return (
        f"Electricity is {100.0 * cost.share:.1f} % of the cost of training at {price:.0f} USD/MWh: "
        f"{cost.electricity_usd:,.0f} USD beside {cost.hardware_usd():,.0f} USD of servers at list "
        f"price over "
        f"{SERVER_YEARS:g} years."
    )


def picture() -> Figure:
    """Share of electricity in the cost, by price of power."""
    from matplotlib.figure import Figure as Canvas

    figure = Canvas(figsize=(9.0, 4.0), layout="constrained")
    axes = figure.subplots()
    prices = [20.0, 40.0, 60.0, 100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0]
    axes.plot(
        prices, [100.0 * train(price).share for price in prices], "o-", color="#4477aa", label="simulated"
    )
    claim = stated("A19", "share")
    axes.axhline(claim, color="#ee6677", ls="--", label=f"claim: {claim:g} %")
    needed = price_for(claim / 100.0)
    axes.annotate(f"{needed:,.0f} USD/MWh", (needed, claim), (-90, 8), textcoords="offset points")
    for side, color in (("east", "#aa3377"), ("west", "#228833")):
        price = usd_per_mwh(PRICES[f"{side}_cny_per_kwh"])
        axes.axvline(price, color=color, lw=1, label=f"{side} China, {price:.0f} USD/MWh")
    axes.set_xscale("log")
    axes.set_xlabel("price of power [USD/MWh]")
    axes.set_ylabel("share of electricity in the cost of training [%]")
    axes.set_title("GPT-3: electricity and servers at list price over five years")
    axes.legend()
    return figure


def _whole() -> float:
    """Saving in the west as a share of the total cost in the east."""
    east, west = (train(usd_per_mwh(PRICES[f"{side}_cny_per_kwh"])) for side in ("east", "west"))
    return (east.electricity_usd - west.electricity_usd) / (east.electricity_usd + east.hardware_usd())


if __name__ == "__main__":
    run_scenario(cost_of_training)
