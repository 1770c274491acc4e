"""The carbon of a source: metered, and charged at the site's carbon price."""

from __future__ import annotations

from dataclasses import replace

from sim.bus.account import Account, Linear, Rate
from sim.bus.terminal import Terminal
from sim.contracts.bill import bill_line
from sim.site import Site
from sim.timeseries.series import StepSeries

CARBON = Account("carbon_kgco2", "kgCO2", "Carbon")
"""Carbon, location-based."""

MARGINAL = Account("carbon_marginal_kgco2", "kgCO2", "Marginal carbon")
"""Carbon of the plants of the grid that react to imports and exports, and of fuel burnt on site."""
EMBODIED = Account("carbon_embodied_kgco2", "kgCO2", "Embodied carbon")
"""Carbon of making the equipment, spread over its life."""
CERTIFIED = Account("certified_mwh", "MWh", "Certified energy")
"""Energy elsewhere whose certificates come with an agreement, for market-based carbon."""
CERTIFIED_CARBON = Account("certified_kgco2", "kgCO2", "Carbon of certified energy")
"""Carbon of that energy."""

CARBON_COST = "carbon cost"
"""Line of the bill for carbon."""
_LINE = bill_line(CARBON_COST)


def meter_carbon(site: Site, terminal: Terminal, kg_per_h: Rate, *series: StepSeries) -> None:
    """Meter the carbon of a source and its cost.

    Args:
        site: The site, which gives the carbon price.
        terminal: The source.
        kg_per_h: Carbon per hour of each row.
        *series: Step functions that it depends on.
    """
    terminal.meter(CARBON, kg_per_h, *series)
    price = site.carbon_usd_per_kg
    if price and isinstance(kg_per_h, Linear):
        terminal.meter(_LINE, replace(kg_per_h, scale=kg_per_h.scale * price), *series)
    elif price:
        terminal.meter(_LINE, lambda rows: kg_per_h(rows) * price, *series)


def emit(site: Site, terminal: Terminal, kgco2: float) -> None:
    """Enter a one-off emission and its cost."""
    terminal.enter(CARBON, kgco2)
    if site.carbon_usd_per_kg:
        terminal.enter(_LINE, kgco2 * site.carbon_usd_per_kg)
