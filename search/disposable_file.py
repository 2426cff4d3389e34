"""Files that save work and can be deleted at any time: whatever is wrong with one, it counts as missing.

Each begins with the SHA-256 of what follows, and is replaced by one rename. They are begun anew every month:
what was removed from the log meanwhile is not kept here for good.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from filelock import FileLock

from index.regular_file import open_regular

FOLDER: Final = ".queries"
"""In the folder of snapshots, where nothing takes it for a collection: what is kept of analysed queries."""
_SUM: Final = 32
_LARGEST: Final = 1 << 30  # bytes that are read
_UNUSED: Final = 30 * 24 * 3600  # seconds
_WAIT: Final = 10.0  # seconds for another job that is writing


def folder_of(root: Path) -> Path:
    """Where such files are, for now; those of past months are removed. root: the folder of the snapshots."""
    current = root / FOLDER / f"{datetime.now(UTC):%Y-%m}"
    _remove(root / FOLDER, but=current)
    return current


def dispose(root: Path) -> None:
    """Remove them all, for they know what was asked. root: the folder of the snapshots."""
    _remove(root / FOLDER)


def _remove(folder: Path, *, but: Path | None = None) -> None:
    with suppress(OSError):
        for left in [one for one in folder.iterdir() if one != but]:
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


class DisposableFile:
    """One such file; it need not exist, nor its folder."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> bytes | None:
        """What was written, None where there is nothing whole."""
        try:
            with open_regular(self._file) as stream:
                if os.fstat(stream.fileno()).st_size > _LARGEST:
                    return None
                expected, content = stream.read(_SUM), stream.read()
        except OSError:
            return None
        return content if hashlib.sha256(content).digest() == expected else None

    def update(self, merge: Callable[[bytes | None], bytes]) -> bool:
        """Replace the content by what `merge` makes of it, one job at a time; whether that was possible.

        Nothing is raised where it can't be written.
        """
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            _sweep(self._file.parent)
            with FileLock(self._file.with_name(f"{self._file.name}.lock"), timeout=_WAIT, thread_local=False):
                self._replace(merge(self.read()))
        except OSError:  # a full or read-only disk, or a lock that is held for long (a Timeout is one)
            return False
        return True

    def touch(self) -> None:
        """Say that it was used."""
        with suppress(OSError):
            os.utime(self._file)

    def _replace(self, content: bytes) -> None:
        with tempfile.NamedTemporaryFile(dir=self._file.parent, prefix=".new-", delete=False) as stream:
            try:
                stream.write(hashlib.sha256(content).digest())
                stream.write(content)
                stream.close()
                Path(stream.name).replace(self._file)
            except BaseException:
                with suppress(OSError):
                    Path(stream.name).unlink()
                raise


def _sweep(folder: Path) -> None:
    """Remove what killed jobs left, and files that were not used for long."""
    for left in folder.iterdir():
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _UNUSED:
                left.unlink()
