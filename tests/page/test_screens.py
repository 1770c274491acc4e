"""Pictures of every part of a page at both widths: each is drawn, and none is wider than the screen.

They are kept in the folder that `DCGRID_SCREENS` names, to be looked at.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from playwright.sync_api import Page

from sim import Result
from sim.page.page import page

Opened = Callable[..., Page]
LEAST_COLOURS = 20
"""A part that is drawn has at least as many; a blank one has one or two."""


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("telephone", [False, True])
def test_every_part_is_drawn_within_the_screen(
    full: Result, opened: Opened, tmp_path: Path, *, telephone: bool, dark: bool
) -> None:
    shown = opened(page(full), telephone=telephone, dark=dark)
    folder = Path(os.environ.get("DCGRID_SCREENS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{'telephone' if telephone else 'desk'}_{'dark' if dark else 'light'}"
    width = 390 if telephone else 1280
    shown.screenshot(path=folder / f"{name}_top.png")
    for part in shown.query_selector_all("body > section"):
        heading = part.query_selector("h2")
        box = part.bounding_box()
        assert heading is not None
        assert box is not None
        assert box["x"] >= 0.0
        assert box["x"] + box["width"] <= width
        part.scroll_into_view_if_needed()
        picture = part.screenshot()
        (folder / f"{name}_{heading.get_attribute('id')}.png").write_bytes(picture)
        pixels = imread(io.BytesIO(picture))[::7, ::5, :3] @ np.array([1.0, 256.0, 65536.0])
        assert len(np.unique(pixels)) > LEAST_COLOURS, heading.inner_text()
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
