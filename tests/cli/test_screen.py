"""Reports on a screen: nothing wider than the terminal, and nothing lost."""

from __future__ import annotations

import re

import pytest

from sim import simulate
from sim.campus import Battery, Campus, GridConnection, MeasuredLoad, SolarPlant
from sim.cli.screen import fitted

TABLE = """\
| modules | peak_mw | cost_usd |
| ------: | ------: | -------: |
|       1 |     161 |   12,345 |
|       2 |     162 |   54,321 |"""


def test_what_fits_is_printed_as_it_is() -> None:
    assert fitted(TABLE, 32) == TABLE


def test_a_table_loses_its_bars_before_its_lines_break() -> None:
    heads = fitted(TABLE, 31).splitlines()
    assert heads == ["modules  peak_mw  cost_usd", "      1      161    12,345", "      2      162    54,321"]
    assert fitted(TABLE, 25).splitlines()[1] == "      1     161   12,345"  # 7 + 7 + 8 + 2 blanks


def test_a_table_too_wide_comes_in_pieces_that_each_say_what_their_rows_are() -> None:
    assert fitted(TABLE, 20).split("\n\n") == [
        "modules  peak_mw\n      1      161\n      2      162",
        "modules  cost_usd\n      1    12,345\n      2    54,321",
    ]
    assert fitted(TABLE, 10, keys=1).count("\n\n") == 1  # a column that does not fit stands alone


def test_a_bar_in_a_name_divides_no_column() -> None:
    table = TABLE.replace("|       1 |", "|    a\\|b |")
    assert fitted(table, 30).splitlines()[1].split() == ["a\\|b", "161", "12,345"]


@pytest.mark.parametrize("columns", [60, 80])
def test_a_report_is_refitted_without_losing_a_word(columns: int) -> None:
    campus = Campus(
        name="a campus",
        supply={
            "grid": GridConnection(import_limit_mw=3.0, import_price_usd_per_mwh=60.0),
            "solar_of_the_north": SolarPlant(capacity_mw=12.0),
            "battery": Battery(power_mw=5.0, energy_mwh=20.0),
        },
        demand={"hall": MeasuredLoad(power_mw=8.0)},
    )
    report = simulate(campus, days=7).report()
    shown = fitted(report, columns)
    assert max(map(len, report.splitlines())) > columns >= max(map(len, shown.splitlines()))
    words = set(report.split()) - {"|"}
    assert {word for word in words if not re.fullmatch("-+:?", word)} <= set(shown.split())
