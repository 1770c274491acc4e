"""Why power is curtailed or unserved, by the quantities that explain it."""

from __future__ import annotations

from collections import defaultdict
from math import inf

from reference.market import Block


def curtailed(blocks: list[Block]) -> dict[str, float]:
    """Curtailed power by reason [MW].

    First what blocks say of themselves; power out of reach as far as dearer power was in use. Then economic,
    up to the purchases refused and the dispatchable power that ran. Then storage full, up to what full stores
    withheld. The rest is the export limit, or no export where none is allowed.
    """
    found: dict[str, float] = defaultdict(float)
    dispatchable = {block.owner for block in blocks if block.sells and block.rest != "curtailed"}
    ran = sum(block.traded_mw for block in blocks if block.sells and block.owner in dispatchable)
    refused = sum(block.rest_mw for block in blocks if not block.sells)
    unexplained, budget = 0.0, ran + refused
    for block in blocks:
        if block.rest != "curtailed":
            continue
        rest = block.rest_mw
        if block.out_of_reach:
            known = min(rest, _dearer_mw(blocks, block.value), budget)
            budget -= known
        else:
            known = rest if block.reason else 0.0
        if block.reason:
            found[block.reason] += known
        unexplained += rest - known
    economic = min(unexplained, budget)
    full = min(unexplained - economic, sum(block.withheld_mw for block in blocks))
    may_export = any(block.flow == "export" and block.mw > 1e-9 for block in blocks)
    found["economic"] += economic
    found["storage full"] += full
    found["export limit" if may_export else "no export"] += unexplained - economic - full
    return found


def _dearer_mw(blocks: list[Block], cost: float) -> float:
    """Power in use that costs more, purchases refused at a higher value included."""
    dearer = [block for block in blocks if block.value > cost and not block.out_of_reach]
    return sum(block.traded_mw if block.sells else block.rest_mw for block in dearer)


def unserved(blocks: list[Block], missing_mw: dict[str, float]) -> dict[str, float]:
    """Unserved power by reason [MW]: price first, then what is missing in proportion, the rest capacity."""
    short = sum(block.rest_mw for block in blocks if block.rest == "unserved")
    if short <= 1e-9:
        return {}
    unused = sum(block.rest_mw for block in blocks if block.sells and block.price < inf)
    missing = dict(missing_mw)
    for block in blocks:
        if block.out_of_reach:
            missing["ramp limit"] = missing.get("ramp limit", 0.0) + block.mw
    price = min(short, unused if unused > 1e-9 else 0.0)
    explained = min(short - price, sum(missing.values()))
    found = {"price": price, "capacity": short - price - explained}
    for reason, mw in missing.items():
        if explained > 0.0:
            found[reason] = explained * mw / sum(missing.values())
    return found
