"""The saved run: its files, written, and read back or refused with the reason."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar, get_type_hints

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from sim.books.closed import SERIES
from sim.errors import Problem, SpecError
from sim.refusal import problems_of
from sim.runs.bill import COLUMNS as BILL_COLUMNS
from sim.runs.bill import WORDS as BILL_WORDS
from sim.runs.bill import contract_rows
from sim.runs.books_file import BooksFile
from sim.runs.folder import NEEDED, check_folder
from sim.runs.hours_file import columns_of, hours_frame, read_hours
from sim.runs.requests import LATENCY_COLUMNS, REQUEST_COLUMNS, records
from sim.runs.requests import WORDS as REQUEST_WORDS
from sim.runs.run import EVENT_COLUMNS, JOB_COLUMNS, MOMENTS, WORDS, Run, table
from sim.runs.summary import Summary
from sim.timeseries.calendar import Calendar
from sim.units import SECONDS_PER_DAY
from sim.version import __version__

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")


@dataclass(frozen=True)
class Record:
    """Which run a saved result is of.

    Attributes:
        version: Version of the simulator that made it.
        seed: Seed of its random draws.
        days: Its length [d].
        record_s: Interval over whose means its flows were recorded [s]; None if every change was.
        campus: Its model, as plain data.
    """

    version: str
    seed: int
    days: float
    record_s: float | None
    campus: dict[str, Any]

    @classmethod
    def of(cls, run: Run) -> Self:
        """The record of a run."""
        return cls(run.version, run.seed, run.days, run.record_s, run.model)


def check_saved(folder: Path) -> None:
    """Refuse a folder that no result can be read from.

    Raises:
        SpecError: Naming the first file that is missing.
    """
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if not missing:
        return
    why = f"is not a saved result: {missing[0]} is missing{_saved_by(folder)}"
    if not folder.exists():
        why = "does not exist"
    elif not folder.is_dir():
        why = "is a file; allowed: the folder of a saved result"
    raise SpecError("result", [Problem(("folder",), f"= {str(folder)!r} {why}")])


def check_replaceable(folder: Path, record: Record) -> None:
    """Refuse a folder that holds the result of another run, or files that are not part of a result.

    The same campus, seed, length and version may be saved again.

    Raises:
        SpecError: Naming what the folder holds.
    """
    check_folder(folder)
    if not (folder / "campus.json").is_file():
        return
    there = read_record(folder)
    if (there.campus, there.seed, there.days, there.version) != (
        record.campus,
        record.seed,
        record.days,
        record.version,
    ):
        held = f"{there.campus['name']}, {there.days:g} d, seed {there.seed}, dcgrid {there.version}"
        message = f"= {str(folder)!r} holds the result of another run ({held})"
        message += "; choose another folder, or replace it with --replace (in Python replace=True)"
        raise SpecError("result", [Problem(("folder",), message)])


def write_run(run: Run, folder: Path) -> None:
    """Write the data of a run into a folder: all that `read_run` needs."""
    texts = {
        "campus.json": asdict(Record.of(run)),
        "summary.json": run.summary.to_dict(),
        "books.json": BooksFile.of(run.books).model_dump(mode="json"),
    }
    for name, data in texts.items():
        (folder / name).write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    for name, frame in _tables(run).items():
        frame.to_parquet(folder / f"{name}.parquet", use_dictionary=False)


def read_run(folder: Path) -> Run:
    """Read the data of a run from a folder.

    Raises:
        SpecError: If the folder does not hold a result, naming the file at fault.
    """
    check_saved(folder)
    record = read_record(folder)
    flows = read_flows(folder, record.days)
    t_s = flows.pop("t_s").to_numpy()
    demand = read_table(folder, "demand.parquet", ("t_s", *SERIES))
    file = _read_books(folder)
    hours = read_table(folder, "hours.parquet", columns_of(file.stores))
    months = read_table(folder, "months.parquet", tuple(flows.columns))
    if [".".join(column) for column in file.columns] != list(flows.columns):
        raise _faulty(folder, "books.json", "its columns differ from those of flows.parquet")
    books = file.closed(
        t_s=t_s,
        flows=flows.to_numpy().T,
        monthly=months[list(flows.columns)].to_numpy().T,
        interval_edges_s=np.append(demand["t_s"].to_numpy(), record.days * SECONDS_PER_DAY),
        means_mw={name: demand[name].to_numpy() for name in SERIES},
        hours=read_hours(hours, file.stores, file.horizon_s),
        events=_records(folder, "events.parquet", EVENT_COLUMNS),
        jobs=_records(folder, "jobs.parquet", JOB_COLUMNS),
        requests=_records(folder, "requests.parquet", REQUEST_COLUMNS),
        latencies=_records(folder, "latencies.parquet", LATENCY_COLUMNS),
        bill=_records(folder, "bill.parquet", BILL_COLUMNS),
    )
    summary = read_metrics(folder, Summary, record.version)
    return Run(
        name=record.campus["name"],
        calendar=_calendar(record.campus),
        days=record.days,
        seed=record.seed,
        version=record.version,
        record_s=record.record_s,
        summary=summary,
        books=books,
        _model=record.campus.copy,
    )


def _calendar(campus: dict[str, Any]) -> Calendar:
    return Calendar(datetime.fromisoformat(campus["start"]), campus["timezone"])


def _tables(run: Run) -> dict[str, pd.DataFrame]:
    """The frames as they are saved: elapsed seconds beside local times, which are rounded."""
    import pandas as pd

    jobs = table(run.books.jobs, JOB_COLUMNS)
    seconds = {f"{moment}_s": jobs[f"{moment}_s"] for moment in MOMENTS}
    power = run.books.power
    return {
        "flows": run.flows.assign(t_s=run.t_s),
        "events": run.events.assign(t_s=table(run.books.events, EVENT_COLUMNS)["t_s"]),
        "jobs": run.jobs.assign(**seconds),
        "requests": records(run.books).assign(time=run.requests["time"]),
        "latencies": run.latencies,
        "bill": contract_rows(run.books),
        "demand": pd.DataFrame({"t_s": power.edges_s[:-1], **power.means_mw}),
        "months": pd.DataFrame(run.books.monthly.T, columns=[one.name for one in run.books.columns]),
        "hours": hours_frame(run.books.hours),
    }


def _records(folder: Path, name: str, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rows of a saved table."""
    rows = read_table(folder, name, columns, (*WORDS, *REQUEST_WORDS, *BILL_WORDS))[list(columns)].to_dict(
        "records"
    )
    return [{str(name): value for name, value in row.items()} for row in rows]


