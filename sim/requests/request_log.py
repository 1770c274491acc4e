"""The request log: the requests of a file, read strictly.

The file is a CSV file (`.csv`, `.csv.gz`) or has a JSON object in each line (`.jsonl`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from sim import units
from sim.errors import Problem, SpecError, shortened
from sim.files.csv_cells import check_column, numbers_of, read_cells
from sim.files.text import read_text
from sim.presets import Presets
from sim.requests.arrivals import Requests, TracedArrivals
from sim.requests.request_columns import TRACES, RequestColumns
from sim.requests.request_times import times_s
from sim.requests.tokens import MOST_TOKENS
from sim.spec import Spec
from sim.timeseries.series import Array

if TYPE_CHECKING:
    import pandas as pd

    Cells = dict[str, pd.Series[str]]

MOST_REQUESTS = 50_000_000
"""The most requests in a log, which is held in memory with 32 bytes for each."""
_LARGEST_BYTES = 2**30
_LEAST_REQUESTS = 2
"""Requests that a log needs to be repeated: their gap says how long the last one lasts."""


class RequestTable(Spec):
    """Requests read from a file, all of one class. The file is read when a run is prepared.

    The first request arrives at the time at which the log begins.
    """

    file: Path
    """The file: `.csv` or `.csv.gz` with the names of its columns in the first row, or `.jsonl`."""
    columns: Annotated[RequestColumns, Presets(RequestColumns, TRACES)]
    """The columns, or the name of the published log that the file is: azure_llm, burstgpt or mooncake."""
    speed: Annotated[float, units.quantity("ratio", ge=1e-6, le=1e6)] = 1.0
    """Factor of speed of the replay: 2 replays the requests in half the time, at twice the rate."""
    repeat: bool = False
    """Whether to begin again after the last request, one mean gap later. Default: it is replayed once."""

    def requests(self) -> Requests:
        """The requests of the file, the first at 0 s.

        Raises:
            SpecError: If the file is invalid; the message gives file, column, row and value.
        """
        try:
            cells = _read(self.file, self.columns)
            return _requests(cells, self.columns, self.speed)
        except ValueError as error:
            raise self._refusal(str(error)) from None

    def arrivals(self, horizon_s: float = math.inf, start_s: float = 0.0) -> TracedArrivals:
        """The requests as arrivals of a run.

        Args:
            horizon_s: Length of the run [s]; requests arrive before its end.
            start_s: When the log begins [s].

        Raises:
            SpecError: If the file is invalid, or cannot be repeated.
        """
        requests = self.requests()
        period_s = self._period_s(requests) if self.repeat else None
        return TracedArrivals(requests, start_s=start_s, horizon_s=horizon_s, period_s=period_s)

    def _period_s(self, requests: Requests) -> float:
        """The length of the log and one mean gap."""
        span_s = float(requests.at_s[-1])
        if len(requests) < _LEAST_REQUESTS or span_s == 0.0:
            raise self._refusal(f"{self.file}: all requests are at one time, so they cannot be repeated")
        return span_s * len(requests) / (len(requests) - 1)

    def _refusal(self, why: str) -> SpecError:
        return SpecError(self.title(), [Problem(("file",), f"cannot be used: {why}")])


def _requests(cells: Cells, columns: RequestColumns, speed: float) -> Requests:
    """The requests of a file as numbers.

    Raises:
        ValueError: If a cell is invalid or there are no requests; the message gives file, column and row.
    """
    time, prompt, output = cells.values()
    output_tokens = numbers_of(output, str(output.name))
    if columns.skip_failed:
        kept = output_tokens != 0.0
        time, prompt, output, output_tokens = time[kept], prompt[kept], output[kept], output_tokens[kept]
    if not len(time):
        raise ValueError(f"{time.name}: no row is a request")
    prompt_tokens = numbers_of(prompt, str(prompt.name))
    _check_tokens(prompt, prompt_tokens)
    _check_tokens(output, output_tokens, "; or set skip_failed = true")
    at_s = times_s(time, columns) / speed
    return Requests(at_s, np.zeros(len(at_s), dtype=np.int64), prompt_tokens, output_tokens)


def _check_tokens(cells: pd.Series[str], tokens: Array, remedy: str = "") -> None:
    """Refuse numbers of tokens that no request has."""
    wrong = (tokens <= 0.0) | (tokens > MOST_TOKENS)
    if wrong.any():
        at = int(wrong.argmax())
        allowed = f"allowed: above 0 and at most {MOST_TOKENS:,} tokens{'' if tokens[at] else remedy}"
        raise ValueError(
            f"{cells.name}: row {cells.index[at]} = {shortened(cells.iloc[at])} tokens; {allowed}"
        )


def _read(path: Path, columns: RequestColumns) -> Cells:
    """The cells of the columns by what they hold; the name of each series gives file and column."""
    named = columns.named()

    def choose(header: list[str]) -> list[str]:
        for role, name in named.items():
            _check_column(f"{role} column", name, header)
        return list(named.values())

    if path.suffix == ".jsonl":
        found = _json_cells(path, choose)
    else:
        found = read_cells(path, choose, most_rows=MOST_REQUESTS)
    return {role: found[name].rename(f"{path}: {name}") for role, name in named.items()}


def _check_column(role: str, name: str, header: list[str]) -> None:
    """Refuse the name of a column that a file does not have; the message gives those that it has."""
    try:
        check_column(role, name, header)
    except ValueError as error:
        message = str(error)
        found = "" if "; known: " in message or name in header else f"; found: {', '.join(header)}"
        raise ValueError(f"{message}{found}") from None


def _json_cells(path: Path, choose: Callable[[list[str]], list[str]]) -> Cells:
    """The cells of a file with a JSON object in each line as text, indexed by line."""
    import pandas as pd

    try:
        lines = read_text(path, _LARGEST_BYTES).splitlines()
    except ValueError as error:
        raise ValueError(f"{path} {error}") from None
    rows = [_json_row(path, number, line) for number, line in enumerate(lines, start=1)]
    if not rows:
        raise ValueError(f"{path} is empty")
    try:
        wanted = choose(list(rows[0]))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    index = pd.RangeIndex(1, len(rows) + 1)
    return {
        name: pd.Series([_cell(row.get(name)) for row in rows], index=index, dtype="str") for name in wanted
    }


def _json_row(path: Path, number: int, line: str) -> dict[str, Any]:
    """The object in a line."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise ValueError(f"{path}: row {number} = {shortened(line)} is not a JSON object")  # noqa: TRY004 - bad input, like any other
    return row


def _cell(value: Any) -> str:
    """A JSON value as a cell of text; what is missing is empty."""
    return "" if value is None else str(value)
