"""Records that would be billed otherwise than they say: refused in words that name field and value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builders import told
from tariff_records import hours, record, write

from sim import Campus, simulate
from sim.campus import GridConnection, MeasuredLoad, UrdbTariff
from sim.contracts.urdb_record import read_record

ALWAYS_1 = [hours((24, 1))] * 12
DAYS = {"energyweekdayschedule": ALWAYS_1, "energyweekendschedule": ALWAYS_1}
DEMAND = {"demandweekdayschedule": ALWAYS_1, "demandweekendschedule": ALWAYS_1}
DAILY = [{"rate": 0.1, "max": 24_000, "unit": "kWh daily"}, {"rate": 0.2, "unit": "kWh daily"}]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"energyratestructure": []}, "energyratestructure has no period"),
        ({"energyratestructure": None}, "energyratestructure is missing"),
        ({"energyratestructure": [[{"rate": ""}]]},
         "energyratestructure[0][0].rate = ''; allowed: a finite number in USD/kWh"),
        ({"energyratestructure": [[{"rate": 0.1, "max": 9, "unit": "kWh/kW"}, {"rate": 0.2, "unit": "kWh"}]]},
         "energyratestructure[0][1].unit = 'kWh'; allowed: kWh/kW, the unit of the tier before"),
        ({"energyratestructure": [[{"rate": 0.1, "max": 9}, {"rate": 0.2}], DAILY], **DAYS},
         "energyratestructure has periods in kWh and kWh daily; allowed: one unit"),
        ({"demandratestructure": [[{"rate": 1, "unit": "kW"}], [{"rate": 1, "unit": "kW daily"}]], **DEMAND},
         "demandratestructure has periods in kW and kW daily; allowed: one unit"),
        ({"demandwindow": [15]}, "demandwindow = [15] min; allowed: 15, 30 or 60 min"),
        ({"mincharge": 5, "minchargeunits": ["$/day"]},
         "minchargeunits = ['$/day']; allowed: $/day, $/month, $/year"),
    ],
)  # fmt: skip
def test_a_record_that_cannot_be_billed_as_it_says_is_refused(
    fields: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.json", record(**fields))
    assert told(lambda: read_record(path)) == f"tariff a.json: {message}"


def test_a_number_with_hundreds_of_digits_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", record(energyratestructure=[[{"rate": 10**400}]]))
    assert told(lambda: read_record(path)).endswith("allowed: a finite number in USD/kWh")


def test_the_tiers_of_a_day_count_by_day_though_a_period_at_one_rate_says_no_day(tmp_path: Path) -> None:
    rates = {"energyratestructure": [[{"rate": 0.5, "unit": "kWh"}], DAILY], **DAYS}
    grid = GridConnection(
        import_limit_mw=9.0, tariff=UrdbTariff(file=write(tmp_path / "a.json", record(**rates)))
    )
    campus = Campus(name="a", supply={"grid": grid}, demand={"load": MeasuredLoad(power_mw=2.0)})
    # of 48 MWh each day, 24 MWh at 100 and 24 MWh at 200 USD/MWh
    assert simulate(campus, days=3.0).summary.cost_usd == pytest.approx(3 * 24 * (100 + 200))


def test_demand_in_kva_and_kw_is_one_unit_and_free_demand_any(tmp_path: Path) -> None:
    rates = [
        [{"rate": 0, "unit": "kW"}],
        [{"rate": 1, "unit": "kVA daily"}],
        [{"rate": 1, "unit": "kW daily"}],
    ]
    found = read_record(write(tmp_path / "a.json", record(demandratestructure=rates, **DEMAND)))
    assert {"daily" in period.unit for period in found.demand} == {True}
