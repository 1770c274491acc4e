"""Pictures of a sweep: a line over one axis, a heat map over two, stacked bars, and a Pareto front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import Problem, SpecError
from sim.plots.palette import CURTAILED, CYCLE, INTERVAL, POINT, SERVED, bands
from sim.plots.picture import picture
from sim.report.phrases import listed
from sim.report.service_note import is_cost, unequal_service
from sim.units import unit_in, without_unit

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Band = tuple[str, str, Any]
"""A band of a stacked bar: what it is called, its colour, and its height at each point."""

_MARKERS = "osD^vP*"
_NAMED = 3
_CAPITALS = {"cfe": "CFE", "pue": "PUE", "it": "IT", "gpu": "GPU", "smr": "SMR"}
_MOST_LABELLED = 14
_MOST_BARS = 24
_TITLE = 100
"""Signs of a line of a title."""
_MOST_UPRIGHT = 8
_EMPTY = 0.5
"""Share of empty fields above which a table is not a grid."""
_SCALES = ((10.0**9, "G"), (10.0**6, "M"))
_WHOLE = 1e3
"""Numbers from here on are written without decimals."""
_CLOSE = np.array([0.09, 0.04])
"""Shares of the picture's width, which a label fills, and height within which points share a label."""


def label(name: str) -> str:
    """A name in words with its unit, such as `Peak load [MW]` for `peak_load_mw`."""
    family, _, member = name.partition(".")
    if family in {"supply", "demand", "servers", "facility"}:
        owner, _, family = member.rpartition(".")
        member = owner
    left = without_unit(family)
    unit = unit_in(family) if left else ""
    message = " ".join(_CAPITALS.get(word, word) for word in (left or family).split("_"))
    message = message[:1].upper() + message[1:]
    return f"{message}{f', {member}' if member else ''}{f' [{unit}]' if unit else ''}"


def line(name: str, means: pd.DataFrame, metric: str, over: str, others: Sequence[str]) -> Figure:
    """A metric over one axis with its 95 % interval; each combination of the other axes has a colour."""
    groups = list(means.groupby(list(others), sort=False)) if others else [((), means)]
    if len(groups) > len(CYCLE):
        message = f"{over} leaves {len(groups)} lines; at most {len(CYCLE)} can be distinguished: use heatmap"
        raise _refused("over", message)
    sheet, axes = _sheet()
    for place, (values, part) in enumerate(groups):
        named = zip(others, values, strict=True)
        message = ", ".join(f"{label(other)} = {_short(value)}" for other, value in named)
        numbers = all(map(_is_number, means[over]))
        draw = _draw_line if numbers else _draw_marks
        draw(axes, part.sort_values(over) if numbers else part, (over, metric), place, message)
    axes.set_xlabel(label(over))
    axes.set_ylabel(label(metric))
    _number_ticks(axes.yaxis)
    if all(isinstance(value, int) for value in means[over].tolist()):
        axes.locator_params("x", integer=True)
    if (means[metric] >= 0.0).all():
        axes.set_ylim(bottom=0.0)  # an interval may reach below zero where the metric cannot
    axes.grid(visible=True, alpha=0.3)
    note = f"{_mean_of(means)}, 95 % interval" if means["seeds"].max() > 1 else "one seed: no interval"
    _title(axes, f"{name}: {note}", means, metric)
    if others:
        axes.legend(frameon=False, fontsize="small")
    return sheet


def heatmap(name: str, means: pd.DataFrame, metric: str, x: str, y: str) -> Figure:
    """A metric over two axes of a grid: its mean over seeds."""
    table = means.pivot_table(index=y, columns=x, values=metric, aggfunc="mean")
    if table.isna().to_numpy().mean() > _EMPTY:
        raise _refused("axes", f"{x}, {y} are not the axes of a grid; show a sample with pareto")
    sheet, axes = _sheet()
    image = axes.imshow(table.to_numpy(), origin="lower", aspect="auto", cmap="viridis")
    axes.set_xticks(range(table.shape[1]), [_short(value) for value in table.columns])
    axes.set_yticks(range(table.shape[0]), [_short(value) for value in table.index])
    axes.set_xlabel(label(x))
    axes.set_ylabel(label(y))
    _title(axes, f"{name}: {label(metric)}, {_mean_of(means)}", means, metric)
    _number_ticks(sheet.colorbar(image, ax=axes, label=label(metric)).ax.yaxis)
    if max(table.shape) <= _MOST_LABELLED:
        _write_values(axes, table, image)
    return sheet


