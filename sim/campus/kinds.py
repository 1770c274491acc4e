"""Kinds of a user's own: the modules and files that define them, imported because a command names them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from sim.errors import Problem, SpecError
from sim.files.script import importing, load_script

_SCRIPT = ".py"
_ASKED = {"owner": "kinds", "field": "--import"}


def import_kinds(name: str, beside: Path | None = None) -> None:
    """Import a module or a file, so that the kinds it defines are known.

    A name that ends in `.py` is a path, tried from the working directory and then from the folder
    `beside`. Any other name is the file `NAME.py` in that folder, if there is one, and else a module by its
    dotted name.

    Args:
        name: The module or file.
        beside: Folder of the campus or script that needs it; the working directory by default.

    Raises:
        SpecError: If it does not exist, saying what was looked for, or cannot be imported, with what it
            raised as the cause.
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
    """The files that a name may mean, in the order in which they are tried."""
    if not name.endswith(_SCRIPT):
        yield beside / f"{name}{_SCRIPT}"
        return
    yield Path(name)
    if (beside / name).absolute() != Path(name).absolute():
        yield beside / name


def _missing(name: str, looked: list[str]) -> SpecError:
    message = f"= {name!r} does not exist; looked for {' and '.join(looked)}"
    return SpecError(_ASKED["owner"], [Problem((_ASKED["field"],), message)])
