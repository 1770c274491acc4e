"""The comparison of results: what differs between runs, as a frame, a table and a picture."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sim.errors import Problem, SpecError
from sim.files.whole import whole_file
from sim.page.compared import check_count
from sim.page.comparison import write_comparison
from sim.page.shell import check_page
from sim.plots.palette import DEFERRED, SPILT, UNSERVED, VALUE, bands
from sim.plots.panels import slots
from sim.plots.picture import drawable, picture
from sim.report.comparison import document
from sim.report.document import Document
from sim.report.markdown import to_markdown
from sim.report.numbers import cell
from sim.report.phrases import listed
from sim.report.service_note import is_cost, unequal_service
from sim.results.result import Result
from sim.runs.summary import DIAGNOSTICS, absent, ordered

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Given = Mapping[str, Result | Path | str] | Sequence[Result | Path | str]
"""Results, or folders of saved ones; by name, or else named by folder or campus."""
PAGE = "report.html"
"""The page of a result in the folder where it is saved."""
_PANELS = (
    ("peak_load_mw", "Peak load [MW]", 1.0),
    ("cost_usd", "Cost [million USD]", 1e6),
    ("carbon_t", "Carbon [t]", 1.0),
    ("cfe_score", "CFE score, hourly [share]", 1.0),
)
_LOST = (
    ("curtailed_mwh", "curtailed", SPILT),
    ("unserved_mwh", "unserved", {"color": UNSERVED, "ec": "white"}),
    ("deferred_mwh", "deferred", {"color": DEFERRED, "ec": "white"}),
)
_LONGEST = 18
_NAMED = 3
_WIDEST = 40
_DPI = 110
_PICTURES = (".png", ".svg", ".pdf")


@dataclass(frozen=True)
class Comparison:
    """Runs beside each other.

    Attributes:
        results: The runs by name; the first is the baseline.
    """

    results: Mapping[str, Result] = field(repr=False)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A row for each metric, with its unit in its name, and a column for each run.

        If a run lacks a metric, such as that of a source it does not have, energy and money are zero, and any
        other metric is NaN.
        """
        import pandas as pd

        columns = {name: result.summary.metrics() for name, result in self.results.items()}
        names = ordered(columns.values())
        rows = [name for name in names if name not in DIAGNOSTICS]
        data = {run: [found.get(row, absent(row)) for row in rows] for run, found in columns.items()}
        return pd.DataFrame(data, index=pd.Index(rows, name="metric"), dtype=float)

    @property
    def differences(self) -> pd.DataFrame:
        """The difference of each run from the first, row by row as in `frame`."""
        first, *others = self.frame.columns
        return self.frame[others].sub(self.frame[first], axis=0)

    def report(self) -> str:
        """The metrics that differ, as a table in Markdown."""
        return to_markdown(self.document())

    def document(self) -> Document:
        """The metrics that differ, as a document: values of each run and differences from the first."""
        results = self.results.values()
        return document(
            list(self.results),
            self._rows(),
            days=next(iter(results)).days,
            seeds={result.seed for result in results},
            versions={result.version for result in results},
        )

    def __str__(self) -> str:
        return self.report()

    def _repr_markdown_(self) -> str:
        """What a notebook shows."""
        return self.report()

    def plot(self) -> Figure:
        """Energy by source, peak load, cost, carbon, CFE score; energy curtailed, unserved and deferred."""
        from matplotlib.style import context

        with context("default"):
            figure = picture(figsize=(14.0, 8.0), dpi=_DPI, layout="constrained")
            axes = figure.subplot_mosaic("EEAB;EECD;EELL")
            self._energy(axes["E"])
            unequal = "\nservice differs" if unequal_service(self._rows()) else ""
            for place, (name, title, scale) in zip("ABCD", _PANELS, strict=True):
                self._bars(axes[place], name, title + unequal * is_cost(name), scale)
            self._lost(axes["L"])
            figure.suptitle(" vs ".join(_drawn(self.results)), fontsize=14)
        return figure

    def save(self, path: Path | str) -> None:
        """Draw the picture into a file, whole or not at all.

        Raises:
            SpecError: If its suffix is not that of a picture, or its folder does not exist.
        """
        path = Path(path)
        if path.suffix not in _PICTURES or not path.parent.is_dir():
            message = f"= {str(path)!r}; allowed: {', '.join(_PICTURES)} in a folder that exists"
            raise SpecError("compare", [Problem(("out",), message)])
        with whole_file(path) as draft:
            self.plot().savefig(draft)

    def _energy(self, axes: Axes) -> None:
        """Energy delivered, imported or discharged by source, stacked in the usual order."""
        found = {name: slot for result in self.results.values() for name, slot in slots(result).items()}
        base = [0.0] * len(self.results)
        for names, colour in bands(found):
            energy = [sum(_supplied(result, name) for name in names) for result in self.results.values()]
            if any(energy):
                label = drawable(listed(names, _NAMED), _WIDEST)
                axes.bar(range(len(base)), energy, bottom=base, color=colour, label=label, ec="white")
                base = [low + more for low, more in zip(base, energy, strict=True)]
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.set_title("Energy by source [MWh]", loc="left")
        self._name_bars(axes)
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=9)

    def _rows(self) -> dict[str, list[float]]:
        """The metrics by name, a value for each run."""
        return {str(row): [float(value) for value in values] for row, values in self.frame.T.items()}

    def _bars(self, axes: Axes, name: str, title: str, scale: float) -> None:
        values = [value / scale for value in self._rows()[name]]
        bars = axes.bar(range(len(values)), values, color=VALUE, ec="white")
        axes.bar_label(bars, [cell(value) for value in values], fontsize=9)
        axes.margins(y=0.15)
        axes.yaxis.set_major_formatter("{x:,.6g}")
        axes.set_title(title, loc="left")
        self._name_bars(axes)

    def _lost(self, axes: Axes) -> None:
        """Curtailed, unserved and deferred energy, side by side because they are never added."""
        width = 0.8 / len(_LOST)
        for place, (name, label, style) in enumerate(_LOST):
            across = [at + (place - 1) * width for at in range(len(self.results))]
            values = self._rows()[name]
            bars = axes.bar(across, values, width, label=label, **style)
            axes.bar_label(bars, [cell(value) for value in values], fontsize=8)
        axes.margins(y=0.15)
        axes.yaxis.set_major_formatter("{x:,.6g}")
        axes.set_title("Curtailed, unserved, deferred [MWh]", loc="left")
        self._name_bars(axes)
        axes.legend(frameon=False, fontsize=9)

    def _name_bars(self, axes: Axes) -> None:
        axes.set_xticks(range(len(self.results)), _drawn(self.results))
        axes.spines[["top", "right"]].set_visible(False)