def _read_books(folder: Path) -> BooksFile:
    name = "books.json"
    found = _read_json(folder, name)
    try:
        return BooksFile(**found)
    except ValidationError as error:
        raise _faulty(folder, name, _first_fault(error, BooksFile)) from None


def read_record(folder: Path) -> Record:
    """Which run the result in a folder is of.

    Raises:
        SpecError: Naming what is wrong with `campus.json`.
    """
    name = "campus.json"
    found = _read_json(folder, name)
    _check_keys(folder, name, found, [one.name for one in fields(Record)])
    campus = found["campus"]
    if not isinstance(campus, dict):
        raise _faulty(folder, name, "its campus is not a table of fields")
    for key in ("name", "start", "timezone"):
        if not isinstance(campus.get(key), str):
            raise _faulty(folder, name, f"its campus has no {key}")
    try:
        _calendar(campus)
    except ValueError as error:
        raise _faulty(folder, name, f"its campus: {error}") from None
    return _checked(folder, name, Record, found)


def read_metrics(folder: Path, kind: type[T], version: str = "") -> T:
    """The metrics of the result in a folder.

    Args:
        folder: The folder.
        kind: The dataclass that they are a table of.
        version: Version of the simulator that saved them, where it is known.

    Raises:
        SpecError: Naming what is wrong with `summary.json`.
    """
    name = "summary.json"
    found = _read_json(folder, name)
    known = [one.name for one in fields(kind)]  # type: ignore[arg-type]  # a dataclass, which has no name as a type
    _check_keys(folder, name, found, known, version)
    return _checked(folder, name, kind, found)


