"""Kinds offered by installed packages as entry points of the group `dcgrid.kinds`."""

from __future__ import annotations

from importlib.metadata import entry_points

from sim.errors import Problem, SpecError
from sim.files.script import importing

_GROUP = "dcgrid.kinds"


def import_offered(kind: str, *, owner: str) -> None:
    """Import the class of a kind from the installed package that offers it, if any. Nothing else is imported.

    Args:
        kind: The kind; the entry point has the same name.
        owner: Owner named in error messages.

    Raises:
        SpecError: If it cannot be imported or if several packages offer it.
    """
    offers = {
        f"{one.value} of {one.dist.name if one.dist else 'an unknown package'}": one
        for one in entry_points(group=_GROUP, name=kind)
    }
    if len(offers) > 1:
        message = (
            f"= {kind!r} is offered by several packages: {', '.join(sorted(offers))}; remove all but one"
        )
        raise SpecError(owner, [Problem(("kind",), message)])
    for offer, one in offers.items():
        with importing(kind, source=offer, owner=owner, field="kind"):
            one.load()
