"""Checks of a text file. Messages are worded to follow the name of the file."""

from __future__ import annotations

import codecs
import errno
import gzip
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path

_PACKED = ".gz"
_PART = 2**20
"""Bytes that are read at once, so that a large file is not held in memory."""


def check_file(path: Path) -> None:
    """Refuse a path that is not an existing regular file.

    Raises:
        ValueError: If the path is a folder, a pipe, a device or a link to itself, or does not exist.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise ValueError("does not exist") from None
    except OSError as error:
        is_loop = error.errno == errno.ELOOP
        message = (
            "is a symbolic link that leads to itself" if is_loop else f"cannot be read: {error.strerror}"
        )
        raise ValueError(message) from None
    except ValueError:
        raise ValueError("does not exist: its name contains a zero byte") from None
    if stat.S_ISDIR(mode):
        raise ValueError("is a folder; a file is needed")
    if not stat.S_ISREG(mode):
        raise ValueError("is a pipe, a device or a socket; a regular file is needed")


def read_text(path: Path, most_bytes: int) -> str:
    """The content of a text file in UTF-8.

    Args:
        path: The file.
        most_bytes: Largest size that is read.

    Raises:
        ValueError: If the file is not a regular file, is too large, cannot be read or is not text.
    """
    check_file(path)
    try:
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    if len(data) > most_bytes:
        raise ValueError(f"is too large; allowed: at most {most_bytes // _PART} MiB")
    _check_parts(iter([data]), "utf-8")
    return data.decode("utf-8").replace("\r\n", "\n")


def check_text(path: Path, *, encoding: str = "utf-8") -> None:
    """Refuse a file that is not text; a `.gz` file is decompressed first.

    Args:
        path: The file.
        encoding: Character encoding of the file.

    Raises:
        ValueError: If the file is truncated or is not text; the message gives the first wrong row.
    """
    try:
        _check_parts(_parts(path), encoding)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise ValueError("is truncated or not a gzip file") from None


def _parts(path: Path) -> Iterator[bytes]:
    """The content of a file, decompressed, in parts."""
    with gzip.open(path) if path.suffix == _PACKED else path.open("rb") as file:
        while part := file.read(_PART):
            yield part


def _check_parts(parts: Iterator[bytes], encoding: str) -> None:
    """Refuse zero bytes and what the encoding does not have; the rows are counted on the way."""
    decoder = codecs.getincrementaldecoder(encoding)()
    row, begun = 1, b""  # a character may begin in one part and end in the next
    for part in parts:
        data = begun + part
        if 0 in part:
            at = row + data.count(b"\n", 0, data.index(0))
            raise ValueError(f"is not text: row {at} contains a zero byte")
        row += _decoded(decoder, part, data, encoding, row)
        begun = decoder.getstate()[0]
    _decoded(decoder, b"", begun, encoding, row, final=True)


def _decoded(
    decoder: codecs.IncrementalDecoder,
    part: bytes,
    data: bytes,
    encoding: str,
    row: int,
    *,
    final: bool = False,
) -> int:
    """Decode a part, and return the number of its line ends."""
    try:
        decoder.decode(part, final)
    except UnicodeDecodeError as error:
        at = row + data.count(b"\n", 0, error.start)
        message = f"is not {encoding.upper()} text: row {at} contains the byte"
        raise ValueError(f"{message} 0x{data[error.start]:02x}") from None
    return part.count(b"\n")
