"""The regret of a year of the flagship against bare HiGHS on the same matrix."""

from __future__ import annotations

import sys
from pathlib import Path
from time import process_time

import scipy.optimize

sys.path.insert(0, str(Path(__file__).parents[2] / "scenarios"))

from ai_campus import ai_campus

from sim import simulate

MOST = 3.0


def test_the_regret_of_a_year_of_the_flagship(monkeypatch, ratio):
    result = simulate(ai_campus(), days=365.0)
    solve, given = scipy.optimize.linprog, []

    def noting(*args, **options):
        given.append((args, options))
        return solve(*args, **options)

    monkeypatch.setattr(scipy.optimize, "linprog", noting)
    began = process_time()
    found = result.regret()
    whole_s = process_time() - began
    began = process_time()
    for args, options in given:
        solve(*args, **options)
    bare_s = process_time() - began
    assert found.gap_usd >= 0.0
    text = f"regret of a flagship year ({found.intervals:,} intervals, {whole_s:.0f} s) over bare HiGHS"
    ratio(text, whole_s / bare_s, f"at most {MOST:g}")
    assert whole_s <= MOST * bare_s
