"""Cooling: the power and the water that it takes to remove heat, by weather and load."""

from __future__ import annotations

from abc import abstractmethod
from math import inf
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, SerializeAsAny, model_validator

from sim import units
from sim.demand.draw import Draw
from sim.spec import Kind

_LATENT_J_PER_KG = 2.45e6
"""Latent heat of water near 20 degC (Allen et al., FAO Irrigation and Drainage Paper 56, 1998)."""
_LEAST_LOAD = 0.1
_LOADS, _BETWEEN = 100, 1e-4
"""Loads at which the best coefficient of performance is sought, and by how much it may be higher between
them: over load it is a parabola, which rises by at most 8.53 x 0.005^2 above its neighbours."""


class Cooling(Kind):
    """A way to remove heat from IT equipment.

    To define a new kind of cooling, write a subclass with fields, a `kind` and `draw`.
    """

    members: ClassVar[dict[str, type[Kind]]]

    humidity_pu: units.Fraction = 0.7
    """Relative humidity of the air where the weather of the campus does not hold it (unverified; the mean of
    the Greensboro TMY3 year is 0.695)."""
    evaporative_pu: units.Fraction = 0.8
    """Share of the heat rejected that leaves by evaporation of water; 0 for dry coolers (unverified; wet
    towers reject 0.75 to 0.9, less in cold air)."""
    cycles_of_concentration: Annotated[float, units.quantity("", ge=1.1, le=100)] = 4.0
    """How often the tower concentrates its water before it is drained: the water used is the evaporated water
    times cycles / (cycles - 1) (unverified; 3 to 6 are usual)."""

    @abstractmethod
    def draw(self, heat: Draw, it_mw: float, wet_bulb_c: float) -> Draw:
        """The power for cooling; exact at the IT power given.

        Args:
            heat: Heat to remove: IT power, and losses of conversion.
            it_mw: IT power.
            wet_bulb_c: Wet-bulb temperature of the air.
        """

    def least_pu(self, wet_bulb_c: float) -> float | None:  # noqa: ARG002 - see its subclasses
        """The least power for cooling per IT power at any load, which does not fall with temperature.

        Args:
            wet_bulb_c: Wet-bulb temperature of the air.

        Returns:
            The ratio. Default: None, not known.
        """
        return None

    @property
    def rating_mw(self) -> float:
        """Heat that it is rated to remove. Default: any amount."""
        return inf

    @property
    def water_m3_per_mwh(self) -> float:
        """Water used per heat rejected: evaporated water, and the water drained with its salts [m3/MWh]."""
        evaporated = self.evaporative_pu * units.J_PER_MWH / _LATENT_J_PER_KG / units.KG_PER_T  # a m3 is a t
        return evaporated * self.cycles_of_concentration / (self.cycles_of_concentration - 1.0)


AnyCooling = Annotated[SerializeAsAny[Cooling], BeforeValidator(Cooling.build)]
"""A field for any kind of cooling."""


class WetBulbCooling(Cooling):
    """Cooling with a water-side economizer: its power per IT power follows the wet-bulb temperature.

    It is `floor_pu` up to the knee, rises by `slope_per_k` and ends at `ceiling_pu`. The defaults are the
    least-squares fit to 24 values of the model of Lei and Masanet (Energy 201, 2020, 117556) at 0 to 40 degC
    and 30, 60 and 90 % relative humidity. The fit is off by at most 0.028 and by 0.012 rms in PUE.
    """

    kind: Literal["wet_bulb"] = "wet_bulb"

    floor_pu: Annotated[float, units.quantity("pu", ge=0, le=5)] = 0.088
    """Power per IT power in cold air. The default is the whole overhead of that model, its losses of
    conversion included; lower it where the facility has `ups` or `transformer`."""
    knee_c: units.Celsius = 13.8
    """Wet-bulb temperature from which on it rises."""
    slope_per_k: Annotated[float, units.quantity("1/K", ge=0, le=1)] = 0.0203
    """Rise per kelvin."""
    ceiling_pu: Annotated[float, units.quantity("pu", ge=0, le=5)] = 0.402
    """Power per IT power in hot air, at the most."""

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.ceiling_pu < self.floor_pu:
            raise self.refuse("ceiling_pu", f"at least floor_pu = {self.floor_pu:g} pu")
        return self

    def draw(self, heat: Draw, it_mw: float, wet_bulb_c: float) -> Draw:  # noqa: ARG002 - the ratio is given
        """The power for cooling, in proportion to IT power."""
        return Draw(self.least_pu(wet_bulb_c))

    def least_pu(self, wet_bulb_c: float) -> float:
        """The power per IT power, which is the same at any load."""
        above_k = max(0.0, wet_bulb_c - self.knee_c)
        return min(self.floor_pu + self.slope_per_k * above_k, self.ceiling_pu)


class ChillerCooling(Cooling):
    """A water-cooled chiller without economizer: its efficiency follows load and cooling water.

    Its coefficient of performance is the regression of Lei and Masanet (Energy 201, 2020, 117556) over the
    load and the temperature of the cooling water, which is the wet-bulb temperature plus the approach of the
    tower. Where the regression would rise again with temperature, it is held; a load below a tenth or above
    the rating counts as a tenth or as the rating.
    """

    kind: Literal["chiller"] = "chiller"

    rated_mw: units.PositiveMW
    """Heat that it removes at full load."""
    approach_k: Annotated[float, units.quantity("K", ge=0, le=30)] = 4.0
    """Temperature of the cooling water above the wet-bulb temperature (assumed; towers reach 3 to 6 K)."""
    coldest_water_c: units.Celsius = 13.0
    """Lowest temperature of the cooling water that it accepts (assumed)."""
    auxiliary_pu: Annotated[float, units.quantity("pu", ge=0, le=1)] = 0.05
    """Power of pumps and fans per heat removed (assumed)."""

    def draw(self, heat: Draw, it_mw: float, wet_bulb_c: float) -> Draw:
        """The power of chiller, pumps and fans, in proportion to the heat at this load."""
        cop = self.cop(heat.at(it_mw) / self.rated_mw, wet_bulb_c)
        return heat.times(1.0 / cop + self.auxiliary_pu)

    def least_pu(self, wet_bulb_c: float) -> float:
        """The power per heat at the load of the best coefficient of performance."""
        best = max(self.cop(load / _LOADS, wet_bulb_c) for load in range(1, _LOADS + 1))
        return 1.0 / (best * (1.0 + _BETWEEN)) + self.auxiliary_pu

    @property
    def rating_mw(self) -> float:
        """Heat that it removes at full load."""
        return self.rated_mw

    def cop(self, load_pu: float, wet_bulb_c: float) -> float:
        """Heat removed per power of the chiller."""
        load = min(max(load_pu, _LEAST_LOAD), 1.0)
        lowest_at_c = (0.7606 - 0.0846 * load) / (2.0 * 0.00884)
        water_c = min(max(wet_bulb_c + self.approach_k, self.coldest_water_c), lowest_at_c)
        by_load = -8.529 * load**2 + 9.885 * load
        return 16.80 + 0.00884 * water_c**2 + by_load - 0.7606 * water_c + 0.0846 * load * water_c
