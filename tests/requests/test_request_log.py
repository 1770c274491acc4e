"""The request log: published logs and files of one's own, read strictly."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from builders import DATA, told
from hypothesis import given
from hypothesis import strategies as st

from sim.requests.arrivals import joined
from sim.requests.request_columns import TRACES, RequestColumns
from sim.requests.request_log import RequestTable
from sim.spec import Spec
from sim.timeseries.calendar import Calendar
from sim.timeseries.profile import Points, as_series

PLAIN = {"time": "t", "prompt_tokens": "p", "output_tokens": "o"}


def written(folder: Path, *lines: str, name: str = "log.csv") -> Path:
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def rows(folder: Path, *lines: str, **columns: Any) -> RequestTable:
    return RequestTable(file=written(folder, "t,p,o", *lines), columns={**PLAIN, **columns})


def refusal(table: RequestTable) -> str:
    """The message for a file, without the beginning that all share."""
    message = told(table.requests).removeprefix("RequestTable: file cannot be used: ")
    return message.replace(str(table.file.parent) + "/", "")


# Published logs


def test_the_azure_trace_is_read_to_the_microsecond() -> None:
    path = DATA / "azure_llm" / "AzureLLMInferenceTrace_conv.csv"
    if not path.is_file():
        pytest.skip(f"the trace is not at {path}; set DCGRID_DATA to the folder that holds it")
    found = RequestTable(file=path, columns="azure_llm").requests()
    assert len(found) == 19_366
    # from 18:15:46.680590 to 19:14:08.402527
    assert (found.at_s[0], found.at_s[-1]) == (0.0, pytest.approx(3501.721937, abs=1e-9))
    # 18:15:50.9951690 is the second
    assert found.at_s[1] == pytest.approx(4.314579, abs=1e-9)
    assert (found.prompt_tokens[0], found.output_tokens[0]) == (374.0, 44.0)
    assert (found.prompt_tokens.mean(), found.output_tokens.mean()) == (
        pytest.approx(1154.70, abs=0.01),
        pytest.approx(211.13, abs=0.01),
    )


def test_failed_requests_of_burstgpt_are_left_out(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type",
        "2,GPT-4,10,0,10,API log",
        "5,ChatGPT,472,18,490,Conversation log",
        "45,ChatGPT,1087,230,1317,Conversation log",
        "45,GPT-4,33,0,33,API log",
    )
    found = RequestTable(file=path, columns="burstgpt").requests()
    assert found.at_s.tolist() == [0.0, 40.0]
    assert found.output_tokens.tolist() == [18.0, 230.0]


def test_mooncake_has_an_object_in_each_line_and_times_in_milliseconds(tmp_path: Path) -> None:
    lines = [
        {"timestamp": 27482, "input_length": 6955, "output_length": 52, "hash_ids": [46, 47]},
        {"timestamp": 30535, "input_length": 6472, "output_length": 26, "hash_ids": [46]},
    ]
    path = written(tmp_path, *map(json.dumps, lines), name="trace.jsonl")
    found = RequestTable(file=path, columns="mooncake").requests()
    assert found.at_s.tolist() == [0.0, 3.053]
    assert found.prompt_tokens.tolist() == [6955.0, 6472.0]
    assert found.kind.tolist() == [0, 0]


# Files of one's own


def test_columns_are_read_from_a_compressed_file_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress(b"o,x,t,p\n5,a,100.25,7.5\n6,b,101.5,8\n"))
    found = RequestTable(file=path, columns=PLAIN).requests()
    assert found.at_s.tolist() == [0.0, 1.25]
    assert found.prompt_tokens.tolist() == [7.5, 8.0]
    assert found.output_tokens.tolist() == [5.0, 6.0]


def test_timestamps_may_have_a_utc_offset_or_a_timezone(tmp_path: Path) -> None:
    # from 23:59:59.5 UTC to 01:00 at +01:00, which is midnight UTC
    offsets = ("2024-05-01T23:59:59.5Z,1,1", "2024-05-02T01:00:00+01:00,1,1")
    assert rows(tmp_path, *offsets, time_unit="timestamp").requests().at_s.tolist() == [0.0, 0.5]
    # the clocks of Berlin go from 02:00 to 03:00 that night: half an hour passes; without a zone it is 1.5 h
    night = ("2024-03-31 01:45,1,1", "2024-03-31 03:15,1,1")
    zone = rows(tmp_path, *night, time_unit="timestamp", timezone="Europe/Berlin")
    assert zone.requests().at_s.tolist() == [0.0, 1800.0]
    assert rows(tmp_path, *night, time_unit="timestamp").requests().at_s.tolist() == [0.0, 5400.0]


def test_a_replay_may_be_faster(tmp_path: Path) -> None:
    table = rows(tmp_path, "3,1,1", "13,1,1").with_values({"speed": 4.0})
    assert table.requests().at_s.tolist() == [0.0, 2.5]


def test_a_log_begins_again_one_mean_gap_after_its_last_request(tmp_path: Path) -> None:
    table = rows(tmp_path, "0,1,1", "1,2,1", "10,3,1").with_values({"repeat": True})
    # 2 gaps in 10 s: the next beginning is at 15 s
    found = joined(list(table.arrivals(31.0, start_s=1.0).blocks()))
    assert found.at_s.tolist() == [1.0, 2.0, 11.0, 16.0, 17.0, 26.0]
    assert found.prompt_tokens.tolist() == [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]
    once = table.with_values({"repeat": False}).arrivals()
    assert joined(list(once.blocks())).at_s.tolist() == [0.0, 1.0, 10.0]


def test_a_relative_path_is_that_from_the_file_of_the_model(tmp_path: Path) -> None:
    class Model(Spec):
        requests: RequestTable

    path = written(tmp_path, "TIMESTAMP,ContextTokens,GeneratedTokens", "2024-01-01 00:00:00.0000001,1,2")
    model = tmp_path / "model.toml"
    model.write_text('requests = {file = "log.csv", columns = "azure_llm"}\n')
    loaded = Model.load(model).requests
    assert (loaded.file, loaded.columns) == (path, TRACES["azure_llm"])
    assert len(loaded.requests()) == 1


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 9999), st.integers(1, 9999)), min_size=1))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, requests: list[tuple[int, int, int]]
) -> None:
    requests.sort()
    lines = [f"{at_ms},{prompt},{output}" for at_ms, prompt, output in requests]
    found = rows(tmp_path_factory.mktemp("log"), *lines, time_unit="ms").requests()
    at_s, prompts, outputs = (list(column) for column in zip(*requests, strict=True))
    assert found.at_s.tolist() == pytest.approx([(t - at_s[0]) / 1000 for t in at_s])
    assert (found.prompt_tokens.tolist(), found.output_tokens.tolist()) == (prompts, outputs)


def test_rates_of_a_stream_are_read_as_a_profile_of_points() -> None:
    path = DATA / "servegen" / "language_m-large_rate_10min.csv"
    if not path.is_file():
        pytest.skip(f"the rates are not at {path}; set DCGRID_DATA to the folder that holds it")
    table = pd.read_csv(path)
    # the form `csv` of a profile needs dates; a table of elapsed seconds is the form `times_s`
    profile = Points(times_s=table["t_s"].tolist(), values=table["req_per_s"].tolist())
    calendar = Calendar(datetime.fromisoformat("2025-01-01T00:00:00+00:00"), "UTC")
    rate = as_series(profile, calendar, 14 * 86_400.0)
    assert len(rate) == 14 * 24 * 6
    assert rate.mean(0.0, 14 * 86_400.0) == pytest.approx(table["req_per_s"].mean())


# Refusals


@pytest.mark.parametrize(
    ("lines", "columns", "message"),
    [
        (
            ["5,1,1", "3,1,1"],
            {},
            "log.csv: t: row 3 = '3' is before row 2 = '5'; allowed: rows in the order of time",
        ),
        (["-1,1,1"], {}, "log.csv: t: row 2 = '-1' s; allowed: at least 0 s"),
        (["1,1,1", "nan,1,1"], {}, "log.csv: t: row 3 = 'nan' is not a finite number"),
        (["1,1,1", ",1,1"], {}, "log.csv: t: row 3 is empty"),
        (
            ["1,-5,1"],
            {},
            "log.csv: p: row 2 = '-5' tokens; allowed: above 0 and at most 10,000,000 tokens",
        ),
        (["1,,1"], {}, "log.csv: p: row 2 is empty"),
        (["1,1,many"], {}, "log.csv: o: row 2 = 'many' is not a finite number"),
        (
            ["1,1,0"],
            {},
            (
                "log.csv: o: row 2 = '0' tokens; allowed: above 0 and at most 10,000,000 tokens; "
                "or set skip_failed = true"
            ),
        ),
        (
            ["1,1,10000001"],
            {},
            "log.csv: o: row 2 = '10000001' tokens; allowed: above 0 and at most 10,000,000 tokens",
        ),
        ([], {}, "log.csv: t: no row is a request"),
        (["1,1,0"], {"skip_failed": True}, "log.csv: t: no row is a request"),
        (
            ["1,1,1"],
            {"time": "tt"},
            "log.csv: time column 'tt' does not exist; nearest: t; found: t, p, o",
        ),
        (
            ["1,1,1"],
            {"output_tokens": "generated"},
            "log.csv: output_tokens column 'generated' does not exist; known: o, p, t",
        ),
        (
            ["2024-01-01 00:00,1,1"],
            {},
            "log.csv: t: row 2 = '2024-01-01 00:00' looks like a date: set time_unit = 'timestamp'",
        ),
        (
            ["1700158546680,1,1"],
            {},
            "log.csv: t: row 2 = '1700158546680' looks like ms since 1970 (2023-11-16): set time_unit = 'ms'",
        ),
        (
            ["1700158546,1,1"],
            {"time_unit": "ms"},
            "log.csv: t: row 2 = '1700158546' looks like s since 1970 (2023-11-16): set time_unit = 's'",
        ),
        (
            ["1700158546680,1,1"],
            {"time_unit": "timestamp"},
            (
                "log.csv: t: row 2 = '1700158546680' is not a timestamp; it looks like a number of ms: "
                "set time_unit = 'ms'"
            ),
        ),
        (
            ["12.5,1,1"],
            {"time_unit": "timestamp"},
            "log.csv: t: row 2 = '12.5' is not a timestamp; it looks like a number of s: set time_unit = 's'",
        ),
        (
            ["0,1,1", "4000000000,1,1"],
            {},
            (
                "log.csv: t: row 3 = '4000000000' is 4,000,000,000 s after the first request; "
                "allowed: at most 3,153,600,000 s"
            ),
        ),
    ],
)
def test_a_wrong_file_is_refused_with_column_row_and_value(
    tmp_path: Path, lines: list[str], columns: dict[str, Any], message: str
) -> None:
    assert refusal(rows(tmp_path, *lines, **columns)) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "log.jsonl is empty"),
        ('{"t": 1, "p": 1, "o": 1}\n[3]\n', "log.jsonl: row 2 = '[3]' is not a JSON object"),
        ('{"t": 1, "p": 1', 'log.jsonl: row 1 = \'{"t": 1, "p": 1\' is not a JSON object'),
        ('{"t": 1, "p": 1, "o": 1}\n{"t": 2, "p": 1}\n', "log.jsonl: o: row 2 is empty"),
        ('{"t": 1, "p": true, "o": 1}', "log.jsonl: p: row 1 = 'True' is not a finite number"),
        ('{"t": 1, "p": NaN, "o": 1}', "log.jsonl: p: row 1 = 'nan' is not a finite number"),
        ('{"when": 1, "p": 1, "o": 1}', "log.jsonl: time column 't' does not exist; known: o, p, when"),
    ],
)
def test_wrong_json_lines_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(text, encoding="utf-8")
    assert refusal(RequestTable(file=path, columns=PLAIN)) == message


def test_a_file_that_is_missing_or_empty_is_refused(tmp_path: Path) -> None:
    assert refusal(RequestTable(file=tmp_path / "log.csv", columns=PLAIN)) == "log.csv does not exist"
    assert refusal(RequestTable(file=tmp_path / "log.jsonl", columns=PLAIN)) == "log.jsonl does not exist"
    (tmp_path / "log.csv").touch()
    assert refusal(RequestTable(file=tmp_path / "log.csv", columns=PLAIN)) == "log.csv is empty"


def test_one_instant_cannot_be_repeated(tmp_path: Path) -> None:
    table = rows(tmp_path, "7,1,1", "7,1,1").with_values({"repeat": True})
    assert told(table.arrivals).endswith("all requests are at one time, so they cannot be repeated")


def test_an_unknown_log_is_refused_with_the_nearest_names() -> None:
    message = "= 'azure'; allowed: a preset or a table of fields; nearest: azure_llm"
    assert told(lambda: RequestTable(file="log.csv", columns="azure")) == f"RequestTable: columns {message}"
    assert told(lambda: RequestColumns(**PLAIN, timezone="UTC")) == (
        "RequestColumns: timezone = 'UTC'; allowed: none, as time_unit is not 'timestamp'"
    )
