"""The requests of inference streams hour by hour: rates, times to first token, and power."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.page.chart import FOLLOWS, INK, chart_element, key, over_time
from sim.page.clock import Clock
from sim.page.weeks import weeks
from sim.plots.palette import CYCLE, POINT, SERVED, UNSERVED, VALUE
from sim.report.document import Document, Paragraph
from sim.report.html import Html, element, joined, to_html
from sim.report.phrases import counted
from sim.runs.requests import by_hour
from sim.runs.run import Run
from sim.timeseries.series import Array

if TYPE_CHECKING:
    import pandas as pd

MOST_STREAMS = 3
MOST_HOURS = 60_000
"""Hours of the classes of a stream, beyond which a page has no chart of them."""
_ABOUT = "Each hour, in the window of the dispatch chart. Times are those of requests served."
_MOST_CLASSES = 3
_PX = 150
_RATES = {"wanted": SERVED, "served": VALUE, "dropped": UNSERVED}
_TIMES = {"ttft_p50_s": ("p50", "solid"), "ttft_p99_s": ("p99", "dotted")}
_CLASSES = (CYCLE[0], CYCLE[5], CYCLE[3])
_POWERS = {"idle": ("idle", POINT), "host": ("host", CYCLE[3]), "accelerator": ("accelerators", CYCLE[2])}


def requests(run: Run) -> Html:
    """The streams with the most requests, with a chart for each."""
    hourly = by_hour(run.books)
    wanted = hourly.groupby("stream")["wanted"].sum()
    names = sorted(wanted.index, key=lambda name: (-wanted[name], name))
    if not names:
        return to_html(Document("", (Paragraph("No inference streams."),)))
    hours = int(hourly.groupby("stream").size().max())
    if hours > MOST_HOURS:
        told = f"A stream has {hours:,} hours of its classes, too many for a page; the saved folder has them."
        return to_html(Document("", (Paragraph(told),)))
    parts = [
        part
        for at, name in enumerate(names[:MOST_STREAMS])
        for part in _stream(run, at, str(name), hourly[hourly["stream"] == name])
    ]
    beyond = len(names) - MOST_STREAMS
    if beyond > 0:
        parts.append(element("p", f"{counted(beyond, 'stream')} with fewer requests: see the saved folder."))
    return joined(element("p", _ABOUT), *parts)


def _stream(run: Run, at: int, name: str, hours: pd.DataFrame) -> list[Html]:
    from bokeh.layouts import column
    from bokeh.models import Range1d

    clock = Clock.of(run)
    begins_s = np.unique(hours["begin_s"])
    x = np.asarray(clock.x(np.append(begins_s, run.books.horizon_s)))
    span = Range1d(*clock.window(weeks(run)[0]), tags=[FOLLOWS])
    ranked = hours.groupby("class", sort=False)["wanted"].sum().sort_values(ascending=False, kind="stable")
    classes = [str(one) for one in ranked.index[:_MOST_CLASSES]]
    charts = column(
        _rates(x, span, hours, begins_s),
        _times(x, span, hours, begins_s, classes),
        _power(x, span, hours, begins_s),
        sizing_mode="stretch_width",
    )
    entries = [(f"requests {word}", colour, "line") for word, colour in _RATES.items()]
    for one, colour in zip(classes, _CLASSES, strict=False):
        entries.append((f"{one}: time to first token, p50 (p99 dotted)", colour, "line"))
    entries += [(f"power: {word}", colour, "") for word, colour in _POWERS.values()]
    return [
        element("h3", name),
        chart_element(f"requests-{at}", charts, "Requests by hour: rates, times to first token, power"),
        key(entries),
    ]


def _rates(x: Array, span: Any, hours: pd.DataFrame, begins_s: Array) -> Any:
    made = over_time(_PX, span, y_axis_label="requests/s")
    for name, colour in _RATES.items():
        rate = _stepped(_total(hours, hours[f"{name}_per_s"], begins_s))
        line = made.step(x, rate, mode="after", line_color=colour, line_width=1.4)
        line.glyph.tags = [INK] if colour == SERVED else []
    return made


def _times(x: Array, span: Any, hours: pd.DataFrame, begins_s: Array, classes: list[str]) -> Any:
    made = over_time(_PX, span, y_axis_label="TTFT, s", y_axis_type="log")
    for name, colour in zip(classes, _CLASSES, strict=False):
        of_class = hours[hours["class"] == name]
        for column, (_, dash) in _TIMES.items():
            longest = _at(of_class, of_class[column], begins_s)
            made.step(x, _stepped(longest), mode="after", line_color=colour, line_dash=dash, line_width=1.4)
    return made


def _power(x: Array, span: Any, hours: pd.DataFrame, begins_s: Array) -> Any:
    made = over_time(_PX, span, y_axis_label="MW of replicas")
    top = np.zeros(len(x))
    for name, (_, colour) in _POWERS.items():
        high = top + _stepped(_total(hours, hours[f"{name}_mwh"] / hours["dt_h"], begins_s))
        made.varea_step(x=x, y1=top, y2=high, step_mode="after", fill_color=colour)
        top = high
    return made


def _total(hours: pd.DataFrame, values: pd.Series[float], begins_s: Array) -> Array:
    """The sum over classes, which have the same hours once they have begun."""
    total = np.zeros(len(begins_s))
    for _, one in values.groupby(hours["class"]):
        total += np.nan_to_num(_at(hours.loc[one.index], one, begins_s))
    return total


def _at(hours: pd.DataFrame, values: pd.Series[float], begins_s: Array) -> Array:
    """Values from each of some beginnings on; NaN where a class has no hour."""
    found = np.full(len(begins_s), np.nan)
    found[np.searchsorted(begins_s, hours["begin_s"].to_numpy())] = values.to_numpy()
    return found


def _stepped(values: Array) -> Array:
    """Values with the last one twice, for its step to reach the end."""
    return np.append(values, values[-1]).astype(np.float32)
