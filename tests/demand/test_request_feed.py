"""The request feed: what a stream draws as power comes and goes, in windows."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from math import fsum, inf, nextafter
from typing import Any

import numpy as np
import pytest
from replicas import replica

from sim.demand.facility import Facility
from sim.demand.hall import Hall
from sim.demand.request_feed import Levels, RequestFeed
from sim.requests.arrivals import Requests
from sim.requests.request_class import RequestClass
from sim.serving.exact import ExactStream
from sim.serving.replica import Replica
from sim.serving.replicas import Autoscaling, Replicas
from sim.serving.tally import FIELDS, Tally
from sim.site import Site
from sim.timeseries.calendar import Calendar
from sim.timeseries.series import Array

REPLICA = replica(gpu_limit_w=700.0, boot_min=2.0)
IDLE_MW, MOST_MW = 0.02, 0.06  # ten replicas of 2 to 6 kW
PLENTY_MW = 1.0
WORTH = 50.0


class Stand:
    """A stream on a bus whose power changes, run to its end.

    Attributes:
        posts: What was told of the stream, and when.
        received: Time and power after each settlement.
        owed_j: What the feed owed after each settlement.
    """

    def __init__(
        self,
        *power: tuple[float, float],
        gap_s: float = 0.08,
        tokens: int = 100,
        until_s: float = 1200.0,
        window_s: float = 60.0,
        classes: tuple[RequestClass, ...] | None = None,
        offer_price: float = 10.0,
        aside: tuple[tuple[float, bool], ...] = (),
        scaling: Autoscaling | None = None,
        steps: tuple[float, ...] = (),
        is_random: bool = False,
        unit: Replica = REPLICA,
    ) -> None:
        self.site = Site(Calendar(datetime(2025, 1, 1, tzinfo=UTC), "UTC"), until_s)
        hall = Hall(self.site, Facility(pue=1.25, firm_worth_usd_per_mwh=3000.0))
        offer = self.site.terminal("plant").offer(offer_price)
        for at_s, mw in power:
            self.site.env.call_at(at_s, lambda _, mw=mw: offer.state(mw * 1.25))
        kinds = classes or (RequestClass(prompt_tokens=1, output_tokens=1),)
        batch = [at for at, one in enumerate(kinds) if one.is_batch]
        firm = len(kinds) - len(batch)
        latest = tuple((firm + n, at, 3600.0 * (kinds[at].deadline_h or 0.0)) for n, at in enumerate(batch))
        levels = Levels(firm, tuple(firm + n + 1 for n in range(len(batch))), latest, steps)
        self.feed = hall.feed(
            "s", *[WORTH] * len(batch), lower_firm_usd_per_mwh=[1000.0 - at for at in range(len(steps))]
        )
        at_s = np.arange(gap_s, until_s, gap_s)
        if is_random:
            at_s = np.sort(np.random.default_rng(3).choice(at_s, len(at_s)))
        requests = iter([self._requests(at_s, tokens, len(kinds))])
        self.stream = ExactStream(unit, kinds, requests)
        self.replicas = Replicas(unit, 10, scaling)
        self.posts: list[tuple[Tally, float]] = []
        self.received: list[tuple[float, float]] = []
        self.owed_j: list[float] = []
        self.begins: list[float] = []
        self.driver = RequestFeed(
            self.site.bus,
            self.feed,
            self.stream,
            self.replicas,
            levels,
            window_s=window_s,
            edges_s=[*np.arange(300.0, until_s, 300.0).tolist(), until_s],
            post=lambda tally, at_s: self.posts.append((tally, at_s)),
            begin=self.begins.append,
        )
        self.site.on_close(lambda: self.driver.close(until_s))
        self.site.bus.listen(self._look)
        for at_s, is_aside in aside:
            self.site.env.call_at(
                at_s, lambda _, out=is_aside: self.site.bus.set_aside(self.feed.terminal, out)
            )
        self.site.run()

    @staticmethod
    def _requests(at_s: Array, tokens: int, kinds: int) -> Requests:
        kind = np.arange(len(at_s)) % kinds
        return Requests(at_s, kind, np.ones(len(at_s)), np.full(len(at_s), float(tokens)))

    def _look(self, now_s: float) -> None:
        self.received.append((now_s, -self.feed.terminal.power_mw / 1.25 * 1e6))
        self.owed_j.append(self.driver.owed_j)

    def received_j(self) -> float:
        ends = [*self.received[1:], (self.site.horizon_s, 0.0)]
        return fsum(
            abs(watts) * (end_s - at_s) for (at_s, watts), (end_s, _) in zip(self.received, ends, strict=True)
        )

    def of(self, field: str) -> list[float]:
        return self.stream.tally().of(field).tolist()

    def received_w(self, at_s: float) -> float:
        return abs([watts for begin_s, watts in self.received if begin_s <= at_s][-1])


def test_with_power_for_all_it_draws_the_mean_of_each_window() -> None:
    one = Stand((0.0, PLENTY_MW), gap_s=100.0, tokens=500)
    # alone a request of 500 tokens lasts 10 s; shared by ten replicas it draws 1 kW above idle
    assert [round(one.received_w(minute * 60.0 + 30.0) - 20_000.0, 6) for minute in range(5)] == [
        0.0,
        pytest.approx(1000.0 * 10 / 60),
        0.0,
        pytest.approx(1000.0 * 10 / 60),
        0.0,
    ]
    assert one.received_j() == pytest.approx(one.stream.energy_j, rel=1e-12)
    assert max(map(abs, one.owed_j)) < 1e-3


SHORTAGES = {
    "in the middle of windows": ((0.0, PLENTY_MW), (130.0, 0.03), (555.5, PLENTY_MW)),
    "from the start": ((0.0, 0.03), (301.0, PLENTY_MW)),
    "again and again": (
        (0.0, PLENTY_MW),
        *((60.0 * n + 7.0 * (n % 5), 0.025 + 0.02 * (n % 3)) for n in range(1, 12)),
        (800.0, PLENTY_MW),
    ),
    "just before an hour": ((0.0, PLENTY_MW), (150.0, 0.03), (nextafter(300.0, 0.0), PLENTY_MW)),
    "below idle power": ((0.0, PLENTY_MW), (130.0, 0.009), (333.3, PLENTY_MW)),
    "of everything": ((0.0, PLENTY_MW), (130.0, 0.0), (333.3, PLENTY_MW)),
}


@pytest.mark.parametrize("power", SHORTAGES.values(), ids=SHORTAGES)
@pytest.mark.parametrize("steps", [(), (0.02, 0.02)], ids=["plain", "steps"])
def test_the_energy_of_requests_and_idle_replicas_is_that_received(
    power: tuple[tuple[float, float], ...], steps: tuple[float, ...]
) -> None:
    one = Stand(*power, steps=steps, is_random=True)
    assert one.received_j() == pytest.approx(one.stream.energy_j, rel=1e-9)
    assert one.driver.owed_j == pytest.approx(0.0, abs=1e-3)
    most_j = 1e6 * (MOST_MW - IDLE_MW) * 60.0  # a window of all that changes
    assert max(map(abs, one.owed_j)) <= most_j
    gone = sum(one.of(field)[0] for field in ("served", "timed_out", "refused", "cut"))
    assert one.of("arrived")[0] == gone + one.stream.in_service + one.stream.waiting


def test_no_debt_is_settled_in_a_moment() -> None:
    # the request of 241 s is served until 251 s, and of its 10 kJ most is owed when power fails at 252 s; the
    # first window after 260 s is as short as the boot
    unit = REPLICA.with_values({"boot_min": 0.001})
    power = (0.0, PLENTY_MW), (252.0, 0.0), (260.0, PLENTY_MW)
    one = Stand(*power, gap_s=241.0, tokens=500, unit=unit)
    assert max(one.owed_j) > 7000.0
    assert one.driver.owed_j == pytest.approx(0.0, abs=1e-3)
    assert max(abs(watts) for _, watts in one.received) <= 1e6 * (2.0 * MOST_MW - IDLE_MW)


def test_what_is_offered_is_never_exceeded_and_used_while_requests_wait() -> None:
    one = Stand((0.0, PLENTY_MW), (130.0, 0.03), (900.0, PLENTY_MW), gap_s=0.02, tokens=200)
    for at_s, watts in one.received:
        if 130.0 <= at_s < 900.0:
            assert abs(watts) <= 0.03e6 * (1 + 1e-9)
    assert one.received_w(600.0) == pytest.approx(0.03e6, rel=0.01)


def test_replicas_that_fail_serve_again_a_boot_time_after_power_returns() -> None:
    one = Stand((0.0, PLENTY_MW), (130.0, 0.0), (500.0, PLENTY_MW), window_s=20.0)
    assert one.received_w(130.0) == 0.0
    assert one.of("cut")[0] > 0.0
    # 2 min without requests: idle power, and what the window that was cut still owes
    owing = 1e6 * (MOST_MW - IDLE_MW)
    assert 20_000.0 - owing <= one.received_w(500.0) <= 20_000.0 + owing
    assert one.received_w(560.0) == pytest.approx(20_000.0)
    assert one.received_w(619.9) == pytest.approx(20_000.0)
    assert one.received_w(620.0) > 30_000.0
    assert one.stream.serving == 10


def test_no_replica_fails_for_the_sake_of_a_debt() -> None:
    # at 252 s some 8 kJ are owed; of 20.1 kW from then on 20 kW keep replicas idle
    one = Stand((0.0, PLENTY_MW), (252.0, 0.0201), gap_s=241.0, tokens=500, until_s=360.0)
    assert max(one.owed_j) > 7000.0
    assert one.driver.owed_j == pytest.approx(0.0, abs=1e-3)  # 48 s of 100 W and 60 s of 53.3 W settle it
    assert (one.stream.serving, one.of("cut")[0]) == (10, 0.0)


def test_a_part_of_the_replicas_stays_where_idle_power_is_short_and_the_others_wait_to_boot() -> None:
    one = Stand((0.0, PLENTY_MW), (130.0, 0.011), until_s=1100.0)
    assert (one.stream.serving, one.replicas.booting) == (5, 5)


FIRM = RequestClass(prompt_tokens=1, output_tokens=1)
BATCH = RequestClass(prompt_tokens=1, output_tokens=1, deadline_h=0.2, worth_usd_per_mwh=WORTH)


def test_while_power_costs_more_than_it_is_worth_batch_waits_and_others_do_not_notice() -> None:
    dear = Stand((0.0, PLENTY_MW), classes=(FIRM, BATCH), offer_price=60.0, until_s=600.0)
    alone = Stand((0.0, PLENTY_MW), classes=(FIRM,), gap_s=0.16, until_s=600.0)
    cheap = Stand((0.0, PLENTY_MW), classes=(FIRM, BATCH), offer_price=40.0, until_s=600.0)
    assert dear.of("served")[1] == 0.0
    assert cheap.of("served")[1] > 3700.0
    assert dear.of("served")[0] > 3700.0
    assert dear.of("wait_s")[0] == 0.0
    assert dear.received_j() == pytest.approx(dear.stream.energy_j, rel=1e-9)
    speeds = dear.of("latency_s")[0] / dear.of("served")[0], alone.of("latency_s")[0] / alone.of("served")[0]
    assert speeds[0] == pytest.approx(speeds[1], rel=1e-2)


@pytest.mark.parametrize("deadline_h", [0.01, 0.1])
def test_batch_starts_before_its_deadline_whatever_power_costs(deadline_h: float) -> None:
    batch = BATCH.with_values({"deadline_h": deadline_h})
    one = Stand((0.0, PLENTY_MW), classes=(FIRM, batch), offer_price=60.0)
    started, wait_s = one.of("started")[1], one.of("wait_s")[1]
    assert started > 4000.0
    if deadline_h == 0.01:  # 36 s: within the first window
        early = Stand((0.0, PLENTY_MW), classes=(FIRM, batch), offer_price=60.0, until_s=60.0)
        assert early.of("started")[1] > 0.0
    assert wait_s / started <= deadline_h * 3600.0
    assert one.stream.oldest_s(1) + deadline_h * 3600.0 >= 1200.0


def test_a_stream_out_of_service_loses_its_requests_and_those_that_come() -> None:
    one = Stand((0.0, PLENTY_MW), aside=((130.0, True), (700.0, False)), gap_s=1.0, tokens=300)
    assert one.of("arrived")[0] == 129 + 500  # before 130 s, from 700 s on
    assert one.of("cut")[0] == 6.0  # each lasts 6 s
    assert [at_s for _, at_s in one.posts] == [130.0, 900.0, 1200.0]
    assert one.begins == [700.0]
    assert [tally.of("arrived")[0] for tally, _ in one.posts] == [129.0, 200.0, 300.0]
    assert one.received_w(400.0) == 0.0
    assert one.received_j() == pytest.approx(one.stream.energy_j, rel=1e-6)


def test_a_stream_that_enters_service_late_begins_as_if_the_run_began() -> None:
    scaling = Autoscaling(every_s=50.0, hold_min=3.0)
    unit = REPLICA.with_values({"sleep_w": 0.0})
    one = Stand((0.0, PLENTY_MW), aside=((0.0, True), (410.0, False)), gap_s=1.0, scaling=scaling, unit=unit)
    assert one.of("arrived")[0] == 790
    assert one.of("cut")[0] == 0.0
    assert one.received_w(420.0) >= 20_000.0  # all serve
    assert one.stream.serving == 1  # enough, after the hold time


def test_a_stream_that_leaves_service_for_good_has_told_everything() -> None:
    one = Stand((0.0, PLENTY_MW), aside=((130.0, True),), gap_s=1.0, tokens=300)
    told = sum((tally.sums for tally, _ in one.posts), np.zeros((1, len(FIELDS))))
    assert told.tolist() == one.stream.tally().sums.tolist()
    assert one.of("arrived")[0] == one.of("served")[0] + one.of("cut")[0] == 129.0


@pytest.mark.parametrize("power", SHORTAGES.values(), ids=SHORTAGES)
def test_hours_add_up_to_the_run(power: tuple[tuple[float, float], ...]) -> None:
    one = Stand(*power)
    assert [at_s for _, at_s in one.posts] == [300.0, 600.0, 900.0, 1200.0]
    told = sum((tally.sums for tally, _ in one.posts), np.zeros((1, len(FIELDS))))
    assert told == pytest.approx(one.stream.tally().sums)
    joules = fsum(tally.idle_j + tally.dynamic_j for tally, _ in one.posts)
    assert joules == pytest.approx(one.stream.energy_j)


def test_windows_change_no_bit_of_the_requests_where_power_is_not_short() -> None:
    made = [Stand((0.0, PLENTY_MW), window_s=window_s) for window_s in (60.0, 7.0, 1200.0)]
    sums = {one.stream.tally().sums.tobytes() for one in made}
    assert len(sums) == 1
    assert made[1].received_j() == pytest.approx(made[0].received_j(), rel=1e-12)
    for before, after in pairwise(made[1].received):
        assert after[0] - before[0] <= 7.0


def test_what_a_window_gives_up_first_is_the_power_of_a_higher_clock() -> None:
    levels = Levels(1, (), (), (0.02, 0.02))
    assert levels.urgent_ranks(_Nobody(), 60.0) == 1
    one = Stand((0.0, PLENTY_MW), steps=(0.02, 0.02))
    above_w = one.received_w(600.0) - 20_000.0
    blocks = [block.accepted_mw / 1.25 * 1e6 for block in (one.feed.firm, *one.feed.flexible)]
    assert blocks[1:] == pytest.approx([0.02 * above_w] * 2, rel=0.05)


class _Nobody:
    """A stream without requests."""

    now_s = 0.0

    def oldest_s(self, kind: int) -> float:  # noqa: ARG002 - none of any kind
        return inf

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)
