"""What all tests share: where recorded traces are, and hypothesis profiles.

Traces are looked for in the folder `DCGRID_DATA`, by default in `../shared/data`; hypothesis is reproducible
by default and wider on request (`HYPOTHESIS_PROFILE=search`).
"""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import HealthCheck, settings

_TRACES = Path(__file__).parents[1] / ".." / "shared" / "data"
if _TRACES.is_dir():
    os.environ.setdefault("DCGRID_DATA", str(_TRACES.resolve()))

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True, suppress_health_check=_SLOW)
settings.register_profile(
    "search", derandomize=False, deadline=None, print_blob=True, suppress_health_check=_SLOW
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
