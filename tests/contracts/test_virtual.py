"""The virtual agreement: strike less index for the energy of a source, a profile or a power."""

from __future__ import annotations

from typing import Any

import pytest
from agreements import lines, month, quantities
from builders import told

from sim.campus import VirtualAgreement
from sim.contracts.agreement import Agreement

H = 31 * 24.0  # hours of January


def hedge(**values: Any) -> VirtualAgreement:
    return VirtualAgreement(**{"price_usd_per_mwh": 50.0, "index_usd_per_mwh": 30.0, **values})


def bill(**values: Any) -> dict[str, float]:
    return lines(month({"ppa": hedge(**values)}, load_mw=6.0))


def test_what_a_source_delivers_is_settled_and_not_what_it_offers() -> None:
    assert bill(source="plant") == pytest.approx({"strike": 6 * H * 50, "index": -6 * H * 30})


def test_a_share_of_a_source_is_settled() -> None:
    assert bill(source="plant", share_pu=0.5) == pytest.approx({"strike": 3 * H * 50, "index": -3 * H * 30})


def test_the_output_of_a_plant_elsewhere_is_settled() -> None:
    sun = {"base": 0.0, "windows": [{"value": 40.0, "from_hour": 6, "to_hour": 18}]}
    assert bill(power_mw=sun) == pytest.approx({"strike": 40 * H / 2 * 50, "index": -40 * H / 2 * 30})


def test_a_constant_power_is_settled_and_no_power_flows() -> None:
    result = month({"ppa": hedge(contracted_mw=20.0)}, load_mw=6.0)
    assert lines(result) == pytest.approx({"strike": 20 * H * 50, "index": -20 * H * 30})
    assert result.summary.energy_mwh == pytest.approx(6 * H)
    assert result.summary.import_mwh == 0.0


def test_above_the_strike_the_buyer_receives_and_below_it_pays() -> None:
    # 30 USD/MWh by night and 90 by day against 50: 20 are paid and 40 received
    index = {"base": 30.0, "windows": [{"value": 90.0, "from_hour": 6, "to_hour": 18}]}
    found = bill(contracted_mw=10.0, index_usd_per_mwh=index)
    assert found == pytest.approx(
        {
            "strike": 10 * H * 50,
            "index, at 30 USD/MWh": -10 * H / 2 * 30,
            "index, at 90 USD/MWh": -10 * H / 2 * 90,
        }
    )
    assert sum(found.values()) == pytest.approx(10 * H / 2 * (20 - 40))


def test_a_negative_index_is_paid_on_top_of_the_strike() -> None:
    assert bill(contracted_mw=10.0, index_usd_per_mwh=-15.0) == pytest.approx(
        {"strike": 10 * H * 50, "index": 10 * H * 15}
    )


def test_an_index_of_many_prices_has_a_line_with_the_mean_of_the_month() -> None:
    # hourly 1 to 48 USD/MWh and so on through the month: the mean over 744 hours is 372.5
    values = [1.0 + hour for hour in range(744)]
    index = {"times_s": [3600.0 * hour for hour in range(744)], "values": values}
    found = bill(contracted_mw=10.0, index_usd_per_mwh=index)
    assert found["index, mean rate"] == pytest.approx(-10 * H * 372.5)


def test_it_begins_rises_and_ends() -> None:
    result = month({"ppa": hedge(contracted_mw=8.0, ramp_in_d=10.0, begins=5.0)})
    # ten days of 4 MW on average, and 16 of 8
    assert quantities(result)["strike"] == pytest.approx((40 + 16 * 8) * 24)
    ended = month({"ppa": hedge(contracted_mw=8.0, begins="2024-01-11", term_years=1)})
    assert quantities(ended) == pytest.approx({"strike": 8 * 240.0, "index": 8 * 240.0})


def test_wrong_agreements_are_refused() -> None:
    assert told(lambda: Agreement.build({"kind": "virtual", "price_usd_per_mwh": 50.0})).startswith(
        "virtual: index_usd_per_mwh is missing"
    )
    assert told(hedge) == ("virtual: contracted_mw = 0.0 MW; allowed: above 0 MW without source and power_mw")
    assert told(lambda: hedge(source="plant", power_mw=3.0)) == (
        "virtual: source = 'plant'; allowed: none with power_mw: the energy is that of one of them"
    )
    assert told(lambda: month({"ppa": hedge(source="grid")}, days=1.0)) == (
        "agreements.ppa: source = 'grid' delivers no power of its own; allowed: a source that does"
    )
