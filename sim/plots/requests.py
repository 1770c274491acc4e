"""Pictures of inference streams: rates, times and power by hour, and what power cuts do to requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import Problem, SpecError, nearest
from sim.plots.palette import CYCLE, EMPTY, POINT, SERVED, UNSERVED, VALUE
from sim.plots.panels import local_time
from sim.plots.picture import picture
from sim.report.numbers import large, percent
from sim.report.phrases import short
from sim.runs.requests import by_hour
from sim.runs.run import Run
from sim.timeseries.series import Array
from sim.units import DAYS_PER_WEEK, HOURS_PER_DAY, KW_PER_MW, PERCENT, SECONDS_PER_DAY

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

_DAY_H = int(HOURS_PER_DAY)
_INTERVALS = {1: "", _DAY_H: " of 24 h", DAYS_PER_WEEK * _DAY_H: " of a week"}
"""Intervals that are drawn, by their hours, and their names."""
_MOST = {1: 500, _DAY_H: 800}
"""Most of them that can be told apart in a picture."""
MOST = 3
"""Streams that fit side by side."""
_WIDTH_IN, _FEWEST_IN, _HEIGHT_IN = 6.5, 8.0, 8.5
_DPI = 110
_NAME, _CLASS = 40, 14
_RATES = {"wanted": SERVED, "served": VALUE, "dropped": UNSERVED}
_TIMES = {"ttft_p50_s": ("p50", "-"), "ttft_p99_s": ("p99", ":")}
_COLOURS = (CYCLE[0], CYCLE[5], CYCLE[3])
"""Colours of classes, of which as many are drawn."""
_POWERS = {"idle": ("idle", POINT), "host": ("host", CYCLE[3]), "accelerator": ("accelerators", CYCLE[2])}
"""Components of power from the bottom up."""
_LEAST_SPAN = 100.0
"""Least ratio of the ends of a logarithmic axis."""
_CUTS_IN = (11.0, 7.0)
_CUT_LINES: tuple[dict[str, tuple[str, str, str]], ...] = (
    {"ttft_p50_s": ("p50", VALUE, "-"), "ttft_p99_s": ("p99", SERVED, "-")},
    {"tpot_p99_s": ("p99", SERVED, "-")},
    {
        "slots": ("most in service", CYCLE[1], "--"),
        "in_service": ("in service", SERVED, "-"),
        "waiting": ("waiting", VALUE, "-"),
    },
)
"""Lines of panels over power cuts, by column: what each is called, its colour and its style."""
_CUT_COLUMNS = ("cut_pu", *(column for looks in _CUT_LINES for column in looks), "dropped_pu")
_TAKEN = "power taken away, %"
_LEAST_PCT = 1.0
"""Least height of the panel of dropped requests."""


def requests(run: Run, *streams: str) -> Figure:
    """A column for each stream: rates, times and power by component.

    Args:
        run: The run.
        *streams: Names of at most three streams. Default: those with the most requests.

    Raises:
        SpecError: If a stream does not exist, or more than three are named.
    """
    from matplotlib.style import context

    names = _chosen(run, streams)
    hourly = by_hour(run.books)
    with context("default"):
        size = (max(_FEWEST_IN, _WIDTH_IN * len(names)), _HEIGHT_IN)
        figure = picture(figsize=size, dpi=_DPI, layout="constrained")
        columns = figure.subplots(3, len(names), sharex=True, squeeze=False).T
        for name, (rate, times, power) in zip(names, columns, strict=True):
            hours = hourly[hourly["stream"] == name]
            rate.set_title(short(name, _NAME).replace("$", r"\$"), pad=26)
            _rates(rate, run, hours)
            _latencies(times, hours, _edges(run, hours))
            _power(power, hours, _edges(run, hours))
            local_time(power, run)
        return figure


def plot_power_cuts(cuts: pd.DataFrame, title: str = "What a power cut does to requests") -> Figure:
    """What requests feel by the share of the power that is taken away.

    Above are the times of the requests that were served, below the requests in service and waiting beside the
    most that may be served at once, and the share that was dropped.

    Args:
        cuts: A row for each cut, as `sim.serving.power_cuts.power_cuts` gives them.
        title: What stands above.

    Raises:
        SpecError: If the table has no rows, or lacks a column that is drawn.
    """
    from matplotlib.style import context

    _check_cuts(cuts)
    rows = cuts.sort_values("cut_pu")
    with context("default"):
        figure = picture(figsize=_CUTS_IN, dpi=_DPI, layout="constrained")
        (first, each), (numbers, dropped) = figure.subplots(2, 2, sharex=True)
        for axes, looks in zip((first, each, numbers), _CUT_LINES, strict=True):
            _over_cuts(axes, rows, looks)
        percents = rows.assign(dropped_pu=PERCENT * rows["dropped_pu"])
        _over_cuts(dropped, percents, {"dropped_pu": ("dropped", UNSERVED, "-")})
        first.set(title="Time to the first token", ylabel="s", yscale="log")
        each.set(title="Time per further output token", ylabel="s")
        numbers.set(title="Requests in service and waiting", ylabel="requests", xlabel=_TAKEN)
        dropped.set(title="Requests that are dropped", ylabel="%", xlabel=_TAKEN)
        for axes, least in ((each, 0.0), (numbers, 0.0), (dropped, _LEAST_PCT)):
            axes.set_ylim(0.0, max(least, axes.get_ylim()[1]))
        figure.suptitle(title.replace("$", r"\$"))
        return figure


def has_requests(run: Run) -> bool:
    """Whether requests came."""
    return bool(run.summary.requests_wanted)


def rates(axes: Axes, run: Run) -> None:
    """The rates of the requests of all streams."""
    summary, hours = run.summary, by_hour(run.books)
    _rates(axes, run, hours)
    dropped = percent(summary.requests_dropped, summary.requests_wanted)
    axes.set_title(f"{large(summary.requests_wanted)} requests, {dropped} dropped")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=4, frameon=False, fontsize="small")
    local_time(axes, run)


def _chosen(run: Run, streams: tuple[str, ...]) -> list[str]:
    """The streams to draw."""
    wanted: dict[str, float] = {}
    for record in run.books.requests:
        wanted[record["stream"]] = wanted.get(record["stream"], 0.0) + record["arrived"]
    if not wanted:
        raise SpecError("result", [Problem(("streams",), "do not exist: the run has no inference streams")])
    for name in streams:
        if name not in wanted:
            raise SpecError(
                "result", [Problem(("streams",), f"= {name!r} does not exist{nearest(name, wanted)}")]
            )
    if len(streams) > MOST:
        raise SpecError("result", [Problem(("streams",), f"are {len(streams)}; allowed: at most {MOST}")])
    return list(dict.fromkeys(streams)) or sorted(wanted, key=lambda name: (-wanted[name], name))[:MOST]


def _rates(axes: Axes, run: Run, hours: pd.DataFrame) -> None:
    """Requests that came, were served and dropped, per second; in a long run as means of days or weeks."""
    edges = _edges(run, hours)
    at, coarse, interval = _intervals(edges)
    for name, colour in _RATES.items():
        rate = _total(hours, f"{name}_per_s")
        if interval and name == "wanted":
            low, high = np.minimum.reduceat(rate, at), np.maximum.reduceat(rate, at)
            axes.stairs(high, coarse, baseline=low, fill=True, color=EMPTY, label="wanted, all hours")
        mean = _means(rate, edges)
        axes.stairs(mean, coarse, baseline=None, color=colour, linewidth=1.6, label=name)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(bottom=0.0)
    axes.set_ylabel("requests per second" + (f"\n(mean{interval})" if interval else ""))
    _finish(axes, len(_RATES) + bool(interval))


def _latencies(axes: Axes, hours: pd.DataFrame, edges: Array) -> None:
    """Times to first token of the classes with the most requests; of the worst hour of each interval."""
    at, coarse, interval = _intervals(edges)
    wanted = hours.groupby("class", sort=False)["wanted"].sum()
    names = wanted.sort_values(ascending=False, kind="stable").index[: len(_COLOURS)]
    axes.set_yscale("log")
    for name, colour in zip(names, _COLOURS, strict=False):
        of_class = hours[hours["class"] == name]
        for column, (word, style) in _TIMES.items():
            look: dict[str, Any] = {"color": colour, "linestyle": style, "linewidth": 1.6}
            label = f"{short(name, _CLASS)} {word}"
            longest_s = np.fmax.reduceat(of_class[column].to_numpy(), at)
            axes.stairs(longest_s, coarse, baseline=None, label=label, **look)
    axes.set_ylabel("time to first token, s" + (f"\n(worst hour{interval})" if interval else ""))
    low, high = axes.get_ylim()
    if high < _LEAST_SPAN * low:  # a narrow range of a logarithmic axis has unreadable ticks
        middle = (low * high) ** 0.5
        axes.set_ylim(middle / _LEAST_SPAN**0.5, middle * _LEAST_SPAN**0.5)
    _finish(axes, len(names))


def _power(axes: Axes, hours: pd.DataFrame, edges: Array) -> None:
    """Mean power of each component, stacked."""
    at, coarse, interval = _intervals(edges)
    powers = {name: hours[f"{name}_mwh"] / hours["dt_h"] for name in (*_POWERS, "energy")}
    means_mw = hours[["begin_s", "class", "stream"]].assign(**powers)
    unit, scale = ("MW", 1.0) if _total(means_mw, "energy").max() >= 1.0 else ("kW", KW_PER_MW)
    top = np.zeros(len(at))
    for name, (word, colour) in _POWERS.items():
        high = top + scale * _means(_total(means_mw, name), edges)
        axes.stairs(high, coarse, baseline=top, fill=True, color=colour, label=word)
        top = high
    axes.set_ylim(bottom=0.0)
    axes.set_ylabel(f"power of replicas, {unit}" + (f"\n(mean{interval})" if interval else ""))
    _finish(axes, len(_POWERS))


def _finish(axes: Axes, entries: int) -> None:
    axes.grid(visible=True, color=EMPTY)
    axes.set_axisbelow(True)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=entries, frameon=False, fontsize="small")


def _intervals(edges: Array) -> tuple[NDArray[np.intp], Array, str]:
    """Hours, days or weeks, which can be told apart: places of their first hours, edges, and their name."""
    hours = len(edges) - 1
    each = next((size for size, most in _MOST.items() if hours <= size * most), [*_INTERVALS][-1])
    at = np.arange(0, hours, each)
    return at, np.append(edges[at], edges[-1]), _INTERVALS[each]


def _means(hourly: Array, edges: Array) -> Array:
    """Means over the intervals that are drawn."""
    at, coarse, _ = _intervals(edges)
    means: Array = np.add.reduceat(hourly * np.diff(edges), at) / np.diff(coarse)
    return means


def _total(hours: pd.DataFrame, column: str) -> Array:
    """Sum of the means of all streams and classes from each beginning on; streams may begin in an hour."""
    begins_s = np.unique(hours["begin_s"])
    total = np.zeros(len(begins_s))
    for _, one in hours.groupby(["stream", "class"]):
        total += one[column].to_numpy()[one["begin_s"].searchsorted(begins_s, "right") - 1]
    return total


def _check_cuts(cuts: pd.DataFrame) -> None:
    """Refuse a table that is not one of power cuts."""
    missing = [name for name in _CUT_COLUMNS if name not in cuts]
    if missing:
        raise SpecError("power cuts", [Problem(("columns",), f"lack {', '.join(missing)}")])
    if cuts.empty:
        raise SpecError("power cuts", [Problem(("rows",), "are 0; allowed: at least one")])


def _over_cuts(axes: Axes, rows: pd.DataFrame, looks: dict[str, tuple[str, str, str]]) -> None:
    """A line over the cuts for each column."""
    for column, (word, colour, style) in looks.items():
        look: dict[str, Any] = {"color": colour, "linestyle": style, "linewidth": 1.6, "markersize": 4}
        axes.plot(PERCENT * rows["cut_pu"], rows[column], marker="o", label=word, **look)
    axes.margins(x=0.02)
    axes.grid(visible=True, color=EMPTY)
    axes.set_axisbelow(True)
    if len(looks) > 1:
        axes.legend(frameon=False, fontsize="small")


def _edges(run: Run, hours: pd.DataFrame) -> Array:
    """Where the hours begin and the last one ends [d since 1970 UTC]."""
    begins_s = np.unique(hours["begin_s"])
    start_d = run.calendar.start.timestamp() / SECONDS_PER_DAY
    return start_d + np.append(begins_s, run.books.horizon_s) / SECONDS_PER_DAY
