"""The scheduler: which waiting jobs of a pool start now, where, and which running ones yield to them."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Annotated, ClassVar, Literal, NamedTuple, Self, TypeVar

from pydantic import BeforeValidator, SerializeAsAny, model_validator

from sim.errors import Problem, SpecError
from sim.spec import Kind
from sim.timeseries.forecast import AnyForecast, Forecast
from sim.units import PositiveMW

_ROUNDING = 1e-9
Racks = tuple[tuple[int, int], ...]
"""GPUs by rack: pairs of the number of a rack and a number of GPUs in it."""


@dataclass(slots=True)
class Waiting:
    """A job that waits for GPUs.

    Attributes:
        number: Its number in the order of submission, unique.
        name: Its name.
        gpus: Number of GPUs; it starts with all of them or not at all.
        submit_s: When it was submitted.
        worth_usd_per_mwh: What power is worth to it; infinite for a firm job.
        priority: A higher one goes first, under a scheduler that heeds it.
        team: Who submitted it.
        runtime_s: Expected length at full speed; infinite if unknown.
        power_mw: Power at full speed, overhead included.
        deadline_s: When it has to be done; infinite if it has no deadline.
        latest_start_s: When it has to start; infinite if that does not matter.
    """

    number: int
    name: str
    gpus: int
    submit_s: float
    worth_usd_per_mwh: float
    priority: int
    team: str
    runtime_s: float
    power_mw: float
    deadline_s: float
    latest_start_s: float


@dataclass(slots=True)
class Running(Waiting):
    """A job that holds GPUs.

    Attributes:
        start_s: When it got them.
        end_s: Expected end at full speed, or at that which power domains allow now; infinite if none.
        is_held_back: Whether it has less power than it wants.
        is_protected: Whether it never yields.
        racks: The GPUs it holds, by rack.
    """

    start_s: float
    end_s: float
    is_held_back: bool
    is_protected: bool
    racks: Racks


@dataclass(slots=True, frozen=True)
class State:
    """What a scheduler knows.

    Attributes:
        now_s: The instant.
        free: Free GPUs by rack; one number if the pool has no racks.
        waiting: Jobs that wait, in the order of submission.
        running: Jobs that hold GPUs.
        price_usd_per_mwh: Price of power at the last settlement.
        power_mw: Power drawn by the pool's jobs now; 0 for a scheduler that does not follow power.
        forecast: Forecast of what `starts_by` names; None if there is none.
        teams: GPU-hours used so far, by team.
    """

    now_s: float
    free: tuple[int, ...]
    waiting: Sequence[Waiting]
    running: Sequence[Running]
    price_usd_per_mwh: float
    power_mw: float
    forecast: Forecast | None
    teams: Mapping[str, float]


_Job = TypeVar("_Job", bound=Waiting)


class Start(NamedTuple):
    """A job that starts.

    Attributes:
        number: Its number.
        racks: The GPUs it gets, by rack.
    """

    number: int
    racks: Racks


@dataclass(slots=True, frozen=True)
class Decision:
    """What a scheduler decides.

    Attributes:
        starts: Jobs that start now, in this order.
        yields: Numbers of running jobs that give their GPUs back first. They wait again, so the scheduler is
            asked again at this instant.
        again_s: The scheduler is asked again at this instant at the latest; infinite if that is not needed.
            It is asked at every submission, end and yield anyway; with the price too if it follows power.
    """

    starts: tuple[Start, ...] = ()
    yields: tuple[int, ...] = ()
    again_s: float = inf


class Scheduler(Kind):
    """A rule for the line of jobs that wait for GPUs of a pool.

    To define a rule of your own, write a subclass with fields, a `kind` and `decide`, which depends on the
    state alone.
    """

    members: ClassVar[dict[str, type[Kind]]]

    follows_power: ClassVar[bool] = True
    """Whether a decision may depend on the price of power or on which jobs are held back. Then it is asked
    after each settlement that changes one of them; otherwise only when the line or the free GPUs change, and
    at `again_s`."""
    is_checked: ClassVar[bool] = True
    """Whether each decision is checked before it is carried out. The built-in kinds are tested instead."""
    follows_teams: ClassVar[bool] = False
    """Whether a decision depends on the GPU-hours used by teams so far."""

    within_rack: bool = False
    """Whether a job that fits in a rack gets all its GPUs in one, the fullest that has room, and a larger one
    in as few racks as possible. Default: racks are filled in their order."""
    power_budget_mw: PositiveMW | None = None
    """Highest power at full speed of all jobs that hold GPUs, overhead included; a job that would exceed it
    waits. Default: no limit."""
    starts_by: Literal["submission", "price", "carbon", "shortage"] = "submission"
    """What the start of a job with a deadline or a latest start avoids: it waits for the window of its
    length in which the forecast of this is lowest. Others do not wait for it. Default: jobs start as soon as
    they can."""
    forecast: AnyForecast | None = None
    """How `starts_by` is forecast; needed unless it is `submission`, and not used then."""

    @model_validator(mode="after")
    def _has_forecast(self) -> Self:
        if self.forecast is None and self.starts_by != "submission":
            raise self.refuse("forecast", f'needed with starts_by = "{self.starts_by}"')
        return self

    @abstractmethod
    def decide(self, state: State) -> Decision:
        """Which jobs start now, and which yield."""

    def require(self, job: str, power_mw: float) -> None:
        """Refuse a job that can never start.

        Args:
            job: Its name.
            power_mw: Its power at full speed, overhead included.

        Raises:
            SpecError: If its power alone exceeds the power budget.
        """
        if self.power_budget_mw is not None and power_mw > self.power_budget_mw * (1.0 + _ROUNDING):
            most = f"at most power_budget_mw = {self.power_budget_mw:g} MW of the scheduler {self.title()}"
            raise SpecError(job, [Problem(("power_mw",), f"= {power_mw:g} MW; allowed: {most}")])


AnyScheduler = SerializeAsAny[Annotated[Scheduler, BeforeValidator(Scheduler.build)]]
"""A scheduler of any kind, also as plain data."""


def check(decision: Decision, state: State, scheduler: Scheduler) -> None:
    """Refuse a decision that cannot be carried out.

    Raises:
        SpecError: If a job starts that does not wait, starts twice, or gets another number of GPUs than it
            needs or more than are free; if a job yields that is not running, is protected, or yields twice;
            or if the scheduler does not let time pass.
    """
    rule = scheduler.title()
    if not isinstance(decision, Decision):
        raise SpecError(rule, [Problem(("decide",), f"returned {decision!r}; allowed: a Decision")])
    free = dict(enumerate(state.free))
    for one in _each(decision.yields, {job.number: job for job in state.running}, rule, "yields", "running"):
        if one.is_protected:
            raise _refused(rule, one.name, "yields", "is protected; allowed: jobs that are not")
        for rack, gpus in one.racks:
            free[rack] += gpus
    numbers = [start.number for start in decision.starts]
    starting = _each(numbers, {job.number: job for job in state.waiting}, rule, "starts", "waiting")
    for job, start in zip(starting, decision.starts, strict=True):
        given = sum(gpus for _, gpus in start.racks)
        if given != job.gpus or any(gpus < 1 for _, gpus in start.racks):
            raise _refused(rule, job.name, "racks", f"= {start.racks}; allowed: {job.gpus} GPUs in all")
        for rack, gpus in start.racks:
            if gpus > free.get(rack, 0):
                most = f"at most {free.get(rack, 0)} GPUs, which are free in rack {rack}"
                raise _refused(rule, job.name, "gpus", f"= {gpus} GPUs; allowed: {most}")
            free[rack] -= gpus
    if not decision.again_s > state.now_s:
        message = f"= {decision.again_s:g} s; allowed: above now_s = {state.now_s:g} s"
        raise SpecError(rule, [Problem(("again_s",), message)])


def _each(numbers: Sequence[int], known: Mapping[int, _Job], rule: str, field: str, word: str) -> list[_Job]:
    """The jobs of a decision, each of which has to be known and to be there once."""
    for number, times in Counter(numbers).items():
        name = known[number].name if number in known else f"job number {number}"
        if number not in known:
            raise _refused(rule, name, field, f"is not {word}; allowed: jobs that are {word}")
        if times > 1:
            raise _refused(rule, name, field, f"has it {times} times; allowed: once")
    return [known[number] for number in numbers]


def _refused(rule: str, job: str, field: str, message: str) -> SpecError:
    return SpecError(rule, [Problem((rule, job, field), message)])
