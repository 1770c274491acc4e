"""The section of the report by month."""

from __future__ import annotations

import pytest
from builders import serve

from sim import Campus, Result, simulate
from sim.campus import GridConnection, MeasuredLoad, MeasuredSource
from sim.report.terminal import to_terminal


def run(start: str, days: float) -> Result:
    campus = Campus(
        name="months",
        start=start,
        timezone="UTC",
        supply={"grid": GridConnection(import_limit_mw=1000.0, import_price_usd_per_mwh=80.0)},
        demand={"hall": MeasuredLoad(power_mw=1200.0)},
    )
    return simulate(campus, days=days)


def test_a_run_within_a_month_has_no_section_by_month() -> None:
    assert "By month" not in run("2025-01-01T00:00:00+00:00", 31).report()


def test_the_months_are_the_last_section_and_at_most_100_columns_wide() -> None:
    text = run("2025-01-01T00:00:00+00:00", 59).report()
    head, _, section = text.rpartition("\n## ")
    assert section.startswith("By month\n")
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if "2025" in line
    ]
    # January: 744 h x 1,000 MW served, 744 h x 200 MW unserved, 744,000 MWh x 80 USD/MWh
    assert rows[0] == [
        "2025-01",
        "1,200",
        "-17 %",
        "-100 %",
        "744,000",
        "0",
        "148,800",
        "0",
        "59,520,000",
    ]
    assert rows[1][4:] == ["672,000", "0", "134,400", "0", "53,760,000"]
    assert max(map(len, section.splitlines())) <= 100
    # the grid delivers it all; its energy charge is 744,000 MWh x 80 USD/MWh
    assert rows[2] == ["2025-01", "744,000"]
    assert rows[4] == ["2025-01", "59,520,000"]
    assert "in part" not in section
    assert head.startswith("# months\n")


def test_a_month_that_is_covered_in_part_is_said_to_be() -> None:
    assert "covers a month at its beginning or end in part" in " ".join(
        run("2025-01-15T00:00:00+00:00", 30).report().split()
    )


@pytest.mark.parametrize("width", [60, 80])
def test_on_a_terminal_no_line_of_the_section_is_wider(width: int) -> None:
    shown = to_terminal(run("2025-01-01T00:00:00+00:00", 365).document(), width)
    assert max(map(len, shown.splitlines())) <= width


def test_a_run_of_many_years_names_the_command_that_writes_all_months() -> None:
    text = run("2025-01-01T00:00:00+00:00", 4 * 365).report()
    assert "The run has 48 months" in text
    assert "dcgrid show --csv" in text


def test_sources_whose_names_begin_alike_have_a_column_each() -> None:
    plants = {f"reactor_north_{number}": MeasuredSource(power_mw=float(number)) for number in (1, 2)}
    text = serve(5.0, plants, days=59).report()
    (row,) = [line for line in text.splitlines() if line.startswith("| 2025-01") and line.count("|") == 4]
    assert [cell.strip() for cell in row.split("|")[1:-1]] == [
        "2025-01",
        "1,488",
        "744",
    ]  # 2 and 1 MW for 744 h
