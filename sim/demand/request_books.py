"""The request books: what a stream of requests tells of itself, as accounts and as rows by hour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import nextafter
from typing import Any

import numpy as np

from sim.books.interval_book import edges
from sim.bus.account import Account, Adds, Grain
from sim.bus.terminal import Terminal
from sim.serving.replica import Replica
from sim.serving.request_sums import MEASURES
from sim.serving.tally import BIN_EDGES_S, PLACES, Tally, quantiles_s
from sim.site import Site
from sim.timeseries.series import Array
from sim.units import J_PER_MWH, SECONDS_PER_HOUR

QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
"""Quantiles of times that are told."""
DROPS = {"timed_out": "time-out", "refused": "queue full", "cut": "power"}
"""Reasons for which requests are dropped, by the sum that counts them."""
SUMS = ("arrived", "started", "served", *DROPS, "met", "prompt_served", "output_served", "output_dropped")
"""Sums of a row of requests."""
TIMES = ("wait_s", "ttft_s", "tpot_s", "tpot_count", "latency_s")
"""Sums of times of a row of requests: of waits over requests that started, of others over those served."""
ENERGIES = ("accelerator_mwh", "host_mwh", "idle_mwh")
"""Energy of a row of requests by component. That of a stream is shared in proportion to time in service."""


_PLACES = [PLACES[field] for field in (*SUMS, *TIMES)]
"""Places of these sums in a tally."""


def _monthly(name: str, unit: str, title: str) -> Account:
    return Account(name, unit, title, grain=Grain.MONTH)


_BY_CLASS = {
    "arrived": _monthly("requests_wanted", "requests", "Requests wanted"),
    "served": _monthly("requests_served", "requests", "Requests served"),
    "met": _monthly("requests_met", "requests", "Requests served within their objective"),
    "prompt_served": _monthly("prompt_tokens", "tokens", "Prompt tokens of requests served"),
    "output_served": _monthly("output_tokens", "tokens", "Output tokens of requests served"),
    "output_dropped": _monthly("output_tokens_dropped", "tokens", "Output tokens of requests dropped"),
}


def _parts(account: Account, parts: Iterable[str]) -> tuple[Account, ...]:
    """An account for each part."""
    return tuple(replace(account, part=part) for part in parts)


_DROPPED = _parts(_monthly("requests_dropped", "requests", "Requests dropped"), DROPS.values())
_ENERGY = _parts(_monthly("serving_mwh", "MWh", "Energy of replicas"), ("accelerators", "host", "idle"))

_QUANTILE_NAMES = [f"{measure.removesuffix('_s')}_{word}_s" for measure in MEASURES for word in QUANTILES]
_TITLES = {"ttft": "Time to first token", "tpot": "Time per output token", "latency": "Latency"}


class RequestBooks:
    """What a stream tells of itself.

    Attributes:
        edges_s: Ends of the hours of the run.
    """

    def __init__(
        self,
        site: Site,
        terminal: Terminal,
        names: Sequence[str],
        replica: Replica,
        *,
        slots: int,
        resolution: str,
    ) -> None:
        """Open the books of a stream.

        Args:
            site: The site.
            terminal: The terminal of the stream.
            names: Names of its classes.
            replica: What a replica is.
            slots: Slots of all its replicas.
            resolution: Whether it is `exact` or `fluid`.
        """
        hours_s = edges(SECONDS_PER_HOUR, site.horizon_s, site.calendar.into_hour_s)
        self.edges_s: list[float] = hours_s[1:].tolist()
        self._site, self._terminal, self._names = site, terminal, names
        self._accelerator_pu = replica.accelerator_pu
        self._slots, self._resolution = slots, resolution
        self._from_s = 0.0
        self._month_ends_s = site.calendar.month_edges(site.horizon_s)[1:].tolist()
        self._by_class = {field: _parts(account, names) for field, account in _BY_CLASS.items()}
        self._month, self._month_mwh = Tally.none(len(names)).sums, np.zeros(len(ENERGIES))

    def begin(self, at_s: float) -> None:
        """Begin the next row at a time: before, the stream was out of service."""
        self._from_s = at_s

    def post(self, tally: Tally, at_s: float) -> None:
        """Note what happened since the last call, up to a time; accounts are entered by month."""
        energy_mwh = self._energy_mwh(tally)
        self._site.requests.extend(self._rows(tally, energy_mwh, at_s))
        self._month += tally.sums
        self._month_mwh += energy_mwh
        self._from_s = at_s
        if self._month_ends_s and at_s >= self._month_ends_s[0]:
            del self._month_ends_s[0]
            self._enter(at_s)

    def close(self, tally: Tally) -> None:
        """Enter what has not been entered, and the times of the whole run."""
        self._enter(self._from_s)
        for kind, name in enumerate(self._names):
            for at, measure in enumerate(MEASURES):
                self._site.latencies.extend(self._bins(name, measure, tally.bins[kind, at]))
            for quantile, found_s in _quantiles(tally.bins[kind]).items():
                if found_s == found_s:  # noqa: PLR0124 - not NaN: there were requests
                    account = Account(quantile, "s", _title(quantile), part=name, adds=Adds.HIGHEST)
                    self._terminal.enter(account, found_s)

    def _energy_mwh(self, tally: Tally) -> list[float]:
        """Energy of accelerators, host and idle replicas."""
        accelerators = tally.dynamic_j * self._accelerator_pu
        return [joules / J_PER_MWH for joules in (accelerators, tally.dynamic_j - accelerators, tally.idle_j)]

    def _enter(self, end_s: float) -> None:
        """Enter the amounts of a month, or of the part of it that ends then."""
        at_s = nextafter(end_s, 0.0)  # its end belongs to the next month
        for field, accounts in self._by_class.items():
            for account, amount in zip(accounts, self._month[:, PLACES[field]].tolist(), strict=True):
                self._terminal.enter(account, amount, at_s)
        dropped = [float(self._month[:, PLACES[field]].sum()) for field in DROPS]
        for account, amount in zip((*_DROPPED, *_ENERGY), (*dropped, *self._month_mwh.tolist()), strict=True):
            if amount:
                self._terminal.enter(account, amount, at_s)
        self._month[:], self._month_mwh[:] = 0.0, 0.0

    def _rows(self, tally: Tally, energy_mwh: Sequence[float], end_s: float) -> Iterator[dict[str, Any]]:
        """A row for each class: what happened to its requests in an hour."""
        served_s = np.maximum(tally.of("latency_s") - tally.of("wait_s"), 0.0)
        total_s = served_s.sum()
        shares = (served_s / total_s).tolist() if total_s else [1.0 / len(served_s)] * len(served_s)
        sums, waiting_s = tally.sums[:, _PLACES].tolist(), tally.of("waiting_s").tolist()
        for kind, name in enumerate(self._names):
            yield {
                "stream": self._terminal.name,
                "class": name,
                "resolution": self._resolution,
                "begin_s": self._from_s,
                "end_s": end_s,
                "slots": float(self._slots),
                **dict(zip((*SUMS, *TIMES), sums[kind], strict=True)),
                "in_service_s": float(tally.service_s * shares[kind]),
                "waiting_s": waiting_s[kind],
                **{part: float(mwh * shares[kind]) for part, mwh in zip(ENERGIES, energy_mwh, strict=True)},
                **_quantiles(tally.bins[kind]),
            }

    def _bins(self, name: str, measure: str, bins: Array) -> Iterator[dict[str, Any]]:
        """A row for each bin of a histogram that is not empty."""
        for at in np.flatnonzero(bins):
            yield {
                "stream": self._terminal.name,
                "class": name,
                "measure": measure,
                "from_s": float(BIN_EDGES_S[at]),
                "to_s": float(BIN_EDGES_S[at + 1]),
                "requests": float(bins[at]),
            }


def _title(quantile: str) -> str:
    measure, word, _ = quantile.split("_")
    return f"{_TITLES[measure]}, {word}"


def _quantiles(bins: Array) -> dict[str, float]:
    """Quantiles of each measure, from its histogram."""
    found_s = [time_s for each in bins for time_s in quantiles_s(each, tuple(QUANTILES.values()))]
    return dict(zip(_QUANTILE_NAMES, found_s, strict=True))
