"""The command line: `dcgrid run`, `validate`, `show`, `schema`, `sweep`, `compare` and `reproduce`.

Whatever goes wrong is one message on stderr and an exit status: 2 for an input that cannot be simulated,
3 for a run whose books do not close or that cannot settle, 130 for Ctrl-C. Nothing is written then, but a
sweep keeps the runs it has finished; its status is 1 if some of them failed.

Only what `--help` needs is imported here; each command imports the rest when it is called.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer
from typer.core import TyperCommand

from sim import __version__

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from sim.campus import Campus
    from sim.scenario import Scenario

MISSED_STATUS = 1
INPUT_STATUS = 2
MODEL_STATUS = 3
FAILURES_STATUS = 1
INTERRUPT_STATUS = 130
TRACEBACK = "DCGRID_TRACEBACK"

_SETTINGS: dict[str, Any] = {
    "add_completion": False,
    "no_args_is_help": True,
    "pretty_exceptions_enable": False,
    "rich_markup_mode": None,  # plain help is shown in half the time
}
_CAMPUS = "sim.cli.campus"
_SCENARIO = "sim.cli.scenario"
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d)")

app = typer.Typer(help="Simulate the power grid of a datacenter, event by event.", **_SETTINGS)


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn what went wrong into one message and an exit status; for the body of every command."""
    from sim.errors import EnergyBalanceError, OscillationError, SpecError  # noqa: PLC0415 - not for help

    try:
        yield
    except SpecError as error:
        status, said = INPUT_STATUS, f"Error: {error}"
    except (EnergyBalanceError, OscillationError) as error:
        if os.environ.get(TRACEBACK):
            raise
        status = MODEL_STATUS
        said = f"Error: {error}\nThe model is at fault, not the input; {TRACEBACK}=1 shows where."
    except BrokenPipeError:
        raise
    except OSError as error:
        status, said = INPUT_STATUS, f"Error: {error}"
    except KeyboardInterrupt:
        status, said = INTERRUPT_STATUS, "Interrupted; nothing was written."
    else:
        return
    typer.echo(said, err=True)
    raise typer.Exit(status)


class FileCommand(TyperCommand):
    """A command on a FILE, whose parameters become options of the command once FILE is known."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Open FILE, and let the command with the parameters of FILE parse the arguments."""
        lenient = {"ignore_unknown_options": True, "allow_extra_args": True, "resilient_parsing": True}
        file = super().make_context(info_name, list(args), parent, **extra, **lenient).params.get("file")
        if file is None or file.is_dir() or file.name.startswith("-") or self.callback is None:
            return super().make_context(info_name, args, parent, **extra)
        with clear_errors():
            from sim.scenario import Scenario  # noqa: PLC0415 - not for help

            scenario = Scenario.open(file)
            command = _command(inspect.unwrap(self.callback), scenario)
        return command.make_context(info_name, args, parent, **extra)


def run_scenario(function: Callable[..., Campus]) -> None:
    """Run a scenario script from the command line, as `dcgrid run FILE` does.

    Args:
        function: The scenario's function; its parameters become options.
    """
    with _exiting(), clear_errors():
        from sim.scenario import Scenario  # noqa: PLC0415 - scripts import this module before their campus

        command = _command(run, Scenario.of(function), file=Path(sys.argv[0]))
    command()


@contextmanager
def _exiting() -> Iterator[None]:
    """Leave the interpreter with the status of an exit outside any command."""
    try:
        yield
    except typer.Exit as stop:
        sys.exit(stop.exit_code)


def _command(body: Callable[..., None], scenario: Scenario, file: Path | None = None) -> Any:
    """A command whose options are those of its body and the parameters of a scenario.

    Args:
        body: What the command does, with `ctx` and `file` as its first arguments.
        scenario: The scenario; the campus it makes is handed to the body.
        file: The scenario's file, where it is not an argument.
    """
    hints = get_type_hints(body, include_extras=True)
    own = [
        parameter.replace(annotation=hints[name])
        for name, parameter in inspect.signature(body).parameters.items()
        if file is None or name != "file"
    ]
    _refuse_taken(scenario, [parameter.name for parameter in own])
    options = [_option(name, field) for name, field in scenario.parameters.model_fields.items()]

    def call(ctx: typer.Context, **given: Any) -> None:
        with clear_errors():
            values = {option.name: given.pop(option.name) for option in options}
            ctx.meta[_CAMPUS] = scenario.build(**values)
            ctx.meta[_SCENARIO] = scenario, values
        body(ctx, **given if file is None else {"file": file, **given})

    parameters = own + options
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads it
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    one = typer.Typer(**{**_SETTINGS, "no_args_is_help": False})
    one.command(help=f"{inspect.getdoc(body)}\n\n{scenario.name}: {scenario.summary}")(call)
    return typer.main.get_command(one)


def _option(name: str, field: FieldInfo) -> inspect.Parameter:
    """A parameter of a scenario as an option."""
    from sim.spec import unit_of  # noqa: PLC0415 - not for help

    unit = f" [{unit_of(field)}]" if unit_of(field) else ""
    help_text = f"{(field.description or '').rstrip('.')}{unit}."
    option = typer.Option(... if field.is_required() else field.default, help=help_text)
    keyword = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, keyword, default=option, annotation=field.annotation)


