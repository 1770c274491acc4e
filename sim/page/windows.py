"""The dispatch of several runs below one another: windows that share one time axis, zoom and cursor."""

from __future__ import annotations

from collections.abc import Sequence

from sim.page.bins import MOST_BINS, bin_length_s, bins, closed, length_said
from sim.page.chart import chart_element, key, swatch
from sim.page.clock import Clock
from sim.page.compared import Compared, lengths_said, line_key, line_style, named
from sim.page.curves import Curve, Part, curves
from sim.page.dispatch_chart import overview, whole_chart, window_chart, window_range
from sim.page.track import Track
from sim.page.weeks import REASONS, weeks, whole_run, worst_weeks
from sim.page.window import DIGITS_SAID, buttons, readout, rows_said, times_said, told_element, window_element
from sim.plots.panels import slots
from sim.plots.week import Week
from sim.report.html import Html, element, joined
from sim.runs.run import Run
from sim.units import SECONDS_PER_HOUR

MOST_NUMBERS = 700_000
"""Numbers of rows of all runs of a page together."""
_MOST_DRAWN = 800
_OVERVIEW = "dispatch-all"
_FIRST_DRAWN = 100
"""Bins that a window is drawn from until the script draws it anew."""
_WHOLE = "Each is shown from its beginning to its end; its own page has a window."
_LEFT_OUT = (Part.PRICE, Part.LEVEL)
"""Parts that are in the page of a run alone."""


