"""A photovoltaic plant: from sunlight to AC power, with the model chain of NREL's PVWatts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
from pydantic import model_validator

from sim.bus.description import Description
from sim.contracts.bill import FIXED_COST
from sim.site import Site, Source
from sim.timeseries.series import StepSeries
from sim.units import MW, Efficiency, Fraction, Ratio, UsdPerMWYear, quantity, rounded
from sim.weather.sky import Sky
from sim.weather.sun import Sun
from sim.weather.weather import AnyWeather
from sim.weather.weather_file import COLUMNS, Place

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd


class SolarPlant(Source):
    """A photovoltaic plant at the location of its weather.

    The model chain is that of PVWatts 5 (Dobos 2014, NREL/TP-6A20-62641, doi:10.2172/1158421), computed by
    pvlib: solar position at the middle of the interval, irradiance on the modules (Perez 1990), reflection
    loss of the glass, temperature-dependent cell power, system losses, inverter. One step differs: cell
    temperature follows King (Sandia 2004, SAND2004-3535, open rack), which does not depend on earlier hours.
    """

    kind: Literal["solar"] = "solar"
    """The kind of source."""

    capacity_mw: MW
    """Maximum AC power of the inverters [MW]."""

    dc_ac_ratio: Ratio = 1.34
    """Rated DC power of the modules divided by the AC rating of the inverters. Default: NREL Annual
    Technology Baseline 2020, utility-scale plants."""

    weather: AnyWeather | None = None
    """Weather and location of the plant. Default: those of the campus."""

    mounting: Literal["tracker", "fixed"] = "tracker"
    """`tracker`: single-axis tracking about a horizontal north-south axis, with backtracking to avoid
    shading. `fixed`: a fixed open rack. Default: the usual type of utility-scale plants (same source)."""

    tilt_deg: Annotated[float | None, quantity("deg", ge=0, le=90)] = None
    """Tilt of a fixed rack from the horizontal [deg]. Default: 20 deg, as in PVWatts."""

    azimuth_deg: Annotated[float | None, quantity("deg", ge=0, lt=360)] = None
    """Azimuth of a fixed rack, clockwise from north [deg]. Default: towards the equator."""

    gcr: Annotated[float, quantity("pu", ge=0.01, le=1)] = 0.4
    """Ground coverage ratio: width of a row divided by the distance between rows of trackers. Default:
    PVWatts 8."""

    max_rotation_deg: Annotated[float, quantity("deg", ge=0.01, le=90)] = 45.0
    """Maximum rotation of a tracker from the horizontal [deg]. Default: PVWatts 8."""

    losses: Annotated[float, quantity("pu", ge=0, lt=1)] = 0.1408
    """System losses between modules and inverter. Default: PVWatts 5 (soiling 2 %, shading 3 %, mismatch 2 %,
    wiring 2 %, connections 0.5 %, light-induced degradation 1.5 %, nameplate 1 %, availability 3 %)."""

    inverter_efficiency: Efficiency = 0.96
    """Efficiency of the inverters at rated power. Default: PVWatts 5 and 8."""

    temperature_coefficient_per_k: Annotated[float, quantity("1/K", ge=-0.01, le=0)] = -0.0037
    """Relative change of module power per kelvin above 25 degC. Default: PVWatts 8, standard module (PVWatts
    5 used -0.0047)."""

    antireflective_glass: bool = True
    """Whether the glass has an antireflective coating. Default: PVWatts 8 (the standard module of PVWatts 5
    had none)."""

    albedo: Fraction = 0.2
    """Share of sunlight that the ground reflects. Default: PVWatts 5."""

    availability: Fraction = 1.0
    """Share of the inverters in service. Default: all, because `losses` already includes 3 % for outages."""

    fixed_usd_per_mw_year: UsdPerMWYear = 0.0
    """Annual fixed cost per MW of capacity, reported separately from the bill. Default: none."""

    def nameplate(self) -> tuple[float, None]:
        """Its capacity."""
        return self.capacity_mw, None

    def least_usd_per_mwh(self, carbon_usd_per_kg: float) -> dict[str, float]:  # noqa: ARG002 - no carbon
        """Nothing."""
        return {}

    def start(self, site: Site, name: str) -> None:
        """Connect to the bus and offer the available power."""
        sky = site.sky(name, self.weather)
        times_s, ac_mw = self.output(sky)
        terminal = site.terminal(
            name,
            Description(
                label="solar",
                size=f"{rounded(self.capacity_mw)} MW",
                caveat=sky.caveat(),
                colour="sun",
                capacity_mw=self.capacity_mw,
            ),
        )
        terminal.enter(FIXED_COST, self.fixed_usd_per_mw_year * self.capacity_mw * site.service_years(name))
        terminal.clean_pu = 1.0
        offer = terminal.offer(0.0)
        site.play(StepSeries(times_s, ac_mw), offer.state)

    def output(self, sky: Sky) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Available power of the plant under a sky, constant from each time to the next.

        Returns:
            Times [s], the first at most 0, the last before the horizon; and power at the inverters [MW].
        """
        times_s = sky.irradiance["start_s"].to_numpy()
        each = self.model_copy(update={"capacity_mw": 1.0})  # plants of other sizes give the same for each MW
        pu = sky.under(each, lambda: ac_power(sky.irradiance, sky.sun, sky.place, each))
        return times_s, self.capacity_mw * pu

    @model_validator(mode="after")
    def _only_a_fixed_rack_has_a_tilt(self) -> Self:
        for field in ("tilt_deg", "azimuth_deg"):
            if self.mounting == "tracker" and getattr(self, field) is not None:
                raise self.refuse(field, "only with mounting = 'fixed'")
        return self


