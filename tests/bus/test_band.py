"""The band: a listener is told of the settlements that it waits for, and of no others."""

from __future__ import annotations

from math import inf

from sites import HOUR, at, load, site, source, steps

from sim.bus.band import Band
from sim.site import Site


def priced(hours: float = 1.0) -> Site:
    """A load of 2 MW on a source at 10 USD/MWh, at 30 from 600 s, at 50 from 1,200 s, and at 30 again."""
    here = site(hours)
    load(here, 2.0)
    offer = source(here, 9.0, 10.0)
    here.play(steps([0.0, 600.0, 1200.0, 1800.0], [10.0, 30.0, 50.0, 30.0]), offer.reprice)
    return here


def listening(here: Site, band: Band | None, owner: str = "") -> list[float]:
    """When a listener with this band is told."""
    told: list[float] = []
    here.bus.listen(told.append, owner=owner, band=band)
    return told


def test_a_listener_without_a_band_is_told_of_each_settlement() -> None:
    here = priced()
    told = listening(here, None)
    here.run()
    assert told == [0.0, 600.0, 1200.0, 1800.0]


def test_a_price_within_the_bounds_is_not_told_and_the_bounds_belong_to_them() -> None:
    here = priced()
    band, above = Band(here.bus), Band(here.bus)
    band.bound(30.0, 50.0)
    above.bound(-inf, 30.0)
    told, told_above = listening(here, band), listening(here, above)
    here.run()
    assert told == [0.0]  # 10 is below 30; 30, 50 and 30 are not outside of it
    assert told_above == [0.0, 1200.0]  # the first is told in any case; only 50 is above 30


def test_outside_the_bounds_each_settlement_is_told() -> None:
    here = priced()
    band = Band(here.bus)
    band.bound(-inf, 20.0)
    told = listening(here, band)
    here.run()
    assert told == [0.0, 600.0, 1200.0, 1800.0]


def test_with_the_lowest_price_above_the_highest_each_settlement_is_told() -> None:
    here = priced()
    band = Band(here.bus)
    band.bound(inf, -inf)
    told = listening(here, band)
    here.run()
    assert told == [0.0, 600.0, 1200.0, 1800.0]


def test_another_size_or_another_use_of_a_block_is_told_and_that_of_others_is_not() -> None:
    here = site()
    bid, cheap, dear = load(here, 2.0), source(here, 1.0, 0.0, "cheap"), source(here, 9.0, 20.0, "dear")
    told = listening(here, Band(here.bus, [bid, dear]))
    only_dear = listening(here, Band(here.bus, [dear]))
    at(here, 600.0, lambda: cheap.state(1.5))  # dear gives 0.5 MW in place of 1 MW
    at(here, 1200.0, lambda: dear.state(8.0))  # another size, the same use
    at(here, 1800.0, lambda: cheap.state(2.0))  # dear gives nothing
    at(here, 2400.0, lambda: cheap.state(3.0))  # neither changes
    at(here, 3000.0, lambda: bid.state(2.5))  # the load alone
    here.run()
    assert told == [0.0, 600.0, 1200.0, 1800.0, 3000.0]
    assert only_dear == [0.0, 600.0, 1200.0, 1800.0]


def test_it_tells_the_size_and_the_accepted_power_of_offers_and_bids() -> None:
    here = site()
    bid, offer = load(here, 5.0), source(here, 3.0, 1.0)
    band = Band(here.bus, [bid, offer])
    found: list[tuple[list[float], list[float]]] = []
    here.bus.listen(lambda _: found.append((band.sizes_mw(), band.powers_mw())), band=band)
    at(here, 600.0, lambda: offer.state(7.0))
    here.run()
    assert found == [([5.0, 3.0], [3.0, 3.0]), ([5.0, 7.0], [5.0, 5.0])]


def test_before_the_clock_starts_it_tells_nothing() -> None:
    here = site()
    band = Band(here.bus, [load(here, 5.0)])
    assert band.is_left()
    assert (band.sizes_mw(), band.powers_mw()) == ([], [])


def test_a_band_that_was_opened_is_told_once() -> None:
    here = priced()
    band = Band(here.bus)
    told = listening(here, band)
    at(here, 700.0, band.open)  # nothing is settled then
    here.run()
    assert told == [0.0, 1200.0]


def test_a_listener_that_takes_part_again_is_told() -> None:
    here = priced()
    told = listening(here, Band(here.bus), "source")
    terminal = here.bus.terminals["source"]
    at(here, 650.0, lambda: here.bus.set_aside(terminal, is_aside=True))
    at(here, 1300.0, lambda: here.bus.set_aside(terminal, is_aside=False))
    here.run()
    assert told == [0.0, 1300.0]
    assert here.bus.settlements == 6  # 0, 600, 650, 1200, 1300 and 1800 s


def test_a_mover_with_a_band_advances_at_each_settlement_and_is_told_of_some() -> None:
    class Mover:
        """Notes when it is called."""

        def __init__(self) -> None:
            self.advanced: list[float] = []
            self.told: list[float] = []

        def advance(self, now_s: float) -> None:
            self.advanced.append(now_s)

        def settled(self, now_s: float) -> None:
            self.told.append(now_s)

    here, mover = priced(), Mover()
    band = Band(here.bus)
    band.bound(-inf, 40.0)
    here.bus.add_mover(mover, band=band)
    here.run()
    assert mover.advanced == [0.0, 600.0, 1200.0, 1800.0]
    assert mover.told == [0.0, 1200.0]
    assert here.env.now == HOUR
