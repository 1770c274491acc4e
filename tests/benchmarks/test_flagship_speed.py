"""The flagship campus against bare SimPy."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scenarios"))

from ai_campus import ai_campus

from sim import simulate


def test_a_settlement_of_the_flagship_against_a_timeout(ratio, benchmark, timeout_s):
    campus = ai_campus()
    summaries = [simulate(campus).summary for _ in range(3)]
    settlement_s = min(summary.loop_s / summary.settlements for summary in summaries)
    ratio("a settlement of the flagship, in bare timeouts", settlement_s / timeout_s, "target: at most 20")
    ratio("seconds of a year of the flagship", min(summary.wall_s for summary in summaries), "")
    benchmark.pedantic(simulate, (campus,), {"days": 28}, rounds=3)
