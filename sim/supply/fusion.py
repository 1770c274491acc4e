"""The fusion plant: as-produced power with a start date and a ramp-up."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from sim import units
from sim.bus.description import Description
from sim.errors import SpecError
from sim.plant.outages import FORCED_OUTAGE, fail_and_repair
from sim.site import Site, Source
from sim.timeseries.ramp_up import ramp_up
from sim.timeseries.start_date import Beginning, beginning_s


class FusionPlant(Source):
    """A fusion plant whose power is taken as produced; a purchase agreement says what is paid for it.

    Power rises linearly over the ramp-up, in daily steps. No public data validate the output of a fusion
    plant: start, ramp-up and availability are assumptions; vary them. The defaults follow the agreement of
    Helion and Microsoft of May 2023: at least 50 MW after a one-year ramp-up.
    """

    kind: Literal["fusion"] = "fusion"
    capacity_mw: units.MW = 50.0
    """Power after the ramp-up (Helion and Microsoft, 2023-05-10)."""
    start_day: Beginning = 0.0
    """When the ramp-up begins: days after the start of the run, negative if before it; a date, a local time,
    or an uncertain date."""
    ramp_up_d: units.Days = 365.0
    """Duration of the ramp-up. Default: one year (same source)."""
    availability_pu: units.Efficiency = 0.8
    """Share of time in service (speculative; no data exist)."""
    mttr_h: units.PositiveHours = 48.0
    """Mean duration of an outage (speculative; no data exist)."""
    dispatch_usd_per_mwh: units.UsdPerMWh = 0.0
    """Dispatch price. Default: 0, so that as-produced power is dispatched before any source with fuel
    cost."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if 0.0 < self.ramp_up_d < units.SHORTEST_D:
            raise self.refuse("ramp_up_d", f"0, or at least {units.SHORTEST_D:g} d, which is a second")
        return self

    def nameplate(self) -> tuple[float, None]:
        """Its capacity."""
        return self.capacity_mw, None

    def least_usd_per_mwh(self, carbon_usd_per_kg: float) -> dict[str, float]:  # noqa: ARG002 - no carbon
        """Nothing."""
        return {}

    def start(self, site: Site, name: str) -> None:
        """Connect to the bus; start the ramp-up and the outages."""
        _Plant(self, site, name)


class _Plant:
    """The state of the plant: its power, and whether it is up."""

    def __init__(self, spec: FusionPlant, site: Site, name: str) -> None:
        self._site = site
        self._name = name
        self._ramped_mw = 0.0
        self._up = True
        self._terminal = terminal = site.terminal(
            name,
            Description(
                label="fusion",
                size=f"{units.rounded(spec.capacity_mw)} MW",
                caveat="no public data validate fusion output",
                colour="fusion",
                capacity_mw=spec.capacity_mw,
            ),
        )
        terminal.clean_pu = 1.0
        self._offer = terminal.offer(spec.dispatch_usd_per_mwh)
        try:
            start_s = beginning_s(spec.start_day, site.calendar, site.rng(f"{name}/start"))
        except SpecError as error:
            raise error.within(spec.title(), "start_day") from None
        start_d = start_s / units.SECONDS_PER_DAY
        self._is_new = start_d >= 0.0  # else its first power came before the run
        site.play(ramp_up(site.horizon_s, start_d, spec.ramp_up_d, spec.capacity_mw), self._ramp)
        if spec.availability_pu < 1.0:
            mttf_h = spec.mttr_h * spec.availability_pu / (1.0 - spec.availability_pu)
            rng = site.rng(f"{name}/outages")
            site.process(
                fail_and_repair(
                    site, rng, mttf_h=mttf_h, mttr_h=spec.mttr_h, fail=self._fail, repair=self._repair
                )
            )

    def _ramp(self, mw: float) -> None:
        self._ramped_mw = mw
        self._state()

    def _fail(self) -> None:
        self._up = False
        self._state()
        if not self._is_new:
            self._site.note(self._name, FORCED_OUTAGE, mw=self._ramped_mw)

    def _repair(self) -> None:
        if not self._is_new:
            self._site.note(self._name, "repaired", mw=self._ramped_mw)
        self._up = True
        self._state()

    def _state(self) -> None:
        if self._is_new and self._up and self._ramped_mw:
            self._is_new = False
            self._site.note(self._name, "first power", mw=self._ramped_mw)
        self._offer.state(self._ramped_mw if self._up else 0.0)
        self._terminal.firm_mw.state(self._ramped_mw)
        self._terminal.declare_outage(FORCED_OUTAGE, 0.0 if self._up else self._ramped_mw)
