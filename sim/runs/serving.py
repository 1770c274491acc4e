"""Serving: the requests of a whole run, by stream and class, and of each stream in total."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.runs.requests import COMPONENTS, PERCENTILES, SUMS, over, percentile_s, records, worked_out
from sim.runs.run import Run
from sim.units import J_PER_MWH, WH_PER_MWH

if TYPE_CHECKING:
    import pandas as pd

TOTAL = "total"
"""What stands for the class of all requests of a stream."""


def requests_total(run: Run) -> pd.DataFrame:
    """The requests of a run: a row for each class of each stream, and one for each stream in total.

    The index is stream and class; the total of a stream comes last and has the class `total`. Columns are
    those of `Run.requests` over the whole run, and energy per output token and per request by component.
    Percentiles are those of all requests, from the histograms.

    Args:
        run: The run.
    """
    import pandas as pd

    frame = records(run.books)
    names: list[tuple[str, str]] = []
    rows: list[pd.Series[float]] = []
    for stream in sorted(frame["stream"].unique()):
        of_stream, bins = (each[each["stream"] == stream] for each in (frame, run.latencies))
        for name in of_stream["class"].unique():
            names.append((stream, name))
            rows.append(_sums(of_stream[of_stream["class"] == name], bins[bins["class"] == name]))
        names.append((stream, TOTAL))
        rows.append(_sums(of_stream, bins))
    index = pd.MultiIndex.from_tuples(names, names=["stream", "class"])
    columns = [*SUMS, "slots", "span_s", *PERCENTILES]
    told = worked_out(pd.DataFrame(rows, columns=columns).astype(float).set_index(index))
    resolutions = frame.groupby("stream")["resolution"].first()
    told.insert(0, "resolution", resolutions.reindex(index.get_level_values("stream")).to_numpy())
    for one in COMPONENTS:
        told[f"{one}_j_per_output_token"] = J_PER_MWH * over(told[f"{one}_mwh"], told["output_tokens"])
        told[f"{one}_wh_per_request"] = WH_PER_MWH * over(told[f"{one}_mwh"], told["served"])
    return told


def _sums(frame: pd.DataFrame, bins: pd.DataFrame) -> pd.Series[float]:
    """Sums of the records of a stream, or of one of its classes; time counts once."""
    hours = frame.drop_duplicates("begin_s")
    span_s = hours["end_s"] - hours["begin_s"]
    sums = frame[[*SUMS]].sum()
    sums["span_s"] = span_s.sum()
    sums["slots"] = (hours["slots"] * span_s).sum() / span_s.sum()
    for column, (measure, share) in PERCENTILES.items():
        sums[column] = percentile_s(bins[bins["measure"] == measure], share)
    return sums
