"""Every published case, run: each reference within its tolerance, each claim with the verdict it deserves."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from golden import assert_golden, golden

from sim.errors import SpecError
from sim.validation import reproduce
from sim.validation.published import (
    Case,
    Reference,
    ReferenceMissingError,
    Row,
    cases,
    compare,
    data_file,
    inputs,
    reference_table,
    stated,
)

SCENARIOS = Path(__file__).parents[2] / "scenarios"
CASES = [case for case, entry in cases().items() if entry.references]
VERDICTS = {
    "A5: OPT carbon with PUE 1.09": "does not hold",
    "A7: power at work, AI over ordinary": "holds",
    "A7: power with every supply full, AI over ordinary": "does not hold",
    "A10: homes supplied by a year after the ramp": "does not hold",
    "A16: energy of the hall for the same work, before over after": "does not hold",
    "A19: GPT-3 training, electricity and hardware": "holds",
    "A19: share of electricity in the cost of training": "does not hold",
}


@cache
def scripts() -> dict[str, ModuleType]:
    return reproduce.find(SCENARIOS)


@cache
def rows(case: str) -> tuple[Row, ...]:
    (outcome,) = reproduce.run(reproduce.choose(scripts(), [case]))
    if outcome.skipped:
        pytest.skip(outcome.skipped)
    return tuple(outcome.rows)


@pytest.mark.parametrize("case", CASES)
def test_every_reference_of_a_case_is_reproduced_by_running_it(case: str) -> None:
    for row in rows(case):
        if row.reference.kind in {"published", "computed"}:
            assert row.published is not None
            allowed = row.reference.tolerance_abs or (row.reference.tolerance or 0.0) * abs(row.published)
            assert abs(row.simulated - row.published) <= allowed, f"{row.reference.about}: {row.simulated}"
    assert_golden({row.reference.about: row.simulated for row in rows(case)}, golden()["published"][case])


@pytest.mark.parametrize("case", CASES)
def test_every_claim_of_a_case_gets_the_verdict_it_deserves(case: str) -> None:
    for row in rows(case):
        if row.reference.kind == "claim":
            assert row.verdict == VERDICTS[f"{case}: {row.reference.about}"]


def test_gpt3_takes_1287_mwh_and_would_not_pass_at_another_power() -> None:
    ledgers = scripts()["A1"]
    campus = ledgers.training_ledgers("gpt3")
    from sim import simulate

    shifted = campus.with_values({"servers.cluster.busy_w": 8 * 340.0})
    mwh = simulate(shifted, days=15.0).summary.import_mwh
    assert mwh / stated("A1", "gpt3_energy") == pytest.approx(1.032, abs=0.001)  # 340 / 330 x 1.0018


def test_a_lossy_battery_counted_at_its_terminals_would_miss_pymgrids_cost() -> None:
    case = scripts()["B13"]
    try:
        campus = case.microgrid_year(series=data_file(case.SAYS["file"]), inner_limits=False)
    except ReferenceMissingError as missing:
        pytest.skip(str(missing))
    from sim import simulate

    cost = simulate(campus, days=case.SAYS["steps"] / 24.0).summary.cost_usd
    assert abs(cost / stated("B13", "total") - 1.0) > 1e-6


def test_the_outages_of_the_reactor_case_are_those_of_the_record() -> None:
    record = inputs("B12")
    try:
        days, runs = data_file(record["file"]), data_file(record["runs_file"])
    except ReferenceMissingError as missing:
        pytest.skip(str(missing))
    power = _whole_records(days)
    assert len(power) == record["units"]
    assert np.mean(list(power.values())) == pytest.approx(stated("B12", "mean"), abs=0.01)
    running = np.concatenate([unit[unit > 0.0] for unit in power.values()])
    assert running.mean() / 100.0 == pytest.approx(record["running_pu"], abs=5e-5)
    with runs.open(encoding="utf-8", newline="") as file:
        outages = [row for row in csv.DictReader(file) if row["unit"] in power]
    split: dict[bool, list[dict[str, str]]] = defaultdict(list)
    for row in outages:
        split[int(row["days"]) >= record["long_from_d"]].append(row)
    assert len(split[True]) / record["units"] == pytest.approx(record["long_per_year"], abs=1e-3)
    assert len(split[False]) / record["units"] == pytest.approx(record["short_per_year"], abs=1e-3)
    complete = [int(row["days"]) for row in split[True] if row["censored"] == "False"]
    assert np.mean(complete) == pytest.approx(record["long_d"], abs=0.05)
    assert np.mean([int(row["days"]) for row in split[False]]) == pytest.approx(record["short_d"], abs=0.05)


def _whole_records(path: Path) -> dict[str, np.ndarray]:
    """Power of each unit with a whole year, by unit [%]."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    columns = dict(zip(header, zip(*lines, strict=True), strict=True))
    del columns["date"]
    return {unit: np.array(days, dtype=float) for unit, days in columns.items() if all(days)}


