"""The file of closed books: all of them but the tables, as plain data that is checked when it is read."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from sim.books.closed import (
    Account,
    Adds,
    Adequacy,
    Balance,
    Bound,
    Changes,
    Closed,
    Column,
    Extremes,
    Grain,
    Hours,
    Participant,
    Posting,
    Power,
    Tightest,
)
from sim.timeseries.series import Array, StepSeries

_Grain = Annotated[Grain, Field(strict=False)]  # JSON has its word
_Adds = Annotated[Adds, Field(strict=False)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Steps(_Form):
    times_s: list[float]
    values: list[float]

    @classmethod
    def of(cls, series: StepSeries) -> _Steps:
        """The plain form of a series."""
        return cls(times_s=series.times_s.tolist(), values=series.values.tolist())

    def series(self) -> StepSeries:
        """The series."""
        return StepSeries(np.array(self.times_s), np.array(self.values))


class _Bound(_Form):
    label: str
    flow: str
    mw: _Steps
    none: str


class _Participant(_Form):
    name: str
    family: str
    kind: str
    label: str
    size: str
    caveat: str
    colour: str
    capacity_mw: float
    unverified: int
    service_pu: _Steps
    firm_mw: _Steps
    unit_mw: float | None
    bounds: list[_Bound]
    lowest_mwh: _Steps | None
    highest_mwh: _Steps | None


class _Posting(_Form):
    name: str
    unit: str
    title: str
    part: str
    adds: _Adds
    grain: _Grain
    bins: list[float]
    owner: str
    amounts: list[float]


class _Extremes(_Form):
    highest_mw: list[float]
    highest_at_s: list[float]
    lowest_mw: list[float]


class _Changes(_Form):
    step_mw: float
    change_1min_mw: float
    change_5min_mw: float
    change_15min_mw: float


class _Tightest(_Form):
    at_s: float
    firm_mw: float
    wanted_mw: float
    largest: str
    largest_mw: float


class StoreForm(_Form):
    """What the file says of a store, beside its table of hours (see `books.hours.StoreHours`)."""

    name: str
    charge_eff_pu: float
    initial_clean_pu: float
    end_mwh: float


class BooksFile(_Form):
    """What stands in the file; see `Closed` for the meaning of its fields."""

    horizon_s: float
    columns: list[list[str]]
    totals: list[float]
    stores: list[StoreForm]
    postings: list[_Posting]
    edges_s: dict[_Grain, list[float]]
    curtailed_mwh: dict[str, float]
    unserved_mwh: dict[str, float]
    month_edges_s: list[float]
    extremes: dict[str, _Extremes]
    changes: dict[str, _Changes]
    adequacy: dict[str, list[_Tightest | None]]
    balance: dict[str, float]
    settlements: int
    is_compiled: bool
    participants: list[_Participant]
    remarks: list[str]
    same_weather: bool

    @classmethod
    def of(cls, books: Closed) -> BooksFile:
        """The plain form of closed books."""
        return cls(
            horizon_s=books.horizon_s,
            columns=[[column.owner, str(column.label)] for column in books.columns],
            totals=books.totals.tolist(),
            stores=[
                StoreForm(
                    name=store.name,
                    charge_eff_pu=store.charge_eff_pu,
                    initial_clean_pu=store.initial_clean_pu,
                    end_mwh=float(store.level_mwh[-1]),
                )
                for store in books.hours.stores
            ],
            postings=[_posting(one) for one in books.postings],
            edges_s={grain: found.tolist() for grain, found in books.edges_s.items()},
            curtailed_mwh=books.curtailed_mwh,
            unserved_mwh=books.unserved_mwh,
            month_edges_s=books.power.month_edges_s.tolist(),
            extremes={
                name: _Extremes(**{field: values.tolist() for field, values in vars(one).items()})
                for name, one in books.power.extremes.items()
            },
            changes={name: _Changes(**vars(one)) for name, one in books.power.changes.items()},
            adequacy={
                kind: [None if one is None else _Tightest(**vars(one)) for one in months]
                for kind, months in books.adequacy.months.items()
            },
            balance=vars(books.balance),
            settlements=books.settlements,
            is_compiled=books.is_compiled,
            participants=[_participant(one) for one in books.participants],
            remarks=list(books.remarks),
            same_weather=books.same_weather,
        )

    def closed(
        self,
        *,
        t_s: Array,
        flows: Array,
        monthly: Array,
        interval_edges_s: Array,
        means_mw: dict[str, Array],
        hours: Hours,
        events: list[dict[str, Any]],
        jobs: list[dict[str, Any]],
        requests: list[dict[str, Any]],
        latencies: list[dict[str, Any]],
        bill: list[dict[str, Any]],
    ) -> Closed:
        """The closed books, with the tables that stand in files of their own."""
        return Closed(
            horizon_s=self.horizon_s,
            columns=tuple(Column(owner, label) for owner, label in self.columns),
            totals=np.array(self.totals),
            t_s=t_s,
            flows=flows,
            monthly=monthly,
            power=Power(
                edges_s=interval_edges_s,
                month_edges_s=np.array(self.month_edges_s),
                means_mw=means_mw,
                extremes={name: _read_extremes(one) for name, one in self.extremes.items()},
                changes={name: Changes(**vars(one)) for name, one in self.changes.items()},
            ),
            hours=hours,
            postings=tuple(_read_posting(one) for one in self.postings),
            edges_s={grain: np.array(found) for grain, found in self.edges_s.items()},
            curtailed_mwh=self.curtailed_mwh,
            unserved_mwh=self.unserved_mwh,
            adequacy=Adequacy(
                {kind: tuple(map(_read_tightest, months)) for kind, months in self.adequacy.items()}
            ),
            balance=Balance(**self.balance),
            settlements=self.settlements,
            is_compiled=self.is_compiled,
            participants=tuple(_read_participant(one) for one in self.participants),
            events=tuple(events),
            jobs=tuple(jobs),
            requests=tuple(requests),
            latencies=tuple(latencies),
            bill=tuple(bill),
            remarks=tuple(self.remarks),
            same_weather=self.same_weather,
        )


def _read_tightest(one: _Tightest | None) -> Tightest | None:
    return None if one is None else Tightest(**one.model_dump())


def _read_extremes(one: _Extremes) -> Extremes:
    return Extremes(**{field: np.array(values) for field, values in one.model_dump().items()})


def _posting(one: Posting) -> _Posting:
    account = {**vars(one.account), "bins": list(one.account.bins)}
    return _Posting(**account, owner=one.owner, amounts=one.amounts.tolist())


def _read_posting(one: _Posting) -> Posting:
    fields = one.model_dump(exclude={"owner", "amounts", "bins"})
    return Posting(Account(**fields, bins=tuple(one.bins)), one.owner, np.array(one.amounts))


def _participant(one: Participant) -> _Participant:
    plain = {
        **vars(one),
        "service_pu": _Steps.of(one.service_pu),
        "firm_mw": _Steps.of(one.firm_mw),
        "bounds": [
            _Bound(label=bound.label, flow=str(bound.flow), mw=_Steps.of(bound.mw), none=bound.none)
            for bound in one.bounds
        ],
        "lowest_mwh": one.lowest_mwh and _Steps.of(one.lowest_mwh),
        "highest_mwh": one.highest_mwh and _Steps.of(one.highest_mwh),
    }
    return _Participant(**plain)


def _read_participant(one: _Participant) -> Participant:
    steps = {
        "service_pu": one.service_pu.series(),
        "firm_mw": one.firm_mw.series(),
        "bounds": tuple(
            Bound(bound.label, bound.flow, bound.mw.series(), bound.none) for bound in one.bounds
        ),
        "lowest_mwh": one.lowest_mwh and one.lowest_mwh.series(),
        "highest_mwh": one.highest_mwh and one.highest_mwh.series(),
    }
    return Participant(**{**one.model_dump(exclude=set(steps)), **steps})
