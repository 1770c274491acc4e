"""The scenario: builds a campus from a data file or from a function with parameters.

A scenario script is a Python file with one documented function that returns a `Campus`. The signature of the
function defines the parameters with their types and defaults, the section `Args` of its docstring describes
them, and the suffix of a parameter's name gives its unit: `solar_mw` is in MW. Bounds are given by type, as
in any spec: `solar_mw: sim.units.MW = 150.0`.

The constant `DAYS` of a script sets the default length of its runs in commands and sweeps: `DAYS = 30.0`
makes it 30 days instead of a year. The `run` of the campus that it returns overrides it, and the option
`--days` overrides both.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Annotated, Any, Self, get_type_hints

from pydantic import Field, create_model

from sim.campus import Campus
from sim.errors import Problem, SpecError, nearest, shortened
from sim.files.script import load_script
from sim.spec import Spec
from sim.units import LONGEST_RUN_D, quantity, unit_in

A_YEAR_D = 365.0
"""Default length of a run [d]."""

_SCRIPT = ".py"
_LENGTH = "DAYS"
_ANSWER = "answer"
_TYPES = (bool, int, float, str, Path)


@dataclass(frozen=True)
class Scenario:
    """Builds a campus from parameters.

    Attributes:
        name: Name of the function, or of the campus in the file.
        summary: Description in one line.
        parameters: The parameters as a spec; its fields give names, types, defaults, units and help texts.
            A campus file has none.
        days: Default length of a run in commands and sweeps [d], if the run of its campus does not say it.
    """

    name: str
    summary: str
    parameters: type[Spec]
    _make: Callable[..., Campus]
    days: float = A_YEAR_D

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Open a campus file (`.toml`, `.yaml`, `.json`) or a scenario script (`.py`).

        The scenario of a script is the function with the name of the file, or else its only public function
        annotated to return a `Campus`.

        Raises:
            SpecError: If the file is missing or invalid, or contains no such function.
        """
        path = Path(path)
        if path.suffix == _SCRIPT:
            return cls.of(_function(load_script(path), path))
        campus = Campus.load(path)
        summary, parameters = f"The campus in {path.name}.", _parameters("campus", {})
        days = A_YEAR_D if campus.days is None else campus.days
        return cls(campus.name, summary, parameters, lambda: campus, days)

    @classmethod
    def of(cls, function: Callable[..., Campus]) -> Self:
        """The scenario of a function.

        Raises:
            SpecError: If a parameter has no type or an unsupported one, or if the script's `DAYS` is not a
                valid length.
        """
        name = getattr(function, "__name__", "scenario")
        doc = inspect.getdoc(function) or ""
        summary = doc.partition("\n\n")[0].replace("\n", " ")
        return cls(
            name, summary, _parameters(name, _fields(name, function, _args(doc))), function, _days(function)
        )

    def answer(self, result: Any) -> str:
        """The answer of a script to its question, from the result of a run; `dcgrid run` prints it last.

        It is what the function `answer` of the script returns for the result, in a few sentences; empty if
        the script has no such function.

        Raises:
            SpecError: If that function raises an exception, which is then the cause.
        """
        function = getattr(self._make, "__globals__", {}).get(_ANSWER)
        if not isinstance(function, FunctionType):
            return ""
        try:
            return str(function(result))
        except Exception as error:
            message = f"raised {type(error).__name__}: {error}"
            raise SpecError(self.name, [Problem((_ANSWER,), message)]) from error

    def build(self, **values: Any) -> Campus:
        """Build the campus.

        Args:
            **values: Values of parameters; other parameters keep their defaults.

        Raises:
            SpecError: If a parameter does not exist, a value is out of range, or the scenario raises an
                exception, which is then the cause.
        """
        given = self.parameters(**{name: _plain(value) for name, value in values.items()})
        try:
            campus = self._make(**{name: getattr(given, name) for name in type(given).model_fields})
        except SpecError:
            raise
        except Exception as error:
            raise SpecError(self.name, [Problem((), _raised(error, given))]) from error
        if not isinstance(campus, Campus):
            raise SpecError(
                self.name, [Problem((), f"returned {type(campus).__name__}, which is not a Campus")]
            )
        return campus


