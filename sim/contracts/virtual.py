"""The virtual purchase agreement: a contract for differences between a strike price and a market index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import model_validator

from sim import units
from sim.books.metered import Metered
from sim.bus.description import Description
from sim.contracts.agreement import PPA_COST, Agreement
from sim.contracts.contract import BillLine, Contract, Rung, open_ended, settle
from sim.contracts.energy_charge import energy_lines
from sim.contracts.terms import Terms
from sim.site import Site
from sim.timeseries.profile import MWProfile, PriceProfile
from sim.timeseries.series import StepSeries, constant
from sim.units import SECONDS_PER_HOUR


class VirtualAgreement(Agreement):
    """A contract for differences: strike less index is paid for the energy of a source or of a profile.

    No power flows under it. The seller gets the index on the market; the buyer pays the difference to the
    strike, or receives it while the index is above the strike.
    """

    kind: Literal["virtual"] = "virtual"
    source: str | None = None
    """Name of a source of the site whose deliveries count. Default: `power_mw`, or the contracted power."""
    share_pu: units.Fraction = 1.0
    """Share of the energy that counts."""
    power_mw: MWProfile | None = None
    """Output of a plant elsewhere. Default: `source`, or the contracted power at all times (baseload)."""
    index_usd_per_mwh: PriceProfile
    """Market price against which the strike is settled."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.source is not None and self.power_mw is not None:
            raise self.refuse("source", "none with power_mw: the energy is that of one of them")
        if self.source is None and self.power_mw is None and not self.contracted_mw:
            raise self.refuse("contracted_mw", "above 0 MW without source and power_mw")
        return self

    def source_share(self) -> tuple[str, float] | None:
        """The source, and the share of its energy."""
        return None if self.source is None else (self.source, self.share_pu)

    def connect(self, site: Site, name: str) -> None:
        """Meter the source, if it has one, and enter the bill at the end of the run."""
        terms, index = self.terms(site, name), site.series(self, "index_usd_per_mwh")
        terminal = site.terminal(name, Description(label="virtual agreement"))
        blocks, profile = [], None
        if self.source is not None:
            blocks = self.deliveries(site, self.source)
        elif self.power_mw is not None:
            profile = site.series(self, "power_mw")
        else:
            profile = terms.contracted_mw
        contract = _Difference(terms, index, profile, self.share_pu)
        settle(site, terminal, contract, blocks, counterparty=self.counterparty or name)
        if profile is not None:
            output = (profile * terms.is_on).scaled(self.share_pu)
            self.certify(terminal, output.integral(0.0, site.horizon_s) / SECONDS_PER_HOUR)


@dataclass(frozen=True)
class _Difference(Contract):
    """The bill of a virtual agreement.

    Attributes:
        terms: Its terms.
        index: The market price.
        profile: Output that counts; None for what is metered.
        share_pu: Share of it.
    """

    terms: Terms
    index: StepSeries
    profile: StepSeries | None
    share_pu: float

    def ladder(self) -> tuple[Rung, ...]:
        """No power of its own."""
        return open_ended(constant(0.0))

    def prices(self) -> Sequence[StepSeries]:
        """The terms, and the index."""
        return *self.terms.cuts(), self.index

    def bill(self, metered: Metered) -> list[BillLine]:
        """What is paid at the strike, and what the market pays."""
        mwh = metered.drawn_mwh
        if self.profile is not None:
            mwh = self.profile.integrals(metered.edges_s) / SECONDS_PER_HOUR
        mwh = self.terms.within(metered, mwh * self.share_pu)
        return [
            *energy_lines(PPA_COST, metered, mwh, self.terms.usd_per_mwh, what="strike"),
            *energy_lines(PPA_COST, metered, mwh, self.index, sign=-1.0, what="index"),
        ]