def windows(runs: Sequence[Compared], most: int) -> Html:
    """The windows with their controls, readout and data; each run whole, if the runs differ in length.

    Args:
        runs: The runs.
        most: Most numbers of rows of all runs together.
    """
    wanted = shared_curves([one.run for one in runs])
    if lengths_said(runs):
        return _apart(runs, wanted)
    clock, found = Clock.of(runs[0].run), shared_weeks(runs)
    tracks = [
        Track.of(one.run, some, clock, found, most_numbers=most // len(runs), most_bins=most_bins(len(runs)))
        for one, some in zip(runs, wanted, strict=True)
    ]
    window = clock.window(found[0])
    ids = [f"dispatch-{place}" for place in range(len(runs))]
    told = [track.told(name, one.name) for track, name, one in zip(tracks, ids, runs, strict=True)]
    charts = [_window(one, track, name, window) for one, track, name in zip(runs, tracks, ids, strict=True)]
    at_s = runs[0].run.summary.peak_demand_at_h * SECONDS_PER_HOUR
    return joined(
        element("p", _about(runs, clock)),
        element(
            "details",
            element("summary", "Which rows of each run the page has"),
            element("ul", *map(_rows, runs, tracks)),
        ),
        buttons(list(dict.fromkeys([*found, whole_run(runs[0].run)])), clock.horizon_s),
        window_element(_whole(runs, wanted, clock, window), line_key(runs), *charts),
        _readout(runs, wanted),
        told_element(clock, told, at_s),
    )


def most_bins(runs: int) -> int:
    """Most bins of each of some runs: those of the page of a run for two, fewer for more."""
    return 2 * MOST_BINS // runs


def shared_curves(runs: Sequence[Run]) -> list[tuple[Curve, ...]]:
    """The curves of each run; a source has the same colour in all of them."""
    sources = {name: slot for run in reversed(runs) for name, slot in slots(run).items()}
    return [tuple(one for one in curves(run, sources) if one.part not in _LEFT_OUT) for run in runs]


def shared_weeks(runs: Sequence[Compared]) -> list[Week]:
    """The worst weeks of all runs, each once, with its reasons and the runs that they hold for."""
    first = weeks(runs[0].run)
    if first == [whole_run(runs[0].run)]:
        return first
    worst = {one.name: {week.why: week for week in worst_weeks(one.run)} for one in runs}
    found: dict[tuple[int, int], dict[str, list[str]]] = {}
    for why in REASONS:
        for name, of in worst.items():
            if why in of:
                found.setdefault((of[why].first, of[why].last), {}).setdefault(why, []).append(name)
    return [
        Week(*at, ", ".join(_why(*one, len(runs)) for one in reasons.items()))
        for at, reasons in found.items()
    ]


def _rows(one: Compared, track: Track) -> Html:
    """Which rows of a run the page has."""
    return element("li", named(one), f": {rows_said(track)}.")


def _why(why: str, names: Sequence[str], count: int) -> str:
    """A reason, with the runs that it holds for if it does not hold for all."""
    return why if len(names) == count else f"{why} ({', '.join(names)})"


def _whole(
    runs: Sequence[Compared], wanted: Sequence[Sequence[Curve]], clock: Clock, window: tuple[float, float]
) -> Html:
    """The demand wanted of all runs from beginning to end, in which the window is marked."""
    made = overview(clock, window_range(clock, window))
    made.y_range.start = 0.0
    length_s = bin_length_s(clock.horizon_s, _MOST_DRAWN)
    for one, some in zip(runs, wanted, strict=True):
        demand = [curve for curve in some if curve.part is Part.WANTED]
        found = bins(one.run, demand, length_s)
        made.step(clock.x(found.edges_s), closed(found.mean)[0], mode="after", **line_style(one))
    return chart_element(_OVERVIEW, made, "Demand wanted of all runs from beginning to end")


def _window(one: Compared, track: Track, name: str, window: tuple[float, float]) -> Html:
    """The window of a run, below its name."""
    length_s = bin_length_s(track.clock.horizon_s, _FIRST_DRAWN)
    chart = window_chart(track, coarse=bins(track.run, track.curves, length_s), window=window)
    label = f"Dispatch of {one.name}: sources stacked against demand"
    return joined(element("h3", named(one)), chart_element(name, chart, label))


def _apart(runs: Sequence[Compared], wanted: Sequence[Sequence[Curve]]) -> Html:
    """Each run from its beginning to its end, for runs that differ in length."""
    told = f"The runs differ in length ({lengths_said(runs)}), so they have no window in common. {_WHOLE}"
    parts = [element("p", told)]
    for place, (one, some) in enumerate(zip(runs, wanted, strict=True)):
        clock = Clock.of(one.run)
        length_s = bin_length_s(clock.horizon_s, _MOST_DRAWN)
        chart = whole_chart(some, clock, bins(one.run, some, length_s))
        label = f"Dispatch of {one.name} from beginning to end"
        about = f"Means over {length_said(length_s)}, in {times_said(clock)}."
        name = f"dispatch-{place}"
        parts += [element("h3", named(one)), element("p", about), chart_element(name, chart, label)]
    entries = {(curve.label, curve.colour, curve.part): None for some in wanted for curve in some}
    return joined(*parts, key([one for one in entries if one[2] is not Part.HELD]))


def _about(runs: Sequence[Compared], clock: Clock) -> str:
    """What the charts show, and how times are written."""
    starts = {(one.run.calendar.start, one.run.timezone) for one in runs}
    apart = (
        " The runs begin at different times or places: each is shown by the time since its beginning, on the "
        "clock of the first."
    )
    coarse = length_said(bin_length_s(clock.horizon_s, _MOST_DRAWN))
    return (
        f"Above: the demand wanted of each run, in means over {coarse}. Below: the same window of each run "
        f"in exact steps, on one scale, in {times_said(clock)}.{apart * (len(starts) > 1)} A source has one "
        f"colour in all runs. Prices and levels of stores are in the page of a run. {DIGITS_SAID}"
    )


def _readout(runs: Sequence[Compared], wanted: Sequence[Sequence[Curve]]) -> Html:
    """The values of all runs at the cursor, which is the legend too; the script fills them in."""
    rows: dict[tuple[Part, str, str], dict[int, str]] = {}
    for place, some in enumerate(wanted):
        for one in some:
            rows.setdefault((one.part, one.label, one.colour), {})[place] = one.key
    heads = [element("th", ""), element("th", "at the cursor, MW")]
    heads += [element("th", named(one), class_="number") for one in runs]
    order = list(Part)
    body = (
        element(
            "tr",
            element("td", swatch(colour, part)),
            element("td", label),
            *(_value(place, keys.get(place)) for place in range(len(runs))),
        )
        for (part, label, colour), keys in sorted(rows.items(), key=lambda item: order.index(item[0][0]))
    )
    table = element("table", element("thead", element("tr", *heads)), element("tbody", *body))
    return readout(element("div", table, class_="wide beside"))


def _value(place: int, key: str | None) -> Html:
    """The cell of a value at the cursor; a dash where the run does not have the curve."""
    if key is None:
        return element("td", "-", class_="number")
    return element("td", "", class_="number", data_key=key, data_run=str(place))
