"""A terminal to run a command on."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Sequence
from typing import Any


def shown_on_terminal(words: Sequence[str], stream: str = "stdout", **environment: str) -> tuple[int, str]:
    """The exit status of a command, and what it shows where one of its streams is a terminal."""
    terminal, far_end = pty.openpty()
    streams: dict[str, Any] = {"stdout": subprocess.DEVNULL, stream: far_end}
    run = subprocess.Popen(words, env={**os.environ, **environment}, **streams)
    os.close(far_end)
    shown = b""
    try:
        while piece := os.read(terminal, 4096):
            shown += piece
    except OSError:  # the other end is closed
        pass
    os.close(terminal)
    return run.wait(timeout=60), shown.decode().replace("\r\n", "\n")
