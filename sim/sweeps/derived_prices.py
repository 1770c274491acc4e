"""Derived prices: batteries of a sweep whose prices follow from their size, and differ between its points."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sim.campus.campus import Campus
from sim.spec import Spec

_SIZES = (
    "power_mw",
    "charge_power_mw",
    "energy_mwh",
    "min_soc_pu",
    "max_soc_pu",
    "reserve_pu",
    "charge_efficiency_pu",
    "discharge_efficiency_pu",
)
"""What the hours of a day that it charges and discharges depend on."""
_PRICES = ("charge_below_usd_per_mwh", "discharge_above_usd_per_mwh")


def derived_prices(campuses: Sequence[Campus | dict[str, Any] | None]) -> tuple[str, ...]:
    """Names of the batteries whose derived prices may differ between points.

    They derive from the hours of a day that a full charge takes, and from the import prices of these hours.

    Args:
        campuses: The campus of each point, or its plain data; None if it is not known.
    """
    sizes: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    for campus in campuses:
        supply = campus.supply if isinstance(campus, Campus) else (campus or {}).get("supply", {})
        if not any(map(_has_varying_price, supply.values())):
            continue
        for name, part in supply.items():
            if _of(part, "kind") == "battery" and _is_derived(part):
                sizes[name].add(tuple(_of(part, size) for size in _SIZES))
    return tuple(sorted(name for name, found in sizes.items() if len(found) > 1))


def _has_varying_price(part: Spec | dict[str, Any]) -> bool:
    """Whether a participant is a connection whose price of import varies."""
    price = _of(part, "import_price_usd_per_mwh")
    varies = price is not None and not isinstance(price, int | float)
    return _of(part, "kind") == "grid" and (varies or _of(part, "tariff") is not None)


def _is_derived(battery: Spec | dict[str, Any]) -> bool:
    return _of(battery, "strategy") is None and any(_of(battery, price) is None for price in _PRICES)


def _of(part: Spec | dict[str, Any], field: str) -> Any:
    return part.get(field) if isinstance(part, dict) else getattr(part, field, None)