def compare(results: Given) -> Comparison:
    """Compare two or more runs.

    Args:
        results: Results, or folders of saved ones; by name, or else named by folder or campus.

    Raises:
        SpecError: If there are fewer than two, if a folder is not a saved result, or if lengths differ.
    """
    named = _named(results)
    if len(named) < 2:  # noqa: PLR2004 - one cannot be compared
        raise SpecError("compare", [Problem(("results",), f"has {len(named)}; allowed: at least 2")])
    lengths = {name: result.days for name, result in named.items()}
    if len(set(lengths.values())) > 1:
        message = f"differ in length: {', '.join(f'{name} {days:g} d' for name, days in lengths.items())}"
        raise SpecError("compare", [Problem(("results",), message)])
    return Comparison(named)


def comparison_page(results: Given, path: Path | str) -> Path:
    """Write one page that compares runs, for a browser without a network, completely or not at all.

    The runs may differ in length; what grows with it then has no differences, and dispatch no window in
    common. Results that are given as folders are linked to the page in their folder, if there is one.

    Args:
        results: Two to six results, or folders of saved ones; by name, or else named by folder or campus.
            Differences are to the first.
        path: The file, which ends in `.html`; its folder must exist.

    Raises:
        SpecError: If the file is not that of a page, a package is not installed, a folder is not a saved
            result, or there are too few or too many runs.
    """
    path = Path(path)
    check_page(path)
    check_count(len(results))
    named = _named(results)
    places = zip(named, results.values() if isinstance(results, Mapping) else results, strict=True)
    pages = {name: Path(place) / PAGE for name, place in places if not isinstance(place, Result)}
    links = {name: _link(page, path) for name, page in pages.items() if page.is_file()}
    return write_comparison(named, path, pages=links)


def _link(page: Path, path: Path) -> str:
    """How a page leads to another one from where it is; the whole address if no folder holds both."""
    try:
        return quote(Path(os.path.relpath(page.resolve(), path.resolve().parent)).as_posix())
    except ValueError:
        return page.resolve().as_uri()


def _named(results: Given) -> dict[str, Result]:
    pairs = results.items() if isinstance(results, Mapping) else ((None, one) for one in results)
    named: dict[str, Result] = {}
    for given, one in pairs:
        result = one if isinstance(one, Result) else Result.load(one)
        name = given or (result.name if isinstance(one, Result) else Path(one).resolve().name)
        count = 2
        unique = name
        while unique in named:
            unique = f"{name} ({count})"
            count += 1
        named[unique] = result
    return named


def _supplied(result: Result, name: str) -> float:
    summary = result.summary
    return summary.supplied_mwh.get(name, 0.0) + summary.discharged_mwh.get(name, 0.0)


def _drawn(names: Mapping[str, Result]) -> list[str]:
    return [drawable(name, _LONGEST) for name in names]
