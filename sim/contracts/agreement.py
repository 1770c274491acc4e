"""The purchase agreement, as plain data of several kinds."""

from __future__ import annotations

from abc import abstractmethod
from math import inf
from typing import Annotated, ClassVar, Self

from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator

from sim import units
from sim.bus.block import Block
from sim.bus.flows import Flow
from sim.bus.terminal import Terminal
from sim.contracts.carbon import CERTIFIED, CERTIFIED_CARBON
from sim.contracts.terms import Terms, anniversary_s, escalated, spans
from sim.errors import Problem, SpecError
from sim.site import Site
from sim.spec import Kind
from sim.timeseries.calendar import Calendar
from sim.timeseries.instant import elapsed_s
from sim.timeseries.profile import PriceProfile
from sim.timeseries.ramp_up import ramp_up
from sim.timeseries.start_date import Beginning, StartDate, beginning_s
from sim.units import SECONDS_PER_DAY

PPA_COST = "PPA cost"
"""Lines of the bill for energy under purchase agreements."""
Escalation = Annotated[float, units.quantity("1/a", ge=-0.5, le=0.5)]
TermYears = Annotated[int, Field(strict=True, ge=1, le=100)]


class Agreement(Kind):
    """A purchase agreement: who pays for which energy, at which price and for how long.

    To define a new kind of agreement, write a subclass with fields, a `kind` and `connect`.
    """

    members: ClassVar[dict[str, type[Kind]]]

    counterparty: str = ""
    """Who sells. Default: the name of the agreement."""
    price_usd_per_mwh: PriceProfile
    """Price at the start of the agreement (the strike)."""
    escalation_per_year: Escalation = 0.0
    """Rise of the price at each anniversary, such as 0.02 for 2 %. Default: none."""
    begins: Beginning | None = None
    """When it begins: a date, a local time, days after the start of the run, or an uncertain date. Default:
    with the run."""
    term_years: TermYears | None = None
    """For how many years it holds. Default: until after the run."""
    contracted_mw: units.MW = 0.0
    """Contracted power. Default: what the source gives."""
    has_certificates: bool = True
    """Whether certificates come with the energy, for market-based carbon of imports. Default: yes."""
    carbon_kgco2_per_mwh: units.KgCo2PerMWh = 0.0
    """Carbon of the energy by its certificates. Default: none."""
    ramp_in_d: units.Days = 0.0
    """Duration over which the contracted power rises from zero, linearly, in daily steps. Default: none."""

    @model_validator(mode="after")
    def _has_power(self) -> Self:
        if self.ramp_in_d and not self.contracted_mw:
            raise self.refuse("contracted_mw", "above 0 MW, because ramp_in_d is its rise")
        return self

    @abstractmethod
    def connect(self, site: Site, name: str) -> None:
        """Meter its energy, and enter its bill at the end of the run.

        Args:
            site: The site, whose sources are connected.
            name: Name of the agreement.
        """

    def certify(self, terminal: Terminal, mwh: float) -> None:
        """Enter energy elsewhere that comes with certificates."""
        if self.has_certificates:
            terminal.enter(CERTIFIED, mwh)
            terminal.enter(CERTIFIED_CARBON, mwh * self.carbon_kgco2_per_mwh)

    def source_share(self) -> tuple[str, float] | None:
        """The source of the site whose energy it sells, and the share of it; None without one."""
        return None

    def deliveries(self, site: Site, source: str) -> list[Block]:
        """The offers of a source whose deliveries are metered.

        Args:
            site: The site.
            source: Name of the source.

        Raises:
            SpecError: If it delivers nothing of its own, such as a grid connection or a store.
        """
        terminal = site.bus.terminals.get(source)
        found = () if terminal is None else terminal.blocks
        blocks = [one for one in found if one.accepted is Flow.DELIVERED]
        if not blocks:
            message = f"= {source!r} delivers no power of its own; allowed: a source that does"
            raise SpecError(self.title(), [Problem(("source",), message)])
        return blocks

    def span_s(self, calendar: Calendar) -> tuple[float, float]:
        """Earliest beginning and latest end in elapsed seconds, as far as it is known before a run."""
        begins = 0.0 if self.begins is None else self.begins
        first, last = (begins.earliest, begins.latest) if isinstance(begins, StartDate) else (begins, begins)
        return elapsed_s(first, calendar), self._end_s(calendar, elapsed_s(last, calendar))

    def terms(self, site: Site, name: str) -> Terms:
        """Its terms in a run; an uncertain date is drawn, and noted as an event."""
        calendar = site.calendar
        try:
            begin_s = beginning_s(self.begins or 0.0, calendar, site.rng(f"{name}/start"))
        except SpecError as error:
            raise error.within(self.title(), "begins") from None
        if isinstance(self.begins, StartDate):
            site.note(name, "agreement begins", f"{calendar.at(begin_s):%Y-%m-%d}", at_s=max(begin_s, 0.0))
        is_on = spans(site, begin_s, self._end_s(calendar, begin_s))
        price = site.series(self, "price_usd_per_mwh")
        if self.escalation_per_year:
            price = price * escalated(site, begin_s, self.escalation_per_year)
        power = ramp_up(site.horizon_s, begin_s / SECONDS_PER_DAY, self.ramp_in_d, self.contracted_mw)
        return Terms(is_on, price, power * is_on)

    def _end_s(self, calendar: Calendar, begin_s: float) -> float:
        if self.term_years is None:
            return inf
        return anniversary_s(calendar, calendar.at(begin_s), self.term_years)


AnyAgreement = SerializeAsAny[Annotated[Agreement, BeforeValidator(Agreement.build)]]
"""An agreement of any kind, as a field of a spec."""