def bars(
    name: str,
    means: pd.DataFrame,
    family: str,
    members: Sequence[str],
    varied: Sequence[str],
    *,
    slots: Mapping[str, str],
) -> Figure:
    """The members of a family of metrics as a stacked bar for each point.

    Sources have the colour and the order of their slots; other members are ranked by size, and the smallest
    share a colour.

    Args:
        name: What was run.
        means: A row for each point.
        family: The family, such as `supplied_mwh`.
        members: Names of its metrics, such as `supplied_mwh.grid`.
        varied: Names of the axes.
        slots: Slot of the palette of each source, by name.

    Raises:
        SpecError: If there are more bars than can be read.
    """
    if len(means) > _MOST_BARS:
        message = f"has {len(means)} bars; at most {_MOST_BARS} can be read: choose some with at, or use line"
        raise _refused("points", message)
    by_source = all(member.partition(".")[2] in slots for member in members)
    stack = _slotted(means, members, slots) if by_source else _ranked(means, members)
    stack = [band for band in stack if band[2].any()] or stack
    sheet, axes = _sheet()
    above, below = np.zeros(len(means)), np.zeros(len(means))
    for part, colour, values in stack:
        base = np.where(values >= 0.0, above, below)
        axes.bar(range(len(means)), values, bottom=base, color=colour, label=part, ec="white")
        above, below = above + values.clip(min=0.0), below + values.clip(max=0.0)
    points = means[list(varied)].to_dict("records")
    axes.set_xticks(
        range(len(means)), [", ".join(_short(point[axis]) for axis in varied) for point in points]
    )
    axes.tick_params("x", rotation=0 if len(means) <= _MOST_UPRIGHT else 90)
    axes.set_xlabel(", ".join(map(label, varied)))
    axes.set_ylabel(label(family))
    _number_ticks(axes.yaxis)
    _title(axes, f"{name}: {_mean_of(means)}", means, family)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize="small")
    return sheet


def _slotted(means: pd.DataFrame, members: Sequence[str], slots: Mapping[str, str]) -> list[Band]:
    """Sources in the order and the colours of their slots; those of a slot are one band if they are many."""
    named = {member.partition(".")[2]: means[member].fillna(0.0).to_numpy() for member in members}
    return [
        (listed(sources, _NAMED), colour, sum(named[source] for source in sources))
        for sources, colour in bands({source: slots[source] for source in named})
    ]


def _ranked(means: pd.DataFrame, members: Sequence[str]) -> list[Band]:
    """Members by size in the colours of the cycle; the smallest are one band if they are many."""
    ranked = sorted(members, key=lambda member: -float(np.abs(means[member].to_numpy()).sum()))
    parts = {member.partition(".")[2]: means[member].to_numpy() for member in ranked}
    if len(parts) > len(CYCLE):
        kept = dict(list(parts.items())[: len(CYCLE) - 1])
        parts = {**kept, "others": means[ranked[len(kept) :]].sum(axis=1).to_numpy()}
    return [(part, colour, values) for (part, values), colour in zip(parts.items(), CYCLE, strict=False)]


def pareto(
    name: str, means: pd.DataFrame, metrics: tuple[str, str], varied: Sequence[str], most: Sequence[str]
) -> Figure:
    """All points by two metrics; those that no other point beats in both are joined and labelled."""
    x, y = metrics
    means = means.dropna(subset=[x, y])
    signs = np.array([-1.0 if metric in most else 1.0 for metric in metrics])
    best = means[undominated(means[[x, y]].to_numpy() * signs)].sort_values([x, y])
    sheet, axes = _sheet()
    axes.margins(0.1)
    axes.plot(means[x], means[y], "o", color=POINT, ms=4, label="point")
    axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())  # intervals may be cut off, the points not
    bars = {"xerr": _bars(means, x), "yerr": _bars(means, y)}
    axes.errorbar(means[x], means[y], **bars, fmt="none", ecolor=INTERVAL, elinewidth=0.7, zorder=1)
    axes.plot(best[x], best[y], "o-", color=CYCLE[1], ms=7, lw=1.5, label="no other point is better in both")
    few = len(means) <= _MOST_LABELLED
    _label_points(axes, thinned(best), metrics, varied, beside=means.drop(best.index) if few else best[:0])
    aims = ["more is better" if metric in most else "less is better" for metric in metrics]
    axes.set_xlabel(f"{label(x)} ({aims[0]})")
    axes.set_ylabel(f"{label(y)} ({aims[1]})")
    some = "labels of some" if len(best) > _MOST_LABELLED else "labels"
    _title(axes, f"{name}: {_mean_of(means)}; {some}: {', '.join(map(label, varied))}", means, *metrics)
    for axis in (axes.xaxis, axes.yaxis):
        _number_ticks(axis)
    axes.grid(visible=True, alpha=0.3)
    axes.legend(frameon=False, fontsize="small")
    return sheet


def thinned(best: pd.DataFrame) -> pd.DataFrame:
    """The points of a front that are shown singly: all, or some from one end to the other if many."""
    chosen = np.linspace(0, len(best) - 1, min(len(best), _MOST_LABELLED)).round().astype(int)
    return best.iloc[np.unique(chosen)]


