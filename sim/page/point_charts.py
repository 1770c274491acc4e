"""The charts of a sweep: places and choices; the script draws them from the data of the page."""

from __future__ import annotations

from collections.abc import Sequence

from sim.page.swept import Swept
from sim.report.html import Html, element, joined

_FIRST = ("total_cost_usd_per_mwh", "cost_usd", "unserved_mwh", "carbon_t", "cfe_score")
"""Metrics that charts have at first, if they vary."""
_LESS, _MORE = "less is better", "more is better"
_MORE_IS_BETTER = ("cfe_score", "annual_matching", "reserve_margin", "load_factor")
_KEYS = "Click a point to select it. Once a chart has the focus, left and right go from point to point."


def parallel(sweep: Swept) -> Html:
    """Parallel coordinates: a line for each axis and chosen metric, across which each point is a line."""
    numbers = [*sweep.axes, *(name for name in sweep.varying if name not in sweep.axes)]
    chosen = {*sweep.axes, *_FIRST}
    boxes = (element("label", _box(name, name in chosen), f" {name}") for name in numbers)
    choice = element(
        "details", element("summary", "Axes and metrics"), element("div", *boxes, class_="boxes")
    )
    about = "A line a point: grey, if it does not pass the filter of the table."
    return joined(
        element("p", f"{about} {_KEYS}", class_="hint"),
        element("div", choice, class_="buttons"),
        _place("parallel", "Parallel coordinates of the points"),
    )


def heat_map(sweep: Swept) -> Html:
    """A metric over two axes, as the mean of the points that pass the filter."""
    if len(sweep.axes) == 1:
        return element("p", f"Only {sweep.axes[0]} was varied; a heat map needs two axes.")
    choices = (
        _choice("heat-x", "across", sweep.axes, sweep.axes[1]),
        _choice("heat-y", "up", sweep.axes, sweep.axes[0]),
        _choice("heat-metric", "metric", sweep.varying, _first(sweep)),
    )
    return joined(
        element("p", "", id="heat-said", role="status"),
        element("div", *choices, class_="buttons"),
        _place("heat", "Heat map of a metric over two axes"),
    )


def pareto(sweep: Swept) -> Html:
    """The points by two metrics, and those that no other point beats in both."""
    names = sweep.varying
    x = _first(sweep)
    y = next((name for name in ("unserved_mwh", *_FIRST, *names) if name in names and name != x), x)
    choices = [
        joined(_choice(f"pareto-{side}", word, names, name), _aim(side, name))
        for side, word, name in (("x", "across", x), ("y", "up", y))
    ]
    about = (
        "Of the points that pass the filter, those that no other one beats in both metrics are joined. "
        "Points that do not pass are grey."
    )
    return joined(
        element("p", about),
        element("div", *choices, class_="buttons"),
        _place("pareto", "Points by two metrics, with the Pareto front"),
    )


def _first(sweep: Swept) -> str:
    """The metric that charts show at first: the total cost, the bill, or the first that varies."""
    names = sweep.varying
    return next(name for name in (*_FIRST, *names) if name in names)


def _place(name: str, label: str) -> Html:
    """The place of a chart, and of what is said of the point under the pointer."""
    place = element("div", id=name, class_="plot", tabindex="0", role="group", aria_label=f"{label}. {_KEYS}")
    campus = element("a", "its campus", href="#part-point")
    picked = element("p", "Selected: ", element("span", "", class_="picked"), " ", campus, class_="hint")
    return joined(place, element("p", "", id=f"{name}-near", class_="near", role="status"), picked)


def _choice(name: str, word: str, options: Sequence[str], chosen: str) -> Html:
    found = (
        element("option", one, value=one, **({"selected": "selected"} if one == chosen else {}))
        for one in options
    )
    return element("label", f"{word} ", element("select", *found, id=name))


def _aim(side: str, name: str) -> Html:
    aims = (_MORE, _LESS) if name in _MORE_IS_BETTER else (_LESS, _MORE)
    options = (element("option", aim, value=aim) for aim in aims)
    return element("select", *options, id=f"pareto-{side}-aim", aria_label=f"aim of {side}")


def _box(name: str, is_chosen: bool) -> Html:
    chosen = {"checked": "checked"} if is_chosen else {}
    return element("input", type="checkbox", value=name, **chosen)
