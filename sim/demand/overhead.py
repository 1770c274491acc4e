"""The overhead: cooling, losses and fixed power of the facility during a run."""

from __future__ import annotations

from collections.abc import Callable
from math import fsum, inf

import numpy as np

from sim.bus.account import Account, Adds, Grain, Rate, Reading
from sim.bus.band import Band
from sim.bus.block import Block, Gauge, Part
from sim.bus.description import Description
from sim.bus.flows import Flow
from sim.bus.terminal import Terminal
from sim.demand.draw import Draw
from sim.demand.facility import Facility
from sim.site import Site
from sim.timeseries.series import Array

FACILITY = "facility"
"""Name of the participant that draws the overhead that remains without IT load."""
HEAT = Account("heat_removed_mwh", "MWh", "Heat removed", grain=Grain.MONTH)
"""IT energy and the losses of conversion."""
WATER = Account("water_m3", "m3", "Water used for cooling", grain=Grain.MONTH)
"""Evaporated water, and the water drained with its salts."""


def highest_load_pu(equipment: str) -> Account:
    """The account of the highest load of equipment of the facility, as a share of its rating."""
    return Account("highest_load_pu", "pu", "Highest load", part=equipment, adds=Adds.HIGHEST)


_TOLERANCE = 1e-3
"""Share of IT power by which the overhead may be off before it is restated."""
_NEAR = 1e-2
"""Share by which IT power may differ from that of the lines: curves leave them by its square."""
_MOST_ROUNDS = 20
"""Restatements within an instant, after which the overhead stays until IT power changes again."""


