"""The import cut: an instant from which on a grid connection may import less, until it may again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sim.books.closed import Bound, Flow
from sim.runs.run import Run

PLANNED = "import limit"
_REASONS = ("curtailment order", "interruption")
"""Events that cut import; without one of them the limit was lowered as planned."""


@dataclass(frozen=True)
class ImportCut:
    """A step down of what a grid connection may import.

    Attributes:
        owner: The connection.
        reason: `curtailment order`, `interruption` or `import limit`.
        at_s: Elapsed second of the step.
        until_s: Elapsed second from which on it may import as much as before; the end of the run if it does
            not.
        limit_mw: The most that it may import from the step on.
        import_mw: What it imported just before.
    """

    owner: str
    reason: str
    at_s: float
    until_s: float
    limit_mw: float
    import_mw: float

    @property
    def asked_mw(self) -> float:
        """Import that has to go; 0 if the new limit does not bind."""
        return max(0.0, self.import_mw - self.limit_mw)


def import_cuts(run: Run) -> tuple[ImportCut, ...]:
    """The cuts of import in a run, in the order of time.

    Where means were recorded, the import just before is the mean of the last interval that begins before.
    """
    found = [
        cut
        for one in run.books.participants
        for bound in one.bounds
        if bound.flow == Flow.IMPORT
        for cut in _of(run, one.name, bound)
    ]
    return tuple(sorted(found, key=lambda cut: (cut.at_s, cut.owner)))


def _of(run: Run, owner: str, bound: Bound) -> Iterator[ImportCut]:
    books = run.books
    reasons = {
        event["t_s"]: event["event"]
        for event in books.events
        if event["owner"] == owner and event["event"] in _REASONS
    }
    of_import = [at for at, one in enumerate(books.columns) if (one.owner, one.label) == (owner, Flow.IMPORT)]
    import_mw = books.flows[of_import].sum(axis=0)
    times_s, limits_mw = [*bound.mw.times_s.tolist(), books.horizon_s], bound.mw.values.tolist()
    back = _next_as_high(limits_mw)
    for at in range(1, len(limits_mw)):
        if limits_mw[at] < limits_mw[at - 1] and times_s[at] < books.horizon_s:
            row = int(books.t_s.searchsorted(times_s[at])) - 1
            yield ImportCut(
                owner=owner,
                reason=reasons.get(times_s[at], PLANNED),
                at_s=times_s[at],
                until_s=min(books.horizon_s, times_s[back[at - 1]]),
                limit_mw=limits_mw[at],
                import_mw=float(import_mw[row]),
            )


def _next_as_high(values: list[float]) -> list[int]:
    """For each value the place of the next one that is at least as high; one beyond the last if none is."""
    found = [len(values)] * len(values)
    waiting: list[int] = []
    for at, value in enumerate(values):
        while waiting and values[waiting[-1]] <= value:
            found[waiting.pop()] = at
        waiting.append(at)
    return found