def _label_points(
    axes: Axes, best: pd.DataFrame, metrics: tuple[str, str], varied: Sequence[str], *, beside: pd.DataFrame
) -> None:
    """Write beside each point what was varied; points of the front that lie close together share a label.

    Args:
        axes: Where.
        best: The points of the front.
        metrics: What is across and what is up.
        varied: Names of the axes of the sweep.
        beside: Other points with labels, which are grey.
    """
    size = np.array([np.ptp(axes.get_xlim()), np.ptp(axes.get_ylim())])
    labels: list[tuple[Any, list[str], str]] = []
    for points, colour in ((best, SERVED), (beside, CURTAILED)):
        for row in points.to_dict("records"):
            at = np.array([row[metric] for metric in metrics]) / size
            text = ", ".join(_short(row[axis]) for axis in varied)
            near = next((one for one in labels if _is_close(at, one[0], lines=len(one[1]))), None)
            if near is None:
                labels.append((at, [text], colour))
            elif near[2] == colour == SERVED:
                near[1].append(text)
    for at, texts, colour in labels:
        text = "\n".join(texts[::-1])
        place = tuple(at * size)
        axes.annotate(text, place, textcoords="offset points", xytext=(6, 6), fontsize=8, color=colour)


def _is_close(one: Any, other: Any, *, lines: int) -> bool:
    """Whether a label at a point would lie on that of another point, which has so many lines."""
    across, up = one - other
    wide, high = _CLOSE
    return bool(abs(across) < wide and -high < up < high * lines)


def _title(axes: Axes, text: str, means: pd.DataFrame, *metrics: str) -> None:
    """Write what is shown and, if costs are and points do not serve the same, that they do not."""
    values = {str(name): means[name].to_list() for name in means.columns}
    unequal = unequal_service(values) if any(map(is_cost, metrics)) else ""
    lines = [text, *wrap(unequal, _TITLE)]
    axes.set_title("\n".join(lines), loc="left", fontsize=10)


def undominated(values: Any) -> Any:
    """Which rows no other row beats: none is at most as large in all columns and smaller in one."""
    order = np.lexsort(values.T[::-1])
    front = np.zeros(len(values), dtype=bool)
    lowest, seen = np.inf, None
    for at in order:
        row = tuple(values[at])
        if row[1] < lowest or row == seen:
            front[at] = True
            lowest, seen = row[1], row
    return front


def _draw_line(axes: Axes, part: pd.DataFrame, names: tuple[str, str], place: int, message: str) -> None:
    over, metric = names
    across, colour = part[over], CYCLE[place]
    axes.plot(across, part[metric], marker=_MARKERS[place], color=colour, label=message)
    half = part[f"{metric}.ci95"]
    if half.notna().any():
        axes.fill_between(across, part[metric] - half, part[metric] + half, color=colour, alpha=0.18, lw=0)


def _draw_marks(axes: Axes, part: pd.DataFrame, names: tuple[str, str], place: int, text: str) -> None:
    """A mark for each word, in the order of the points: there is nothing between two words."""
    over, metric = names
    half = part[f"{metric}.ci95"]
    bars = half if half.notna().any() else None
    across = part[over].astype(str)
    axes.errorbar(across, part[metric], bars, fmt=_MARKERS[place], color=CYCLE[place], capsize=4, label=text)


def _write_values(axes: Axes, table: pd.DataFrame, image: Any) -> None:
    """Write each value into its field, in the colour that stands out."""
    for row, values in enumerate(table.to_numpy()):
        for at, value in enumerate(values):
            if np.isfinite(value):
                red, green, blue, _ = image.cmap(image.norm(value))
                dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5  # noqa: PLR2004 - half of full light
                colour = "white" if dark else "black"
                axes.text(at, row, _short(value), ha="center", va="center", color=colour, fontsize=8)


def _mean_of(means: pd.DataFrame) -> str:
    seeds = int(means["seeds"].max())
    return f"mean of {seeds} seeds" if seeds > 1 else "one seed"


def _sheet() -> tuple[Figure, Axes]:
    figure = picture(figsize=(8.0, 5.0), layout="constrained", dpi=150)
    return figure, figure.add_subplot()


def _number_ticks(axis: Any) -> None:
    """Write large numbers as 1.5 M instead of with a common factor at the end of the axis."""
    axis.set_major_formatter(lambda value, _place: _short(value))


def _bars(means: pd.DataFrame, name: str) -> Any:
    half = means[f"{name}.ci95"]
    return half if half.notna().any() else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number)


def _short(value: Any) -> str:
    if not _is_number(value):
        return str(value)
    for scale, sign in _SCALES:
        if abs(value) >= scale:
            return f"{value / scale:.3g} {sign}"
    return f"{value:,.0f}" if abs(value) >= _WHOLE else f"{value:.3g}"


def _refused(field: str, message: str) -> SpecError:
    return SpecError("sweep", [Problem((field,), message)])
