"""The site: luck by name, series, meters of carbon, progress, and the horizon."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sites import HOUR, amount, at, journal, load, site, source, steps

from sim.books.closed import Closed
from sim.bus.clock import Clock
from sim.bus.flows import Flow
from sim.campus import Battery, GasTurbines, GridConnection, SmallModularReactor, SolarPlant
from sim.contracts.bill import bill_line
from sim.contracts.carbon import meter_carbon
from sim.runs.books_file import BooksFile
from sim.site import Site


def test_the_luck_of_a_name_depends_on_the_name_and_the_seed_alone() -> None:
    def draws(here: Site, name: str) -> list[float]:
        return here.rng(name).random(4).tolist()  # type: ignore[no-any-return] - numpy says Any

    one, crowd = site(seed=3), site(seed=3)
    for other in ("a", "b", "smr/module 1"):
        crowd.rng(other).random(100)
    assert draws(one, "smr/module 2") == draws(crowd, "smr/module 2")
    assert draws(one, "smr/module 2") != draws(one, "smr/module 3")
    assert draws(one, "smr/module 2") != draws(site(seed=4), "smr/module 2")


def test_streams_of_like_names_are_unrelated() -> None:
    here = site()
    draws = np.array([here.rng(f"gas/unit {number}").standard_normal(2000) for number in range(12)])
    related = np.corrcoef(draws) - np.eye(12)
    assert np.abs(related).max() < 0.1  # 4.5 standard errors of 1 / sqrt(2000)


def test_a_series_acts_at_once_and_at_each_change_before_the_horizon() -> None:
    here = site(1.0)
    acted: list[tuple[float, float]] = []
    here.play(
        steps([-50.0, 0.0, 600.0, 1200.0, HOUR], [9.0, 1.0, 1.0, 2.0, 3.0]),
        lambda value: acted.append((here.env.now, value)),
    )
    assert acted == [(0.0, 1.0)]
    here.run()
    assert acted == [(0.0, 1.0), (1200.0, 2.0)]  # 600 s changes nothing, the horizon is not reached


@pytest.mark.parametrize("hours", [1 / 3600, 0.1, 0.25, 1.0, 1.37, 26.01])
def test_a_run_may_have_any_length(hours: float) -> None:
    here = site(hours)
    load(here, 4.0)
    source(here, 3.0)
    books = here.run()
    assert here.env.now == here.horizon_s
    assert books.balance.served_mwh == pytest.approx(3.0 * hours, rel=1e-12)
    assert books.power.edges_s[-1] == here.horizon_s
    means_mw = books.power.means_mw["load"]
    assert means_mw[:-1] == pytest.approx(3.0)
    # the mean of a quarter that the run covers in part is over the whole quarter
    assert means_mw[-1] == pytest.approx(3.0 * (hours - 0.25 * (len(means_mw) - 1)) / 0.25)


def test_progress_is_told_a_hundred_times_and_changes_nothing() -> None:
    def run(told: list[float] | None) -> dict[str, np.ndarray]:
        here = site(7.77)
        bid = load(here, 1.0)
        source(here, 5.0)
        for share in range(1, 100):  # changes at the very instants at which progress is told
            at(here, here.horizon_s * share / 100, lambda share=share: bid.state(share / 10.0))
        books = here.run(None if told is None else told.append)
        return journal(books)

    told: list[float] = []
    with_it, without = run(told), run(None)
    assert told == pytest.approx([share / 100 for share in range(1, 101)])
    assert all(with_it[name].tobytes() == without[name].tobytes() for name in without)


def test_carbon_costs_what_the_site_says() -> None:
    here = Site(site().calendar, HOUR, carbon_usd_per_kg=0.08)
    terminal = here.terminal("grid")
    offer = terminal.offer(60.0, Flow.IMPORT, Flow.HEADROOM)
    offer.state(10.0)
    meter_carbon(here, terminal, lambda rows: rows.accepted_mw(offer) * 400.0)
    load(here, 5.0)
    books = here.run()
    assert amount(books, "carbon_kgco2", "grid") == pytest.approx(2000.0)  # 5 MWh at 400 kg
    assert amount(books, "carbon cost", "grid") == pytest.approx(160.0)


def test_what_is_called_on_closing_finds_the_books_up_to_date() -> None:
    here = site()
    load(here, 5.0)
    found: list[float] = []
    here.on_close(lambda: found.append(here.total_mwh(Flow.UNSERVED, owner="load")))
    here.run()
    assert found == [5.0]


def test_an_event_of_the_user_stands_in_the_table_in_the_order_of_time() -> None:
    here = site()
    load(here, 5.0)
    at(here, 600.0, lambda: here.note("plant", "inspection", "valve 3", 1.5))
    books = here.run()
    assert [event["event"] for event in books.events] == ["shortage", "inspection"]
    assert books.events[1] == {
        "t_s": 600.0, "owner": "plant", "event": "inspection", "detail": "valve 3", "mw": 1.5
    }  # fmt: skip


def _crowd(here: Site, scale: float) -> None:
    """A reactor, gas turbines that fail, a store, a grid connection, sun, and a load that changes oddly."""
    price = {"mean": 55.0, "hourly": [20.0, 90.0] * 12}
    grid = GridConnection(
        import_limit_mw=9.0 * scale,
        import_price_usd_per_mwh=price,
        demand_charge_usd_per_mw_month=900.0,
        interruptions_per_year=600.0,
    )
    grid.start(here, "grid")
    Battery(power_mw=5.0 * scale, energy_mwh=10.0 * scale).start(here, "bess")
    GasTurbines(units=2, unit_mw=8.0 * scale, mttf_h=9.0).start(here, "gas")
    SmallModularReactor(modules=1, module_mw=6.0 * scale, mttf_h=20.0).start(here, "smr")
    SolarPlant(capacity_mw=12.0 * scale).start(here, "sun")
    bid = load(here, 0.0)
    times_s = np.arange(400) * 437.0 * scale
    here.play(steps(times_s, np.random.default_rng(int(scale)).random(400) * 30.0 * scale), bid.state)


def test_two_sites_on_one_clock_give_the_books_that_each_gives_alone() -> None:
    """To the bit: the instants of one leave no trace in the other."""

    def alone(seed: int, scale: float) -> Closed:
        here = site(48.0, seed=seed)
        _crowd(here, scale)
        return here.run()

    clock = Clock()
    pair = [site(48.0, seed=seed, clock=clock) for seed in (3, 4)]
    for here, scale in zip(pair, (1.0, 2.0), strict=True):
        _crowd(here, scale)
    for here in pair:
        here.begin()
    clock.advance_to(48.0 * HOUR)
    together = [here.close() for here in pair]
    for books, (seed, scale) in zip(together, ((3, 1.0), (4, 2.0)), strict=True):
        expected = alone(seed, scale)
        assert books.settlements == expected.settlements > 300
        assert books.events == expected.events
        for name in ("totals", "t_s", "flows", "monthly"):
            assert getattr(books, name).tobytes() == getattr(expected, name).tobytes(), name
        for name, means_mw in books.power.means_mw.items():
            assert means_mw.tobytes() == expected.power.means_mw[name].tobytes(), name
        # all the rest, as it is saved
        assert BooksFile.of(books) == BooksFile.of(expected)


def test_sites_on_one_clock_may_end_at_different_times_and_share_names() -> None:
    clock = Clock()
    short, long = site(1.0, clock=clock), site(2.0, clock=clock)
    for here, mw in ((short, 3.0), (long, 5.0)):
        load(here, mw)
        source(here, 10.0)
        here.begin()
    clock.advance_to(HOUR)
    assert short.close().total_mwh(Flow.SERVED) == 3.0
    clock.advance_to(2 * HOUR)
    assert long.close().total_mwh(Flow.SERVED) == 10.0


def test_who_was_enrolled_is_a_participant_though_it_has_no_terminal_and_is_called_by_its_kind() -> None:
    here = site()
    here.enrol("facility", "facility", "", 2)
    here.enrol("mill", "supply", "wind_mill", 1)
    load(here, 5.0, name="mill")
    facility, mill = here.run().participants
    assert (facility.name, facility.family, facility.unverified) == ("facility", "facility", 2)
    assert (mill.label, mill.kind, mill.unverified) == ("wind mill", "wind_mill", 1)
    assert facility.firm_mw.value_at(0.0) == 0.0


def test_closed_books_stay_as_they_are_while_the_clock_goes_on_for_a_longer_site() -> None:
    """Both sites change every minute, so that many batches are posted; one ends after one day of four."""

    def restless(of: Site) -> Any:
        bid = load(of, 10.0)
        source(of, 50.0)
        minute = 0
        while True:
            yield of.wait_h(1.0 / 60.0)
            minute += 1
            bid.state(10.0 + minute % 2)

    clock = Clock()
    short, long = site(24.0, clock=clock), site(96.0, clock=clock)
    for one in (short, long):
        one.process(restless(one))
        one.begin()
    clock.advance_to(24 * HOUR)
    books = short.close()
    served_mwh, settlements = books.total_mwh(Flow.SERVED), books.settlements
    assert served_mwh == pytest.approx(10.5 * 24.0)
    clock.advance_to(96 * HOUR)
    assert (books.total_mwh(Flow.SERVED), books.settlements) == (served_mwh, settlements)
    assert short.bus.settlements == settlements
    with pytest.raises(ValueError, match="read-only"):
        books.totals += 1.0
    assert long.close().total_mwh(Flow.SERVED) == pytest.approx(10.5 * 96.0)


def test_what_is_posted_to_an_account_is_told_part_by_part() -> None:
    here = site()
    terminal = here.terminal("plant")
    terminal.enter(bill_line("fuel"), 240.0)
    terminal.enter(bill_line("carbon cost"), 720.0)
    found: list[float] = []
    here.on_close(lambda: found.append(here.posted(bill_line("fuel"), "plant")))
    here.run()
    assert found == [240.0]
    assert here.posted(bill_line("wear"), "plant") == 0.0
