"""The simulator: a campus in plain data, gone through in equal steps."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from reference.books import Books, DemandCharge, add
from reference.fleets import GasFleet, heat_mmbtu_per_h
from reference.jobs import Job
from reference.market import Block, trade
from reference.profiles import Profile
from reference.ramps import Ramp
from reference.reasons import curtailed, unserved
from reference.stores import Store


class Simulator:
    """A run of a campus.

    Attributes:
        books: What it comes to.
    """

    def __init__(self, campus: dict[str, Any], *, hours: float, step_s: float) -> None:
        self.books = Books()
        self._start = datetime.fromisoformat(campus["start"])
        self._campus, self._hours, self._step_s, self._step_h = campus, hours, step_s, step_s / 3600.0
        supply = campus["supply"]
        kinds = {name: spec["kind"] for name, spec in supply.items()}

        def of(kind: str) -> dict[str, Any]:
            return {name: spec for name, spec in supply.items() if kinds[name] == kind}

        self._grids, self._winds = of("grid"), of("measured_source")
        self._stores = [Store(name, spec, self._step_h) for name, spec in of("battery").items()]
        self._fleets = [GasFleet(name, spec, step_s) for name, spec in of("gas_turbines").items()]
        self._reactors = of("small_modular_reactor")
        self._ramps = [self._reactor(name, spec) for name, spec in self._reactors.items()]
        self._ramps += [fleet.ramp for fleet in self._fleets]
        self._ramps.sort(key=lambda ramp: ramp.cost_usd_per_mwh)
        pue = campus["facility"]["pue"]
        self._pool = campus["servers"].get("hall")
        demand = campus["demand"]
        self._jobs = [
            Job(name, spec, self._pool, pue)
            for name, spec in demand.items()
            if spec["kind"] == "training_job"
        ]
        self._loads = {name: spec for name, spec in demand.items() if spec["kind"] == "measured_load"}
        self._demand = {name: DemandCharge() for name in self._grids}
        self._highest_mw = dict.fromkeys(self._grids, 0.0)
        self._profiles: dict[tuple[str, str], Profile] = {}
        for owner, spec in (supply | demand).items():
            for key, value in spec.items():
                if isinstance(value, int | float | dict):
                    self._profiles[owner, key] = Profile(value, self._start)
        self._given = {*self._grids, *self._winds, *self._loads}
        self._before: list[tuple[float, float]] = []
        self._states: tuple[int, ...] = ()
        self._bend_mwh = 0.0
        self._stored_mwh = sum(store.level_mwh for store in self._stores)

    def _reactor(self, name: str, spec: dict[str, Any]) -> Ramp:
        rated = spec["modules"] * spec["module_mw"]
        ramp = Ramp(
            name,
            must_run=spec["must_run_usd_per_mwh"],
            cost=spec["fuel_usd_per_mwh"] + spec["variable_usd_per_mwh"],
            pu_per_min=spec["ramp_pu_per_min"],
            rest="curtailed",
        )
        ramp.serve(rated, rated * spec["minimum_pu"])
        return ramp

    def run(self) -> Books:
        """Go through all steps."""
        for step in range(round(self._hours * 3600.0 / self._step_s)):
            self._step(step * self._step_s)
        books = self.books
        books.stored_mwh = sum(store.level_mwh for store in self._stores) - self._stored_mwh
        for job in self._jobs:
            books.jobs[job.name] = {
                "work gpu_h": self._campus["demand"][job.name]["work_gpu_h"] - job.left_gpu_h,
                "deferred mwh": job.flexible_mwh(job.deferred_gpu_h),
                "outstanding mwh": job.flexible_mwh(job.late_gpu_h),
            }
        for name, spec in self._grids.items():
            peaks = self._demand[name].peaks_mw()
            books.usd["demand charge"] += spec["demand_charge_usd_per_mw_month"] * peaks
        for fleet in self._fleets:
            books.usd["start-up"] += fleet.starts * fleet.start_usd
            books.is_close |= fleet.is_close or fleet.decisions.are_close(self._step_s)
            for _, lag_s in fleet.decisions.taken_s:
                books.add_error(fleet.unit_mw * lag_s / 3600.0)
        return books

    def _step(self, t_s: float) -> None:
        for fleet in self._fleets:
            fleet.begin(t_s)
        for store in self._stores:
            store.plan()
        for job in self._jobs:
            job.plan(t_s)
        while True:
            blocks = self._trade(t_s)
            limits = [store.limit(blocks) for store in self._stores]
            limits += [job.limit(blocks, self._step_h) for job in self._jobs]
            if not any(limits):
                break
        given = [(block.price, block.mw) for block in blocks if block.owner in self._given]
        for fleet in self._fleets:
            others = [block for block in blocks if block.owner != fleet.name]
            fleet.observe(t_s, others, is_exact=given != self._before)
        self._before = given
        self._book(t_s, blocks)
        self._settle(t_s, blocks)

    def _trade(self, t_s: float) -> list[Block]:
        """The blocks of a step, traded; ramps aim in the order of their cost, each beside those before it."""
        rigid = self._grid_blocks(t_s) + self._wind_blocks(t_s) + self._load_blocks(t_s)
        for store in self._stores:
            rigid += store.blocks()
        moved: list[Block] = []
        for at, ramp in enumerate(self._ramps):
            dearer = [block for other in self._ramps[at + 1 :] for block in other.elastic()]
            ramp.aim(rigid + moved + dearer)
            ramp.move(self._step_h)
            moved += ramp.blocks()
        blocks = rigid + moved
        trade(blocks)
        return blocks

    def _at(self, owner: str, key: str, t_s: float) -> float:
        return self._profiles[owner, key](t_s)

    def _grid_blocks(self, t_s: float) -> list[Block]:
        made = []
        for name in self._grids:
            price = self._at(name, "import_price_usd_per_mwh", t_s)
            paid = min(price, self._at(name, "export_price_usd_per_mwh", t_s))
            limit = self._at(name, "import_limit_mw", t_s)
            self._highest_mw[name] = max(limit, self._highest_mw[name])
            made.append(Block(name, True, price, limit, "import", "headroom"))
            most = self._at(name, "export_limit_mw", t_s)
            made.append(Block(name, False, paid, most, "export", reason="export limit"))
        return made

    def _wind_blocks(self, t_s: float) -> list[Block]:
        made = []
        for name, spec in self._winds.items():
            price = spec["dispatch_usd_per_mwh"]
            rest = "headroom" if price > 0.0 else "curtailed"
            made.append(Block(name, True, price, self._at(name, "power_mw", t_s), "delivered", rest))
        return made

    def _load_blocks(self, t_s: float) -> list[Block]:
        made = []
        for name, spec in self._loads.items():
            mw = self._at(name, "power_mw", t_s)
            made.append(Block(name, False, spec["worth_usd_per_mwh"], mw, "served", "unserved"))
        facility = self._campus["facility"]
        if self._pool is not None:
            gpus = self._pool["servers"] * self._pool["gpus_per_server"]
            idle = gpus - sum(job.gpus * job.part for job in self._jobs)
            mw = idle * self._pool["idle_w"] / self._pool["gpus_per_server"] / 1e6 * facility["pue"]
            made.append(Block("hall", False, facility["firm_worth_usd_per_mwh"], mw, "served", "unserved"))
        for job in self._jobs:
            made += job.blocks(facility["firm_worth_usd_per_mwh"])
        return made

    def _book(self, t_s: float, blocks: list[Block]) -> None:
        books, step_h = self.books, self._step_h
        books.add_flows(blocks, step_h)
        add(books.curtailed_mwh, curtailed(blocks), step_h)
        missing = {
            "import limit": sum(
                self._highest_mw[name] - self._at(name, "import_limit_mw", t_s) for name in self._grids
            ),
            "start-up": sum(fleet.coming_mw(t_s) for fleet in self._fleets),
        }
        add(books.unserved_mwh, unserved(blocks, missing), step_h)
        charging = {block.owner for block in blocks if block.flow == "charge" and block.traded_mw}
        idle = sum(block.mw for block in blocks if block.flow == "discharge" and block.owner in charging)
        short = sum(block.rest_mw for block in blocks if block.rest == "unserved")
        books.unsure_mwh += min(idle, short) * step_h
        self._pay(t_s, blocks)

    def _pay(self, t_s: float, blocks: list[Block]) -> None:
        usd, step_h, supply = self.books.usd, self._step_h, self._campus["supply"]
        now = self._start + timedelta(seconds=t_s)
        quarter = f"{now:%d %H} {now.minute // 15}"
        for block in blocks:
            mwh = block.traded_mw * step_h
            if block.flow == "import":
                usd["energy charge"] += mwh * block.price
                self._demand[block.owner].add(quarter, f"{now:%m}", mwh)
            elif block.flow == "export":
                usd["export revenue"] -= mwh * self._at(block.owner, "export_price_usd_per_mwh", t_s)
            elif block.flow == "discharge":
                usd["wear"] += mwh * supply[block.owner]["wear_usd_per_mwh"]
            elif block.owner in self._winds:
                usd["PPA cost"] += mwh * supply[block.owner]["cost_usd_per_mwh"]
        for ramp in self._ramps:
            mwh = ramp.made_mw(blocks) * step_h
            usd["variable O&M"] += mwh * supply[ramp.name]["variable_usd_per_mwh"]
            if ramp.name in self._reactors:
                usd["fuel"] += mwh * supply[ramp.name]["fuel_usd_per_mwh"]
        for fleet in self._fleets:
            if fleet.running:
                load = fleet.ramp.made_mw(blocks) / (fleet.running * fleet.unit_mw)
                heat = fleet.running * heat_mmbtu_per_h(load, fleet.unit_mw)
                usd["fuel"] += heat * step_h * supply[fleet.name]["gas_usd_per_mmbtu"]

    def _settle(self, t_s: float, blocks: list[Block]) -> None:
        """End the step, and add what each change in it may be off by.

        A store or a job that ends a power P within a step has a mean response that is off by at most
        P x step / 4 (a chord over a bend). A ramp beside it begins to move up to a step too soon, which adds
        P x step.
        """
        step_h, error = self._step_h, self.books.add_error
        share = 1.25 if self._ramps else 0.25
        for store in self._stores:
            store.settle(blocks)
            error(store.was_limited * store.power_mw * step_h * share)
        for job in self._jobs:
            job.settle(blocks, step_h)
            error(job.was_limited * job.full_mw * step_h * share)
        self._bend(blocks)
        for ramp in self._ramps:
            if ramp.settle():
                error(ramp.movement_error_mwh())
        for fleet in self._fleets:
            fleet.decide(t_s)

    def _bend(self, blocks: list[Block]) -> None:
        """Add the error of moving ramps: in flows only where another block becomes the marginal one."""
        states = tuple((block.traded_mw > 1e-9) + 2 * (block.rest_mw > 1e-9) for block in blocks)
        bend = sum(ramp.bend_mwh(self._step_h) for ramp in self._ramps)
        if states != self._states:
            self.books.add_error(bend + self._bend_mwh)
        self.books.bend_mwh += bend
        self._states, self._bend_mwh = states, bend
