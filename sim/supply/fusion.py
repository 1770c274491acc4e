"""The fusion power purchase agreement: as-produced power from a plant with a start date and a ramp-up."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from pydantic import model_validator

from sim import units
from sim.bus.description import Description
from sim.contracts.agreement import PurchaseAgreement
from sim.contracts.contract import settle
from sim.plant.outages import FORCED_OUTAGE, fail_and_repair
from sim.site import Site, Source
from sim.timeseries.series import StepSeries, constant

_STEP_D = 1.0


class FusionAgreement(Source):
    """A power purchase agreement for a fusion plant; energy is paid for as delivered to the site.

    Contracted power rises linearly over the ramp-up, in daily steps. No public data validate the output of a
    fusion plant: start, ramp-up and availability are assumptions; vary them. The terms follow the agreement
    of Helion and Microsoft of May 2023: at least 50 MW after a one-year ramp-up.
    """

    kind: Literal["fusion_agreement"] = "fusion_agreement"
    capacity_mw: units.MW = 50.0
    """Power after the ramp-up (Helion and Microsoft, 2023-05-10)."""
    start_day: units.RelativeDays = 0.0
    """Day of the run on which the ramp-up begins; negative if it began before the run."""
    ramp_up_d: units.Days = 365.0
    """Duration of the ramp-up. Default: one year (same source)."""
    price_usd_per_mwh: units.UsdPerMWh
    """Price per MWh delivered. No contract price has been published; 10 USD/MWh is Helion's own estimate of
    future cost without scale effects (2023-05-12)."""
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

    def start(self, site: Site, name: str) -> None:
        """Connect to the bus; start the ramp-up and the outages."""
        _Delivery(self, site, name)

    def contracted(self, horizon_s: float) -> StepSeries:
        """Contracted power over a run [MW]: the mean of the linear ramp over each day of the run.

        A day in which the ramp-up begins or ends is split at that time.
        """
        last_d = horizon_s / units.SECONDS_PER_DAY
        turns_d = np.array([self.start_day, self.start_day + self.ramp_up_d])
        inside = turns_d[(turns_d > 0.0) & (turns_d < last_d)]
        edges_d = np.unique(np.concatenate([np.arange(0.0, last_d, _STEP_D), inside, [last_d]]))
        middle_d = (edges_d[:-1] + edges_d[1:]) / 2.0 - self.start_day
        share = np.clip(middle_d / self.ramp_up_d, 0.0, 1.0) if self.ramp_up_d else middle_d > 0.0
        return StepSeries(edges_d[:-1] * units.SECONDS_PER_DAY, share * self.capacity_mw)


class _Delivery:
    """The state of the agreement: contracted power, and whether the plant is up."""

    def __init__(self, spec: FusionAgreement, site: Site, name: str) -> None:
        self._site = site
        self._name = name
        self._contracted_mw = 0.0
        self._up = True
        self._terminal = terminal = site.terminal(
            name,
            Description(
                label="fusion PPA",
                size=f"{units.rounded(spec.capacity_mw)} MW",
                caveat="no public data validate fusion output",
                colour="fusion",
                capacity_mw=spec.capacity_mw,
            ),
        )
        terminal.clean_pu = 1.0
        self._offer = terminal.offer(spec.dispatch_usd_per_mwh)
        paid, dispatch = constant(spec.price_usd_per_mwh), constant(spec.dispatch_usd_per_mwh)
        settle(site, terminal, PurchaseAgreement(paid, dispatch), [self._offer])
        self._is_new = spec.start_day >= 0.0  # else its first power came before the run
        site.play(spec.contracted(site.horizon_s), self._ramp)
        if spec.availability_pu < 1.0:
            mttf_h = spec.mttr_h * spec.availability_pu / (1.0 - spec.availability_pu)
            rng = site.rng(f"{name}/outages")
            site.process(
                fail_and_repair(
                    site, rng, mttf_h=mttf_h, mttr_h=spec.mttr_h, fail=self._fail, repair=self._repair
                )
            )

    def _ramp(self, mw: float) -> None:
        self._contracted_mw = mw
        self._state()

    def _fail(self) -> None:
        self._up = False
        self._state()
        if not self._is_new:
            self._site.note(self._name, FORCED_OUTAGE, mw=self._contracted_mw)

    def _repair(self) -> None:
        if not self._is_new:
            self._site.note(self._name, "repaired", mw=self._contracted_mw)
        self._up = True
        self._state()

    def _state(self) -> None:
        if self._is_new and self._up and self._contracted_mw:
            self._is_new = False
            self._site.note(self._name, "first power", mw=self._contracted_mw)
        self._offer.state(self._contracted_mw if self._up else 0.0)
        self._terminal.firm_mw.state(self._contracted_mw)
        self._terminal.declare_outage(FORCED_OUTAGE, 0.0 if self._up else self._contracted_mw)
