"""The contract: a ladder of dispatch prices on a site, and its bill by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf

import numpy as np
import pytest
from sites import HOUR, amount, at, load, site, steps

from sim.books.closed import Closed, Grain
from sim.books.metered import Metered
from sim.bus.flows import Flow
from sim.contracts.contract import BillLine, Contract, Rung, open_ended, settle
from sim.site import Site
from sim.timeseries.calendar import Calendar
from sim.timeseries.series import Array, StepSeries, constant

JANUARY = Calendar(datetime(2025, 1, 31, 22, tzinfo=UTC), "UTC")
"""Two hours before a month ends."""


@dataclass(frozen=True)
class BlockTariff(Contract):
    """The first megawatts at one price and the rest at another, by the mean of each demand interval."""

    first_mw: float
    first_usd_per_mwh: StepSeries
    rest_usd_per_mwh: StepSeries

    def ladder(self) -> tuple[Rung, ...]:
        """The first block, then the rest."""
        return Rung(self.first_mw, self.first_usd_per_mwh), Rung(inf, self.rest_usd_per_mwh)

    def prices(self) -> Sequence[StepSeries]:
        """Both."""
        return self.first_usd_per_mwh, self.rest_usd_per_mwh

    def bill(self, metered: Metered) -> list[BillLine]:
        """A line for each block."""
        hours = np.diff(metered.edges_s) / HOUR
        first_mwh = np.minimum(metered.drawn_mwh, self.first_mw * hours)
        return [
            BillLine("first block", _usd(metered, first_mwh, self.first_usd_per_mwh)),
            BillLine("rest", _usd(metered, metered.drawn_mwh - first_mwh, self.rest_usd_per_mwh)),
        ]


def _usd(metered: Metered, mwh: Array, price: StepSeries) -> Array:
    return metered.by_month(mwh * price.values_at(metered.edges_s[:-1]))


def connect(here: Site, contract: Contract, limit_mw: float, name: str = "grid") -> list[object]:
    """Draw power up a contract's ladder, within a limit."""
    terminal = here.terminal(name)
    offers = []
    for rung in contract.ladder():
        offer = terminal.offer(rung.usd_per_mwh.value_at(0.0), Flow.IMPORT, Flow.HEADROOM)
        offer.state(min(rung.power_mw, limit_mw - sum(one.mw for one in offers)))
        here.play(rung.usd_per_mwh, offer.reprice)
        offers.append(offer)
    settle(here, terminal, contract, offers)
    return offers


def bill(books: Closed, line: str) -> list[float]:
    """Amounts of a line by month."""
    (posting,) = [one for one in books.postings if one.account.part == line]
    assert posting.account.grain is Grain.MONTH
    return posting.amounts.tolist()


def test_the_second_rung_is_used_after_the_first_and_both_are_billed_by_month() -> None:
    here = site(4.0, calendar=JANUARY)
    bid = load(here, 3.0)
    first, rest = connect(here, BlockTariff(4.0, constant(50.0), constant(90.0)), 100.0)
    seen: list[tuple[float, float, float]] = []
    here.bus.listen(lambda _: seen.append((first.accepted_mw, rest.accepted_mw, here.bus.price_usd_per_mwh)))
    at(here, HOUR, lambda: bid.state(10.0))
    at(here, 3 * HOUR, lambda: bid.state(4.0))
    books = here.run()
    assert [mw[:2] for mw in seen] == [(3.0, 0.0), (4.0, 6.0), (4.0, 0.0)]
    assert seen[1][2] == 90.0
    # January: 3 MW for an hour, then 10 MW for an hour; February: 10 MW, then 4 MW
    assert bill(books, "first block") == pytest.approx([(3 + 4) * 50, (4 + 4) * 50])
    assert bill(books, "rest") == pytest.approx([6 * 90, 6 * 90])
    assert books.parts("cost_usd") == pytest.approx({"first block": 15 * 50, "rest": 12 * 90})


def test_power_between_two_rungs_displaces_the_dearer_one_only() -> None:
    here = site()
    load(here, 10.0)
    first, rest = connect(here, BlockTariff(4.0, constant(50.0), constant(90.0)), 100.0)
    own = here.terminal("gas").offer(70.0)
    own.state(5.0)
    here.run()
    assert (first.accepted_mw, own.accepted_mw, rest.accepted_mw) == (4.0, 5.0, 1.0)


def test_a_change_of_price_divides_what_is_metered() -> None:
    here = site(2.0)
    load(here, 6.0)
    price = steps([0.0, 1000.0, 5000.0], [10.0, 100.0, 40.0])  # none of them at a quarter of an hour
    connect(here, BlockTariff(4.0, price, constant(200.0)), 100.0)
    books = here.run()
    assert amount(books, "first block", "grid") == pytest.approx(4.0 * price.integral(0.0, 7200.0) / HOUR)
    assert amount(books, "rest", "grid") == pytest.approx(2.0 * 2.0 * 200.0)


def test_two_contracts_of_one_site_are_metered_apart() -> None:
    here = site()
    load(here, 10.0)
    connect(here, BlockTariff(4.0, constant(50.0), constant(90.0)), 6.0, "old line")
    connect(here, BlockTariff(3.0, constant(60.0), constant(95.0)), 8.0, "new line")
    books = here.run()
    # in the order of prices: 4 MW at 50, 3 MW at 60, 2 MW at 90, and 1 MW at 95
    found = {
        owner: [amount(books, line, owner) for line in ("first block", "rest")]
        for owner in ("old line", "new line")
    }
    assert found == {
        "old line": pytest.approx([4 * 50.0, 2 * 90.0]),
        "new line": pytest.approx([3 * 60.0, 1 * 95.0]),
    }


def test_amounts_are_added_up_in_the_month_in_which_they_begin() -> None:
    edges_s = np.array([0.0, 100.0, 200.0, 300.0, 400.0])
    nothing = np.zeros(4)
    found = Metered(edges_s, nothing, nothing, edges_s, np.array([0.0, 200.0, 300.0, 400.0]), JANUARY)
    assert found.by_month(np.array([1.0, 2.0, 4.0, 8.0])).tolist() == [3.0, 4.0, 8.0]


def test_an_open_ended_ladder_has_one_rung_without_end() -> None:
    (rung,) = open_ended(constant(35.0))
    assert (rung.power_mw, rung.usd_per_mwh.value_at(1e6)) == (inf, 35.0)
