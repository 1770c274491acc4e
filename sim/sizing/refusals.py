"""The refusal of a request for sizes: one clear error before anything runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sim.errors import Problem, SpecError

_OWNER = "size"
_SWEEP = "sweep"
_FIELDS = {"over": "variables", "--over": "--vary"}
"""Arguments of a sweep, and what `size` calls them."""


def refused(field: str, message: str) -> SpecError:
    """The error for something wrong with a request for sizes."""
    return SpecError(_OWNER, [Problem((field,), message)])


@contextmanager
def as_size() -> Iterator[None]:
    """Say what a sweep refuses in the words of `size`."""
    try:
        yield
    except SpecError as error:
        if error.owner != _SWEEP:
            raise
        problems = [
            Problem((*one.path[:-1], _FIELDS.get(one.path[-1], one.path[-1])), one.message)
            for one in error.problems
        ]
        raise SpecError(_OWNER, problems) from error.__cause__
