"""Losses of power conversion: those of the UPS and of the transformers, as curves over load."""

from __future__ import annotations

from math import sqrt
from typing import Annotated, ClassVar, Literal, Self

from pydantic import model_validator

from sim import units
from sim.demand.draw import Draw
from sim.spec import Spec

LossShare = Annotated[float, units.quantity("pu", ge=0, le=1)]


class Losses(Spec):
    """The losses of equipment that power passes through, as shares of its rated power.

    At a load x, as a share of rated power, the losses are `no_load_pu` + `linear_pu` x + `quadratic_pu` x2.
    Above rated power the curve goes on. Where any of the three is given, the others are 0; otherwise the
    curve of the model is used.
    """

    curves: ClassVar[dict[str, tuple[float, float, float]]] = {}
    """Coefficients of the models of equipment."""

    rated_mw: units.PositiveMW
    """Rated power of one set that can carry the whole load; power factor 1."""
    redundancy: Literal["N", "2N"] = "N"
    """`N`: one set carries the load. `2N`: two sets carry half of it each, and both stay energised."""
    model: str
    """Equipment whose curve is used."""
    no_load_pu: LossShare | None = None
    """Losses without load, of a curve of its own. Default: the curve of the model."""
    linear_pu: Annotated[float | None, units.quantity("pu", ge=-1, le=1)] = None
    """Losses in proportion to the load, of a curve of its own. Default: as above."""
    quadratic_pu: LossShare | None = None
    """Losses in proportion to the square of the load, of a curve of its own. Default: as above."""

    @model_validator(mode="after")
    def _is_never_negative(self) -> Self:
        no_load, linear, quadratic = self.curve
        least = 0.0 - 2.0 * sqrt(no_load * quadratic)
        if linear < least:
            raise self.refuse("linear_pu", f"at least {least:.4g} pu, below which losses are negative")
        return self

    @property
    def curve(self) -> tuple[float, float, float]:
        """Coefficients of the losses: without load, linear and quadratic, as shares of rated power."""
        own = (self.no_load_pu, self.linear_pu, self.quadratic_pu)
        if own == (None, None, None):
            return self.curves[self.model]
        no_load, linear, quadratic = (pu or 0.0 for pu in own)
        return no_load, linear, quadratic

    def draw(self, through: Draw, it_mw: float) -> Draw:
        """The losses while power passes through; exact at the IT power given.

        Args:
            through: The power behind the equipment.
            it_mw: IT power.
        """
        no_load, linear, quadratic = self.curve
        installed_mw = self.rated_mw * (2 if self.redundancy == "2N" else 1)
        slope, fixed_mw = through.per_it, through.fixed_mw
        # (slope x IT + fixed)^2 = slope (slope x IT + 2 fixed) x IT + fixed^2
        each = linear + quadratic * (slope * it_mw + 2.0 * fixed_mw) / installed_mw
        idle_mw = no_load * installed_mw + (linear + quadratic * fixed_mw / installed_mw) * fixed_mw
        return Draw(slope * each, idle_mw)


class Ups(Losses):
    """The uninterruptible power supply of IT equipment.

    Models: the Eaton 9395XR at 25, 50, 75 and 100 % load (a third party's transcription of its data sheet).
    Double conversion: efficiency 97.0, 97.3, 97.0 and 96.4 %, fitted within 0.1 points. Eco mode: 98.4, 99.0,
    99.2 and 99.2 %, fitted within 0.13 points.
    """

    curves: ClassVar[dict[str, tuple[float, float, float]]] = {
        "Eaton 9395XR": (0.0060, -0.0008, 0.0320),
        "Eaton 9395XR eco": (0.00412, 0.00005, 0.00385),
    }
    model: Literal["Eaton 9395XR", "Eaton 9395XR eco"] = "Eaton 9395XR"
    """Equipment whose curve is used. Default: double conversion, the usual mode."""


class Transformer(Losses):
    """The transformers in front of the facility.

    Models: standard types of pandapower. Losses without load are its iron losses, those in proportion to the
    square of the load its copper losses at rated power, both divided by rated power.
    """

    curves: ClassVar[dict[str, tuple[float, float, float]]] = {
        "160 MVA 380/110 kV": (0.00037, 0.0, 0.0025),
        "63 MVA 110/20 kV": (0.00035, 0.0, 0.0032),
        "25 MVA 110/20 kV": (0.00056, 0.0, 0.0041),
        "0.63 MVA 20/0.4 kV": (0.00262, 0.0, 0.01206),
    }
    model: Literal["160 MVA 380/110 kV", "63 MVA 110/20 kV", "25 MVA 110/20 kV", "0.63 MVA 20/0.4 kV"] = (
        "0.63 MVA 20/0.4 kV"
    )
    """Equipment whose curve is used. Default: the transformer that each hall has."""
