"""The chart: a figure of Bokeh as data in the page, and the code that draws it.

Colours of axes and of what is tagged `ink` follow the reader's dark or light setting; the page's script
sets them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sim.page.shell import code
from sim.report.html import Html, data_element, element, joined

if TYPE_CHECKING:
    from bokeh.models import Model, Range
    from bokeh.plotting import figure

FOLLOWS = "follows"
"""Tag of a range that follows the window of the dispatch chart."""
POINTED = "pointed"
"""Tag of a figure at which the cursor of the page can be pointed and moved."""
INK = "ink"
"""Tag of a glyph or line whose colour is that of the text."""
_CLIPPED = ":host { clip-path: inset(1px 0 0 1px); }"
"""Bokeh does not clear the first row and column of pixels when it paints again."""
_APART_PX = 12
_IDS = ("id", "root_id")


def chart(height: int, **options: Any) -> figure:
    """An empty figure as wide as the page, without tools.

    Args:
        height: Its height [px].
        **options: What `bokeh.plotting.figure` takes.
    """
    from bokeh.plotting import figure

    made = figure(
        height=height,
        sizing_mode="stretch_width",
        toolbar_location=None,
        tools="",
        min_border_left=0,
        min_border_right=12,
        outline_line_color=None,
        stylesheets=[_CLIPPED],
        **options,
    )
    made.xgrid.grid_line_color = None
    return made


def over_time(height: int, x_range: Range, **options: Any) -> figure:
    """An empty figure over time; dates that would touch are left out.

    Args:
        height: Its height [px].
        x_range: The range of time that it shows, on the axis of the page's clock.
        **options: What `bokeh.plotting.figure` takes.
    """
    from bokeh.models import NoOverlap

    made = chart(height, x_axis_type="datetime", x_range=x_range, **options)
    made.xaxis.major_label_policy = NoOverlap(min_distance=_APART_PX)
    return made


def swatch(colour: str, kind: str) -> Html:
    """A sample of how something is drawn.

    Args:
        colour: Its colour.
        kind: Its class in the page's style, such as `line`.
    """
    return element("span", "", class_=f"swatch {kind}", style=f"--colour: {colour}")


def key(entries: Iterable[tuple[str, str, str]]) -> Html:
    """What the colours of a chart mean, in the page, so that names are text.

    Args:
        entries: Label, colour and kind of each.
    """
    items = (element("li", swatch(colour, kind), " ", label) for label, colour, kind in entries)
    return element("ul", *items, class_="key")


def chart_element(name: str, model: Model, label: str) -> Html:
    """A place for a chart, and the chart as data.

    Args:
        name: Its id.
        model: The figure, or a layout of several.
        label: What the chart shows, for those who cannot see it.
    """
    from bokeh.embed import json_item

    place = element("div", id=name, class_="chart", role="img", aria_label=label)
    return joined(place, data_element(f"{name}-data", _numbered(json_item(model, name), name, {})))


def _numbered(value: Any, name: str, known: dict[str, str]) -> Any:
    """Data of Bokeh with its ids, which count up while a process lives, counted within the chart.

    Equal runs then give equal pages.
    """
    if isinstance(value, dict):
        return {
            key: known.setdefault(inner, f"{name}-{len(known)}")
            if key in _IDS
            else _numbered(inner, name, known)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_numbered(inner, name, known) for inner in value]
    return value


def chart_codes() -> tuple[str, ...]:
    """The code of Bokeh, that which draws charts, and that of the window of dispatch."""
    from bokeh.resources import Resources

    bokeh = Resources(mode="inline", components=["bokeh"], log_level="error").js_raw
    return (*bokeh, code("drawing"), code("window"))
