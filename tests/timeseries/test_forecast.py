"""Forecasts, their errors, and the cheapest window by them."""

from __future__ import annotations

from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import SpecError
from sim.timeseries.forecast import (
    Forecast,
    ForecastModel,
    NoisyForecast,
    PerfectForecast,
    PersistenceForecast,
)
from sim.timeseries.series import StepSeries, constant

H = 3600.0
DAY = 24 * H
SAW = StepSeries(np.arange(96.0) * H, np.arange(96.0))
"""The value of an hour is its number, for four days."""


def test_perfect_foresight_is_what_happens() -> None:
    forecast = Forecast(PerfectForecast(), SAW)
    profile = forecast.profile(5 * H, 40 * H)
    assert profile.values_at(np.array([6.5 * H, 40 * H])) == pytest.approx([6.0, 40.0])
    assert forecast.renewed_s(5 * H) == inf


def test_persistence_expects_the_values_of_the_last_24_hours() -> None:
    profile = Forecast(PersistenceForecast(), SAW).profile(30.5 * H, 90 * H)
    # issued at 30:00: 31:00 is like 7:00, 53:00 like 29:00, and 54:00 again like 6:00
    at = np.array([30.0, 31.0, 53.9, 54.0, 55.0, 79.0]) * H
    assert profile.values_at(at) == pytest.approx([6.0, 7.0, 29.0, 6.0, 7.0, 7.0])


def test_persistence_does_not_depend_on_the_future() -> None:
    other = StepSeries(SAW.times_s, np.where(SAW.times_s < 30 * H, SAW.values, -5.0))
    for series in (SAW, other):
        profile = Forecast(PersistenceForecast(), series).profile(30 * H, 90 * H)
        assert profile.integral(30 * H, 54 * H) == pytest.approx(sum(range(6, 30)) * H)


def test_persistence_without_a_past_expects_the_value_at_the_issue() -> None:
    profile = Forecast(PersistenceForecast(), SAW).profile(7.9 * H, 90 * H)
    assert profile.values_at(np.array([8 * H, 80 * H])) == pytest.approx([7.0, 7.0])


@pytest.mark.parametrize("distribution", ["normal", "lognormal"])
@pytest.mark.parametrize(("lead_h", "days"), [(24, 1.0), (96, 4.0)])
def test_the_error_of_a_noisy_forecast_grows_with_the_square_root_of_the_lead(
    distribution: str, lead_h: int, days: float
) -> None:
    model = NoisyForecast(error_pu=0.1, distribution=distribution)
    draws = 4000
    profiles = [model.profile(constant(50.0), 0, 100 * H, seed) for seed in range(draws)]
    assert {float(profile.values_at(np.array([0.5 * H]))[0]) for profile in profiles} == {50.0}
    ratios = np.array([float(profile.values_at(np.array([lead_h * H]))[0]) for profile in profiles]) / 50.0
    spread = np.log(ratios).std() if distribution == "lognormal" else ratios.std()
    wanted = 0.1 * sqrt(days)
    assert spread == pytest.approx(wanted, abs=4 * wanted / sqrt(2 * draws))  # four standard errors
    assert ratios.mean() == pytest.approx(1.0, abs=4 * ratios.std() / sqrt(draws))


def test_a_noisy_forecast_depends_on_seed_and_issue_and_not_on_how_far_it_is_asked() -> None:
    model = NoisyForecast(error_pu=0.2)
    near, far = model.profile(SAW, 3, 40 * H, 7), model.profile(SAW, 3, 80 * H, 7)
    at = np.arange(3.0, 40.0) * H
    assert (near.values_at(at) == far.values_at(at)).all()
    assert (model.profile(SAW, 3, 40 * H, 8).values_at(at) != near.values_at(at)).any()
    assert (model.profile(SAW, 4, 40 * H, 7).values_at(at[1:]) != near.values_at(at[1:])).any()


def test_each_forecast_says_in_words_how_wrong_it_is() -> None:
    models: list[ForecastModel] = [PerfectForecast(), PersistenceForecast(), NoisyForecast(error_pu=0.15)]
    assert [Forecast(model, SAW).describe() for model in models] == [
        "perfect foresight of the values of the run",
        "the values of 24 h before, issued every 1 h",
        (
            "the values of the run with a normal relative error of 0.15 pu a day ahead that grows with the "
            "square root of the lead time, issued every 1 h"
        ),
    ]


def test_an_error_in_percent_is_refused() -> None:
    with pytest.raises(
        SpecError, match=r"^noisy: error_pu = 15.0 pu; allowed: a finite number at least 0 and at most 2 pu"
    ):
        NoisyForecast(error_pu=15.0)


def test_the_next_issue_is_after_now() -> None:
    forecast = Forecast(PersistenceForecast(issued_every_h=0.1), SAW)
    now_s = 0.0
    for _ in range(1000):
        later_s = forecast.renewed_s(now_s)
        assert now_s < later_s <= now_s + 361.0
        now_s = later_s
    assert now_s == pytest.approx(100 * H)


def test_the_cheapest_window_may_begin_where_it_ends_with_a_cheap_step() -> None:
    series = StepSeries(np.array([0.0, 4 * H, 6 * H]), np.array([30.0, 10.0, 60.0]))
    # three hours that end at 6:00: 1 h at 30 and 2 h at 10, less than from 4:00 on
    assert Forecast(PerfectForecast(), series).best_start_s(0.0, 10 * H, 3 * H) == 3 * H


def test_of_equal_windows_the_earliest_is_taken() -> None:
    assert Forecast(PerfectForecast(), constant(40.0)).best_start_s(1234.5, 90 * H, 7 * H) == 1234.5


def test_a_window_that_was_missed_is_sought_again() -> None:
    series = StepSeries(np.array([0.0, 2 * H, 3 * H, 8 * H, 9 * H]), np.array([30.0, 10.0, 30.0, 20.0, 30.0]))
    forecast = Forecast(PerfectForecast(), series)
    assert [forecast.best_start_s(now_h * H, 12 * H, H) / H for now_h in (0, 2, 3, 9)] == [2.0, 2.0, 8.0, 9.0]


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(-50, 50)), min_size=1, max_size=12),
    st.integers(0, 10),
    st.integers(1, 30),
    st.integers(1, 20),
)
def test_no_start_is_cheaper_than_the_best(
    steps: list[tuple[int, int]], now: int, wait: int, length: int
) -> None:
    times_s = np.cumsum([0.0, *(gap * H / 2 for gap, _ in steps[:-1])])
    series = StepSeries(times_s, np.array([float(value) for _, value in steps]))
    now_s, latest_s, length_s = now * H / 3, (now + wait) * H / 3, length * H / 4
    best_s = Forecast(PerfectForecast(), series).best_start_s(now_s, latest_s, length_s)
    assert now_s <= best_s <= latest_s
    cost = series.integral(best_s, best_s + length_s)
    for start_s in np.linspace(now_s, latest_s, 97):
        assert cost <= series.integral(start_s, start_s + length_s) + 1e-6


@pytest.mark.parametrize("model", [PerfectForecast(), PersistenceForecast(), NoisyForecast(error_pu=0.3)])
def test_the_best_start_does_not_depend_on_what_was_asked_before(model: ForecastModel) -> None:
    used = Forecast(model, SAW, seed=2)
    for now_h in range(60):
        for length_h in (1, 5):
            asked = (now_h * 0.7 * H, 44 * H, length_h * H)
            assert used.best_start_s(*asked) == Forecast(model, SAW, seed=2).best_start_s(*asked)
