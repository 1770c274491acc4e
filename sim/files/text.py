"""The text file: what stands in the way of reading one, in words that go on after its name."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

_PACKED = ".gz"


def check_file(path: Path) -> None:
    """Refuse what is no file.

    Raises:
        ValueError: Saying what it is instead.
    """
    if path.is_dir():
        raise ValueError("is a folder; a file is needed")
    if not path.is_file():
        raise ValueError("does not exist")


def check_text(path: Path, *, encoding: str = "utf-8") -> None:
    """Refuse a file that holds no text, packed (`.gz`) or not.

    Args:
        path: The file.
        encoding: How its letters are written.

    Raises:
        ValueError: Naming the first row at fault.
    """
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == _PACKED else path.read_bytes()
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise ValueError("is torn, or not packed by gzip") from None
    if b"\0" in data:
        raise ValueError(f"is no text: row {_row(data, data.index(0))} has a byte of 0")
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        message = f"is no text in {encoding.upper()}: row {_row(data, error.start)} has a byte of 0x"
        raise ValueError(f"{message}{data[error.start]:02x}") from None


def _row(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1