def _refuse_taken(scenario: Scenario, own: list[str]) -> None:
    from sim.errors import Problem, SpecError  # noqa: PLC0415 - not for help

    taken = [name for name in scenario.parameters.model_fields if name in {*own, "help", "set"}]
    if taken:
        said = "has the name of an option of the command; give it another"
        raise SpecError(scenario.name, [Problem((name,), said) for name in taken])


def _campus(ctx: typer.Context, changes: list[str] | None) -> Campus:
    """The campus that FILE and its parameters make, with the changes of `--set`."""
    campus: Campus = ctx.meta[_CAMPUS]
    return campus.with_values(dict(map(_change, changes or ())))


def _change(text: str) -> tuple[str, Any]:
    """A dotted path and a value, from `path=value`."""
    from sim.errors import Problem, SpecError  # noqa: PLC0415 - not for help

    path, found, value = text.partition("=")
    try:
        if not (found and path.strip() and "\n" not in value):
            raise ValueError  # noqa: TRY301 - one message for whatever is wrong
        return path.strip(), tomllib.loads(f"value = {value}")["value"]
    except ValueError:
        said = (
            f"= {text!r}; allowed: path=value with a number, true, false, a quoted text or a list of them, "
            "such as supply.smr.modules=3 or 'supply.solar.mounting=\"fixed\"'"
        )
        raise SpecError("run", [Problem(("--set",), said)]) from None


def _record_s(text: str) -> float | None:
    """The interval of recorded means, or None for every change."""
    from sim import units  # noqa: PLC0415 - not for help
    from sim.errors import Problem, SpecError  # noqa: PLC0415 - not for help

    if text == "change":
        return None
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        said = f"= {text!r}; allowed: change, or a duration in s, min, h or d, such as 15min or 1h"
        raise SpecError("run", [Problem(("--record",), said)])
    lengths_s = {
        "s": 1.0,
        "min": units.SECONDS_PER_MINUTE,
        "h": units.SECONDS_PER_HOUR,
        "d": units.SECONDS_PER_DAY,
    }
    return float(found[1]) * lengths_s[found[2]]


@contextmanager
def _progress(days: float) -> Iterator[Callable[[float], None] | None]:
    """A bar in simulated days on stderr, where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - for terminals only
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415 - as above

    columns = (
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} days"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("run", total=days)
        yield lambda share: bar.update(task, completed=share * days)


File = Annotated[
    Path, typer.Argument(metavar="FILE", help="A campus (.toml, .yaml, .json) or a scenario script (.py).")
]
Days = Annotated[float, typer.Option(help="Length of the run [d].")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change a value of the campus; may be repeated."),
]


def _version(on: bool) -> None:
    if on:
        typer.echo(f"dcgrid {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Simulate the power grid of a datacenter, event by event."""


@app.command(cls=FileCommand)
def run(
    ctx: typer.Context,
    file: File,  # noqa: ARG001 - its campus comes with the context
    *,
    days: Days = 365.0,
    seed: Annotated[int, typer.Option(help="Seed of all random draws.")] = 0,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder to save the result in.")] = None,
    record: Annotated[
        str, typer.Option(help="Record every 'change', or means over a duration such as 15min or 1h.")
    ] = "change",
    changes: Changes = None,
) -> None:
    """Run a campus and print the report; the options of a scenario script stand after FILE."""
    with clear_errors():
        record_s = _record_s(record)
        campus = _campus(ctx, changes)
        from sim.results.result import check_folder  # noqa: PLC0415 - not for help
        from sim.simulate import simulate  # noqa: PLC0415 - not for help

        if out is not None:
            check_folder(out)
        with _progress(days) as progress:
            result = simulate(campus, days=days, seed=seed, record_s=record_s, progress=progress)
        report = result.report()
        if out is not None:
            result.save(out)
        typer.echo(report)


@app.command(cls=FileCommand)
def validate(ctx: typer.Context, file: File, *, days: Days = 365.0, changes: Changes = None) -> None:
    """Check all that a run checks before it starts, its files included; say what the campus holds."""
    with clear_errors():
        campus = _campus(ctx, changes)
        from sim.simulate import prepare  # noqa: PLC0415 - not for help
        from sim.tables import holdings, terminal_width  # noqa: PLC0415 - not for help

        prepare(campus, days=days)
        typer.echo(f"{file}: ok\n{holdings(campus, terminal_width())}")


@app.command(cls=FileCommand)
def show(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="A campus, a scenario script, or the folder of a saved result.")
    ],
    changes: Changes = None,
) -> None:
    """Show a campus as a table, or the report of a saved result."""
    with clear_errors():
        if file.is_dir():
            from sim.results.result import Result  # noqa: PLC0415 - not for help

            typer.echo(Result.load(file).report())
            return
        from sim.tables import campus_table, terminal_width  # noqa: PLC0415 - not for help

        typer.echo(campus_table(_campus(ctx, changes), terminal_width()))