class Overhead:
    """The overhead of a facility during a run, as a factor on the IT power of all loads.

    If the factor follows weather and load, it is stated for the IT power of the last settlement. A settlement
    that leaves it off by more than 0.1 % of IT power is followed by another one at the same instant.

    Attributes:
        factor: Facility power per unit of IT power, in which loads bid now.
    """

    def __init__(self, site: Site, spec: Facility) -> None:
        self._site = site
        self._spec = spec
        self.factor = self._before = spec.proportional
        self._stated = -1
        self._bids: list[Block] = []
        self._restates: list[Callable[[], None]] = []
        self._gauges: dict[Flow, Gauge] = {}
        self._idle: dict[Flow, Block] = {}
        if spec.is_constant:
            if spec.constant_mw:
                self._bid(site.terminal(FACILITY, Description(label="fixed overhead")), spec.constant_mw)
            return
        self._draws: dict[Flow, Draw] = {}
        self._it_mw = self._line_mw = self._wet_bulb_c = 0.0
        self._rounds, self._at_s = 0, -1.0
        self._connect()

    @property
    def settled_factor(self) -> float:
        """Facility power per unit of IT power at the last settlement."""
        return self._before if self._stated == self._site.bus.settlements else self.factor

    def bid(self, terminal: Terminal, worth_usd_per_mwh: float, *flows: Flow) -> Block:
        """Add a bid of an IT load, whose size includes the overhead.

        Args:
            terminal: The terminal of the load.
            worth_usd_per_mwh: Highest price at which it takes power.
            *flows: Flows of its accepted part and of the rest. Default: served and unserved.
        """
        bid = terminal.bid(worth_usd_per_mwh, *flows)
        if self._spec.is_constant:
            bid.parts = (Part(terminal.name, Flow.IT, 1.0 / self.factor),)
        else:
            bid.parts = tuple(
                Part(terminal.name if flow is Flow.IT else FACILITY, flow, gauge)
                for flow, gauge in self._gauges.items()
            )
        self._bids.append(bid)
        return bid

    def follow(self, restate: Callable[[], None]) -> None:
        """Register a function to call when the factor has changed."""
        self._restates.append(restate)

    def _connect(self) -> None:
        """Add what the facility draws without IT load, and follow weather and load."""
        site, spec, cooling = self._site, self._spec, self._spec.cooling
        sky = None if cooling is None else site.sky(FACILITY)
        caveats = [*spec.remarks()]
        if cooling is not None and sky is not None and not sky.has_humidity:
            caveats.append(f"the weather holds no humidity; {cooling.humidity_pu:g} pu assumed")
        described = Description(label="cooling and conversion", caveat="; ".join(caveats))
        terminal = site.terminal(FACILITY, described)
        for flow in (Flow.IT, Flow.COOLING, Flow.UPS_LOSS, Flow.TRANSFORMER_LOSS):
            self._gauges[flow] = terminal.gauge(None)
        for flow in (Flow.COOLING, Flow.UPS_LOSS, Flow.TRANSFORMER_LOSS, Flow.FIXED):
            self._idle[flow] = self._bid(terminal, spec.constant_mw if flow is Flow.FIXED else 0.0)
            self._idle[flow].parts = (Part(FACILITY, flow, 1.0),)
        terminal.meter(HEAT, self._heat_mw)
        if cooling is not None and cooling.water_m3_per_mwh:
            each = cooling.water_m3_per_mwh
            terminal.meter(WATER, lambda rows: (self._heat_mw(rows) + self._mw(rows, Flow.COOLING)) * each)
        self._watch_ratings(terminal)
        self._state(0.0, spec.draws(0.0, self._wet_bulb_c))
        if cooling is not None and sky is not None:
            site.play(sky.wet_bulb(cooling.humidity_pu), self._turn)
        site.on_connected(self._begin)

    def _watch_ratings(self, terminal: Terminal) -> None:
        """Keep the highest load of each equipment that states its rating."""
        spec, behind = self._spec, (Flow.IT, Flow.UPS_LOSS, Flow.COOLING, Flow.FIXED)
        if spec.ups is not None:
            highest = _Highest(lambda rows: self._mw(rows, Flow.IT), spec.ups.rated_mw)
            terminal.count(highest_load_pu("UPS"), highest)
        if spec.transformer is not None:
            highest = _Highest(lambda rows: self._mw(rows, *behind), spec.transformer.rated_mw)
            terminal.count(highest_load_pu("transformer"), highest)
        if spec.cooling is not None and spec.cooling.rating_mw < inf:
            terminal.count(highest_load_pu("cooling"), _Highest(self._heat_mw, spec.cooling.rating_mw))

    def _bid(self, terminal: Terminal, mw: float) -> Block:
        bid = terminal.bid(self._spec.firm_worth_usd_per_mwh)
        bid.state(mw)
        return bid

    def _begin(self) -> None:
        """All loads have connected."""
        self._band = Band(self._site.bus, self._bids)
        self._site.bus.listen(self._settled, owner=FACILITY, band=self._band)

    def _turn(self, wet_bulb_c: float) -> None:
        """The weather has changed."""
        self._wet_bulb_c = wet_bulb_c
        self._state(self._it_mw, self._spec.draws(self._it_mw, wet_bulb_c))

    def _settled(self, now_s: float) -> None:
        """Loads get another power: restate the overhead if that makes it differ."""
        it_mw = fsum(self._band.powers_mw()) / self.factor
        if abs(it_mw - self._line_mw) <= _NEAR * it_mw:
            self._it_mw = it_mw
            return
        draws = self._spec.draws(it_mw, self._wet_bulb_c)
        off_mw = fsum([abs(draw.at(it_mw) - self._draws[flow].at(it_mw)) for flow, draw in draws.items()])
        self._it_mw = it_mw
        if now_s != self._at_s:
            self._at_s, self._rounds = now_s, 0
        if off_mw > _TOLERANCE * it_mw and self._rounds < _MOST_ROUNDS:
            self._rounds += 1
            self._state(it_mw, draws)

    def _state(self, it_mw: float, draws: dict[Flow, Draw]) -> None:
        """State the overhead: the lines that are exact at this IT power."""
        self._line_mw = it_mw
        if draws == self._draws:
            return
        self._draws = draws
        if self._stated != self._site.bus.settlements:
            self._stated, self._before = self._site.bus.settlements, self.factor
        self.factor = 1.0 + fsum([draw.per_it for draw in draws.values()])
        self._gauges[Flow.IT].show(1.0 / self.factor)
        for flow, draw in draws.items():
            self._gauges[flow].show(draw.per_it / self.factor)
            self._idle[flow].state(draw.fixed_mw)
        for restate in self._restates:
            restate()
        self._site.bus.ask(FACILITY)

    def _mw(self, rows: Reading, *flows: Flow) -> Array:
        """Power of some parts in each row."""
        accepted_mw = sum((rows.accepted_mw(bid) for bid in self._bids), np.zeros(len(rows.t_s)))
        gauges = [self._gauges[flow] for flow in flows if flow in self._gauges]  # none of fixed power
        found = sum(map(rows.gauge, gauges), np.zeros(len(rows.t_s))) * accepted_mw
        return found + sum(rows.accepted_mw(self._idle[flow]) for flow in flows if flow in self._idle)

    def _heat_mw(self, rows: Reading) -> Array:
        return self._mw(rows, Flow.IT, Flow.UPS_LOSS, Flow.TRANSFORMER_LOSS)


class _Highest:
    """The highest load of some equipment so far: each row counts the amount by which it rises."""

    def __init__(self, load_mw: Rate, rated_mw: float) -> None:
        self._load_mw = load_mw
        self._rated_mw = rated_mw
        self._highest_pu = 0.0

    def __call__(self, rows: Reading) -> Array:
        before_pu = self._highest_pu
        highest_pu = np.maximum.accumulate([before_pu, *(self._load_mw(rows) / self._rated_mw)])
        self._highest_pu = float(highest_pu[-1])
        return np.diff(highest_pu)
