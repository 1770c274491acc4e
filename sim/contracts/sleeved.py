"""The sleeved purchase agreement: power of a plant elsewhere is delivered through the utility."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from pydantic import model_validator

from sim import units
from sim.books.metered import Metered
from sim.bus.block import Block
from sim.bus.description import Description
from sim.bus.flows import Flow
from sim.bus.terminal import Terminal
from sim.contracts.agreement import PPA_COST, Agreement
from sim.contracts.contract import BillLine, Contract, Rung, open_ended, settle
from sim.contracts.energy_charge import energy_lines
from sim.contracts.imports import Imports
from sim.contracts.terms import Terms
from sim.errors import Problem, SpecError
from sim.site import Site
from sim.timeseries.profile import MWProfile, PriceProfile
from sim.timeseries.series import Array, StepSeries, constant
from sim.units import SECONDS_PER_HOUR


class SleevedAgreement(Agreement):
    """The output of a plant elsewhere is delivered through the utility, against a fee.

    All of the output is paid at the price. As far as the site imports at the same time, it takes the place of
    energy under the tariff, whose energy charge is credited; demand charges stay. The rest is sold at the
    surplus price. Several such agreements share the imports of a connection in the order of their names.
    Energy counts by metered interval, at most a quarter of an hour.
    """

    kind: Literal["sleeved"] = "sleeved"
    connection: str
    """Name of the grid connection through which it is delivered."""
    power_mw: MWProfile | None = None
    """Output of the plant. Default: the contracted power at all times."""
    fee_usd_per_mwh: units.UsdPerMWh = 0.0
    """Fee of the utility per MWh of output. Default: none."""
    surplus_usd_per_mwh: PriceProfile = 0.0
    """Price at which output that the site does not import is sold. Default: nothing is paid for it."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.power_mw is None and not self.contracted_mw:
            raise self.refuse("contracted_mw", "above 0 MW without power_mw")
        return self

    def connect(self, site: Site, name: str) -> None:
        """Meter the imports, and enter the bill at the end of the run."""
        terms = self.terms(site, name)
        connection = site.bus.terminals.get(self.connection)
        imports = [] if connection is None else _imports(connection)
        if connection is None or not imports:
            message = f"= {self.connection!r} imports nothing; allowed: a grid connection"
            raise SpecError(self.title(), [Problem(("connection",), message)])
        profile = terms.contracted_mw if self.power_mw is None else site.series(self, "power_mw")
        before = site.common(_Sleeves).add(self.connection, profile * terms.is_on)
        energy = site.common(Imports).of(self.connection).charges.import_usd_per_mwh
        surplus = site.series(self, "surplus_usd_per_mwh")
        contract = _Sleeve(terms, profile, before, energy, surplus, self.fee_usd_per_mwh)
        terminal = site.terminal(name, Description(label="sleeved agreement"))
        settle(site, terminal, contract, imports, counterparty=self.counterparty or name)
        output = profile * terms.is_on
        self.certify(terminal, output.integral(0.0, site.horizon_s) / SECONDS_PER_HOUR)

        def complete() -> None:
            imports[:] = _imports(connection)

        site.on_connected(complete)  # a target divides the import of its connection into further offers


def _imports(connection: Terminal) -> list[Block]:
    """The offers of import of a participant."""
    return [one for one in connection.blocks if one.accepted is Flow.IMPORT]


class _Sleeves:
    """Output that is delivered through each connection under the agreements so far."""

    def __init__(self) -> None:
        self._profiles: dict[str, StepSeries] = {}

    def add(self, connection: str, profile: StepSeries) -> StepSeries | None:
        """Add the output of an agreement; what came before it, or None."""
        before = self._profiles.get(connection)
        self._profiles[connection] = profile if before is None else before + profile
        return before


@dataclass(frozen=True)
class _Sleeve(Contract):
    """The bill of a sleeved agreement.

    Attributes:
        terms: Its terms.
        profile: Output of the plant.
        before: Output under agreements that come first; None without any.
        energy_usd_per_mwh: Energy charge of the tariff.
        surplus_usd_per_mwh: Price of output that is not imported.
        fee_usd_per_mwh: Fee for each megawatt-hour of output.
    """

    terms: Terms
    profile: StepSeries
    before: StepSeries | None
    energy_usd_per_mwh: StepSeries
    surplus_usd_per_mwh: StepSeries
    fee_usd_per_mwh: float

    def ladder(self) -> tuple[Rung, ...]:
        """No power of its own."""
        return open_ended(constant(0.0))

    def prices(self) -> Sequence[StepSeries]:
        """The terms, the tariff and the surplus price."""
        return *self.terms.cuts(), self.energy_usd_per_mwh, self.surplus_usd_per_mwh

    def bill(self, metered: Metered) -> list[BillLine]:
        """Output at its price and the fee, less the credit and what is sold."""
        output = self.terms.within(metered, _mwh(metered, self.profile))
        before = np.zeros_like(output) if self.before is None else _mwh(metered, self.before)
        used = np.minimum(output, np.maximum(metered.drawn_mwh - before, 0.0))
        lines = energy_lines(PPA_COST, metered, output, self.terms.usd_per_mwh, what="output")
        if self.fee_usd_per_mwh:
            lines += energy_lines(
                PPA_COST, metered, output, constant(self.fee_usd_per_mwh), what="sleeving fee"
            )
        lines += energy_lines(
            PPA_COST, metered, used, self.energy_usd_per_mwh, sign=-1.0, what="credit of the energy charge"
        )
        lines += energy_lines(
            PPA_COST, metered, output - used, self.surplus_usd_per_mwh, sign=-1.0, what="surplus sold"
        )
        return lines


def _mwh(metered: Metered, mw: StepSeries) -> Array:
    """Energy of a power in each interval."""
    return mw.integrals(metered.edges_s) / SECONDS_PER_HOUR
