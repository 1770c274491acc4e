"""The firm minimum: the import of a connection that no dispatch avoids unless firm load goes unserved."""

from __future__ import annotations

from math import fsum, inf

from sim.bus.terminal import Terminal
from sim.contracts.imports import Imports
from sim.site import Site
from sim.strategies.strategy import Strategy


def check_target(strategy: Strategy, site: Site, connection: str, target_mw: float) -> None:
    """Refuse a target of import that cannot be kept at any time of the run.

    Least demand is known of measured loads; a source without a known size may give any power.

    Args:
        strategy: The strategy, whose field is `target_mw`.
        site: The site, of which all participants have connected.
        connection: Name of the connection.
        target_mw: The target; 0 is none.

    Raises:
        SpecError: If it is below the firm minimum.
    """
    least_mw = fsum(terminal.least_mw for terminal in site.bus.terminals.values())
    imports = site.common(Imports)
    given_mw = fsum(
        _most_mw(terminal, imports, site.horizon_s)
        for name, terminal in site.bus.terminals.items()
        if name != connection
    )
    if 0.0 < target_mw < least_mw - given_mw:
        why = f"at least {least_mw - given_mw:g} MW, because loads take at least {least_mw:g} MW at any time"
        other = f" and all sources but {connection} give at most {given_mw:g} MW" if given_mw else ""
        raise strategy.refuse("target_mw", f"0 for none, or {why}{other}")


def _most_mw(terminal: Terminal, imports: Imports, horizon_s: float) -> float:
    """Most that a participant can give to the bus."""
    if not any(block.is_offer for block in terminal.blocks):
        return 0.0
    if terminal.name in imports.names:
        return imports.of(terminal.name).limit_mw.highest(0.0, horizon_s)
    return terminal.description.capacity_mw or terminal.rated_mw or inf
