"""The tariff of a grid connection, as plain data of several kinds."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, SerializeAsAny

from sim.contracts.charges import Charges
from sim.site import Site
from sim.spec import Kind


class Tariff(Kind):
    """What a connection pays for power, and to whom.

    To define a new kind of tariff, write a subclass with fields, a `kind` and `charges`.
    """

    members: ClassVar[dict[str, type[Kind]]]

    counterparty: str = ""
    """Who sends the bill. Default: the utility, if it is known, or the name of the connection."""

    @abstractmethod
    def charges(self, site: Site) -> Charges:
        """The charges and dispatch prices for a run."""


AnyTariff = SerializeAsAny[Annotated[Tariff, BeforeValidator(Tariff.build)]]
"""A tariff of any kind, as a field of a spec."""
