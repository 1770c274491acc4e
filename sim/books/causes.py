"""Causes: attributes curtailed and unserved power to reasons.

Participants define reasons: for a block, why its rest is curtailed or why no more power could be taken; for
an outage, why capacity is missing. The reasons for the remainder are defined here.
"""

from __future__ import annotations

from collections import defaultdict
from math import inf

import numpy as np
from numpy.typing import NDArray

from sim.books.rows import Layout, Rows
from sim.bus.flows import Flow
from sim.timeseries.series import Array

ECONOMIC = "economic"
NO_EXPORT = "no export"
CAPACITY = "capacity"

SLACK_MW = 1e-9


class Outages:
    """Capacity that is missing, by reason, as step functions of time."""

    def __init__(self) -> None:
        self._changes: dict[str, list[tuple[float, float]]] = defaultdict(lambda: [(-inf, 0.0)])

    def change(self, t_s: float, reason: str, change_mw: float) -> None:
        """Record that capacity was lost (positive) or regained (negative)."""
        steps = self._changes[reason]
        steps.append((t_s, steps[-1][1] + change_mw))

    def at(self, t_s: Array) -> dict[str, Array]:
        """Missing capacity by reason at each time [MW]; earlier entries are deleted."""
        found = {}
        for reason, steps in self._changes.items():
            times, levels = np.array(steps).T
            found[reason] = levels[np.searchsorted(times, t_s, side="right") - 1]
            keep = np.searchsorted(times, t_s[-1], side="right") - 1
            del steps[:keep]
        return found


def curtailed(layout: Layout, rows: Rows) -> dict[str, Array]:
    """Curtailed power of each row by reason [MW].

    The reason of a block applies first. For other blocks the reason is `economic` up to the dispatchable
    power that ran instead at a lower price, such as imports at a negative price, and while bids are refused
    that would take power at a lower price. Next is the reason of a bid that takes its full size, such as a
    connection at its export limit, then that of a full store. If none of these applies, it is `no export`.
    """
    causes: dict[str, Array] = defaultdict(lambda: np.zeros(len(rows.t_s)))
    site: dict[str, NDArray[np.bool_]] | None = None
    instead: Array | None = None
    for block in layout.offers:
        if block.rest is not Flow.CURTAILED:
            continue
        rest = np.where(rows.rest_mw(block) > SLACK_MW, rows.rest_mw(block), 0.0)
        if not rest.any():
            continue
        if block.reason:
            knows = (
                np.ones(len(rest), dtype=bool)
                if block.only_after is None
                else rows.rest_mw(block.only_after) <= SLACK_MW
            )
            causes[block.reason] += np.where(knows, rest, 0.0)
            rest = np.where(knows, 0.0, rest)
        if rest.any():
            instead = _instead(layout, rows) if instead is None else instead
            displaced = np.minimum(rest, instead)
            if displaced.any():
                causes[ECONOMIC] += displaced
                instead, rest = instead - displaced, rest - displaced
            site = site or _site_causes(layout, rows)
            for reason, holds in site.items():
                causes[reason] += np.where(holds, rest, 0.0)
    return dict(causes)


def _instead(layout: Layout, rows: Rows) -> Array:
    """Dispatchable power that ran instead of curtailed power, which was as expensive or more so."""
    used = np.zeros(len(rows.t_s))
    for offer in layout.offers:
        if offer.rest is not Flow.CURTAILED:
            used += rows.accepted_mw(offer)
    return used


def _site_causes(layout: Layout, rows: Rows) -> dict[str, NDArray[np.bool_]]:
    """The rows in which each reason applies; in each row it is the first that applies."""
    open_rows = np.ones(len(rows.t_s), dtype=bool)
    found: dict[str, NDArray[np.bool_]] = {}

    def claim(reason: str, holds: NDArray[np.bool_]) -> None:
        nonlocal open_rows
        found[reason] = found.get(reason, False) | (open_rows & holds)
        open_rows = open_rows & ~holds

    refused = np.zeros(len(rows.t_s), dtype=bool)
    for bid in layout.bids:
        refused |= rows.rest_mw(bid) > SLACK_MW
    claim(ECONOMIC, refused)
    reasoned = [bid for bid in layout.bids if bid.reason]
    for bid in reasoned:
        if bid.full_mw is None:
            claim(bid.reason, rows.stated_mw(bid) > SLACK_MW)
    for bid in reasoned:
        if bid.full_mw is not None:
            claim(bid.reason, rows.stated_mw(bid) <= bid.full_mw + SLACK_MW)
    claim(NO_EXPORT, np.ones(len(rows.t_s), dtype=bool))
    return found


def unserved(layout: Layout, rows: Rows, outages: Outages) -> dict[str, Array]:
    """Unserved power of each row by reason [MW].

    Unserved power is attributed to the capacity that is missing for known reasons, in proportion if there are
    several. The rest is attributed to `capacity`.
    """
    missing = outages.at(rows.t_s)
    short = np.zeros(len(rows.t_s))
    for bid in layout.bids:
        if bid.rest is Flow.UNSERVED:
            short += rows.rest_mw(bid)
    short[short <= SLACK_MW] = 0.0
    if not short.any():
        return {}
    for offer in layout.offers:
        if offer.price == inf:
            reason = offer.reason or CAPACITY
            missing[reason] = missing.get(reason, 0.0) + rows.stated_mw(offer)
    lost = sum(missing.values(), np.zeros(len(short)))
    explained = np.where(short - lost <= SLACK_MW, short, np.where(lost > SLACK_MW, lost, 0.0))
    share = np.divide(explained, lost, out=np.zeros_like(lost), where=lost > SLACK_MW)
    causes = {reason: share * mw for reason, mw in missing.items()}
    causes[CAPACITY] = causes.get(CAPACITY, 0.0) + short - explained
    return causes
