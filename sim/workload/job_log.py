"""The job log: the jobs of a file as checked numbers, in the order of submission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import units
from sim.errors import nearest, shortened
from sim.files.csv_cells import numbers_of
from sim.timeseries.series import Array
from sim.timeseries.timestamps import moments_of
from sim.workload.job import HIGHEST_PRIORITY
from sim.workload.job_columns import JobColumns

if TYPE_CHECKING:
    import pandas as pd

    Cells = Mapping[str, pd.Series[str]]

_MISSING = ("", "None", "nan", "NaN", "null", "NULL")
_LONGEST_JOB_S = units.LONGEST_S / 20
_DATE = r"\d{4}-\d\d-\d\d"


@dataclass(frozen=True)
class JobLog:
    """Jobs in the order of submission; those of one instant in the order of the file.

    Attributes:
        name: Names.
        submit_s: Times of submission, after 1970 for dates, or else after whatever the file counts from [s].
        duration_s: How long each job ran [s].
        gpus: Numbers of GPUs.
        team: Teams; empty texts if there are none.
        priority: Priorities; 0 if there are none.
    """

    name: pd.Series[str]
    submit_s: Array
    duration_s: Array
    gpus: Array
    team: pd.Series[str]
    priority: Array

    def at(self, places: Any) -> JobLog:
        """The jobs at some places."""
        return JobLog(
            self.name.iloc[places],
            self.submit_s[places],
            self.duration_s[places],
            self.gpus[places],
            self.team.iloc[places],
            self.priority[places],
        )


def job_log(cells: Cells, columns: JobColumns, statuses: tuple[str, ...], least_gpus: int) -> JobLog:
    """The jobs of a file that are kept.

    Args:
        cells: The cells by what they hold, indexed by row; the name of each series gives file and column.
        columns: How to read them.
        statuses: Keep only jobs with one of these; all if there are none.
        least_gpus: Keep only jobs with so many GPUs or more.

    Raises:
        ValueError: If a job that is kept is invalid, or none is kept; the message gives file, column and row.
    """
    every = cells["submit"]
    if statuses:
        cells = _where(cells, _has_status(cells["status"], statuses))
    gpus = _whole(cells["gpus"], 0, units.MOST_GPUS, " GPUs")
    cells = _where(cells, gpus >= least_gpus)
    if columns.skip_incomplete:
        times = [cells[role] for role in ("submit", "start", "end", "duration") if role in cells]
        cells = _where(cells, np.logical_and.reduce([~column.isin(_MISSING) for column in times]))
    duration_s = _durations_s(cells, columns)
    if columns.skip_incomplete:
        ran = duration_s > 0.0
        cells, duration_s = _where(cells, ran), duration_s[ran]
    if not len(duration_s):
        raise ValueError(f"{every.name}: no row is a job to keep (rows: {len(every):,})")
    log = _numbers(cells, columns, duration_s)
    return log.at(np.argsort(log.submit_s, kind="stable"))


def _numbers(cells: Cells, columns: JobColumns, duration_s: Array) -> JobLog:
    """The jobs in the order of the file."""
    import pandas as pd

    submit = cells["submit"]
    submit_s = _times_s(submit, columns)
    span_s = submit_s - submit_s.min()
    if (wrong := span_s > units.LONGEST_S).any():
        found = f"is {span_s[wrong][0]:,.0f} s after the first job; allowed: at most {units.LONGEST_S:,.0f} s"
        raise ValueError(f"{_place(submit, wrong)} {found}{_likely_ms('time_unit', columns)}")
    rows = pd.Series(submit.index.astype(str), index=submit.index)
    if "name" in cells:
        _check_names(cells["name"])
    priority = np.zeros(len(submit))
    if "priority" in cells:
        priority = _whole(cells["priority"], -HIGHEST_PRIORITY, HIGHEST_PRIORITY)
    log = JobLog(rows, submit_s, duration_s, _whole(cells["gpus"], 0, units.MOST_GPUS), rows, priority)
    return replace(log, name=cells.get("name", rows), team=cells.get("team", pd.Series("", index=rows.index)))


def _where(cells: Cells, wanted: Any) -> Cells:
    return {role: column[wanted] for role, column in cells.items()}


def _place(cells: pd.Series[str], wrong: Any) -> str:
    """The first wrong cell: file, column, row and value."""
    row = cells.index[int(np.asarray(wrong).argmax())]
    return f"{cells.name}: row {row} = {shortened(cells[row])}"


def _has_status(cells: pd.Series[str], statuses: tuple[str, ...]) -> Any:
    """Mark the rows with one of the statuses, each of which must occur."""
    known = cells.unique().tolist()
    for status in statuses:
        if status not in known:
            raise ValueError(f"{cells.name}: no row is {shortened(status)}{nearest(status, known)}")
    return cells.isin(statuses)


def _durations_s(cells: Cells, columns: JobColumns) -> Array:
    """How long jobs ran; not above 0 only if such jobs are to be left out."""
    if "duration" in cells:
        shown = cells["duration"]
        duration_s = numbers_of(shown, str(shown.name)) * units.SECONDS_IN[columns.duration_unit]
    else:
        shown = cells["end"]
        duration_s = _times_s(shown, columns) - _times_s(cells["start"], columns)
    short, long = duration_s <= 0.0, duration_s > _LONGEST_JOB_S
    if columns.skip_incomplete:
        short[:] = False
    if (wrong := short | long).any():
        found = f"is a duration of {duration_s[wrong][0]:,.10g} s"
        allowed = f"allowed: above 0 and at most {_LONGEST_JOB_S:,.0f} s"
        field = "duration_unit" if columns.duration is not None else "time_unit"
        hint = "; or set skip_incomplete = true" if short[wrong][0] else _likely_ms(field, columns)
        raise ValueError(f"{_place(shown, wrong)} {found}; {allowed}{hint}")
    return duration_s


def _likely_ms(field: str, columns: JobColumns) -> str:
    """The end of a message about times that are too long for their unit."""
    likely = getattr(columns, field) == "s"
    return f"; it looks like a number of ms: set {field} = 'ms'" if likely else ""


def _times_s(cells: pd.Series[str], columns: JobColumns) -> Array:
    """Times in seconds: after 1970 for dates, or else after whatever the file counts from."""
    unit, name = columns.time_unit, str(cells.name)
    if unit != "date":
        dated = cells.str.match(_DATE)
        if dated.any():
            raise ValueError(f"{_place(cells, dated)} looks like a date: set time_unit = 'date'")
        return numbers_of(cells, name) * units.SECONDS_IN[unit]
    import pandas as pd

    numeric = cells.str.fullmatch(r"-?\d+(\.\d*)?")
    if numeric.any():
        row = cells.index[int(numeric.to_numpy().argmax())]
        likely = "ms" if abs(float(cells[row])) > 10 * units.LONGEST_S else "s"
        message = f"is not a date; it looks like a number of {likely}: set time_unit = {likely!r}"
        raise ValueError(f"{_place(cells, numeric)} {message}")
    since = moments_of(cells, columns.timezone, name) - pd.Timestamp(0, tz="UTC")
    return np.asarray(since.dt.total_seconds(), dtype=np.float64)


def _check_names(names: pd.Series[str]) -> None:
    """Refuse a name that is missing or that two jobs have."""
    again = names.duplicated() | (names == "")
    if again.any():
        name = names[again].iloc[0]
        message = (
            f"repeats row {names.index[int((names == name).to_numpy().argmax())]}" if name else "is empty"
        )
        raise ValueError(f"{_place(names, again)} {message}; allowed: a name for each job")


def _whole(cells: pd.Series[str], least: int, most: int, unit: str = "") -> Array:
    """The cells as whole numbers in a range."""
    numbers = numbers_of(cells, str(cells.name))
    wrong = (numbers != np.floor(numbers)) | (numbers < least) | (numbers > most)
    if wrong.any():
        raise ValueError(
            f"{_place(cells, wrong)}{unit}; allowed: a whole number from {least:,} to {most:,}{unit}"
        )
    return numbers
