"""The exchange of two folders in one step, where the system has one."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

_HERE = -100
"""`AT_FDCWD` of Linux: paths are relative to the working directory."""
_EXCHANGE = 2
"""`RENAME_EXCHANGE` of Linux and `RENAME_SWAP` of macOS have the same value."""
_CANNOT = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP}
"""What a system or a file system without an exchange answers."""


def exchange(one: Path, other: Path) -> bool:
    """Exchange two existing paths in one step, so that no moment is without either.

    Args:
        one: A file or folder.
        other: Another one, on the same file system.

    Returns:
        False if the system or the file system has no such step; nothing is changed then.

    Raises:
        OSError: If the system refuses it, for example because one of the paths does not exist.
    """
    paths = os.fsencode(one), os.fsencode(other)
    if os.name != "posix":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "linux" and hasattr(libc, "renameat2"):
        status = libc.renameat2(_HERE, paths[0], _HERE, paths[1], _EXCHANGE)
    elif sys.platform == "darwin" and hasattr(libc, "renamex_np"):
        status = libc.renamex_np(*paths, _EXCHANGE)
    else:
        return False
    if status == 0:
        return True
    code = ctypes.get_errno()
    if code in _CANNOT:
        return False
    raise OSError(code, os.strerror(code), str(one), None, str(other))
