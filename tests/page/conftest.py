"""A real browser for the tests of pages, without a network.

It is Chromium, found by its usual names or by the variable `DCGRID_CHROMIUM`. Without one the tests are
skipped, unless `DCGRID_BROWSER=required`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DESK = {"width": 1280, "height": 900}
TELEPHONE = {"width": 390, "height": 844}


def found() -> str | None:
    """The command of an installed browser."""
    said = os.environ.get("DCGRID_CHROMIUM")
    return said or next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    command = found()
    if command is None:
        message = "no Chromium was found; install it, or name it in DCGRID_CHROMIUM"
        if os.environ.get("DCGRID_BROWSER") == "required":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as driver:
        # a container has no user namespaces for the sandbox
        one = driver.chromium.launch(executable_path=command, args=["--no-sandbox"])
        yield one
        one.close()


Opened = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    """Opens the text of a page from the disk, and holds that nothing goes wrong until the test ends."""
    wrong: list[str] = []
    contexts = []

    def opens(text: str, *, dark: bool = False, telephone: bool = False, script: bool = True) -> Page:
        context = browser.new_context(
            viewport=TELEPHONE if telephone else DESK,
            color_scheme="dark" if dark else "light",
            has_touch=telephone,
            java_script_enabled=script,
            offline=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console", lambda told: wrong.append(told.text) if told.type in {"error", "warning"} else None
        )
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith("file:") else wrong.append(asked.url))
        file = tmp_path / "page.html"
        file.write_text(text, encoding="utf-8")
        page.goto(file.as_uri())
        if script:
            page.wait_for_selector("html[data-drawn=yes]", timeout=60_000)
        return page

    yield opens
    for context in contexts:
        context.close()
    assert wrong == []
