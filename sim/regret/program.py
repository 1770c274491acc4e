"""The program: a linear program whose variables come in arrays, and whose costs are lines of a bill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np
from numpy.typing import NDArray

from sim.timeseries.series import Array
from sim.timeseries.times import Places

Term = tuple[Places, Places, Array]
"""Coefficients of some rows: number of the row, of the variable, and the coefficient."""


@dataclass(frozen=True, eq=False)
class Cost:
    """What some variables cost.

    Attributes:
        owner: Participant that pays.
        line: Line of the bill.
        month: Number of the month of each variable.
        variables: The variables.
        usd: Cost of each for a unit of it.
    """

    owner: str
    line: str
    month: Places
    variables: Places
    usd: Array


class _Rows:
    """Rows of one kind."""

    def __init__(self) -> None:
        self._terms: list[Term] = []
        self._right: list[Array] = []
        self._count = 0

    def add(self, right: Array, terms: Sequence[Term]) -> None:
        """Add rows; their numbers in the terms count from 0."""
        self._terms += [(row + self._count, variable, value) for row, variable, value in terms]
        self._right.append(right)
        self._count += len(right)

    def right(self) -> Array | None:
        """The right sides; None without rows."""
        return np.concatenate(self._right) if self._right else None

    def matrix(self, size: int) -> object:
        """The coefficients as a sparse matrix; None without rows."""
        from scipy.sparse import csr_array

        if not self._count:
            return None
        rows, columns, values = (
            np.concatenate([np.broadcast_to(term[part], term[1].shape) for term in self._terms])
            for part in range(3)
        )
        return csr_array((values, (rows, columns)), shape=(self._count, size))


@dataclass
class Program:
    """A linear program that is put together array by array.

    Attributes:
        costs: What the variables cost; the sum of all is minimised.
    """

    costs: list[Cost] = field(default_factory=list)
    _lower: list[Array] = field(default_factory=list)
    _upper: list[Array] = field(default_factory=list)
    _equal: _Rows = field(default_factory=_Rows)
    _most: _Rows = field(default_factory=_Rows)
    _size: int = 0

    def variables(self, lower: Array, upper: Array) -> Places:
        """Add variables within bounds; their numbers."""
        first, self._size = self._size, self._size + len(lower)
        self._lower.append(lower)
        self._upper.append(upper)
        return np.arange(first, self._size)

    def pay(self, owner: str, line: str, month: Places, variables: Places, usd: Array) -> None:
        """Add a cost for each unit of some variables."""
        self.costs.append(Cost(owner, line, month, variables, usd))

    def equal(self, right: Array, *terms: Term) -> None:
        """Add rows whose terms add up to their right sides."""
        self._equal.add(right, terms)

    def at_most(self, right: Array, *terms: Term) -> None:
        """Add rows whose terms add up to at most their right sides."""
        self._most.add(right, terms)

    def solve(self) -> Array:
        """The variables of the least cost.

        Raises:
            RuntimeError: If the program has no solution, which is a defect: the dispatch of the run is one.
        """
        from scipy.optimize import linprog

        usd = np.zeros(self._size)
        for cost in self.costs:
            np.add.at(usd, cost.variables, cost.usd)
        bounds = np.column_stack([np.concatenate(self._lower), np.concatenate(self._upper)])
        most, equal = self._most.matrix(self._size), self._equal.matrix(self._size)
        found = linprog(
            usd, most, self._most.right(), equal, self._equal.right(), bounds=bounds, method="highs"
        )
        if not found.success:
            raise RuntimeError(f"the program of the bound was not solved: {found.message}")
        return np.asarray(found.x)


def each(variables: Places, values: Array | float = 1.0) -> Term:
    """One variable in each row, in their order, with a coefficient."""
    count = len(variables)
    return np.arange(count), variables, np.broadcast_to(np.asarray(values, dtype=np.float64), (count,))


def free(count: int, most: float | NDArray[np.float64] = inf) -> tuple[Array, Array]:
    """Bounds from 0 to a most."""
    return np.zeros(count), np.broadcast_to(np.asarray(most, dtype=np.float64), (count,)).copy()
