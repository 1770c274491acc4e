"""The purchase agreement: what is delivered is paid, whatever dispatch it had."""

from __future__ import annotations

from datetime import UTC, datetime
from math import inf

import numpy as np
import pytest

from sim.books.metered import Metered
from sim.contracts.purchase import PurchaseAgreement
from sim.timeseries.calendar import Calendar
from sim.timeseries.series import StepSeries, constant

CLOCK = Calendar(datetime(2025, 1, 1, tzinfo=UTC), "UTC")


def test_energy_is_paid_at_the_price_and_not_at_the_dispatch_price() -> None:
    edges_s = np.array([0.0, 900.0, 1800.0])
    found = Metered(
        edges_s, np.array([2.0, 5.0]), np.zeros(2), edges_s, np.array([0.0, 900.0, 1800.0]), CLOCK
    )
    price = StepSeries(np.array([0.0, 900.0]), np.array([30.0, 40.0]))
    lines = PurchaseAgreement(price, constant(-5.0)).bill(found)
    assert {line.name for line in lines} == {"PPA cost"}
    assert [line.detail for line in lines] == ["at 30 USD/MWh", "at 40 USD/MWh"]
    assert sum(line.usd for line in lines) == pytest.approx([2 * 30.0, 5 * 40.0])  # a month each


def test_its_ladder_is_its_dispatch_price_and_its_price_divides_what_is_metered() -> None:
    price, dispatch = constant(30.0), constant(-5.0)
    agreement = PurchaseAgreement(price, dispatch)
    (rung,) = agreement.ladder()
    assert (rung.power_mw, rung.usd_per_mwh) == (inf, dispatch)
    assert agreement.prices() == (price,)
