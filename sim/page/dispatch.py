"""The dispatch chart: the run in means, and a window of it in exact steps, with price and levels."""

from __future__ import annotations

from collections.abc import Sequence

from sim.page.bins import MOST_BINS, bin_length_s, bins, length_said
from sim.page.chart import chart_element, swatch
from sim.page.clock import Clock
from sim.page.curves import Curve, curves
from sim.page.dispatch_chart import dispatch_chart
from sim.page.kept import MOST_NUMBERS
from sim.page.outages import outages
from sim.page.track import Track
from sim.page.weeks import weeks, whole_run
from sim.page.window import DIGITS_SAID, buttons, readout, rows_said, times_said, told_element, window_element
from sim.report.html import Html, element, joined
from sim.runs.run import Run
from sim.units import SECONDS_PER_HOUR

MOST_DRAWN = 800
"""Most bins of the whole run in a picture."""
_NAME = "dispatch"


def dispatch(run: Run, most: int = MOST_NUMBERS) -> Html:
    """The chart with its controls, its readout and its data.

    Args:
        run: The run.
        most: Most numbers of rows.
    """
    wanted, clock, found = curves(run), Clock.of(run), weeks(run)
    track = Track.of(run, wanted, clock, found, most_numbers=most, most_bins=MOST_BINS)
    coarse_s = bin_length_s(clock.horizon_s, MOST_DRAWN)
    coarse = bins(run, wanted, coarse_s)
    chart = dispatch_chart(track, coarse=coarse, window=clock.window(found[0]))
    return joined(
        element("p", _about(track, coarse_s)),
        buttons(list(dict.fromkeys([*found, whole_run(run)])), run.books.horizon_s),
        window_element(chart_element(_NAME, chart, "Dispatch over time: sources stacked against demand")),
        _readout(wanted),
        told_element(
            clock,
            [track.told(_NAME)],
            run.summary.peak_demand_at_h * SECONDS_PER_HOUR,
            outages(run, clock),
            _firm_mw(run, clock),
        ),
    )


def _about(track: Track, coarse_s: float) -> str:
    """What the chart shows, how times are written, and what of the run is in the page."""
    what = (
        f"Above: means over {length_said(coarse_s)}, with the least and the highest demand wanted as thin "
        "lines. Below: a window of the run in exact steps"
    )
    return f"{what}, in {times_said(track.clock)}. {rows_said(track)}. {DIGITS_SAID}"


def _readout(wanted: Sequence[Curve]) -> Html:
    """The values at the cursor, which is the legend too; the script fills them in."""
    rows = [
        element(
            "tr",
            element("td", swatch(one.colour, one.part)),
            element("td", one.label),
            element("td", "", class_="number", data_key=one.key, data_run="0"),
            element("td", one.unit),
        )
        for one in wanted
    ]
    more = (element("p", "", id=name, role="status") for name in ("out", "firm"))
    return readout(element("table", element("tbody", *rows)), *more)


def _firm_mw(run: Run, clock: Clock) -> list[tuple[float, float]]:
    """Firm capacity from places of the axis on."""
    times_s, firm_mw = run.firm_mw.changes(run.books.horizon_s)
    return [(float(clock.x(t_s)), mw) for t_s, mw in zip(times_s.tolist(), firm_mw.tolist(), strict=True)]