def test_the_hand_made_day_has_the_flows_worked_out_on_paper() -> None:
    summary = scripts()["B18"].day().summary
    assert summary.supplied_mwh["source"] == pytest.approx(8 * 10 + 50 + 8 * 3)
    assert summary.charged_mwh["battery"] == pytest.approx(45 / 0.9)
    assert summary.discharged_mwh["battery"] == pytest.approx(45 * 0.9)
    assert summary.import_mwh == pytest.approx(8 * 10 + 80 - 40.5)
    assert summary.cfe_score == pytest.approx(150.375 / 240, rel=1e-12)
    assert summary.annual_matching == pytest.approx(183.875 / 240, rel=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_every_reference_names_its_source_and_unit(case: str) -> None:
    for reference in cases()[case].references.values():
        assert reference.source
        assert reference.unit


def test_a_number_within_its_tolerance_is_reproduced_and_one_beyond_is_missed() -> None:
    reference = Reference(about="energy", unit="MWh", source="a paper", value=100.0, tolerance=0.01)
    assert Row("X", reference, 100.0, 101.0).verdict == "reproduced"
    assert Row("X", reference, 100.0, 101.1).verdict == "MISSED"
    assert Row("X", reference, 100.0, 98.9).verdict == "MISSED"


def test_a_not_a_number_is_a_miss() -> None:
    reference = Reference(about="energy", unit="MWh", source="a paper", value=100.0, tolerance=0.01)
    assert Row("X", reference, 100.0, float("nan")).verdict == "MISSED"


def test_a_tolerance_in_the_references_own_unit_is_taken_as_it_stands() -> None:
    reference = Reference(about="share", unit="%", source="a paper", value=20.0, tolerance_abs=1.0)
    assert Row("X", reference, 20.0, 20.9).tolerance == pytest.approx(1.0)
    assert Row("X", reference, 20.0, 20.9).verdict == "reproduced"
    assert Row("X", reference, 20.0, 21.1).verdict == "MISSED"


def test_an_answer_is_never_a_miss_and_a_claim_never_either() -> None:
    answer = Reference(about="peak", unit="MW", source="none published", kind="answer")
    claim = Reference(about="share", unit="%", source="a talk", value=60.0, tolerance=0.1, kind="claim")
    assert Row("X", answer, None, 1.0).verdict == "answer"
    assert Row("X", claim, 60.0, 5.0).verdict == "does not hold"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kind": "published", "tolerance": 0.1}, "value"),
        ({"kind": "answer", "value": 1.0}, "value"),
        ({"value": 1.0}, "tolerance"),
        ({"value": 1.0, "tolerance": 0.1, "tolerance_abs": 0.1}, "tolerance"),
        ({"value": 1.0, "tolerance": 0.0}, "tolerance"),
    ],
)
def test_a_reference_that_could_not_be_judged_is_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        Reference(**{"about": "energy", "unit": "MWh", "source": "a paper", **wrong})


def test_a_run_must_give_all_references_of_its_case_and_no_others() -> None:
    with pytest.raises(KeyError, match="gpt3_carbon"):
        compare("A1", {"gpt3_energy": 1287.0})
    with pytest.raises(KeyError, match="gpt4_energy"):
        compare("A1", {"gpt3_energy": 1287.0, "gpt3_carbon": 552.1, "gpt4_energy": 1.0})


def test_the_table_says_second_hand_where_the_primary_source_was_not_seen() -> None:
    text = reference_table(compare("A9", {"saving": 20.0}))
    assert " ".join(text.splitlines()[0].split()) == (
        "| case | metric | source | verdict | unit | published | simulated | tolerance |"
    )
    assert text.splitlines()[2].startswith("| A9   | saving on the energy bill, west against east | ")
    assert text.splitlines()[2].endswith(
        "(second hand) | reproduced | %    |     20.00 |     20.00 | 0.1 points |"
    )
    assert "(second hand)" not in reference_table(compare("A1", {"gpt3_energy": 1.0, "gpt3_carbon": 1.0}))


def test_inputs_are_handed_out_as_copies() -> None:
    inputs("A1", "gpt3")["pue"] = 3.0
    assert inputs("A1", "gpt3")["pue"] == 1.10


def test_nothing_published_is_said_where_a_text_asks_for_a_number() -> None:
    with pytest.raises(ValueError, match="nothing is published"):
        stated("A6", "peak")


def test_a_case_knows_no_strange_keys() -> None:
    with pytest.raises(SpecError, match="titel"):
        Case(about="x", titel="y", references={})


def test_missing_reference_data_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DCGRID_DATA", raising=False)
    with pytest.raises(ReferenceMissingError, match=r"a/b\.csv is needed; set DCGRID_DATA"):
        data_file("a/b.csv")
    monkeypatch.setenv("DCGRID_DATA", str(tmp_path))
    with pytest.raises(ReferenceMissingError, match="does not exist"):
        data_file("a/b.csv")
    (tmp_path / "b.csv").write_text("x")
    assert data_file("b.csv") == Path(os.environ["DCGRID_DATA"]) / "b.csv"
