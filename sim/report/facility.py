"""The facility in a report: where its overhead went, PUE by hour and month, heat, water and highest loads."""

from __future__ import annotations

from sim.books.closed import Flow
from sim.report.document import Heading, Item, Items
from sim.report.numbers import number, percent
from sim.report.phrases import MINUTE, listed
from sim.runs.run import Run
from sim.units import SECONDS_PER_HOUR

SHOWN = ("heat_removed_mwh", "water_m3", "highest_load_pu")
"""Accounts that this section tells."""
_ROUNDING = 1e-9
PARTS = {
    "cooling": Flow.COOLING,
    "UPS losses": Flow.UPS_LOSS,
    "transformer losses": Flow.TRANSFORMER_LOSS,
    "fixed": Flow.FIXED,
}
"""Flows that are parts of the overhead, by name."""


def facility(run: Run) -> list[Heading | Items]:
    """The section, where the overhead follows weather or load and there was IT load."""
    it_mwh = run.summary.it_energy_mwh
    if not run.columns(Flow.COOLING) or not it_mwh:
        return []
    energy_mwh = {name: run.books.total_mwh(flow) for name, flow in PARTS.items()}
    parts = [f"{name} {number(mwh)} MWh ({mwh / it_mwh:.4f})" for name, mwh in energy_mwh.items() if mwh]
    items = [
        Item("Overhead", f"{'; '.join(parts) or 'none'}; in brackets per IT energy"),
        Item("PUE", _pue(run)),
    ]
    heat_mwh, water_m3, load_pu = (run.summary.accounts.get(name) for name in SHOWN)
    if heat_mwh is not None:
        items.append(Item("Heat removed", f"{number(heat_mwh)} MWh: IT energy and losses of conversion"))
    if water_m3 is not None:
        per_kwh = water_m3 / it_mwh  # m3/MWh is L/kWh
        items.append(Item("Water", f"{number(water_m3)} m3, {per_kwh:.2f} L per kWh of IT energy"))
    if load_pu is not None:
        items.append(Item("Highest load", _loads(run)))
    return [Heading("Facility"), Items(tuple(items))]


def _loads(run: Run) -> str:
    """The highest load of each equipment, and which of it is above its rating."""
    shares = run.books.parts(SHOWN[-1])
    told = [f"{name} {percent(pu, 1.0)} of its rating" for name, pu in shares.items()]
    over = [name for name, pu in shares.items() if pu > 1.0 + _ROUNDING]
    return "; ".join([*told, *([f"above its rating: {listed(over)}"] if over else [])])


def _pue(run: Run) -> str:
    """PUE of the run, and of the hours and months at which it was lowest and highest."""
    told = [f"{run.summary.pue:.3f}"]
    if run.record_s is None or run.record_s <= SECONDS_PER_HOUR:
        hours = run.hourly_pue.dropna()
        ends = {hours.index[at]: float(hours.iloc[at]) for at in map(int, (hours.argmin(), hours.argmax()))}
        told.append(f"hours {' to '.join(f'{value:.3f} ({when:{MINUTE}})' for when, value in ends.items())}")
    months = run.monthly["pue"].dropna()
    if len(months) > 1:
        told.append(
            f"months {months.min():.3f} ({months.idxmin()}) to {months.max():.3f} ({months.idxmax()})"
        )
    return "; ".join(told)
