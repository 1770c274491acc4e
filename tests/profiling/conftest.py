"""Every test of profiles runs in both: the plain settlement, and stretches, compiled or not."""

from __future__ import annotations

import pytest

from sim.bus.bus import Bus


@pytest.fixture(autouse=True, params=[False, True], ids=["plain", "stretches"])
def settlement(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bus, "is_compiled", request.param)