def ac_power(weather: pd.DataFrame, sun: Sun, place: Place, plant: SolarPlant) -> npt.NDArray[np.float64]:
    """AC power under given weather [MW], between 0 and the plant's capacity.

    Args:
        weather: As `Weather.irradiance` returns it.
        sun: Position of the sun at the middle of each interval.
        place: Location of the plant.
        plant: The plant; its field `weather` is not used.
    """
    power_mw = np.zeros(len(weather))
    columns = [weather[name].to_numpy() for name in COLUMNS]
    for block in sun.blocks():
        up = sun.part(block)
        ghi, dni, dhi = (column[up.rows] for column in columns[:3])
        lit = up.part((ghi != 0.0) | (dni != 0.0) | (dhi != 0.0))
        if lit.rows.size:
            air = [column[lit.rows] for column in columns]
            power_mw[lit.rows] = plant.capacity_mw * _ac_pu(lit, air, place, plant)
    return power_mw


def _ac_pu(
    sun: Sun, weather: Sequence[npt.NDArray[np.float64]], place: Place, plant: SolarPlant
) -> npt.NDArray[np.float64]:
    """AC power divided by capacity, in daylight; the weather columns are in the order of `COLUMNS`."""
    from pvlib import iam, inverter, irradiance, pvsystem, temperature

    ghi, dni, dhi, air_c, wind = weather
    tilt_deg, facing_deg, incidence_deg = _orientation(sun, place, plant)
    extra, zenith_deg, azimuth_deg = sun.extra_w_per_m2, sun.zenith_deg, sun.azimuth_deg
    diffuse = irradiance.perez(tilt_deg, facing_deg, dhi, dni, extra, zenith_deg, azimuth_deg, sun.air_mass)
    ground = irradiance.get_ground_diffuse(tilt_deg, ghi, plant.albedo)
    light = irradiance.poa_components(incidence_deg, dni, diffuse, ground)
    passed = iam.physical(incidence_deg, n_ar=1.3 if plant.antireflective_glass else None)
    open_rack = temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"]["open_rack_glass_polymer"]
    cell_c = temperature.sapm_cell(light["poa_global"], air_c, wind, **open_rack)
    absorbed = light["poa_direct"] * passed + light["poa_diffuse"]
    modules_pu = pvsystem.pvwatts_dc(absorbed, cell_c, plant.dc_ac_ratio, plant.temperature_coefficient_per_k)
    dc_pu = np.maximum(0.0, modules_pu * (1.0 - plant.losses))
    ac_pu = inverter.pvwatts(dc_pu, 1.0 / plant.inverter_efficiency, plant.inverter_efficiency)
    return np.asarray(ac_pu * plant.availability)


def _orientation(
    sun: Sun, place: Place, plant: SolarPlant
) -> tuple[npt.NDArray[np.float64] | float, npt.NDArray[np.float64] | float, npt.NDArray[np.float64]]:
    """Tilt and azimuth of the modules, and angle of incidence of the sun [deg]."""
    if plant.mounting == "fixed":
        from pvlib.irradiance import aoi

        tilt_deg = 20.0 if plant.tilt_deg is None else plant.tilt_deg
        equator_deg = 180.0 if place.latitude_deg >= 0 else 0.0
        facing_deg = equator_deg if plant.azimuth_deg is None else plant.azimuth_deg
        return tilt_deg, facing_deg, aoi(tilt_deg, facing_deg, sun.zenith_deg, sun.azimuth_deg)
    from pvlib.tracking import singleaxis

    turned = singleaxis(
        sun.zenith_deg, sun.azimuth_deg, max_angle=plant.max_rotation_deg, backtrack=True, gcr=plant.gcr
    )
    return turned["surface_tilt"], turned["surface_azimuth"], turned["aoi"]
