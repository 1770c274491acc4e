"""The carbon-free energy that reached the load, hour by hour (24/7 matching).

It is computed from the energies of clock hours; the first and the last hour of a run may be shorter. In each
hour:

1. Carbon-free energy delivered by the site's sources serves the load.
2. Its surplus charges the stores, in proportion to what each takes. What is then left leaves the site.
3. The remaining load, charging and export draw on one mix, in proportion. The mix is the other energy of the
   site's sources, imports with their clean share of this hour, and discharge with the clean share that each
   store has at the start of the hour.
4. The clean content of each store follows.

Choices that the definition leaves open:

- A store counts by its net in the hour: charge less discharge. The part of a charge that is discharged within
  the same hour does not count.
- A source or an import with a clean share between 0 and 1 is divided: its clean part is clean energy, the
  rest is other energy. If the share changes within the hour, each part is weighted by energy, not by time.
- The loss of charging takes clean energy in the proportion of the energy charged. All other losses of the
  hour (discharging, standing, and those of charging and discharging within the hour) take it in the
  proportion of what the store then holds, so its clean share stays as it is.
- The clean share of a store is the share of all its energy, including the energy below its lowest level. An
  empty store has no clean share. Energy that enters a store other than by charging is not clean.
- Clean energy that leaves the site, that is lost, or that is still stored at the end of the run counts in
  annual matching only.

Compiled if a C compiler is at hand, like `bus.stretch`: the content of the stores is then followed in one
sweep over the hours. Otherwise plain Python goes through those in which a store moves. Both give the same
bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from operator import mul

import numpy as np

from sim.books.closed import Hours, StoreHours
from sim.timeseries.exact_sum import ExactSum, total
from sim.timeseries.series import Array
from sim.units import SECONDS_PER_HOUR

_NOTHING_MWH = 1e-30
"""Energy so small that shares of it cannot be distinguished from zero."""
_NOTHING_MW = 1e-9
"""Mean load at or below which a run has no load; rounding leaves so much where nothing is served."""
IS_COMPILED = not __file__.endswith(".py")
"""Whether this module is compiled."""


@dataclass(frozen=True, eq=False)
class CleanEnergy:
    """The carbon-free energy of a run.

    Attributes:
        cfe_score: Share of the load that carbon-free energy reached in the hour of use; 0 to 1. None without
            load.
        annual_matching: Carbon-free energy of sources, imports and stores at the start over load, whenever
            it came; at least the score. None without load.
        load_mwh: Carbon-free energy that reached the load in each hour.
        stored_mwh: Carbon-free energy in each store at the end of the run.
    """

    cfe_score: float | None
    annual_matching: float | None
    load_mwh: Array
    stored_mwh: dict[str, float]


def match(hours: Hours) -> CleanEnergy:
    """Follow the carbon-free energy of a run to the load; the module docstring lists the steps."""
    contents: Array = np.array([_initial_mwh(store) for store in hours.stores], dtype=np.float64)
    initial = fsum(contents.tolist())
    load = swept(hours, contents) if IS_COMPILED else follow(hours, contents)
    supplied = total(hours.clean_mwh) + total(hours.clean_import_mwh)
    load_mwh = total(hours.load_mwh)
    is_loaded = load_mwh > _NOTHING_MW * float(hours.edges_s[len(hours.edges_s) - 1]) / SECONDS_PER_HOUR
    return CleanEnergy(
        cfe_score=total(load) / load_mwh if is_loaded else None,
        annual_matching=(supplied + initial) / load_mwh if is_loaded else None,
        load_mwh=load,
        stored_mwh={
            store.name: content for store, content in zip(hours.stores, contents.tolist(), strict=True)
        },
    )


def _initial_mwh(store: StoreHours) -> float:
    """Clean content of a store at the start of the run."""
    return store.initial_clean_pu * float(store.level_mwh[0])


def swept(hours: Hours, contents: Array) -> Array:
    """Follow the clean energy in one sweep of compiled code; see `follow`."""
    stores, count = hours.stores, len(hours.load_mwh)
    site: Array = np.array(
        [
            hours.load_mwh,
            hours.clean_mwh,
            hours.other_mwh,
            hours.import_mwh,
            hours.clean_import_mwh,
            hours.export_mwh,
        ]
    )
    flows = np.array([(store.charge_mwh, store.discharge_mwh) for store in stores]).reshape(-1, 2, count)
    levels = np.array([store.level_mwh for store in stores]).reshape(-1, count + 1)
    state: Array = np.array([contents, [store.charge_eff_pu for store in stores]])
    load: Array = np.empty(count)
    sweep(site, flows, levels, state, load)
    contents[:] = state[0]
    return load


def follow(hours: Hours, contents: Array) -> Array:
    """Follow the clean energy from hour to hour.

    Args:
        hours: The energies.
        contents: Clean content of each store at the start of the run, then at its end [MWh].

    Returns:
        Clean energy that reached the load in each hour [MWh].
    """
    stores = [_Flows.of(store) for store in hours.stores]
    nothing = np.zeros_like(hours.load_mwh)
    charge = sum((store.charge_mwh for store in stores), nothing)
    discharge = sum((store.discharge_mwh for store in stores), nothing)
    direct = np.minimum(hours.clean_mwh, hours.load_mwh)
    surplus = hours.clean_mwh - direct
    kept = np.minimum(surplus, charge)
    left = np.minimum(surplus - kept, hours.export_mwh)
    drawn = (hours.load_mwh - direct) + (charge - kept) + (hours.export_mwh - left)
    mix = np.maximum(hours.other_mwh + hours.import_mwh + discharge, drawn)  # equal, but for rounding
    shares = _ratio(hours.clean_import_mwh, mix)
    if stores:
        _follow_stores(shares, contents, _moves(stores, mix, _ratio(kept, charge)))
    return np.asarray(np.minimum(direct + (hours.load_mwh - direct) * shares, hours.load_mwh))


@dataclass(frozen=True, eq=False)
class _Flows:
    """What a store takes and gives in each hour, net, and what becomes of its content.

    Attributes:
        charge_mwh: Energy charged, measured at the bus.
        discharge_mwh: Energy discharged, measured at the bus.
        given_pu: Discharge over the level at the start of the hour.
        charge_eff_pu: Share of the charged energy that is stored.
        kept_pu: Share of what was there and came in that is there at the end of the hour.
        end_mwh: Level at the end of the hour.
    """

    charge_mwh: Array
    discharge_mwh: Array
    given_pu: Array
    charge_eff_pu: float
    kept_pu: Array
    end_mwh: Array

    @classmethod
    def of(cls, store: StoreHours) -> _Flows:
        """The flows of a store."""
        net = store.charge_mwh - store.discharge_mwh
        charge, discharge = np.maximum(net, 0.0), np.maximum(-net, 0.0)
        begin, end = store.level_mwh[: len(net)], store.level_mwh[1:]
        return cls(
            charge_mwh=charge,
            discharge_mwh=discharge,
            given_pu=np.minimum(_ratio(discharge, begin), 1.0),
            charge_eff_pu=store.charge_eff_pu,
            kept_pu=np.minimum(_ratio(end, begin + store.charge_eff_pu * charge), 1.0),
            end_mwh=end,
        )


def _moves(stores: list[_Flows], mix_mwh: Array, own_pu: Array) -> Array:
    """What moves the content of each store, for `follow` and `sweep`.

    Args:
        stores: The stores.
        mix_mwh: Energy of the mix in each hour.
        own_pu: Share of the charging energy that is the site's own clean surplus.

    Returns:
        Five rows for each store, with one number for each hour: discharge over the mix, as a share of the
        level; the share of what was there that is kept; what charging adds to the content, from the site's
        own clean surplus and from the mix if that were clean; the level at the end of the hour [MWh].
    """
    moves: Array = np.empty((len(stores), 5, len(mix_mwh)))
    mixed_pu = 1.0 - own_pu
    for store, (given, kept, own, mixed, level) in zip(stores, moves, strict=True):
        stored = store.charge_eff_pu * store.charge_mwh * store.kept_pu
        given[:] = _ratio(store.given_pu, mix_mwh)
        kept[:] = store.kept_pu
        np.multiply(stored, own_pu, out=own)
        np.multiply(stored, mixed_pu, out=mixed)
        level[:] = store.end_mwh
    return moves


def _follow_stores(shares: Array, contents: Array, moves: Array) -> None:
    """Follow the clean content of stores from hour to hour.

    Args:
        shares: Clean share of the mix in each hour by imports alone; what discharge adds is added to it.
        contents: Clean content of each store at the start of the run, then at its end [MWh].
        moves: What moves the content; see `_moves`.
    """
    given, kept, own, mixed, _ = moves.swapaxes(0, 1)
    moving = np.flatnonzero(((given > 0.0) | (own > 0.0) | (mixed > 0.0) | (kept != 1.0)).any(axis=0))
    clean = contents.tolist()
    hours = moving.tolist(), shares[moving].tolist(), moves[:, :, moving].transpose(2, 1, 0).tolist()
    for at, imported, rows in zip(*hours, strict=True):
        share = shares[at] = imported + fsum(map(mul, rows[0], clean))
        clean = [
            min(part * content + fresh + other * share, level)
            for content, part, fresh, other, level in zip(clean, *rows[1:], strict=True)
        ]
    contents[:] = clean


def sweep(
    site: Array,
    flows: Array,
    levels: Array,
    state: Array,
    reached: Array,
) -> None:
    """Follow the clean energy from hour to hour, like `follow`, in compiled code.

    Args:
        site: Load, clean and other energy of the site, import, its clean part, and export in each hour.
        flows: What each store takes and gives in each hour: two lines each.
        levels: Level of each store at the start of each hour and at the end of the last one.
        state: For each store its clean content at the start of the run, then at its end [MWh]; and the share
            of the charged energy that it keeps.
        reached: Is given the clean energy that reached the load in each hour.
    """
    stores, given = len(levels), ExactSum()
    for hour in range(len(reached)):
        charge = discharge = 0.0
        for store in range(stores):
            net = flows[store, 0, hour] - flows[store, 1, hour]
            charge += max(0.0, net)
            discharge += -net if net < 0.0 else 0.0
        load, clean, export = site[0, hour], site[1, hour], site[5, hour]
        direct = min(load, clean)
        surplus = clean - direct
        kept = min(charge, surplus)
        left = min(export, surplus - kept)
        drawn = (load - direct) + (charge - kept) + (export - left)
        mix = site[2, hour] + site[3, hour] + discharge
        mix = max(mix, drawn)
        share = part(site[4, hour], mix)
        own = part(kept, charge)
        given.clear()
        for store in range(stores):
            net = flows[store, 0, hour] - flows[store, 1, hour]
            out = part(-net if net < 0.0 else 0.0, levels[store, hour])
            given.add(part(min(1.0, out), mix) * state[0, store])
        share += given.total()
        for store in range(stores):
            net = flows[store, 0, hour] - flows[store, 1, hour]
            taken = state[1, store] * (max(0.0, net))
            held = part(levels[store, hour + 1], levels[store, hour] + taken)
            held = min(held, 1.0)
            stored = taken * held
            content = held * state[0, store] + stored * own
            content += stored * (1.0 - own) * share
            state[0, store] = min(levels[store, hour + 1], content)
        found = direct + (load - direct) * share
        reached[hour] = min(load, found)


def part(amount: float, whole: float) -> float:
    """A part over a whole; 0 where there is no whole."""
    return amount / whole if whole > _NOTHING_MWH else 0.0


def _ratio(part: Array, whole: Array) -> Array:
    """A part over a whole; 0 where there is no whole."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > _NOTHING_MWH)
