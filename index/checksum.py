"""Sums of files."""

from __future__ import annotations

import hashlib
from pathlib import Path

from index.regular_file import open_regular


def sha256_of(file: Path) -> str:
    """The file's sha256 as hex. Raises OSError; NotAFile for what is no regular file."""
    with open_regular(file) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
