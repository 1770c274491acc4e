"""Scripts: import a Python file by its path, and report import errors as errors of the input."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from sim.errors import Problem, SpecError
from sim.files.text import check_file


def load_script(path: Path, *, owner: str = "Campus", field: str = "file") -> ModuleType:
    """Import a script under a unique module name. Modules in its folder can be imported from it.

    Args:
        path: The script.
        owner: Owner named in error messages.
        field: Field named in error messages.

    Raises:
        SpecError: If it does not exist or cannot be imported; the original exception is the cause.
    """
    try:
        check_file(path)
    except ValueError as error:
        raise SpecError(owner, [Problem((field,), f"= {str(path)!r} {error}")]) from None
    full = path.resolve()
    name = f"{path.stem}_{hashlib.sha256(str(full).encode()).hexdigest()[:8]}"
    spec = spec_from_file_location(name, full)
    if spec is None or spec.loader is None:
        raise SpecError(owner, [Problem((field,), f"= {str(path)!r} cannot be imported")])
    module = module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(full.parent))
    try:
        with importing(str(path), owner=owner, field=field):
            spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(full.parent))
    return module


@contextmanager
def importing(what: str, *, owner: str, field: str, source: str = "") -> Iterator[None]:
    """Convert any exception of an import into a SpecError, with the exception as its cause.

    Args:
        what: What is imported, as the user wrote it.
        owner: Owner named in error messages.
        field: Field named in error messages.
        source: Where it comes from, if `what` does not say so.

    Raises:
        SpecError: With the type and message of the exception. A SpecError raised by the code is not changed.
    """
    try:
        yield
    except SpecError:
        raise
    except (Exception, SystemExit) as error:
        raised = type(error).__name__ + (f": {error}" if str(error) else "")
        message = f"= {what!r}{f', {source},' if source else ''} cannot be imported: {raised}"
        raise SpecError(owner, [Problem((field,), message)]) from error