@app.command()
def schema(
    kind: Annotated[
        str | None, typer.Argument(help="campus, facility, servers, a kind or a part: its fields.")
    ] = None,
    fields: Annotated[bool, typer.Option("--fields", help="The fields of everything as tables.")] = False,
) -> None:
    """Print the JSON schema of a campus file, or what its fields mean."""
    with clear_errors():
        import json  # noqa: PLC0415 - not for help

        from sim.schema import json_schema, section, sections  # noqa: PLC0415 - not for help
        from sim.tables import field_table, terminal_width  # noqa: PLC0415 - not for help

        wanted = sections() if fields else {kind: section(kind)} if kind else {}
        tables = [field_table(name, spec, terminal_width()) for name, spec in wanted.items()]
        typer.echo("\n".join(tables) if tables else json.dumps(json_schema(), indent=2))


@app.command(cls=FileCommand)
def sweep(
    ctx: typer.Context,
    file: File,  # noqa: ARG001 - its scenario comes with the context
    *,
    over: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUES",
            help="What to vary: a parameter of FILE or a path of its campus, as a,b,c or first:last:count, "
            "or lowest:highest with --sample; may be repeated.",
        ),
    ] = None,
    sample: Annotated[
        str | None, typer.Option(metavar="KIND:COUNT", help="Sample the ranges: sobol:64 or lhs:64.")
    ] = None,
    seeds: Annotated[int, typer.Option(help="Runs of each point, with seeds 0, 1, ...")] = 1,
    days: Annotated[float, typer.Option(help="Length of each run [d].")] = 365.0,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder that keeps finished runs, to resume from.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Processes; all cores by default.")] = None,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Scheduler of a Dask cluster to run on instead.")
    ] = None,
    figure: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A figure to show; may be repeated.")
    ] = None,
    changes: Changes = None,
) -> None:
    """Run a campus at many points, and print means over seeds with their 95 % intervals.

    The same command again does only what is missing in DIR.
    """
    with clear_errors(), _resumable(out):
        from sim.sweep.base import Base  # noqa: PLC0415 - not for help
        from sim.sweep.run import sweep as run_sweep  # noqa: PLC0415 - as above
        from sim.sweep.words import check_figures, points_said  # noqa: PLC0415 - as above

        check_figures(figure or ())
        scenario, values = ctx.meta[_SCENARIO]
        fixed = {**values, **dict(map(_change, changes or ()))}
        points = points_said(over or (), sample, Base(scenario, fixed).is_whole)
        result = run_sweep(
            scenario, over=points, seeds=seeds, days=days, fixed=fixed, jobs=jobs, cluster=cluster, out=out,
            progress=sys.stderr.isatty(),
        )  # fmt: skip
        typer.echo(result.report(*(figure or ())))
        if len(result.failures):
            raise typer.Exit(FAILURES_STATUS)


@contextmanager
def _resumable(out: Path | None) -> Iterator[None]:
    """Say on Ctrl-C where the finished runs of a sweep are."""
    try:
        yield
    except KeyboardInterrupt:
        if out is None or not out.is_dir():
            raise
        typer.echo(f"Interrupted; finished runs are in {out}, the same command goes on from there.", err=True)
        raise typer.Exit(INTERRUPT_STATUS) from None


@app.command()
def compare(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR DIR ...", help="Folders of saved results.")],
    *,
    out: Annotated[Path | None, typer.Option(metavar="PNG", help="File to draw the comparison in.")] = None,
) -> None:
    """Show what differs between saved results; the first is what the others are compared to."""
    with clear_errors():
        from sim.results.compare import compare as compare_results  # noqa: PLC0415 - not for help

        comparison = compare_results(folders)
        if out is not None:
            comparison.save(out)
        typer.echo(comparison.report())


@app.command()
def reproduce(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[CASE]...", help="Cases; all by default.")
    ] = None,
    *,
    scenarios: Annotated[Path, typer.Option(metavar="DIR", help="Folder of scenario scripts.")] = Path(
        "scenarios"
    ),
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the rows.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Write a page with pictures.")] = None,
) -> None:
    """Run published cases and set each figure beside the simulated one; status 1 if one is missed."""
    with clear_errors():
        import json  # noqa: PLC0415 - not for help

        from sim import reproduce as cases  # noqa: PLC0415 - not for help

        chosen = cases.choose(cases.find(scenarios), names or ())
        typer.echo(cases.head())
        outcomes = []
        for outcome in cases.run(chosen):
            typer.echo(cases.lines(outcome))
            outcomes.append(outcome)
        typer.echo(f"\n{cases.summary(outcomes)}")
        if json_file is not None:
            json_file.write_text(json.dumps(cases.as_json(outcomes), indent=2) + "\n", encoding="utf-8")
        if out is not None:
            typer.echo(f"page: {cases.write_page(outcomes, out)}")
    if any(outcome.missed for outcome in outcomes):
        raise typer.Exit(MISSED_STATUS)


def main() -> None:
    """The command `dcgrid`."""
    app()
