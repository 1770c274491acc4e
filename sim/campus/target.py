"""The target: what a campus allows to go unserved and still counts as powered."""

from __future__ import annotations

from typing import Annotated

from sim.spec import Spec
from sim.units import HOURS_PER_YEAR, quantity

MWhPerYear = Annotated[float, quantity("MWh/a", ge=0.0, le=1e10)]
HoursPerYear = Annotated[float, quantity("h/a", ge=0.0, le=HOURS_PER_YEAR)]


class Target(Spec):
    """The unserved firm demand that a campus allows; the verdict of the report is given against it.

    Both bounds count for a whole year; a shorter run is allowed its share of them.
    """

    unserved_mwh_per_year: MWhPerYear | None = None
    """Most unserved energy. Default: none, unless hours are allowed."""
    unserved_h_per_year: HoursPerYear | None = None
    """Most hours with unserved demand. Default: none, unless energy is allowed."""
