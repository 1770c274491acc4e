"""The sources of a run, by name and size."""

from __future__ import annotations

from sim.books.closed import Flow
from sim.runs.run import Run
from sim.units import rounded


def generators(run: Run) -> list[str]:
    """Participants that deliver or import, by name."""
    return _having(run, Flow.DELIVERED, Flow.IMPORT)


def stores(run: Run) -> list[str]:
    """Participants that discharge, by name."""
    return _having(run, Flow.DISCHARGE)


def _having(run: Run, *labels: str) -> list[str]:
    return sorted({column.owner for column in run.books.columns if column.label in labels})


def size_of(run: Run, name: str) -> str:
    """Size of a participant in words, as it describes itself, or its nameplate."""
    one = run.participant(name)
    return one.size or (f"{rounded(one.capacity_mw)} MW" if one.capacity_mw else "-")
