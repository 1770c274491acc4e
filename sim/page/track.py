"""The track: what a page has of the dispatch of one run, for its window and its cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from sim.page.bins import Bins, bin_length_s, bins, length_said
from sim.page.clock import Clock
from sim.page.curves import Curve, stacks
from sim.page.kept import Kept, kept_rows
from sim.plots.week import Week
from sim.runs.run import Run


@dataclass(frozen=True, eq=False)
class Track:
    """The curves of a run, with its rows as far as the page has them, and means elsewhere.

    Attributes:
        run: The run.
        curves: Its curves.
        clock: The clock of the axis.
        kept: The rows that the page has.
        bin_s: Length of a bin [s].
        bins: The bins that are drawn where there are no rows, or too many.
    """

    run: Run
    curves: tuple[Curve, ...]
    clock: Clock
    kept: Kept
    bin_s: float
    bins: Bins

    @classmethod
    def of(
        cls,
        run: Run,
        wanted: tuple[Curve, ...],
        clock: Clock,
        found: Sequence[Week],
        *,
        most_numbers: int,
        most_bins: int,
    ) -> Self:
        """The track of a run.

        Args:
            run: The run.
            wanted: Its curves.
            clock: The clock of the axis.
            found: The weeks whose rows are kept if there is no room for all, the worst first.
            most_numbers: Most numbers of rows.
            most_bins: Most bins.
        """
        length_s = bin_length_s(run.books.horizon_s, most_bins)
        kept = kept_rows(run, wanted, found, most_numbers)
        return cls(run, wanted, clock, kept, length_s, bins(run, wanted, length_s))

    def told(self, chart: str, name: str = "") -> dict[str, Any]:
        """What the script needs to know.

        Args:
            chart: Id of the chart that has its window.
            name: Name of the run, if there are several.
        """
        return {
            "chart": chart,
            "name": name,
            "curves": [{"key": one.key, "part": one.part} for one in self.curves],
            "stacks": stacks(self.curves),
            "spans": [last - first + 1 for first, last in self.kept.spans],
            "bin": length_said(self.bin_s),
            "row": "" if self.run.record_s is None else length_said(self.run.record_s),
        }
