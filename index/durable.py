"""Files that survive a crash: what these functions return from is on the disk, not on its way there."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

_WRITE_BITS: Final = 0o222


def make_folders(folder: Path) -> None:
    """Create a folder and the missing ones above it. Raises OSError."""
    if folder.is_dir():
        return
    make_folders(folder.parent)
    folder.mkdir(exist_ok=True)
    sync(folder.parent)


def replace_text(file: Path, text: str) -> None:
    """Give a file a new content in one step: a reader sees the old one or the new one.

    The new one is first written to `partial_file` beside it, which only a crash leaves there. Raises OSError.
    """
    partial = partial_file(file)
    try:
        with partial.open("w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(file)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise
    sync(file.parent)


def partial_file(file: Path) -> Path:
    """Where replace_text writes."""
    return file.with_name(f"{file.name}.tmp")


def seal_tree(folder: Path) -> None:
    """Make every file in a folder read-only and bring all of it to the disk, the deepest first.

    Raises OSError, and ValueError for anything that is neither a file nor a folder: a link would lead out of
    the tree, and the permissions of what it leads to are not ours to change.
    """
    for child in sorted(folder.iterdir()):
        mode = child.lstat().st_mode
        if stat.S_ISDIR(mode):
            seal_tree(child)
        elif stat.S_ISREG(mode):
            child.chmod(stat.S_IMODE(mode) & ~_WRITE_BITS)
            sync(child)
        else:
            raise ValueError(f"{child} is neither a file nor a folder")
    sync(folder)


def sync(path: Path) -> None:
    """Bring a file's content, or a folder's names, to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
