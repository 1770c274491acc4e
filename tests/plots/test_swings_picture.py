"""The picture of swings: the lines it names and the quarter of an hour it shows."""

from __future__ import annotations

import io

import numpy as np
import pytest
from builders import serve

from sim import Result
from sim.campus import GridConnection


def run(values: list[float], times_s: list[float], end_s: float) -> Result:
    profile = {"times_s": times_s, "values": values}
    return serve(profile, {"grid": GridConnection(import_limit_mw=50.0)}, days=end_s / 86400.0)


def test_a_cycle_is_named_and_the_quarter_hour_of_a_step_is_shown() -> None:
    # 8 and 6 MW in turn every 20 s for an hour, and 2 MW more from 32 min on, in the third quarter
    times_s = np.arange(0.0, 3600.0, 20.0)
    mw = np.where(times_s % 40.0 == 0.0, 8.0, 6.0) + np.where(times_s >= 1920.0, 2.0, 0.0)
    figure = run(mw.tolist(), times_s.tolist(), 3600.0).plot_swings()
    spectrum, quarter = figure.axes
    assert quarter.get_title() == "Largest variation: from 2025-01-01 00:30"
    assert quarter.get_xlim()[1] == pytest.approx(15.0, rel=0.1)
    (named,) = spectrum.texts
    period, amplitude_mw = named.get_text().removesuffix(" MW").split(" s: ")
    assert period == "40"
    assert float(amplitude_mw) == pytest.approx(
        4 / np.pi, abs=0.02
    )  # of 1 MW about the mean; the step adds some
    figure.savefig(io.BytesIO(), format="png")


@pytest.mark.parametrize("end_s", [1.0, 86400.0])
def test_a_constant_power_is_drawn_without_lines(end_s: float) -> None:
    figure = run([5.0], [0.0], end_s).plot_swings("import")
    assert len(figure.axes[0].texts) == 0
    figure.savefig(io.BytesIO(), format="png")
