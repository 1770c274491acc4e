"""The call profile: where the time of a run went, as data and as a document."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum

from sim.profiling.stopwatch import IS_PROCESSOR_TIME
from sim.report.document import Document, Heading, Item, Items, Paragraph, Table
from sim.report.markdown import to_markdown
from sim.report.numbers import column, percent
from sim.report.phrases import counted
from sim.results.result import Result

_MOST_ROWS = 20
_TIME = "processor time" if IS_PROCESSOR_TIME else "time"
_PLACES = 3
_HEADS = ("owner", "what", "function", "calls", "seconds", "share")
_ADVICE = (
    "A participant is fast if its functions are called seldom. State offers only when they change; let a "
    "series act on Block.state or Block.reprice; use Store, Ramp and Fleet for what moves by itself; wait "
    "for terminal.changed(), or give a listener a band, instead of listening to each settlement. "
    "ARCHITECTURE.md, section 'A participant is one file', says more."
)


@dataclass(frozen=True)
class Counted:
    """The calls of one function during a run.

    Attributes:
        owner: The participant that it belongs to, or `site`.
        what: Where it is called: mover, listener, watch, whole amounts, series, process, event, scheduler,
            account, or closing (the end of the run).
        function: Its name; of a lambda the file and line.
        calls: Number of its calls; of a process how often it went on.
        seconds: Time that it took, without other counted functions that it called.
    """

    owner: str
    what: str
    function: str
    calls: int
    seconds: float


@dataclass(frozen=True)
class CallProfile:
    """Where the time of a run went. Its parts add up to `run_s`.

    Attributes:
        result: The result of the run.
        functions: What is written in Python, the most time first.
        events: Number of SimPy's events.
        events_s: SimPy's own time: its queue, and what hangs on its events otherwise.
        settlement_s: Time of settlements and books.
        closing_s: Time after the clock: the end of the books and the summary.
        profiling_s: Time of the profiling itself: an estimate, rather too low. What it misses is in the
            others.
        preparation_s: Time before the run: files, weather, participants; not part of the run.
        python_settlements: Settlements in which a function was called.
    """

    result: Result
    functions: tuple[Counted, ...]
    events: int
    events_s: float
    settlement_s: float
    closing_s: float
    profiling_s: float
    preparation_s: float
    python_settlements: int

    @property
    def run_s(self) -> float:
        """Time of the run, from the first instant to the summary."""
        others = (self.events_s, self.settlement_s, self.closing_s, self.profiling_s)
        return fsum((*(one.seconds for one in self.functions), *others))

    def document(self) -> Document:
        """The profile as a document, for a renderer."""
        return Document("", (Heading("Time of the run"), self._table(), self._items(), Paragraph(_ADVICE)))

    def __str__(self) -> str:
        return to_markdown(self.document())

    def _repr_markdown_(self) -> str:
        """What a notebook shows."""
        return str(self)

    def _table(self) -> Table:
        """The functions, then all else, and the sum."""
        rows: list[tuple[str, str, str, int | None, float]] = [
            (one.owner, one.what, one.function, one.calls, one.seconds) for one in self.functions[:_MOST_ROWS]
        ]
        rest = self.functions[_MOST_ROWS:]
        if rest:
            calls, seconds = sum(one.calls for one in rest), fsum(one.seconds for one in rest)
            rows.append(("others", "", counted(len(rest), "function"), calls, seconds))
        word = "compiled" if self.result.books.is_compiled else "in plain Python"
        rows += [
            ("-", "event", "SimPy, not attributed", self.events, self.events_s),
            ("-", "settlement", f"{word}, with the books", None, self.settlement_s),
            ("-", "closing", "end of the books, summary", None, self.closing_s),
            ("-", "profiling", "estimated, at least", None, self.profiling_s),
            ("run", "", "", None, self.run_s),
        ]
        seconds_shown = column([seconds for *_, seconds in rows], _PLACES)
        return Table(
            _HEADS,
            tuple(
                (*words, "" if calls is None else f"{calls:,}", shown, percent(seconds, self.run_s))
                for (*words, calls, seconds), shown in zip(rows, seconds_shown, strict=True)
            ),
            words=3,
            keys=3,
        )

    def _items(self) -> Items:
        settlements = self.result.books.settlements
        if self.result.books.is_compiled:
            text = (
                f"{settlements:,}, of which {settlements - self.python_settlements:,} in compiled code alone"
            )
            text += f"; {self.python_settlements:,} called functions written in Python"
        else:
            text = f"{settlements:,} in plain Python, which is slower than compiled code"
        seconds = f"seconds are {_TIME}, without counted functions that a function calls"
        overhead = (
            f"at least {_seconds(self.profiling_s)} ({percent(self.profiling_s, self.run_s)} of the run), "
        )
        overhead += "taken off the functions"
        return Items(
            (
                Item("Settlements", text),
                Item("Settlements and books", f"{_seconds(self.settlement_s)}, which is what is left"),
                Item("Profiling", f"{overhead}; {seconds}"),
                Item("Preparation", f"{_seconds(self.preparation_s)} before the run, not in the table"),
            )
        )


def _seconds(seconds: float) -> str:
    return f"{column([seconds], _PLACES)[0]} s"
