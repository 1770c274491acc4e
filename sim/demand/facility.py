"""The facility: power for cooling and power conversion, in addition to IT power."""

from __future__ import annotations

from typing import Any, Self

from pydantic import model_validator

from sim import units
from sim.bus.flows import Flow
from sim.demand.cooling import AnyCooling, WetBulbCooling
from sim.demand.draw import Draw
from sim.demand.losses import Transformer, Ups
from sim.spec import Spec

_IT = Draw(1.0)


class Facility(Spec):
    """The overhead of cooling and power conversion, as a number or as what causes it.

    As a number it is the PUE at design load. A share of that overhead may be fixed: the participant
    `facility` draws it as firm demand at any IT load. The rest is proportional to IT power and is included in
    the demand of each load.

    With `cooling`, `ups` or `transformer` the overhead follows weather and load. Then the flows of each part,
    the heat removed and the water used are results too. The participant `facility` draws what remains without
    IT load; the rest is included in the demand of each load, at most 0.1 % of IT power off.
    """

    pue: units.OverheadRatio | None = 1.2
    """Facility power divided by IT power at design load (assumed; recent hyperscale halls have 1.1, the mean
    of the Uptime Institute's survey is above 1.5). None with `cooling`. With `ups` or `transformer` it leaves
    out their losses."""
    fixed_pu: units.Fraction = 0.0
    """Share of the overhead at design load that does not depend on the IT load."""
    design_it_mw: units.MW = 0.0
    """IT power at design load; required only if `fixed_pu` is above 0."""
    firm_worth_usd_per_mwh: units.UsdPerMWh = 5000.0
    """Value of lost load of firm IT demand and fixed overhead (unverified; operators of US markets cap
    their prices at 2,000 to 5,000 USD/MWh)."""
    cooling: AnyCooling | None = None
    """Cooling that follows the weather of the campus, in place of `pue`. Default: none."""
    ups: Ups | None = None
    """The UPS of the IT equipment. Default: none."""
    transformer: Transformer | None = None
    """The transformers, which all power of the facility passes through. Default: none."""
    fixed_mw: units.MW = 0.0
    """Overhead at any IT load, such as lights and offices."""

    @model_validator(mode="before")
    @classmethod
    def _cooling_replaces_the_number(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("cooling") is not None:
            return {"pue": None, **values}
        return values

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.cooling is None and self.pue is None:
            raise self.refuse("pue", "a number at least 1 and at most 10 ratio, without cooling")
        if self.cooling is not None and self.pue is not None:
            raise self.refuse("pue", "none beside cooling, from which the PUE results")
        if self.cooling is not None and self.fixed_pu:
            raise self.refuse("fixed_pu", "0 pu beside cooling; use fixed_mw")
        if self.fixed_pu and not self.design_it_mw:
            raise self.refuse("design_it_mw", "above 0 MW if fixed_pu is above 0")
        return self

    @property
    def proportional(self) -> float:
        """Facility power per unit of IT power, without the fixed overhead and what follows the load."""
        return 1.0 + ((self.pue or 1.0) - 1.0) * (1.0 - self.fixed_pu)

    @property
    def constant_mw(self) -> float:
        """Fixed overhead [MW]."""
        return ((self.pue or 1.0) - 1.0) * self.fixed_pu * self.design_it_mw + self.fixed_mw

    @property
    def is_constant(self) -> bool:
        """Whether the overhead per unit of IT power is a number."""
        return self.cooling is None and self.ups is None and self.transformer is None

    def draws(self, it_mw: float, wet_bulb_c: float) -> dict[Flow, Draw]:
        """The power of each part of the overhead; exact at the IT power given.

        The UPS carries IT power, the transformers carry everything else that the facility draws. Cooling
        removes IT power and the losses of both; that its own part in the losses of the transformers is cooled
        too is left out of their load.

        Args:
            it_mw: IT power.
            wet_bulb_c: Wet-bulb temperature of the air.
        """

        def cooled(heat: Draw) -> Draw:
            if self.cooling is None:
                return Draw(self.proportional - 1.0)
            return self.cooling.draw(heat, it_mw, wet_bulb_c)

        ups = Draw() if self.ups is None else self.ups.draw(_IT, it_mw)
        behind_ups = _IT + ups
        transformer = Draw()
        if self.transformer is not None:
            through = behind_ups + cooled(behind_ups) + Draw(fixed_mw=self.constant_mw)
            transformer = self.transformer.draw(through, it_mw)
        cooling = cooled(behind_ups + transformer)
        return {Flow.COOLING: cooling, Flow.UPS_LOSS: ups, Flow.TRANSFORMER_LOSS: transformer}

    def unverified(self) -> int:
        """Number of values left at an unverified default, those of its parts included."""
        parts = (self.cooling, self.ups, self.transformer)
        return super().unverified() + sum(part.unverified() for part in parts if part is not None)

    def remarks(self) -> tuple[str, ...]:
        """That losses of conversion may be counted twice."""
        cooling, floor = self.cooling, WetBulbCooling.model_fields["floor_pu"].default
        converts = self.ups is not None or self.transformer is not None
        if converts and isinstance(cooling, WetBulbCooling) and cooling.floor_pu == floor:
            return (f"cooling.floor_pu = {floor:g} pu includes losses of conversion; lower it",)
        return ()
