"""The description of a participant: its colour is a slot of the palette."""

from __future__ import annotations

import pytest

from sim.bus.description import COLOURS, Description
from sim.plots.palette import SLOTS


@pytest.fixture
def settlement() -> None:
    """No bus is here: each test runs once."""


def test_the_slots_are_those_of_the_palette() -> None:
    assert set(COLOURS) == set(SLOTS)


@pytest.mark.parametrize("colour", ["", *COLOURS])
def test_a_slot_or_none_is_a_colour(colour: str) -> None:
    assert Description(colour=colour).colour == colour


@pytest.mark.parametrize(
    ("colour", "nearest"),
    [
        ("nuclaer", "nearest: nuclear"),
        ("#0072B2", f"known: {', '.join(sorted(COLOURS))}"),
    ],
)
def test_another_colour_is_refused(colour: str, nearest: str) -> None:
    with pytest.raises(ValueError, match=r"^description: ") as caught:
        Description(colour=colour)
    assert str(caught.value) == f"description: colour = {colour!r} is not a slot; {nearest}"
