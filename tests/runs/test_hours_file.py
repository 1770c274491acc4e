"""The file of hours: what is written is read back, to the bit."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from sites import hours_of, store_hours

from sim import Result
from sim.books.closed import Hours
from sim.runs.books_file import StoreForm
from sim.runs.clean import match
from sim.runs.hours_file import columns_of, hours_frame, read_hours

A = store_hours([1.0, 3.0, 2.0], [3.0, 0.0], [0.0, 0.5], name="a", charge_eff_pu=0.7, initial_clean_pu=0.1)
B = store_hours([0.1, 0.2, 0.3], name="b.b")
HOURS = hours_of([A, B], load_mwh=[1.0, 2.0], clean_mwh=[3.0, 4.0], clean_import_mwh=[0.1, 0.2])


def forms(hours: Hours) -> list[StoreForm]:
    return [
        StoreForm(
            name=store.name,
            charge_eff_pu=store.charge_eff_pu,
            initial_clean_pu=store.initial_clean_pu,
            end_mwh=float(store.level_mwh[-1]),
        )
        for store in hours.stores
    ]


def plain(hours: Hours) -> dict[str, object]:
    stores = {f"{store.name} {key}": value for store in hours.stores for key, value in vars(store).items()}
    both = vars(hours) | stores
    del both["stores"]
    return {key: value if isinstance(value, str | float) else value.tolist() for key, value in both.items()}


def test_hours_come_back_through_a_file(tmp_path: Path) -> None:
    frame = hours_frame(HOURS)
    assert tuple(frame.columns) == columns_of(forms(HOURS))
    frame.to_parquet(tmp_path / "hours.parquet")
    again = read_hours(pd.read_parquet(tmp_path / "hours.parquet"), forms(HOURS), 7200.0)
    assert plain(again) == plain(HOURS)


def test_the_hours_of_a_saved_run_come_back_and_give_the_score_of_its_summary(
    full: Result, tmp_path: Path
) -> None:
    again = Result.load(full.save(tmp_path / "run"))
    assert plain(again.books.hours) == plain(full.books.hours)
    assert [store.name for store in again.books.hours.stores] == ["bess"]
    assert match(again.books.hours).cfe_score == pytest.approx(full.summary.cfe_score, rel=1e-15)
