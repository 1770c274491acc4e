"""A panel of a run as a picture of its own, for slides and papers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import Problem, SpecError, nearest, shortened
from sim.files.whole import whole_file
from sim.plots import demand, panels
from sim.plots import requests as streams
from sim.plots.bill import bill, has_bill
from sim.plots.dispatch import legend, source_legend
from sim.plots.picture import picture
from sim.plots.week import worst_week
from sim.runs.run import Run

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("png", "svg", "pdf")
"""Formats of a file."""
SIZE_IN = (10.0, 6.0)
"""Usual width and height."""
DPI = 150
"""Usual resolution of a PNG."""
_LEAST_IN, _MOST_IN = (5.0, 3.0), 40.0
_TEXT_PT, _LEAST_PT = 10.0, 6.5
_LEGEND_COLUMNS = 4
_LEAST_DPI, _MOST_DPI = 30, 1200
_MOST_PIXELS = 20_000
_UNDATED = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
"""What leaves the time of writing out of a file, so that the same run gives the same bytes."""


@dataclass(frozen=True)
class _Panel:
    """A panel.

    Attributes:
        draw: Draws it into axes.
        has: Whether a run has what it shows.
        of: What a run without it lacks.
        key: Its legend, if it has none of its own.
    """

    draw: Callable[[Axes, Run], None]
    has: Callable[[Run], bool]
    of: str
    key: Callable[[Run], list[Artist]] | None = None


def _week(axes: Axes, run: Run) -> None:
    panels.week(axes, run, worst_week(run))


def _has_load(run: Run) -> bool:
    return run.summary.peak_demand_mw > 0.0


def _has_supply(run: Run) -> bool:
    return bool(run.family("supply"))


_PANELS = {
    "dispatch": _Panel(_week, _has_supply, "sources", legend),
    "load_duration": _Panel(panels.load_duration, _has_load, "load"),
    "energy": _Panel(panels.energy, _has_supply, "sources", source_legend),
    "curtailment": _Panel(panels.curtailment, _has_supply, "sources"),
    "bill": _Panel(bill, has_bill, "a bill"),
    "jobs": _Panel(demand.jobs, demand.has_jobs, "jobs that waited or started again"),
    "overhead": _Panel(demand.overhead, demand.has_overhead, "overhead that follows weather or load"),
    "requests": _Panel(streams.rates, streams.has_requests, "inference streams"),
}
PANELS = tuple(_PANELS)
"""Names of the panels."""


def panels_of(run: Run) -> tuple[str, ...]:
    """The panels that a run has."""
    return tuple(name for name, panel in _PANELS.items() if panel.has(run))


def single(run: Run, name: str, size_in: tuple[float, float] = SIZE_IN) -> Figure:
    """A panel as a figure without a window or display.

    Args:
        run: The run.
        name: Name of the panel.
        size_in: Width and height [inch].

    Raises:
        SpecError: If there is no such panel, or the run does not have what it shows.
    """
    from matplotlib.style import context

    check(Path(), [name], FORMATS[0], size_in, DPI)
    panel = _PANELS[name]
    if not panel.has(run):
        raise _refused("panel", f"= {name!r}; the run has no {panel.of}")
    with context(["default", {"font.size": _text_pt(size_in)}]):
        figure = picture(figsize=size_in, dpi=DPI, layout="constrained")
        panel.draw(figure.add_subplot(), run)
        if panel.key is not None:
            _add_legend(figure, panel.key(run))
        return figure


def _text_pt(size_in: tuple[float, float]) -> float:
    """Size of the text, smaller in a small picture [point]."""
    share = min(1.0, *(one / usual for one, usual in zip(size_in, SIZE_IN, strict=True)))
    return max(_LEAST_PT, _TEXT_PT * share)


def _add_legend(figure: Figure, handles: list[Artist]) -> None:
    """Add a legend of as many columns as fit the width."""
    for columns in range(_LEGEND_COLUMNS, 0, -1):
        made = figure.legend(handles=handles, loc="outside lower center", ncols=columns, frameon=False)
        if columns == 1 or made.get_window_extent().width <= figure.bbox.width:
            return
        made.remove()


def write(
    run: Run,
    folder: Path,
    names: Sequence[str] = (),
    *,
    form: str = FORMATS[0],
    size_in: tuple[float, float] = SIZE_IN,
    dpi: int = DPI,
) -> list[Path]:
    """Write panels as files that bear their names; each file is written completely or not at all.

    Args:
        run: The run.
        folder: The folder; it is created. Other files in it are left alone.
        names: Names of the panels. Default: all that the run has.
        form: Format, `png`, `svg` or `pdf`.
        size_in: Width and height [inch].
        dpi: Dots per inch of a PNG.

    Returns:
        The files.

    Raises:
        SpecError: If an argument is out of range, or the run does not have what a panel shows.
    """
    from matplotlib import rc_context

    check(folder, names, form, size_in, dpi)
    figures = {name: single(run, name, size_in) for name in names or panels_of(run)}
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in figures.items():
        with whole_file(folder / f"{name}.{form}") as draft, rc_context({"svg.hashsalt": name}):
            figure.savefig(draft, format=form, dpi=dpi, metadata=_UNDATED[form])
    return [folder / f"{name}.{form}" for name in figures]


def check(folder: Path, names: Sequence[str], form: str, size_in: tuple[float, float], dpi: int) -> None:
    """Refuse pictures that cannot be drawn.

    Raises:
        SpecError: Naming the argument, its value and what is allowed.
    """
    for name in names:
        if name not in _PANELS:
            raise _refused("panel", f"= {shortened(name)} is unknown{nearest(name, _PANELS)}")
    if folder.exists() and not folder.is_dir():
        raise _refused("folder", f"= {str(folder)!r} is a file; allowed: a folder")
    if form not in FORMATS:
        raise _refused("format", f"= {shortened(form)}; allowed: {', '.join(FORMATS)}")
    if not all(least <= one <= _MOST_IN for least, one in zip(_LEAST_IN, size_in, strict=True)):
        said, least = (" x ".join(f"{one:g}" for one in pair) for pair in (size_in, _LEAST_IN))
        raise _refused("size_in", f"= {said} inch; allowed: {least} to {_MOST_IN:g} x {_MOST_IN:g} inch")
    if not _LEAST_DPI <= dpi <= _MOST_DPI or dpi * max(size_in) > _MOST_PIXELS:
        most = min(_MOST_DPI, int(_MOST_PIXELS / max(size_in)))
        raise _refused("dpi", f"= {dpi} 1/inch; allowed: {_LEAST_DPI} to {most} 1/inch")


def _refused(field: str, message: str) -> SpecError:
    return SpecError("picture", [Problem((field,), message)])
