"""A sweep says which batteries have prices that derive from their size and differ between its points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sim import Campus, SweepResult, sweep
from sim.sweeps.derived_prices import derived_prices

BY_HOUR = {"base": 45.0, "windows": [{"value": 110.0, "from_hour": 8, "to_hour": 20}]}
HELD = {"charge_below_usd_per_mwh": 50.0, "discharge_above_usd_per_mwh": 100.0}
NOTE = (
    "The prices at which store charges and discharges derive from its size and may differ between points. "
    "To hold them, set charge_below_usd_per_mwh and discharge_above_usd_per_mwh."
)


def site(price: Any = None, **store: Any) -> Campus:
    """A load with a battery behind a connection with a dear day."""
    return Campus(
        name="site",
        supply={
            "grid": {"kind": "grid", "import_limit_mw": 9.0, "import_price_usd_per_mwh": price or BY_HOUR},
            "store": {"kind": "battery", "power_mw": 2.0, "energy_mwh": 4.0, **store},
        },
        demand={"hall": {"kind": "measured_load", "power_mw": 5.0}},
    )


SIZES = [{"supply.store.energy_mwh": mwh} for mwh in (4.0, 20.0)]


@pytest.mark.parametrize(
    ("base", "values", "names"),
    [
        (site(), SIZES, ("store",)),
        (site(), [{"supply.store.wear_usd_per_mwh": usd} for usd in (0.0, 5.0)], ()),
        (site(charge_below_usd_per_mwh=50.0), SIZES, ("store",)),
        (site(**HELD), SIZES, ()),
        (site(strategy={"kind": "outage_reserve"}), SIZES, ()),
        (site(60.0), SIZES, ()),  # all hours cost the same
    ],
)
def test_a_battery_is_named_if_its_prices_follow_what_varies(
    base: Campus, values: list[dict[str, float]], names: tuple[str, ...]
) -> None:
    campuses = [base.with_values(one) for one in values]
    assert derived_prices(campuses) == names
    assert derived_prices([campus.to_dict() for campus in campuses]) == names
    assert derived_prices([campuses[0], None]) == ()


def test_the_table_and_the_page_say_it_also_when_read_again(tmp_path: Path) -> None:
    found = sweep(site(), over=SIZES, days=1.0, jobs=1, out=tmp_path / "out")
    again = SweepResult.load(tmp_path / "out")
    for one in (found, again):
        assert NOTE in " ".join(str(one).split())
        assert NOTE in one.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    held = sweep(site(**HELD), over=SIZES, days=1.0, jobs=1)
    assert "derive" not in str(held)
