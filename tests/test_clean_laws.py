"""The score of random campuses is that of a plain account of their recorded flows."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from campuses import DAY, DAYS, HOUR, SEEDS, campuses
from clean_account import Hour, clean_load
from hypothesis import assume, given, settings

from sim import Result, simulate
from sim.campus import Campus
from sim.timeseries.profile import as_series


class Rows:
    """The recorded rows of a run, and how long each was held in an hour."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self._frame = result.flows
        self.begins_s = result.t_s
        self.ends_s = np.append(result.t_s[1:], result.days * DAY)
        self.hours = math.ceil(result.days * 24.0 - 1e-9)  # campuses begin at a full hour

    def held(self, hour: int) -> list[tuple[float, float]]:
        """When each row was held in an hour, from and until [s]; of no length outside."""
        begins = np.clip(self.begins_s, hour * HOUR, (hour + 1) * HOUR)
        ends = np.clip(self.ends_s, hour * HOUR, (hour + 1) * HOUR)
        return list(zip(begins.tolist(), ends.tolist(), strict=True))

    def of(self, owner: str, flow: str) -> list[float]:
        name = f"{owner}.{flow}"
        return self._frame[name].tolist() if name in self._frame else [0.0] * len(self._frame)

    def mwh(self, hour: int, flow: str, owner: str = "", share: Any = None) -> float:
        """Energy of a flow in an hour, of one owner or of all, times a share that may change."""
        owners = [owner] if owner else [name.rpartition(".")[0] for name in self._result.columns(flow)]
        energy = 0.0
        for one in owners:
            for mw, (begin, end) in zip(self.of(one, flow), self.held(hour), strict=True):
                if mw and end > begin:
                    energy += mw * (share.integral(begin, end) if share else end - begin) / HOUR
        return energy


def hours_of(campus: Campus, rows: Rows, stores: list[str]) -> list[Hour]:
    """The hours of a run, added up row by row."""
    found = []
    for number in range(rows.hours):
        hour = Hour(load=rows.mwh(number, "served_mw"), exported=rows.mwh(number, "export_mw"))
        for name, source in campus.supply.items():
            delivered = rows.mwh(number, "delivered_mw", name)
            emits = source.kind == "gas_turbines" or (
                source.kind == "measured_source" and source.carbon_kgco2_per_mwh > 0
            )
            hour.clean += 0.0 if emits else delivered
            hour.other += delivered if emits else 0.0
            if source.kind == "grid":
                share = as_series(source.clean_pu, campus.calendar, 4 * DAY)
                hour.imported += rows.mwh(number, "import_mw", name)
                hour.clean_imported += rows.mwh(number, "import_mw", name, share)
        hour.charged = {name: rows.mwh(number, "charge_mw", name) for name in stores}
        hour.discharged = {name: rows.mwh(number, "discharge_mw", name) for name in stores}
        levels = {
            name: np.interp(number * HOUR, rows.begins_s, rows.of(name, "stored_mwh")) for name in stores
        }
        hour.level = {name: max(0.0, float(level)) for name, level in levels.items()}
        found.append(hour)
    for hour, following in pairwise(found):
        hour.end_level = following.level
    found[-1].end_level = found[-1].level  # nobody asks what comes after
    return found


@settings(max_examples=60)
@given(campuses(), DAYS, SEEDS)
def test_the_cfe_score_is_that_of_a_plain_account_of_the_recorded_flows(
    campus: Campus, days: float, seed: int
) -> None:
    result = simulate(campus, days=days, seed=seed)
    assume(result.summary.cfe_score is not None)
    batteries = {name: one for name, one in campus.supply.items() if one.kind == "battery"}
    hours = hours_of(campus, Rows(result), list(batteries))
    reached, _ = clean_load(
        hours,
        {name: one.charge_efficiency_pu for name, one in batteries.items()},
        {name: one.initial_clean_pu * one.initial_soc_pu * one.energy_mwh for name, one in batteries.items()},
    )
    load_mwh = sum(hour.load for hour in hours)
    assert result.summary.cfe_score == pytest.approx(sum(reached) / load_mwh, rel=1e-7, abs=1e-7)
