"""Requests in a report: the tables of each stream by hand, what is dropped and why, and what is left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from replicas import replica
from requests_run import CLASSES, busy, by_hand, run

from sim import Result
from sim.demand.inference import InferenceStream
from sim.report.document import Heading, Item, Items, Paragraph, Table
from sim.report.phrases import drops
from sim.report.requests import SHOWN, requests
from sim.report.terminal import to_terminal
from sim.runs.serving import requests_total

WIDTH = 100


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return by_hand(tmp_path_factory.mktemp("log"))


@pytest.fixture(scope="module")
def short() -> Result:
    return busy()


def tables(result: Result) -> list[Table]:
    return [part for part in requests(result) if isinstance(part, Table)]


def items(result: Result) -> dict[str, str]:
    """What the items of the first stream say."""
    first = next(part for part in requests(result) if isinstance(part, Items))
    return {item.label: item.text for item in first.items}


def inference(result: Result) -> str:
    """What the line on all streams says."""
    every = [one for part in result.document().parts if isinstance(part, Items) for one in part.items]
    return next(item.text for item in every if isinstance(item, Item) and item.label == "Inference")


def test_a_stream_of_one_class_has_one_row_in_each_table(small: Result) -> None:
    served, worked = tables(small)
    # six requests of which two are dropped; TTFT 0.02 s for half of them, 0.52 s for the slowest
    assert served.rows == (("text", "6", "33.3 %", "0.020", "0.530", "0.020", "0.020"),)
    # two of five in their objective; 200 tokens of three requests in 7,200 s; 2 kW for 2 h and 5 kJ more
    assert worked.rows == (("text", "3", "40.0 %", "2.12", "0.028", "72,025", "1,334"),)


def test_its_items_say_why_requests_were_dropped_and_where_energy_went(small: Result) -> None:
    assert items(small) == {
        "Requests dropped": "1 found the queue full, 1 timed out",
        "Neither served nor dropped at the end": "1 of 6 requests (16.7 %)",
        "Energy of replicas": "4.0e-03 MWh: accelerators 1.2e-06 MWh (<0.1 %), 22.5 J/token; "
        "host 1.4e-07 MWh (<0.1 %), 2.50 J/token; idle 4.0e-03 MWh (100.0 %), 72,000 J/token",
        # 5 s in 7,200 s, of which 3 s in the second hour; 1.7 s of waiting, all in the first
        "Requests in service": "6.9e-04 on average, 8.3e-04 in the highest hour, of 1 slot (0.1 % in use); "
        "waiting: 2.4e-04 on average, 4.7e-04 in the highest hour",
    }
    assert inference(small) == "6 requests wanted, 33.3 % dropped: 1 found the queue full, 1 timed out"


def test_the_line_on_all_streams_has_their_reasons_together(short: Result) -> None:
    hours = short.requests[["wanted", "dropped", "timed_out", "refused", "cut"]].sum()
    assert inference(short) == (
        f"{hours['wanted']:,.0f} requests wanted, {100 * hours['dropped'] / hours['wanted']:.1f} % dropped: "
        f"{hours['refused']:,.0f} found the queue full, {hours['timed_out']:,.0f} timed out, "
        f"{hours['cut']:,.0f} lost a slot for lack of power"
    )


def test_a_stream_says_how_it_was_computed(small: Result) -> None:
    section = requests(small)
    assert section[0] == Heading("Inference")
    assert isinstance(section[1], Paragraph)
    how = "exact (each request by itself; power and its peaks are means over windows)"
    assert section[1].text.endswith(f", 8 GPUs; {how}.")
    fluid = requests(busy(resolution="fluid"))
    assert isinstance(fluid[1], Paragraph)
    assert fluid[1].text == "assistant: 4 replicas, 32 GPUs; fluid (rates and mean waits)."


def test_several_classes_have_a_total_and_the_larger_stream_comes_first(short: Result) -> None:
    found = tables(short)
    assert [[row[0] for row in table.rows] for table in found] == [
        ["batch", "chat", "code", "total"],
        ["batch", "chat", "code", "total"],
        ["code"],
        ["code"],
    ]
    total = requests_total(short).loc[("assistant", "total")]
    assert found[0].rows[-1][1] == f"{total['wanted']:,.0f}"
    assert found[1].rows[-1][1] == f"{total['served']:,.0f}"


def test_of_many_streams_the_largest_are_shown() -> None:
    one = {"pool": "hall", "replicas": 1, "model": replica(), "classes": {"code": CLASSES["code"]}}
    rates = (0.1, 0.6, 0.2, 0.5, 0.4, 0.3)
    demand = {f"s{number}": InferenceStream(**one, requests_per_s=rate) for number, rate in enumerate(rates)}
    texts = [part.text for part in requests(run(demand, days=0.05)) if isinstance(part, Paragraph)]
    assert [text[:3] for text in texts[:4]] == ["s1:", "s3:", "s4:", "s5:"]
    assert texts[4] == "2 streams more: see result.requests."


def test_no_table_is_wider_than_a_page_and_no_line_wraps_a_number(short: Result, small: Result) -> None:
    for result in (short, small):
        text = to_terminal(result.document(), WIDTH)
        assert max(map(len, text.splitlines())) <= WIDTH
        for table in tables(result):
            assert f"| {table.heads[0]}" in text  # with bars: it fits as it is
            assert any(all(head in line for head in table.heads) for line in text.splitlines())


def test_what_the_section_tells_is_no_other_account(short: Result) -> None:
    told = {account.name for account in short.books.accounts}
    assert set(SHOWN) <= told
    assert "Other accounts" not in short.report()


def test_a_run_without_streams_has_no_section(paper: Result) -> None:
    assert requests(paper) == []
    assert inference(paper) == "none"


def test_reasons_are_told_in_plain_words_the_most_frequent_first() -> None:
    assert drops({"power": 2e6, "time-out": 5.0, "queue full": 0.2, "weather": 1.0}) == (
        "2.00 million lost a slot for lack of power, 5 timed out, 1 weather"
    )
    assert drops({"power": 0.0}) == "none"


def test_the_report_of_a_saved_run_is_the_same(small: Result, tmp_path: Path) -> None:
    assert Result.load(small.save(tmp_path / "run")).report() == small.report()


@pytest.mark.parametrize(("rate", "left"), [(9.0, True), (0.5, False)])
def test_requests_left_at_the_end_are_told_where_they_are_many(rate: float, left: bool) -> None:
    # one replica makes 200 tokens a second, which are 4 answers of 50 tokens
    answers = {"all": {"prompt_tokens": 10.0, "output_tokens": 50.0}}
    common = {"pool": "hall", "model": replica(), "resolution": "fluid"}
    stream = InferenceStream(**common, replicas=1, requests_per_s=rate, classes=answers)
    found = items(run({"chat": stream}, days=0.125))
    assert ("Neither served nor dropped at the end" in found) is left
    if left:  # 5 of 9 that come in each second of 3 h
        assert found["Neither served nor dropped at the end"] == "54,000 of 97,200 requests (55.6 %)"
