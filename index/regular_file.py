"""Reading only regular files: to open a pipe waits until somebody writes to it, which may be never."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path
from typing import Final

_KINDS: Final = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class NotAFile(OSError):
    """Something else is where a regular file should be; `strerror` says what."""


def open_regular(file: Path) -> BufferedReader:
    """Open a regular file, or a link to one, for reading; never waits.

    Raises NotAFile where it is anything else, a link that leads nowhere included, and OSError otherwise.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        if file.is_symlink():
            raise NotAFile(errno.EINVAL, "a link that leads nowhere", str(file)) from None
        raise
    except OSError as error:
        if error.errno == errno.ENXIO:  # a socket can't be opened at all
            raise NotAFile(errno.EINVAL, _KINDS[stat.S_IFSOCK], str(file)) from None
        raise
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        found = _KINDS.get(stat.S_IFMT(mode), "something else")
        raise NotAFile(errno.EINVAL, found, str(file))
    return os.fdopen(descriptor, "rb")
