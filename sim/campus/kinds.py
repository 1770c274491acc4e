"""User-defined kinds: import of the modules and files that a command names."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from sim.errors import Problem, SpecError
from sim.files.script import importing, load_script

_SCRIPT = ".py"
_ASKED = {"owner": "kinds", "field": "--import"}


def import_kinds(name: str, beside: Path | None = None) -> None:
    """Import a module or file that defines kinds.

    A name that ends in `.py` is a path, relative to the working directory or else to the folder `beside`. Any
    other name refers to the file `NAME.py` in that folder if it exists, otherwise to a module by its dotted
    name.

    Args:
        name: The module or file.
        beside: Folder of the campus or script that needs it. Default: the working directory.

    Raises:
        SpecError: If it does not exist (the message lists the places searched) or cannot be imported (the
            original exception is the cause).
    """
    files = list(_files(name, beside or Path.cwd()))
    for file in files:
        if file.is_file():
            load_script(file, **_ASKED)
            return
    looked = [str(file.absolute()) for file in files]
    if name.endswith(_SCRIPT) or not all(part.isidentifier() for part in name.split(".")):
        raise _missing(name, looked)
    with importing(name, **_ASKED):
        try:
            import_module(name)
        except ModuleNotFoundError as error:
            if f"{name}.".startswith(f"{error.name}."):
                raise _missing(name, [*looked, f"a module {name}"]) from None
            raise


def _files(name: str, beside: Path) -> Iterator[Path]:
    """The files that a name may refer to, in search order."""
    if not name.endswith(_SCRIPT):
        yield beside / f"{name}{_SCRIPT}"
        return
    yield Path(name)
    if (beside / name).absolute() != Path(name).absolute():
        yield beside / name


def _missing(name: str, looked: list[str]) -> SpecError:
    message = f"= {name!r} does not exist; looked for {' and '.join(looked)}"
    return SpecError(_ASKED["owner"], [Problem((_ASKED["field"],), message)])
