"""Commands on a FILE: the parameters of its scenario are options of the command."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_type_hints

import typer
from typer.core import TyperCommand

from sim.cli.app import SETTINGS
from sim.cli.status import clear_errors

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from sim.campus import Campus
    from sim.campus.scenario import Scenario

_SCENARIO = "sim.cli.scenario"
_DIGITS = 12
_OPENING = "\"'[{#"
"""What a plain word does not begin with: quotes, lists, tables and comments of TOML."""


class FileCommand(TyperCommand):
    """A command on a FILE, whose parameters become options of the command once FILE is known.

    What `--import` names is imported before FILE is opened.
    """

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Open FILE, and let the command with the parameters of FILE parse the arguments."""
        lenient = {"ignore_unknown_options": True, "allow_extra_args": True, "resilient_parsing": True}
        given = super().make_context(info_name, list(args), parent, **extra, **lenient).params
        file = given.get("file")
        if file is None or file.name.startswith("-") or self.callback is None:
            return super().make_context(info_name, args, parent, **extra)
        import_named(given.get("imports"), file.parent)
        if not self.is_scenario(file):
            return super().make_context(info_name, args, parent, **extra)
        with clear_errors():
            from sim.campus.scenario import Scenario

            scenario = Scenario.open(file)
            command = command_of(inspect.unwrap(self.callback), scenario)
        return command.make_context(info_name, args, parent, **extra)

    def is_scenario(self, file: Path) -> bool:
        """Whether FILE is opened as a scenario."""
        return not file.is_dir()


def command_of(body: Callable[..., None], scenario: Scenario, file: Path | None = None) -> Any:
    """A command whose options are those of its body and the parameters of a scenario.

    Args:
        body: What the command does, with `ctx` and `file` as its first arguments.
        scenario: The scenario; handed to the body, with the values given to its parameters. Its length is
            shown as the default of `days`.
        file: The scenario's file, where it is not an argument.
    """
    hints = get_type_hints(body, include_extras=True)
    own = [
        parameter.replace(annotation=_with_length(hints[name], scenario) if name == "days" else hints[name])
        for name, parameter in inspect.signature(body).parameters.items()
        if file is None or name != "file"
    ]
    _refuse_taken(scenario, [parameter.name for parameter in own])
    options = [_option(name, field) for name, field in scenario.parameters.model_fields.items()]

    def call(ctx: typer.Context, **given: Any) -> None:
        if file is not None:
            import_named(given.get("imports"), file.parent)
        with clear_errors():
            values = {option.name: given.pop(option.name) for option in options}
            message = {name: value for name, value in values.items() if value is not None}
            ctx.meta[_SCENARIO] = scenario, message
        body(ctx, **given if file is None else {"file": file, **given})

    parameters = own + options
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads it
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    one = typer.Typer(**{**SETTINGS, "no_args_is_help": False})
    message = inspect.getdoc(body) or ""
    message = message if file is None else message.partition("\n\n")[0]  # what follows speaks of the argument
    one.command(help=f"{message}\n\n{scenario.name}: {scenario.summary}")(call)
    return typer.main.get_command(one)


def _with_length(hint: Any, scenario: Scenario) -> Any:
    """The option of the length of a run, with the length of the scenario as the default that is shown."""
    kind, option = get_args(hint)
    said = f"{option.help.partition('  [')[0]}  [default: {scenario.days}]"
    return Annotated[kind, typer.Option(help=said)]


def import_named(names: Iterable[str] | None, beside: Path | None = None) -> None:
    """Import the modules and files that `--import` names, each once.

    Args:
        names: Their names.
        beside: Folder of FILE; the working directory where a command has none.
    """
    with clear_errors():
        for name in dict.fromkeys(names or ()):
            from sim.campus.kinds import import_kinds

            import_kinds(name, beside)


