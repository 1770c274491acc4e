"""The glossary defines every word of a report, every reason and every metric of the summary."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from requests_run import busy

from sim import Campus, Result, Scenario, simulate
from sim.books.causes import CAPACITY, ECONOMIC, NO_EXPORT, PRICE
from sim.plant.commitment import START_UP
from sim.plant.outages import FORCED_OUTAGE, PLANNED_OUTAGE
from sim.plant.ramp import MINIMUM_LEVEL, RAMP_LIMIT
from sim.plant.store import STORAGE_FULL
from sim.report.document import Document, Heading, Items, Table
from sim.report.phrases import DROPS
from sim.report.requests import requests
from sim.runs.requests import TOLD
from sim.runs.run import JOB_COLUMNS, MOMENTS
from sim.runs.summary import Summary
from sim.supply.grid import EXPORT_LIMIT, GRID_ORDER, GRID_OUTAGE, IMPORT_LIMIT
from sim.supply.reactor import REFUELLING

ROOT = Path(__file__).parents[1]
GLOSSARY = " ".join((ROOT / "GLOSSARY.md").read_text(encoding="utf-8").split())
METRICS = set(re.findall(r"`(\w+)`", GLOSSARY))
DEFINED = {
    word.lower() for pair in re.findall(r"\*\*([^*]+)\*\*|\"([^\"]+)\"", GLOSSARY) for word in pair
} - {""}
SECTIONS = set(
    re.findall(r"^## (.+)$", (ROOT / "GLOSSARY.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
)
UNSERVED = (FORCED_OUTAGE, PLANNED_OUTAGE, REFUELLING, GRID_OUTAGE, GRID_ORDER, START_UP, IMPORT_LIMIT, PRICE)
CURTAILED = (MINIMUM_LEVEL, RAMP_LIMIT, ECONOMIC, STORAGE_FULL, EXPORT_LIMIT, NO_EXPORT)


def words_of(report: Document) -> set[str]:
    """The labels of a report, the heads of its tables, and the names of its peaks."""
    items = {item.label for part in report.parts if isinstance(part, Items) for item in part.items}
    tables = [part for part in report.parts if isinstance(part, Table)]
    peaks = {row[0] for table in tables if table.heads[0] == "peak MW" for row in table.rows}
    # heads of the tables by month are names of sources and lines of the bill
    named = [table for table in tables if table.heads[0] == "month" and table.heads[1] != "peak MW"]
    return items | peaks | {head for table in tables if table not in named for head in table.heads}


@pytest.fixture(scope="module")
def flagship() -> Result:
    """A run that reaches into a second month, so that the report has its months."""
    return simulate(Scenario.open(ROOT / "scenarios" / "ai_campus.py").build(), days=32)


@pytest.mark.parametrize("metric", [field.name for field in fields(Summary)])
def test_every_metric_of_the_summary_is_named(metric: str) -> None:
    assert metric in METRICS


def test_every_label_of_a_report_is_defined(flagship: Result) -> None:
    words = words_of(flagship.document())
    assert {"N-1", "cap. factor", "demand wanted", "Not included", "margin"} <= words
    assert {word.lower() for word in words} - DEFINED == set()


@pytest.mark.parametrize("column", JOB_COLUMNS)
def test_every_column_of_the_table_of_jobs_is_named(column: str) -> None:
    assert (column.removesuffix("_s") if column.removesuffix("_s") in MOMENTS else column) in METRICS


def test_every_head_of_the_table_of_lost_work_is_defined() -> None:
    saves = {"interval_s": 3600.0, "cost_s": 0.0}
    job = {"kind": "training_job", "pool": "hall", "gpus": 8, "work_gpu_h": 100.0, "checkpoints": saves}
    grid = {"kind": "grid", "import_limit_mw": {"times_s": [0.0, 5000.0, 6000.0], "values": [1.0, 0.0, 1.0]}}
    supply, demand = {"grid": grid}, {"job": job}
    campus = Campus(name="crash", servers={"hall": {"servers": 1}}, supply=supply, demand=demand)
    tables = [one for one in simulate(campus, days=1).document().parts if isinstance(one, Table)]
    (heads,) = [one.heads for one in tables if one.heads[0] == "job that lost work"]
    assert {head.lower() for head in heads} - DEFINED == set()


@pytest.mark.parametrize("column", ["time", "stream", "class", "resolution", *TOLD])
def test_every_column_of_the_table_of_requests_is_named(column: str) -> None:
    assert column in METRICS


def test_every_word_on_requests_is_defined() -> None:
    words = words_of(Document("", tuple(requests(busy()))))
    assert {"class", "TTFT p99 s", "Requests dropped"} <= words
    assert {word.lower() for word in words} - DEFINED == set()
    assert "Inference" in SECTIONS


@pytest.mark.parametrize("reason", [*DROPS, *DROPS.values()])
def test_every_reason_for_dropping_requests_is_defined(reason: str) -> None:
    assert f"*{reason}*" in GLOSSARY


def test_its_sections_follow_the_report(flagship: Result) -> None:
    headings = {part.text for part in flagship.document().parts if isinstance(part, Heading)}
    assert headings <= SECTIONS


@pytest.mark.parametrize("reason", [*UNSERVED, CAPACITY, *CURTAILED])
def test_every_reason_is_defined(reason: str) -> None:
    assert f"*{reason}*" in GLOSSARY


def test_every_line_of_a_bill_is_defined() -> None:
    campus = Campus.load(ROOT / "scenarios" / "phased_campus.toml").with_values({"carbon_usd_per_t": 10.0})
    lines = simulate(campus, days=2).summary.cost_lines_usd
    assert {"energy charge", "demand charge", "carbon cost"} <= lines.keys()
    assert {line.lower() for line in lines} <= DEFINED


def test_a_report_ends_by_saying_where_its_terms_are_defined(flagship: Result) -> None:
    assert flagship.report().endswith("\nGLOSSARY.md of dcgrid defines the terms.\n")
