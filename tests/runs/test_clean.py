"""The carbon-free energy that reached the load, against paper and against a plain account."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from clean_account import Hour, clean_load
from hypothesis import given
from hypothesis import strategies as st
from sites import hours_of, store_hours

from sim import Campus, Result, simulate
from sim.books.closed import Hours
from sim.campus import Battery, GridConnection, MeasuredLoad, MeasuredSource
from sim.runs.clean import follow, match, swept


def score(hours: Hours) -> float:
    found = match(hours).cfe_score
    assert found is not None
    return found


def run(supply: dict[str, Any], load_mw: Any, days: float = 1.0) -> Result:
    campus = Campus(name="c", supply=supply, demand={"load": MeasuredLoad(power_mw=load_mw)})
    return simulate(campus, days=days)


def test_a_site_with_dirty_surplus_scores_nothing_and_not_less() -> None:
    # 5 MW of dirty power, 1 MW of load, 4 MW exported; exports once were subtracted: (0 - 4) / 1 = -4
    supply = {
        "plant": MeasuredSource(power_mw=5.0, clean_pu=0.0),
        "grid": GridConnection(import_limit_mw=1.0, export_limit_mw=4.0, clean_pu=0.9),
    }
    summary = run(supply, 1.0).summary
    assert summary.export_mwh == pytest.approx(4.0 * 24)
    assert (summary.cfe_score, summary.annual_matching) == (0.0, 0.0)


def test_clean_power_serves_the_load_before_all_else_and_dirty_power_leaves() -> None:
    # 5 MWh clean and 5 MWh other supply; the load of 5 MWh has the clean ones, the export the others
    hours = hours_of(load_mwh=[5.0], clean_mwh=[5.0], other_mwh=[5.0], export_mwh=[5.0])
    assert score(hours) == 1.0


def test_clean_power_of_another_hour_does_not_count_but_for_annual_matching() -> None:
    hours = hours_of(
        load_mwh=[10.0, 10.0], clean_mwh=[25.0, 0.0], import_mwh=[0.0, 10.0], export_mwh=[15.0, 0.0]
    )
    found = match(hours)
    assert found.load_mwh.tolist() == [10.0, 0.0]
    assert (found.cfe_score, found.annual_matching) == (0.5, 25.0 / 20.0)


def test_load_and_export_share_the_clean_part_of_the_mix() -> None:
    # clean 2; mix: other 6 and import 4, half clean: 2 of 10; remaining load 4 and export 6
    hours = hours_of(
        load_mwh=[6.0],
        clean_mwh=[2.0],
        other_mwh=[6.0],
        import_mwh=[4.0],
        clean_import_mwh=[2.0],
        export_mwh=[6.0],
    )
    assert match(hours).load_mwh == pytest.approx([2.0 + 4.0 * 0.2])


def test_surplus_charges_stores_in_proportion_and_the_rest_of_charging_draws_on_the_mix() -> None:
    # load 10 and charging 3 and 9; clean 16: 10 to the load, 6 to the stores, 1.5 and 4.5;
    # import 6, a third clean, gives them 1.5 / 3 = 0.5 and 4.5 / 3 = 1.5
    small = store_hours([0.0, 3.0], [3.0], name="small")
    large = store_hours([0.0, 9.0], [9.0], name="large")
    hours = hours_of(
        [small, large], load_mwh=[10.0], clean_mwh=[16.0], import_mwh=[6.0], clean_import_mwh=[2.0]
    )
    assert match(hours).stored_mwh == pytest.approx({"small": 1.5 + 0.5, "large": 4.5 + 1.5})


def test_discharge_is_as_clean_as_the_store_was_at_the_start_of_the_hour() -> None:
    # hour 1: load 4, clean 8; the store has 4, none clean, and takes 4: it has 8, half clean
    # hour 2: load 6: it gives 4 (2 clean), the grid 2 (none); hour 3: load 4: it gives 4 (2 clean)
    battery = store_hours([4.0, 8.0, 4.0, 0.0], [4.0, 0.0, 0.0], [0.0, 4.0, 4.0])
    hours = hours_of(
        [battery], load_mwh=[4.0, 6.0, 4.0], clean_mwh=[8.0, 0.0, 0.0], import_mwh=[0.0, 2.0, 0.0]
    )
    found = match(hours)
    assert found.load_mwh == pytest.approx([4.0, 2.0, 2.0])
    assert found.stored_mwh == {"battery": 0.0}
    assert found.annual_matching == pytest.approx(8.0 / 14.0)


def test_what_a_store_gives_is_shared_by_the_load_and_another_store() -> None:
    # "a" gives 6, all clean, and the source 6, none clean: load 8 and "b" 4 have half of it
    a = store_hours([6.0, 0.0], None, [6.0], name="a", initial_clean_pu=1.0)
    b = store_hours([0.0, 2.0], [4.0], name="b", charge_eff_pu=0.5)
    found = match(hours_of([a, b], load_mwh=[8.0], other_mwh=[6.0]))
    assert found.load_mwh == pytest.approx([4.0])
    assert found.stored_mwh == pytest.approx({"a": 0.0, "b": 4.0 * 0.5 * 0.5})
    assert found.annual_matching == pytest.approx(6.0 / 8.0)


def test_the_loss_of_charging_falls_on_what_is_charged() -> None:
    # 10, all clean, and 4 dirty ones of which 2 are kept: 10 of 12
    battery = store_hours([10.0, 12.0, 0.0], [4.0, 0.0], [0.0, 6.0], charge_eff_pu=0.5, initial_clean_pu=1.0)
    found = match(hours_of([battery], load_mwh=[0.0, 6.0], other_mwh=[4.0, 0.0]))
    assert found.load_mwh == pytest.approx([0.0, 6.0 * 10.0 / 12.0])


def test_other_losses_leave_the_clean_share_as_it_is() -> None:
    # 8, half clean, of which 6 are left after an hour of standing losses, then 2 given out of 4: half clean
    battery = store_hours([8.0, 6.0, 2.0], None, [0.0, 2.0], initial_clean_pu=0.5)
    found = match(hours_of([battery], load_mwh=[1.0, 2.0], other_mwh=[1.0, 0.0]))
    assert found.load_mwh == pytest.approx([0.0, 1.0])
    assert found.stored_mwh == pytest.approx({"battery": 1.0})
    assert found.annual_matching == pytest.approx(4.0 / 3.0)


def test_a_store_counts_by_its_net_in_the_hour() -> None:
    # it takes 5 clean MWh and gives 5 within the hour, of a content that is all dirty: net nothing
    battery = store_hours([10.0, 8.0], [5.0], [5.0])
    found = match(hours_of([battery], load_mwh=[10.0], clean_mwh=[6.0], import_mwh=[4.0]))
    assert found.load_mwh == pytest.approx([6.0])
    assert found.stored_mwh == {"battery": 0.0}


def test_a_store_that_is_empty_gives_and_keeps_nothing_clean() -> None:
    battery = store_hours([0.0, 0.0, 0.0], [1.0, 0.0], [1.0, 0.0], initial_clean_pu=1.0)
    found = match(hours_of([battery], load_mwh=[2.0, 2.0], clean_mwh=[0.0, 2.0], import_mwh=[2.0, 0.0]))
    assert found.load_mwh.tolist() == [0.0, 2.0]
    assert found.stored_mwh == {"battery": 0.0}


def test_clean_content_is_never_above_the_level() -> None:
    # a level that falls to 1 although 10 clean MWh were there
    battery = store_hours([10.0, 1.0], initial_clean_pu=1.0)
    assert match(hours_of([battery])).stored_mwh == pytest.approx({"battery": 1.0})


def test_energy_that_enters_a_store_without_being_charged_is_not_clean() -> None:
    battery = store_hours([4.0, 8.0, 4.0], None, [0.0, 4.0], initial_clean_pu=1.0)
    found = match(hours_of([battery], load_mwh=[0.0, 4.0]))
    assert found.load_mwh == pytest.approx([0.0, 4.0 * 4.0 / 8.0])


def test_a_run_without_load_has_no_score() -> None:
    found = match(hours_of(clean_mwh=[5.0], export_mwh=[5.0]))
    assert (found.cfe_score, found.annual_matching) == (None, None)
    assert found.load_mwh.tolist() == [0.0]
    rounding = match(hours_of(load_mwh=[1e-12], import_mwh=[1e-12]))  # where all load is unserved
    assert (rounding.cfe_score, rounding.annual_matching) == (None, None)


def test_a_day_with_a_battery_is_what_paper_says() -> None:
    """Load 4 MW; wind 10 MW, clean, from 0:00 to 6:00, of which 5 MW charge; a battery of 24 MWh.

    The battery keeps 0.8 of what it takes and gives 0.75 of what it loses. It starts with 6 MWh, none clean.
    0 to 4:30   it takes 5 MW and gains 4 MW: 18 MWh in 4.5 h, so that it is full with 18 clean MWh of 24
    6:00 on     it gives 4 MW and loses 16 / 3 MW: 24 MWh in 4.5 h, 18 MWh given, three quarters clean
    10:30 on    nothing is served
    """
    supply = {
        "wind": MeasuredSource(power_mw={"times_s": (0.0, 21600.0), "values": (10.0, 0.0)}),
        "battery": Battery(
            power_mw=5.0,
            energy_mwh=24.0,
            charge_efficiency_pu=0.8,
            discharge_efficiency_pu=0.75,
            min_soc_pu=0.0,
            initial_soc_pu=0.25,
            charge_below_usd_per_mwh=20.0,
            discharge_above_usd_per_mwh=40.0,
        ),
    }
    result = run(supply, 4.0)
    summary = result.summary
    assert summary.energy_mwh == pytest.approx(24.0 + 18.0)
    assert summary.cfe_score == pytest.approx((24.0 + 0.75 * 18.0) / 42.0)
    wind_mwh = 6.0 * 4.0 + 5.0 * 4.5
    assert summary.annual_matching == pytest.approx(wind_mwh / 42.0)
    clean = Battery(**{**supply["battery"].model_dump(), "initial_clean_pu": 1.0})
    begun_clean = run({**supply, "battery": clean}, 4.0).summary
    assert begun_clean.cfe_score == pytest.approx(1.0)
    assert begun_clean.annual_matching == pytest.approx((wind_mwh + 6.0) / 42.0)


def test_the_first_and_the_last_hour_may_be_shorter() -> None:
    """From 10:30 to 11:15: half an hour of 4 MW of clean wind, then a quarter of an hour without."""
    campus = Campus(
        name="c",
        start="2025-01-01T10:30:00+00:00",
        supply={
            "wind": MeasuredSource(power_mw={"times_s": (0.0, 1800.0), "values": (4.0, 0.0)}),
            "grid": GridConnection(import_limit_mw=9.0, clean_pu=0.0),
        },
        demand={"load": MeasuredLoad(power_mw=4.0)},
    )
    result = simulate(campus, days=0.75 / 24.0)
    assert match(result.books.hours).load_mwh == pytest.approx([2.0, 0.0])
    assert result.summary.cfe_score == pytest.approx(2.0 / 3.0)


ENERGY = st.integers(0, 8).map(lambda eighths: 2.5 * eighths)
SHARE = st.sampled_from([0.0, 0.0, 0.3, 0.5, 1.0])
STORE = st.fixed_dictionaries(
    {"mode": st.sampled_from(["rest", "take", "take", "give", "give"]), "part": SHARE, "kept": SHARE}
)


@st.composite
def accounts(draw: st.DrawFn) -> Hours:
    """Hours that balance, of a site with up to three stores."""
    efficiencies = draw(st.lists(st.sampled_from([0.5, 0.9, 1.0]), max_size=3))
    levels = [[draw(ENERGY)] for _ in efficiencies]
    taken: list[list[float]] = [[] for _ in efficiencies]
    given_: list[list[float]] = [[] for _ in efficiencies]
    found: dict[str, list[float]] = {f"{name}_mwh": [] for name in ENERGIES}
    for _ in range(draw(st.integers(1, 12))):
        clean, other, imported = draw(ENERGY), draw(ENERGY), draw(ENERGY)
        rest = clean + other + imported
        for number, efficiency in enumerate(efficiencies):
            doing, level = draw(STORE), levels[number][-1]
            take = doing["part"] * rest if doing["mode"] == "take" else 0.0
            give = doing["part"] * level if doing["mode"] == "give" else 0.0
            cycled = draw(SHARE)
            taken[number].append(take + cycled)
            given_[number].append(give + cycled)
            rest += give - take
            levels[number].append((level + efficiency * take - give) * (1.0 - 0.3 * doing["kept"]))
        load = rest * draw(SHARE)
        amounts = (load, clean, other, imported, imported * draw(SHARE), rest - load)
        for name, amount in zip(ENERGIES, amounts, strict=True):
            found[f"{name}_mwh"].append(amount)
    stores = [
        store_hours(
            levels[number],
            taken[number],
            given_[number],
            name=f"store{number}",
            charge_eff_pu=efficiency,
            initial_clean_pu=draw(SHARE),
        )
        for number, efficiency in enumerate(efficiencies)
    ]
    return hours_of(stores, **found)


ENERGIES = ("load", "clean", "other", "import", "clean_import", "export")


def plainly(hours: Hours) -> tuple[list[float], dict[str, float]]:
    """What the plain account says of some hours."""
    plain = [
        Hour(
            load=float(hours.load_mwh[at]),
            clean=float(hours.clean_mwh[at]),
            other=float(hours.other_mwh[at]),
            imported=float(hours.import_mwh[at]),
            clean_imported=float(hours.clean_import_mwh[at]),
            exported=float(hours.export_mwh[at]),
            charged={store.name: float(store.charge_mwh[at]) for store in hours.stores},
            discharged={store.name: float(store.discharge_mwh[at]) for store in hours.stores},
            level={store.name: float(store.level_mwh[at]) for store in hours.stores},
            end_level={store.name: float(store.level_mwh[at + 1]) for store in hours.stores},
        )
        for at in range(len(hours.load_mwh))
    ]
    return clean_load(
        plain,
        {store.name: store.charge_eff_pu for store in hours.stores},
        {store.name: store.initial_clean_pu * float(store.level_mwh[0]) for store in hours.stores},
    )


@given(accounts())
def test_a_sweep_gives_the_bits_of_plain_python(hours: Hours) -> None:
    first = np.array([store.initial_clean_pu * float(store.level_mwh[0]) for store in hours.stores])
    contents, plain_contents = first.copy(), first.copy()
    assert swept(hours, contents).tobytes() == follow(hours, plain_contents).tobytes()
    assert contents.tobytes() == plain_contents.tobytes()


@given(accounts())
def test_clean_energy_is_that_of_a_plain_account(hours: Hours) -> None:
    found = match(hours)
    load_mwh, stored_mwh = plainly(hours)
    assert found.load_mwh == pytest.approx(load_mwh, rel=1e-9, abs=1e-9)
    assert found.stored_mwh == pytest.approx(stored_mwh, rel=1e-9, abs=1e-9)


@given(accounts())
def test_clean_energy_is_neither_made_nor_above_what_holds_it(hours: Hours) -> None:
    found = match(hours)
    assert (found.load_mwh >= 0.0).all()
    assert (found.load_mwh <= hours.load_mwh).all()
    initial = sum(store.initial_clean_pu * store.level_mwh[0] for store in hours.stores)
    supplied = hours.clean_mwh.sum() + hours.clean_import_mwh.sum() + initial
    assert found.load_mwh.sum() + sum(found.stored_mwh.values()) <= supplied + 1e-9
    for store in hours.stores:
        assert 0.0 <= found.stored_mwh[store.name] <= store.level_mwh[-1]
    if found.cfe_score is not None:
        assert found.annual_matching is not None
        assert 0.0 <= found.cfe_score <= min(1.0, found.annual_matching + 1e-9)


@given(accounts(), st.integers(2, 5))
def test_the_unit_of_energy_does_not_matter(hours: Hours, times: int) -> None:
    larger = hours_of(
        [
            store_hours(
                store.level_mwh * times,
                store.charge_mwh * times,
                store.discharge_mwh * times,
                name=store.name,
                charge_eff_pu=store.charge_eff_pu,
                initial_clean_pu=store.initial_clean_pu,
            )
            for store in hours.stores
        ],
        **{f"{name}_mwh": np.multiply(getattr(hours, f"{name}_mwh"), times) for name in ENERGIES},
    )
    assert match(larger).load_mwh == pytest.approx(match(hours).load_mwh * times, rel=1e-9, abs=1e-9)
