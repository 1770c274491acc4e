"""Clouds: the tabulated cover is the exact one far below a millionth of the sky, or is not used."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import betaincinv, ndtr

from sim.weather import clouds

MANY = 200_000


def exact(normal: np.ndarray, mean: float, concentration: float) -> np.ndarray:
    return np.asarray(betaincinv(mean * concentration, (1.0 - mean) * concentration, ndtr(normal)))


@pytest.mark.parametrize("mean", [0.02, 0.48, 0.9])
@pytest.mark.parametrize("concentration", [0.03, 0.49, 2.0, 100.0])
def test_many_values_are_the_exact_ones_to_within_their_bound(mean: float, concentration: float) -> None:
    normal = np.linspace(-8.0, 8.0, MANY)
    found = clouds.cover(normal, mean, concentration)
    # the table is checked to 1e-8 midway between its values, where a cubic spline errs most
    assert np.abs(found - exact(normal, mean, concentration)).max() < 2e-8
    assert 0.0 <= found.min() <= found.max() <= 1.0


def test_few_values_are_exact() -> None:
    normal = np.random.default_rng(1).standard_normal(35_040)
    assert np.array_equal(clouds.cover(normal, 0.48, 0.49), exact(normal, 0.48, 0.49))


@pytest.mark.parametrize("mean", [0.0, 1.0])
@pytest.mark.parametrize("count", [0, 3])
def test_a_sky_always_clear_or_overcast_needs_no_distribution(mean: float, count: int) -> None:
    assert list(clouds.cover(np.zeros(count), mean, 0.49)) == [mean] * count


def test_the_drift_has_its_spread_from_the_first_value_on_and_its_memory() -> None:
    drift = clouds.drift(MANY, 0.5, np.random.default_rng(2))
    assert drift.std() == pytest.approx(1.0, abs=0.01)
    assert np.corrcoef(drift[:-1], drift[1:])[0, 1] == pytest.approx(0.5, abs=0.01)
    assert np.corrcoef(drift[:-2], drift[2:])[0, 1] == pytest.approx(0.25, abs=0.01)
    first = [clouds.drift(1, 0.5, np.random.default_rng(seed))[0] for seed in range(2000)]
    assert np.std(first) == pytest.approx(1.0, abs=0.05)