def _raised(error: Exception, given: Spec) -> str:
    """The message for an exception of a scenario, with the parameters that differ from their defaults."""
    message = f"raised {type(error).__name__}" + (f": {error}" if str(error) else "")
    values = {name: getattr(given, name) for name in type(given).model_fields}
    changed = [
        f"{name} = {shortened(value)}"
        for name, value in values.items()
        if value != type(given).model_fields[name].default
    ]
    return f"{message}; with {', '.join(changed)}" if changed else message


def _plain(value: Any) -> Any:
    """Convert a numpy number to a Python number; other values are unchanged."""
    return value.item() if hasattr(value, "item") and not isinstance(value, float | int) else value


def _function(module: ModuleType, path: Path) -> Callable[..., Campus]:
    public = {
        name: thing
        for name, thing in vars(module).items()
        if isinstance(thing, FunctionType) and thing.__module__ == module.__name__ and name[0] != "_"
    }
    if path.stem in public:
        return public[path.stem]
    makers = [function for function in public.values() if _hints(function).get("return") is Campus]
    if len(makers) == 1:
        return makers[0]
    names = ", ".join(maker.__name__ for maker in makers)
    found = f"defines {len(makers)} scenarios: {names}" if makers else "defines no scenario"
    needed = f"a function {path.stem}, or one public function annotated -> Campus"
    message = f"= {str(path)!r} {found}; needed: {needed}"
    raise SpecError(Campus.title(), [Problem(("file",), message)])


def _days(function: Callable[..., Campus]) -> float:
    """Default length of the runs of a script [d]."""
    days = getattr(function, "__globals__", {}).get(_LENGTH, A_YEAR_D)
    if not isinstance(days, int | float) or not 0.0 < days <= LONGEST_RUN_D:
        message = f"= {shortened(days)} d; allowed: a finite number above 0 and at most {LONGEST_RUN_D:g} d"
        raise SpecError(getattr(function, "__name__", "scenario"), [Problem((_LENGTH,), message)])
    return float(days)


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return get_type_hints(function, include_extras=True)
    except NameError as error:
        name = getattr(function, "__name__", "scenario")
        raise SpecError(name, [Problem((), f"has an annotation that cannot be resolved: {error}")]) from None


def _fields(owner: str, function: Callable[..., Any], message: dict[str, str]) -> dict[str, Any]:
    """The parameters of a function as fields of a spec."""
    hints = _hints(function)
    problems = [
        Problem((name,), f"is documented but is not a parameter{nearest(name, hints)}")
        for name in message
        if name not in inspect.signature(function).parameters
    ]
    fields: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        kind = base_type(hints.get(name))
        if parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY}:
            problems.append(Problem((name,), "must be a parameter that can be given by name"))
        elif kind not in _TYPES:
            known = ", ".join(known.__name__ for known in _TYPES)
            problems.append(Problem((name,), f"needs a type; allowed: {known}"))
        else:
            hint = hints[name]
            if hint in {int, float}:
                hint = Annotated[hint, quantity(unit_in(name))]
            default = ... if parameter.default is parameter.empty else parameter.default
            fields[name] = (hint, Field(default, description=message.get(name)))
    if problems:
        raise SpecError(owner, problems)
    return fields


def base_type(hint: Any) -> Any:
    """The type inside an annotation such as `Annotated[float, ...]`, for the command line."""
    return getattr(hint, "__origin__", hint)


def _parameters(name: str, fields: dict[str, Any]) -> type[Spec]:
    made: type[Spec] = create_model(name, __base__=Spec, __module__=__name__, **fields)
    return made


def _args(doc: str) -> dict[str, str]:
    """The description of each parameter in the section `Args:` of a Google docstring."""
    section = re.search(r"^Args:\n((?:[ \t]+.*\n?|\n)+)", doc, re.MULTILINE)
    if not section:
        return {}
    text = inspect.cleandoc("\n" + section[1])
    entries = re.split(r"^\*{0,2}(\w+)(?: \([^)]*\))?:", text, flags=re.MULTILINE)[1:]
    return {name: " ".join(text.split()) for name, text in zip(entries[::2], entries[1::2], strict=True)}
