"""Requests of a run: its records by hour, and what is worked out from their sums.

A record has sums only: of requests, tokens, times and energy. Sums of hours, classes and streams can be added
up; rates, means and energy per token are worked out from them afterwards, never averaged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.books.closed import Closed
from sim.serving.tally import BIN_EDGES_S, quantile_s
from sim.timeseries.series import Array
from sim.units import J_PER_MWH, SECONDS_PER_HOUR, WH_PER_MWH

if TYPE_CHECKING:
    import pandas as pd

WORDS = ("stream", "class", "resolution", "measure")
"""Columns of these tables that hold words."""
PERCENTILES = {
    f"{measure}_{word}_s": (f"{measure}_s", share)
    for measure in ("ttft", "tpot", "latency")
    for word, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
}
"""Percentiles of times: the measure of each, and the share of requests that do not exceed it."""
COUNTS = {
    "arrived": "wanted",
    "started": "started",
    "served": "served",
    "timed_out": "timed_out",
    "refused": "refused",
    "cut": "cut",
    "met": "met",
    "prompt_served": "prompt_tokens",
    "output_served": "output_tokens",
    "output_dropped": "output_tokens_dropped",
}
"""Sums of a record that are told as they are, and what they are called then."""
MEANS = {
    "wait": ("wait_s", "started"),
    "ttft": ("ttft_s", "served"),
    "tpot": ("tpot_s", "tpot_count"),
    "latency": ("latency_s", "served"),
}
"""Mean times: a sum of times, and the number it is divided by."""
COMPONENTS = ("accelerator", "host", "idle")
"""Components of the energy."""
SUMS = (
    *COUNTS,
    *(times for times, _ in MEANS.values()),
    "tpot_count",
    "in_service_s",
    "waiting_s",
    *(f"{one}_mwh" for one in COMPONENTS),
)
"""Sums of a record, which may be added up over hours and classes."""
REQUEST_COLUMNS = ("stream", "class", "resolution", "begin_s", "end_s", "slots", *SUMS, *PERCENTILES)
"""Columns of the records of requests."""
LATENCY_COLUMNS = ("stream", "class", "measure", "from_s", "to_s", "requests")
"""Columns of the histograms."""
TOLD = (
    "dt_h",
    *COUNTS.values(),
    "dropped",
    "wanted_per_s",
    "served_per_s",
    "dropped_per_s",
    "goodput_per_s",
    "met_pu",
    "output_tokens_per_s",
    *(f"mean_{name}_s" for name in MEANS),
    *PERCENTILES,
    "in_service",
    "waiting",
    "slots",
    "utilisation_pu",
    *(f"{one}_mwh" for one in COMPONENTS),
    "energy_mwh",
    "j_per_output_token",
    "wh_per_request",
)
"""What is told of the requests of an hour, or of a run."""


def records(books: Closed) -> pd.DataFrame:
    """The records of requests, with elapsed seconds."""
    import pandas as pd

    frame = pd.DataFrame(list(books.requests), columns=list(REQUEST_COLUMNS))
    return frame.astype({name: "float64" for name in REQUEST_COLUMNS if name not in WORDS})


def histograms(books: Closed) -> pd.DataFrame:
    """The histograms of the times of requests over the run: a row for each bin that is not empty.

    Columns are `stream`, `class`, `measure` (`ttft_s`, `tpot_s` or `latency_s`), the bounds of the bin
    (`from_s`, `to_s`) and the number of requests in it. Bins are the same everywhere, so that those of
    classes and streams may be added up.
    """
    import pandas as pd

    frame = pd.DataFrame(list(books.latencies), columns=list(LATENCY_COLUMNS))
    return frame.astype({name: "float64" for name in LATENCY_COLUMNS if name not in WORDS})


def percentile_s(bins: pd.DataFrame, share: float) -> float:
    """The time that a share of requests do not exceed, from rows of histograms of one measure.

    Args:
        bins: The rows, of any classes and streams.
        share: The share, 0 to 1.

    Returns:
        The time; NaN without requests.
    """
    counts = np.zeros(len(BIN_EDGES_S) - 1)
    places = BIN_EDGES_S[1:-1].searchsorted(bins["to_s"].to_numpy())
    np.add.at(counts, places, bins["requests"].to_numpy())
    return quantile_s(counts, share)


def by_hour(books: Closed) -> pd.DataFrame:
    """The requests of each hour, by stream and class: `begin_s`, and the columns `TOLD`."""
    frame = records(books)
    told = worked_out(frame.assign(span_s=frame["end_s"] - frame["begin_s"]))
    return frame[["begin_s", "stream", "class", "resolution"]].join(told)


def worked_out(sums: pd.DataFrame) -> pd.DataFrame:
    """What is told of requests, from their sums.

    Args:
        sums: The columns `SUMS`, `PERCENTILES`, `slots` and `span_s`, the length of the time [s].
    """
    span_s = sums["span_s"]
    told = sums[[*COUNTS]].rename(columns=COUNTS)
    told["dropped"] = sums["timed_out"] + sums["refused"] + sums["cut"]
    told["dt_h"] = span_s / SECONDS_PER_HOUR
    for name in ("wanted", "served", "dropped", "output_tokens"):
        told[f"{name}_per_s"] = over(told[name], span_s)
    told["goodput_per_s"] = over(told["met"], span_s)
    told["met_pu"] = over(told["met"], told["served"] + told["dropped"])
    for name, (times, number) in MEANS.items():
        told[f"mean_{name}_s"] = over(sums[times], sums[number])
    told["in_service"] = over(sums["in_service_s"], span_s)
    told["waiting"] = over(sums["waiting_s"], span_s)
    told["slots"] = sums["slots"]
    told["utilisation_pu"] = over(told["in_service"], told["slots"])
    energies = [f"{one}_mwh" for one in COMPONENTS]
    told[[*energies, *PERCENTILES]] = sums[[*energies, *PERCENTILES]]
    told["energy_mwh"] = told[energies].sum(axis=1)
    told["j_per_output_token"] = over(J_PER_MWH * told["energy_mwh"], told["output_tokens"])
    told["wh_per_request"] = over(WH_PER_MWH * told["energy_mwh"], told["served"])
    return told[[*TOLD]]


def over(part: pd.Series[float], whole: pd.Series[float]) -> Array:
    """A ratio; NaN where there is nothing to divide by."""
    above, below = part.to_numpy(), whole.to_numpy()
    return np.asarray(np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0.0))
