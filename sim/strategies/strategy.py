"""The strategy of a store, as plain data of several kinds."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, SerializeAsAny

from sim.contracts.imports import Imports
from sim.errors import Problem, SpecError
from sim.plant.store import Store
from sim.site import Site
from sim.spec import Kind


@dataclass(frozen=True)
class Ratings:
    """What a strategy needs to know of a store.

    Attributes:
        name: Name of the participant.
        charge_mw: Maximum charging power, at the bus.
        discharge_mw: Maximum discharging power, at the bus.
        min_mwh: Lowest level.
        reserve_mwh: Level below which only the reserve is left.
        max_mwh: Highest level.
        charge_efficiency_pu: Share of the charged energy that is stored.
        discharge_efficiency_pu: Share of the energy taken out that reaches the bus.
        wear_usd_per_mwh: Cost of wear per MWh discharged.
        charge_wear_usd_per_mwh: Cost of wear per MWh charged.
        reserve_usd_per_mwh: Price of the reserve, which no other price may reach.
    """

    name: str
    charge_mw: float
    discharge_mw: float
    min_mwh: float
    reserve_mwh: float
    max_mwh: float
    charge_efficiency_pu: float
    discharge_efficiency_pu: float
    wear_usd_per_mwh: float
    charge_wear_usd_per_mwh: float
    reserve_usd_per_mwh: float


class Strategy(Kind):
    """When a store charges and discharges.

    A strategy sets prices and sizes of the store's blocks; the bus decides who runs. To define a new kind,
    write a subclass with fields, a `kind` and `drive`.
    """

    members: ClassVar[dict[str, type[Kind]]]

    @abstractmethod
    def drive(self, site: Site, store: Store, ratings: Ratings) -> str:
        """Play the prices and sizes of a store; called when all participants have connected.

        Args:
            site: The site.
            store: The store.
            ratings: Its ratings.

        Returns:
            What a reader of the results must know of it; may be empty.
        """

    def ask(self, site: Site) -> None:
        """Ask other participants for what it needs, before all have connected. Default: nothing."""

    def followed(self, site: Site, named: str | None) -> str:
        """The connection that it follows.

        Args:
            site: The site.
            named: Name of the connection; None for the only one.

        Raises:
            SpecError: If it does not exist, or is not named and there is not just one.
        """
        names = site.common(Imports).names
        if named is not None and named in names:
            return named
        if named is None and len(names) == 1:
            return names[0]
        said = "is missing" if named is None else f"= {named!r} is not a grid connection"
        known = ", ".join(names) or "none: the strategy needs a grid connection"
        raise SpecError(self.title(), [Problem(("connection",), f"{said}; known: {known}")])


AnyStrategy = SerializeAsAny[Annotated[Strategy, BeforeValidator(Strategy.build)]]
"""A strategy of any kind, as a field of a spec."""
