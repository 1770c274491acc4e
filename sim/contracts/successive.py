"""Successive tariffs: another tariff from a date on, such as that of the next year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from sim.books.metered import Metered
from sim.contracts.charges import Charges
from sim.contracts.contract import BillLine
from sim.contracts.demand_charge import DemandCharge
from sim.contracts.tariff import AnyTariff, Tariff
from sim.errors import Problem, SpecError
from sim.site import Site
from sim.spec import Spec
from sim.timeseries.moment import Moment, moment_s, moment_said
from sim.timeseries.series import StepSeries


class TariffFrom(Spec):
    """A tariff that holds from a date on."""

    begins: Moment
    """First day of a local month, such as 2026-01-01."""
    tariff: AnyTariff
    """The tariff."""

    @model_validator(mode="after")
    def _begins_a_month(self) -> Self:
        begin = self.begins
        if (begin.day, begin.hour, begin.minute, begin.second, begin.microsecond) != (1, 0, 0, 0, 0):
            raise SpecError("successive", [Problem(("begins",), f"= {moment_said(begin)}; {_ALLOWED}")])
        return self


_ALLOWED = "allowed: the first day of a month, such as 2026-01-01, because bills are by month"


class SuccessiveTariffs(Tariff):
    """Tariffs that follow each other, each from the first day of a month on.

    Peaks of months under an earlier tariff count for a ratchet.
    """

    kind: Literal["successive"] = "successive"
    tariffs: Annotated[tuple[TariffFrom, ...], Field(min_length=1, max_length=100)]
    """The tariffs in the order of their dates; the first one begins before the run or with it."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        dates = [one.begins.replace(tzinfo=None) for one in self.tariffs]
        if any(first >= second for first, second in pairwise(dates)):
            raise self.refuse("tariffs", "each later than the one before")
        return self

    def charges(self, site: Site) -> Charges:
        """The charges of all tariffs, each in its months."""
        begins_s = [moment_s(one.begins, site.calendar) for one in self.tariffs]
        if begins_s[0] > 0.0:
            message = f"= {moment_said(self.tariffs[0].begins)}; allowed: not after the start of the run"
            raise SpecError(self.title(), [Problem(("tariffs", "0", "begins"), message)])
        parts = []
        for number, (one, begin_s, end_s) in enumerate(
            zip(self.tariffs, begins_s, [*begins_s[1:], inf], strict=True)
        ):
            try:
                parts.append((begin_s, end_s, one.tariff.charges(site)))
            except SpecError as error:
                raise error.within(self.title(), "tariffs", str(number), "tariff") from None
        buy = _stitched([(begin_s, one.import_usd_per_mwh) for begin_s, _, one in parts])
        sell = _stitched([(begin_s, one.export_usd_per_mwh) for begin_s, _, one in parts])
        sender = self.counterparty or parts[0][2].counterparty
        doubts = tuple(dict.fromkeys(doubt for *_, one in parts for doubt in one.doubts))
        return _Successive(buy, sell, (), counterparty=sender, doubts=doubts, parts=tuple(parts))


@dataclass(frozen=True)
class _Successive(Charges):
    """Charges of which each set holds for a time.

    Attributes:
        parts: Beginning and end of each set [s], and its charges.
    """

    parts: tuple[tuple[float, float, Charges], ...] = ()

    def over_time(self) -> tuple[tuple[float, float, Charges], ...]:
        """The parts."""
        return self.parts

    def prices(self) -> Sequence[StepSeries]:
        """What the charges of all parts depend on."""
        return [series for _, _, one in self.parts for series in one.prices()]

    @property
    def needs_demand(self) -> bool:
        """Whether a part needs it."""
        return any(one.needs_demand for _, _, one in self.parts)

    def demand_charges(self) -> list[DemandCharge]:
        """Those of all parts: what shaves peaks keeps to the strictest."""
        return [charge for _, _, one in self.parts for charge in one.demand_charges()]

    def bill(self, metered: Metered) -> list[BillLine]:
        """The lines of each part in its own months."""
        begins_s, lines = metered.month_edges_s[:-1], []
        for begin_s, end_s, one in self.parts:
            holds = (begins_s >= max(begin_s, 0.0)) & (begins_s < end_s)
            lines += [_within(line, holds) for line in one.bill(metered) if holds.any()]
        return lines


def _within(line: BillLine, holds: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> BillLine:
    """A line in some of its months alone."""
    measured, quantity = line.measured, line.quantity
    return replace(
        line,
        usd=np.where(holds, line.usd, 0.0),
        quantity=None if quantity is None else np.where(holds, quantity, 0.0),
        measured=None if measured is None else np.where(holds, measured, 0.0),
    )


def _stitched(parts: list[tuple[float, StepSeries]]) -> StepSeries:
    """Series that follow each other, each from an elapsed second on."""
    whole = parts[0][1]
    for begin_s, series in parts[1:]:
        before = whole.times_s < begin_s
        after = series.times_s > begin_s
        if begin_s >= min(whole.end_s, series.end_s):
            break
        whole = StepSeries(
            np.concatenate([whole.times_s[before], [begin_s], series.times_s[after]]),
            np.concatenate([whole.values[before], [series.value_at(begin_s)], series.values[after]]),
            series.end_s,
        )
    return whole
