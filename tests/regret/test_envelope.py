"""The convex envelope of tiers."""

from __future__ import annotations

from math import inf

import pytest

from sim.contracts.tiers import Tiers
from sim.regret.envelope import envelope


@pytest.mark.parametrize(
    ("until", "usd", "width", "rate"),
    [
        ((inf,), (5.0,), [inf], [5.0]),
        ((2.0, inf), (1.0, 3.0), [2.0, inf], [1.0, 3.0]),  # increasing rates are convex
        ((2.0, inf), (3.0, 1.0), [inf], [1.4]),  # 2 x 3 + 8 x 1 over 10
        ((2.0, 4.0, inf), (3.0, 0.0, 5.0), [4.0, inf], [1.5, 5.0]),
    ],
)
def test_the_envelope_is_the_highest_convex_bound(
    until: tuple[float, ...], usd: tuple[float, ...], width: list[float], rate: list[float]
) -> None:
    found = envelope(Tiers(until, usd), 10.0)
    assert found[0] == pytest.approx(width)
    assert found[1] == pytest.approx(rate)
