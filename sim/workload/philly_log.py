"""The job log of Microsoft's Philly clusters, as a table of text.

The log (msr-fiddle/philly-traces, `cluster_job_log`) is a JSON list of jobs, each with its attempts, and each
attempt with the GPUs that it had. A job has the GPUs of its first attempt, as in the notebook of the trace's
authors. Its duration is the GPU time of all attempts divided by these GPUs, so that its GPU-hours are those
it was given. (The notebook's run time, from first start to last end, counts the pauses between attempts as
well.)
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import shortened
from sim.files.csv_cells import by_row
from sim.files.text import read_text

if TYPE_CHECKING:
    import pandas as pd

_LARGEST_BYTES = 2**30
_KEYS = ("jobid", "submitted_time", "status", "vc")


def philly_cells(path: Path) -> dict[str, pd.Series[str]]:
    """The jobs of a log as columns of text, indexed as if a header came first.

    The columns are `jobid`, `submitted_time`, `status`, `vc`, `gpus` and `duration_s`; the last one is empty
    where the times of an attempt are missing or wrong.

    Args:
        path: The file, as published.

    Raises:
        ValueError: If it is not such a log; the message gives the file and the place of the job in the list.
    """
    import pandas as pd

    try:
        jobs = json.loads(read_text(path, _LARGEST_BYTES))
    except ValueError as error:
        why = f"is not JSON: {error}" if isinstance(error, json.JSONDecodeError) else str(error)
        raise ValueError(f"{path} {why}") from None
    if not isinstance(jobs, list):
        raise ValueError(f"{path} is not a list of jobs")  # noqa: TRY004 - bad input, like any other
    rows = []
    for place, job in enumerate(jobs, start=1):
        try:
            rows.append({**{key: str(job[key]) for key in _KEYS}, **_run(job["attempts"])})
        except (KeyError, TypeError, ValueError) as error:
            known = f"{type(error).__name__}: {shortened(str(error))}"
            raise ValueError(f"{path}: job {place} is not a job of the Philly log ({known})") from None
    table = pd.DataFrame(rows, columns=[*_KEYS, "gpus", "duration_s"], dtype="str")
    return {str(name): by_row(table[name]) for name in table}


def _run(attempts: list[dict[str, Any]]) -> dict[str, str]:
    """GPUs and duration of a job from its attempts."""
    sizes = [sum(len(server["gpus"]) for server in attempt["detail"]) for attempt in attempts]
    spans_s = [_span_s(attempt["start_time"], attempt["end_time"]) for attempt in attempts]
    gpus = sizes[0] if sizes else 0
    if not gpus or None in spans_s:
        return {"gpus": str(gpus), "duration_s": ""}
    gpu_s = sum(size * span_s for size, span_s in zip(sizes, spans_s, strict=True) if span_s is not None)
    return {"gpus": str(gpus), "duration_s": repr(gpu_s / gpus)}


def _span_s(start: str | None, end: str | None) -> float | None:
    """Seconds between two times; None if one is missing or they are in the wrong order."""
    if start in {None, "", "None"} or end in {None, "", "None"}:
        return None
    span_s = (datetime.fromisoformat(str(end)) - datetime.fromisoformat(str(start))).total_seconds()
    return span_s if span_s >= 0.0 else None