def read_table(folder: Path, name: str, columns: Sequence[str], words: Collection[str] = ()) -> pd.DataFrame:
    """A table of the result in a folder, with all its columns.

    Args:
        folder: The folder.
        name: Name of the file.
        columns: Columns that must be there.
        words: Those of them that hold no numbers.

    Raises:
        SpecError: If the file is damaged or is not such a table.
    """
    import pandas as pd
    import pyarrow as pa

    try:
        table = pd.read_parquet(folder / name)
    except PermissionError:
        raise
    except (pa.ArrowException, OSError, ValueError, TypeError):
        raise _faulty(folder, name, "it is damaged or not a Parquet file") from None
    for column in columns:
        if column not in table:
            raise _faulty(folder, name, f"the column {column} is missing")
        if column not in words and not pd.api.types.is_numeric_dtype(table[column]):
            raise _faulty(folder, name, f"the column {column} is not numeric")
    return table


def read_flows(folder: Path, days: float) -> pd.DataFrame:
    """The flows of the result in a folder: `t_s`, and a column of numbers per flow.

    Raises:
        SpecError: If `flows.parquet` is damaged, or does not hold the flows of a run of this length [d].
    """
    name = "flows.parquet"
    flows = read_table(folder, name, ("dt_h", "t_s")).drop(columns="dt_h")
    strange = [str(column) for column in flows if column != "t_s" and "." not in str(column)]
    if strange:
        raise _faulty(folder, name, f"the column {strange[0]} is not named <participant>.<flow>")
    wordy = [str(column) for column, kind in flows.dtypes.items() if kind != "float64"]
    if wordy:
        raise _faulty(folder, name, f"the column {wordy[0]} is not numeric")
    t_s = flows["t_s"]
    increases = bool((t_s.diff().iloc[1:] > 0.0).all())
    if not (len(t_s) and t_s.iloc[0] == 0.0 and increases and t_s.iloc[-1] < days * SECONDS_PER_DAY):
        raise _faulty(folder, name, f"its times do not run from 0 s to the end of {days:g} days")
    return flows


def _read_json(folder: Path, name: str) -> dict[str, Any]:
    try:
        found = json.loads((folder / name).read_text(encoding="utf-8"))
    except ValueError as error:
        raise _faulty(folder, name, f"it is not JSON ({error})") from None
    if not isinstance(found, dict):
        raise _faulty(folder, name, "it is not a table of fields")
    return found


def _check_keys(
    folder: Path, name: str, found: dict[str, Any], known: Sequence[str], version: str = ""
) -> None:
    """Refuse a file whose keys are not the ones that this version writes."""
    lacking = [key for key in known if key not in found]
    strange = [key for key in found if key not in known]
    if not (lacking or strange):
        return
    message = f"{lacking[0]} is missing" if lacking else f"{strange[0]} is unknown"
    raise _faulty(folder, name, message + _by(version or str(found.get("version", ""))))


def _saved_by(folder: Path) -> str:
    """Which other version saved an incomplete result, if that can be told."""
    try:
        return _by(str(_read_json(folder, "campus.json").get("version", "")))
    except (OSError, SpecError):
        return ""


def _by(version: str) -> str:
    """Which other version saved a result; nothing if it is this one or unknown."""
    other = version not in {"", __version__}
    return f"; dcgrid {version} saved it, this is dcgrid {__version__}" if other else ""


def _checked(folder: Path, name: str, kind: type[T], values: dict[str, Any]) -> T:
    """A dataclass made of values, once each is known to be of its type."""
    hints: dict[str, Any] = {key: (hint, ...) for key, hint in get_type_hints(kind).items()}
    form = create_model(kind.__name__, __config__=ConfigDict(strict=True), **hints)
    try:
        form(**values)
    except ValidationError as error:
        raise _faulty(folder, name, _first_fault(error, form)) from None
    return kind(**values)


def _first_fault(error: ValidationError, owner: type[BaseModel]) -> str:
    first = problems_of(error, owner)[0]
    return f"{'.'.join(first.path)} {first.message}"


def _fault(folder: Path, name: str, message: str) -> Problem:
    return Problem(("folder",), f"= {str(folder)!r} is not a complete result: {name}: {message}")


def _faulty(folder: Path, name: str, message: str) -> SpecError:
    return SpecError("result", [_fault(folder, name, message)])
