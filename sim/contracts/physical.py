"""The physical purchase agreement: the energy of a source on the site is paid for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from pydantic import model_validator

from sim import units
from sim.books.metered import Metered
from sim.bus.description import Description
from sim.contracts.agreement import PPA_COST, Agreement
from sim.contracts.contract import BillLine, Contract, Rung, open_ended, settle
from sim.contracts.energy_charge import energy_lines
from sim.contracts.terms import Terms
from sim.site import Site
from sim.timeseries.series import Array, StepSeries, constant


class PhysicalAgreement(Agreement):
    """The energy that a source delivers to the site is paid for at a price.

    Obligations are settled month by month, from the energy of the intervals in which the agreement holds, at
    the mean price of that time.
    """

    kind: Literal["physical"] = "physical"
    source: str
    """Name of the source."""
    share_pu: units.Fraction = 1.0
    """Share of the source's energy that is sold under the agreement."""
    volume: Literal["as_produced", "baseload"] = "as_produced"
    """`as_produced`: all energy delivered is paid. `baseload`: in each interval at most the contracted power;
    what the source delivers above it belongs to the site."""
    take_or_pay_pu: units.Fraction = 0.0
    """Share of the contracted energy of a month that is paid even if it was offered and not taken. Default:
    none."""
    curtailment_cap_pu: units.Fraction | None = None
    """Share of the energy offered in a month that may be curtailed at no cost; what is curtailed above it is
    paid at the price. Default: curtailed energy is not paid."""
    guaranteed_pu: units.Fraction = 0.0
    """Share of the contracted energy of a month that the seller guarantees to offer. Default: none."""
    damages_usd_per_mwh: units.UsdPerMWh = 0.0
    """Damages that the seller pays for energy missing to the guarantee."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        shares = ("take_or_pay_pu", "guaranteed_pu")
        needing = [name for name in shares if getattr(self, name)]
        needing += ["volume"] if self.volume == "baseload" else []
        if needing and not self.contracted_mw:
            raise self.refuse("contracted_mw", f"above 0 MW, because {needing[0]} refers to it")
        if self.take_or_pay_pu and self.curtailment_cap_pu is not None:
            raise self.refuse("curtailment_cap_pu", "none with take_or_pay_pu: both pay for energy not taken")
        if self.guaranteed_pu and self.damages_usd_per_mwh <= 0.0:
            raise self.refuse("damages_usd_per_mwh", "above 0 USD/MWh with guaranteed_pu")
        return self

    def source_share(self) -> tuple[str, float]:
        """The source, and the share of its energy."""
        return self.source, self.share_pu

    def connect(self, site: Site, name: str) -> None:
        """Meter the source, and enter the bill at the end of the run."""
        blocks = self.deliveries(site, self.source)
        terminal = site.terminal(name, Description(label="physical agreement"))
        contract = _Delivered(self, self.terms(site, name))
        settle(site, terminal, contract, blocks, offered=blocks, counterparty=self.counterparty or name)


@dataclass(frozen=True)
class _Delivered(Contract):
    """The bill of a physical agreement."""

    spec: PhysicalAgreement
    terms: Terms

    def ladder(self) -> tuple[Rung, ...]:
        """No power of its own."""
        return open_ended(constant(0.0))

    def prices(self) -> Sequence[StepSeries]:
        """The terms."""
        return self.terms.cuts()

    def bill(self, metered: Metered) -> list[BillLine]:
        """Energy delivered, and what the obligations of a month come to."""
        share, terms = self.spec.share_pu, self.terms
        delivered = terms.within(metered, metered.drawn_mwh * share)
        offered_mwh = np.zeros_like(delivered) if metered.offered_mwh is None else metered.offered_mwh
        offered = terms.within(metered, offered_mwh * share)
        contracted = terms.contracted_mwh(metered)
        if self.spec.volume == "baseload":
            delivered, offered = np.minimum(delivered, contracted), np.minimum(offered, contracted)
        lines = energy_lines(PPA_COST, metered, delivered, terms.usd_per_mwh, what="delivered")
        months = (metered.by_month(mwh) for mwh in (delivered, offered, contracted))
        return [*lines, *self._obligations(metered, *months)]

    def _obligations(
        self, metered: Metered, delivered: Array, offered: Array, contracted: Array
    ) -> list[BillLine]:
        """The lines of obligations, from the energy of each month."""
        spec, lines = self.spec, []
        held_s = self.terms.is_on.integrals(metered.month_edges_s)
        priced = (self.terms.usd_per_mwh * self.terms.is_on).integrals(metered.month_edges_s)
        price = priced / np.where(held_s > 0.0, held_s, 1.0)
        refused = np.maximum(offered - delivered, 0.0)
        if spec.take_or_pay_pu:
            missing = np.maximum(np.minimum(spec.take_or_pay_pu * contracted, offered) - delivered, 0.0)
            lines.append(_monthly("take or pay", missing, price))
        if spec.curtailment_cap_pu is not None:
            above = np.maximum(refused - spec.curtailment_cap_pu * offered, 0.0)
            lines.append(_monthly("curtailed above the cap", above, price))
        if spec.guaranteed_pu:
            short = np.maximum(spec.guaranteed_pu * contracted - offered, 0.0)
            rate = np.full(len(short), -spec.damages_usd_per_mwh)
            lines.append(_monthly("shortfall damages", short, rate))
        return lines


def _monthly(detail: str, mwh: Array, usd_per_mwh: Array) -> BillLine:
    """A line with a quantity and a mean rate for each month."""
    return BillLine(PPA_COST, mwh * usd_per_mwh, detail, "MWh", mwh)