def _option(name: str, field: FieldInfo) -> inspect.Parameter:
    """A parameter of a scenario as an option.

    One without a default is not required here: a sweep may vary it. It is checked when the campus is built.
    """
    from sim.units import unit_of

    unit = f" [{unit_of(field)}]" if unit_of(field) else ""
    default = "required" if field.is_required() else f"default: {_shown(name, field.default)}"
    help_text = f"{(field.description or '').rstrip('.')}{unit}.  [{default}]"
    value = None if field.is_required() else field.default
    option = typer.Option(value, help=help_text.lstrip(". "), show_default=False)
    keyword = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, keyword, default=option, annotation=field.annotation)


def _shown(name: str, default: Any) -> str:
    """A default as a user would write it, without the digits of binary rounding."""
    if isinstance(default, bool):
        return f"{'' if default else 'no-'}{name.replace('_', '-')}"
    is_long = isinstance(default, float) and len(str(default)) > _DIGITS
    return f"{default:.4g}" if is_long else str(default)


def _refuse_taken(scenario: Scenario, own: list[str]) -> None:
    from sim.errors import Problem, SpecError

    taken = [name for name in scenario.parameters.model_fields if name in {*own, "help", "set"}]
    if taken:
        message = "has the name of an option of the command; give it another"
        raise SpecError(scenario.name, [Problem((name,), message) for name in taken])


def campus_of(ctx: typer.Context, changes: list[str] | None) -> Campus:
    """The campus that FILE and its parameters make, with the changes of `--set`."""
    scenario, values = scenario_of(ctx)
    return scenario.build(**values).with_values(dict(map(change_said, changes or ())))


def with_length(ctx: typer.Context, campus: Campus, days: float | None) -> Campus:
    """A campus with a run whose length is known.

    Args:
        ctx: Context of the command.
        campus: The campus.
        days: Length given to the command [d]. Default: that of the campus's run, or else of the scenario.

    Raises:
        SpecError: If the length is refused.
    """
    from sim.simulation import check_run

    if days is None and campus.days is not None:
        return campus
    length_d = scenario_of(ctx)[0].days if days is None else days
    check_run(length_d, campus.run.seed, begins=campus.start)
    run = campus.run.model_copy(update={"days": length_d, "end": None})
    return campus.model_copy(update={"run": run})


def scenario_of(ctx: typer.Context) -> tuple[Scenario, dict[str, Any]]:
    """The scenario of FILE, and the values given to its parameters; a folder has none."""
    from sim.errors import Problem, SpecError

    if _SCENARIO not in ctx.meta:
        message = f"= {str(ctx.params.get('file'))!r} is a folder; a file is needed"
        raise SpecError("Campus", [Problem(("file",), message)])
    scenario, values = ctx.meta[_SCENARIO]
    return scenario, values


def change_said(text: str) -> tuple[str, Any]:
    """A dotted path and a value, from `path=value`.

    The value is read as TOML. A value that is not TOML is taken as a plain word, unless it begins like quoted
    text, a list or a table. The field checks whether a word is allowed.

    Raises:
        SpecError: If the path or the value is missing, or if the value is malformed.
    """
    from sim.errors import Problem, SpecError, shortened

    path, found, value = text.partition("=")
    path, value = path.strip(), value.strip()
    try:
        if found and path and "\n" not in value:
            return path, tomllib.loads(f"value = {value}")["value"]
    except (ValueError, RecursionError):  # malformed, a number of too many digits, or nested too deeply
        if value and value[0] not in _OPENING:
            return path, value
    message = (
        f"= {shortened(text)}; allowed: path=value with a number, true, false, a word, quoted text, a "
        "list or a table, such as supply.smr.modules=3 or supply.solar.mounting=fixed"
    )
    raise SpecError("run", [Problem(("--set",), message)])


File = Annotated[
    Path, typer.Argument(metavar="FILE", help="A campus (.toml, .yaml, .json) or a scenario script (.py).")
]
Days = Annotated[
    float | None, typer.Option(help="Length of the run [d].  [default: that of the campus, or a year]")
]
Imports = Annotated[
    list[str] | None,
    typer.Option(
        "--import",
        metavar="MODULE",
        help="Import a module with kinds of your own first: a path ending in .py, the name of a .py file "
        "beside the campus or script, or the name of an installed module; may be repeated.",
    ),
]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change a value of the campus; may be repeated."),
]
