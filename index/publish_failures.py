"""What the operating system refuses while a snapshot is written, as errors that say how to mend it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from index.errors import PublishError

_ELSEWHERE: Final = "or set FAQ_SNAPSHOT_DIR to another folder"
_FULL: Final = f"Free some space ('faq snapshots prune' removes old versions), {_ELSEWHERE}."
_DENIED: Final = f"Let this user write there, {_ELSEWHERE}."
_ADVICE: Final = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: f"Raise the limit on the size of files (ulimit -f), {_ELSEWHERE}.",
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EROFS: f"Mount it writable, {_ELSEWHERE}.",
    errno.EEXIST: f"Move what is in the way, {_ELSEWHERE}.",
    errno.ENOTDIR: f"Move what is in the way, {_ELSEWHERE}.",
    errno.ENOSYS: f"Its file system can't lock files: use one that can, {_ELSEWHERE}.",
}
_OTHER: Final = f"Check the disk, {_ELSEWHERE}."


@contextmanager
def publish_failures(what: str, where: Path) -> Iterator[None]:
    """Turn an OSError into a PublishError: what failed, in which file (or `where`), why, and what to do."""
    try:
        yield
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, _OTHER)
        reason = error.strerror or str(error)
        raise PublishError(f"{what}: {error.filename or where}: {reason}. {advice}") from error
