"""Campuses whose best sizes are known by hand: the tests' scenarios of `size`."""

from __future__ import annotations

from sim.campus import Battery, Campus, MeasuredLoad, MeasuredSource
from sim.units import MW, MWh

HALF_DAY_S = 43_200.0


def sunny_morning(*, sun_mw: MW = 1.0, battery_mwh: MWh = 0.0) -> Campus:
    """A load of 2 MW; the sun gives its power in the first half of a day and half a megawatt in the second.

    Args:
        sun_mw: Power of the sun in the morning.
        battery_mwh: A battery without losses, empty at the start.
    """
    sun = {"times_s": [0.0, HALF_DAY_S], "values": [sun_mw, 0.5]}
    supply = {"sun": MeasuredSource(power_mw=sun)}
    if battery_mwh:
        supply["battery"] = Battery(
            power_mw=5.0,
            energy_mwh=battery_mwh,
            charge_efficiency_pu=1.0,
            discharge_efficiency_pu=1.0,
            initial_soc_pu=0.0,
            min_soc_pu=0.0,
            max_soc_pu=1.0,
        )
    load = {"times_s": [0.0], "values": [2.0]}
    return Campus(name="sunny", supply=supply, demand={"load": MeasuredLoad(power_mw=load)})
