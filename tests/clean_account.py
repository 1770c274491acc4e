"""A plain account of clean energy, hour by hour, to compare the score with: who asks, and who gets what.

It is written from the definition and shares nothing with the simulator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Hour:
    """Energies of an hour [MWh]; those of stores by name.

    Attributes:
        load: Load served.
        clean: Clean energy of the site's sources.
        other: Other energy of the site's sources.
        imported: Energy from the grid.
        clean_imported: The clean part of it.
        exported: Energy to the grid.
        charged: Energy charged, measured at the bus.
        discharged: Energy discharged, measured at the bus.
        level: Level at the start.
        end_level: Level at the end.
    """

    load: float = 0.0
    clean: float = 0.0
    other: float = 0.0
    imported: float = 0.0
    clean_imported: float = 0.0
    exported: float = 0.0
    charged: dict[str, float] = field(default_factory=dict)
    discharged: dict[str, float] = field(default_factory=dict)
    level: dict[str, float] = field(default_factory=dict)
    end_level: dict[str, float] = field(default_factory=dict)


def clean_load(
    hours: Sequence[Hour], efficiency: dict[str, float], content: dict[str, float]
) -> tuple[list[float], dict[str, float]]:
    """Clean energy that reached the load in each hour, and what each store holds of it at the end.

    Args:
        hours: The hours.
        efficiency: Share of the charged energy that each store keeps.
        content: Clean energy in each store at the start.
    """
    content = dict(content)
    reached = []
    for hour in hours:
        net = {name: hour.charged[name] - hour.discharged[name] for name in content}
        asked = {"load": hour.load, "export": hour.exported}
        asked |= {f"store {name}": energy for name, energy in net.items() if energy > 0.0}
        got = dict.fromkeys(asked, 0.0)
        own = hour.clean
        stores = [who for who in asked if who.startswith("store ")]
        for turn in (["load"], stores, ["export"]):
            own -= _share_out(own, turn, asked, got)
        mix = {"other": (hour.other, 0.0), "grid": (hour.imported, hour.clean_imported)}
        for name, energy in net.items():
            if energy < 0.0 and hour.level[name] > 0.0:
                mix[name] = (-energy, -energy * content[name] / hour.level[name])
        energy = sum(part for part, _ in mix.values())
        clean = sum(part for _, part in mix.values())
        for who, wish in asked.items():
            if energy > 1e-12:
                got[who] += (wish - got[who]) * clean / energy
        reached.append(got["load"])
        for name in content:
            there, all_there = content[name], hour.level[name]
            if net[name] > 0.0:
                there += efficiency[name] * got[f"store {name}"]
                all_there += efficiency[name] * net[name]
            content[name] = there / all_there * hour.end_level[name] if all_there > 0.0 else 0.0
    return reached, content


def _share_out(energy: float, who: list[str], asked: dict[str, float], got: dict[str, float]) -> float:
    """Give energy to some, in proportion to what they ask, and say how much they took."""
    total = sum(asked[one] for one in who)
    part = min(1.0, energy / total) if total > 0.0 else 0.0
    for one in who:
        got[one] += part * asked[one]
    return part * total
