"""`dcgrid run`: simulate a campus and print the report."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sim.cli.scenario_options import (
    Changes,
    Days,
    File,
    Imports,
    campus_of,
    command_of,
    scenario_of,
    with_length,
)
from sim.cli.screen import echo_document
from sim.cli.status import clear_errors, exiting

if TYPE_CHECKING:
    from sim.campus import Campus
    from sim.errors import SpecError
    from sim.report.document import Document
    from sim.results.result import Result

Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder to save the result in.")]
Page = Annotated[
    Path | None, typer.Option(metavar="HTML", help="Write the result as one page for a browser, .html.")
]


def run(
    ctx: typer.Context,
    file: File,  # noqa: ARG001 - its campus comes with the context
    *,
    days: Days = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of all random draws.  [default: that of the campus, or 0]")
    ] = None,
    out: Out = None,
    html: Page = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the result of another run in the folder.")
    ] = False,
    record: Annotated[
        str | None,
        typer.Option(
            help="Record every 'change', or means over a duration such as 15min or 1h.  "
            "[default: as the campus says, or change]"
        ),
    ] = None,
    profile: Annotated[
        bool, typer.Option("--profile", help="Print below the report which functions take the time.")
    ] = False,
    regret: Annotated[
        bool,
        typer.Option("--regret", help="Print below the report a lower bound on the cost, and the gap to it."),
    ] = False,
    changes: Changes = None,
    imports: Imports = None,  # noqa: ARG001 - imported before FILE is opened
) -> None:
    """Run a campus and print the report.

    The options of a scenario script follow FILE.
    """
    with clear_errors():
        record_s = _record_s(record)
        campus = with_length(ctx, campus_of(ctx, changes), days)
        _check_files(out, html, None if replace else campus, seed=campus.run.seed if seed is None else seed)
        if regret:
            _check_regret(campus, record_s)
        with _progress(campus.days or 0.0) as progress:
            result, timing = _ran(campus, seed, record_s, progress, profile=profile)
        echo_document(result.document())
        if out is not None:
            _save(result, out, replace=replace)
        if html is not None:
            _write_html(result, html)
        _echo_answer(ctx, result)
        if regret:
            _echo_regret(result)
        if timing is not None:
            typer.echo()
            echo_document(timing)


def _ran(
    campus: Campus,
    seed: int | None,
    record_s: float | Literal["change"] | None,
    progress: Callable[[float], None] | None,
    *,
    profile: bool,
) -> tuple[Result, Document | None]:
    """The result of a run, and where its time went if that is asked for."""
    if profile:
        from sim.profiling.run import profile_calls

        found = profile_calls(campus, seed=seed, record_s=record_s, progress=progress)
        return found.result, found.document()
    from sim.simulation import simulate

    return simulate(campus, seed=seed, record_s=record_s, progress=progress), None


def run_scenario(function: Callable[..., Campus]) -> None:
    """Run a scenario script from the command line, as `dcgrid run FILE` does.

    Args:
        function: The scenario's function; its parameters become options.
    """
    with exiting(), clear_errors():
        from sim.campus.scenario import Scenario

        command = command_of(run, Scenario.of(function), file=Path(sys.argv[0]))
    command()


def _check_files(out: Path | None, html: Path | None, campus: Campus | None, *, seed: int) -> None:
    """Refuse, before the run, what cannot be written."""
    if out is not None:
        _check_out(out, campus, seed=seed)
    if html is not None:
        _check_html(html)


def _check_out(out: Path, campus: Campus | None, *, seed: int) -> None:
    """Refuse, before the run, a folder that cannot be written or holds the result of another campus."""
    from sim.results.result import plain
    from sim.runs.folder import check_folder, check_writable
    from sim.runs.saved import Record, check_replaceable
    from sim.version import __version__

    check_folder(out)
    check_writable(out)
    if campus is not None:
        check_replaceable(out, Record(__version__, seed, campus.days or 0.0, None, plain(campus)))


def _check_html(html: Path) -> None:
    """Refuse, before the run, a file that cannot be the page of its result."""
    from sim.page.shell import check_page
    from sim.runs.folder import check_writable

    check_page(html, field="--html")
    check_writable(html, owner="run", field="--html")


def _check_regret(campus: Campus, record_s: float | Literal["change"] | None) -> None:
    """Refuse, before the run, what will have no bound, as far as that is known."""
    from sim.campus.run_plan import EVERY_CHANGE
    from sim.regret.refusals import check_before

    recorded = campus.run.record_s if record_s is None else record_s
    check_before(campus, None if recorded == EVERY_CHANGE else recorded)


def _save(result: Result, out: Path, *, replace: bool) -> None:
    """Save a result whose report was printed; a full disk loses no more than the files."""
    try:
        result.save(out, replace=replace)
    except OSError as error:
        raise _unsaved("--out", out, "result in it", error) from None


def _write_html(result: Result, html: Path) -> None:
    """Write the page of a result whose report was printed; a full disk loses no more than the page."""
    try:
        html.resolve().parent.mkdir(parents=True, exist_ok=True)
        result.to_html(html)
    except OSError as error:
        raise _unsaved("--html", html, "file", error) from None


def _unsaved(option: str, place: Path, what: str, error: OSError) -> SpecError:
    from sim.errors import Problem, SpecError

    reason = error.strerror or str(error)
    before = f"the earlier {what} is unchanged" if place.exists() else "nothing was written"
    message = f"= {str(place)!r} was not saved ({reason}); {before}, and the report above is complete"
    return SpecError("run", [Problem((option,), message)])


def _record_s(text: str | None) -> float | Literal["change"] | None:
    """The interval of recorded means [s] or "change"; None if the option is not given."""
    from sim.campus.run_plan import EVERY_CHANGE, record_s_of
    from sim.errors import Problem, SpecError

    if text is None:
        return None
    try:
        record_s = record_s_of(text)
    except ValueError as error:
        raise SpecError("run", [Problem(("--record",), str(error))]) from None
    return EVERY_CHANGE if record_s is None else record_s


@contextmanager
def _progress(days: float) -> Iterator[Callable[[float], None] | None]:
    """A bar in simulated days on stderr, where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} days"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("run", total=days)
        yield lambda share: bar.update(task, completed=share * days)


def _echo_regret(result: Result) -> None:
    """Print a lower bound on the cost of a run, and the gap to it."""
    typer.echo()
    echo_document(result.regret().document())


def _echo_answer(ctx: typer.Context, result: Result) -> None:
    """Print the answer of a script to its question, if it has one."""
    from sim.report.document import Document, Heading, Paragraph

    scenario, _ = scenario_of(ctx)
    text = scenario.answer(result)
    if text:
        typer.echo()
        echo_document(Document("", (Heading("Answer"), Paragraph(text))))
