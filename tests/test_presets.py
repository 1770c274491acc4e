"""Presets: a value of a field by its name, as a table or as it is."""

from __future__ import annotations

from builders import told

from sim.presets import Presets
from sim.spec import Spec


class Battery(Spec):
    power_mw: float = 10.0
    units: int = 1


def test_a_preset_is_taken_by_its_name_as_a_table_or_as_it_is() -> None:
    presets = Presets(Battery, {"small": Battery(power_mw=1.0), "large": Battery(power_mw=100.0)})
    assert presets.build("large") == presets.build({"power_mw": 100.0}) == Battery(power_mw=100.0)
    assert presets.build(Battery(units=3)) == Battery(units=3)
    assert told(lambda: presets.build("Larg")) == (
        "Battery: = 'Larg'; allowed: a preset or a table of fields; nearest: large"
    )
    assert told(lambda: presets.build(5)) == (
        "Battery: = 5; allowed: a preset or a table of fields; known: large, small"
    )
