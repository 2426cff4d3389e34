"""Readers of FAQ files: one a format, each from text to entries and rejections.

`read_file` and `parse_bytes` are what the rest of the project uses.
"""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path
from typing import Final

from index.errors import SourceError
from index.extras import require
from index.sources import scraped, structured, table
from index.sources.decoding import check_kind, decode, no_workbook
from index.sources.detect import BY_EXTENSION, FORMATS, detect, is_workbook
from index.sources.parsed import Parsed, Reader, Rejection, Severity

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "Parsed",
    "Reader",
    "Rejection",
    "Severity",
    "parse_bytes",
    "read_bytes",
    "read_file",
]

MAX_BYTES: Final = 50 * 1024 * 1024


def read_file(
    path: Path, *, format: str | None = None, name: str | None = None, require_answer: bool = True
) -> Parsed:
    """Read one FAQ file.

    format: one of FORMATS, recognised from name and content where None. name: the file's name in messages
    and in `Entry.source`, else the path as given. Raises SourceError where the file can't be read as a whole.
    """
    shown = name or str(path)
    return parse_bytes(read_bytes(path, shown), shown, format=format, require_answer=require_answer)


def read_bytes(path: Path, shown: str) -> bytes:
    """The content of a regular file of at most MAX_BYTES, which is checked before anything is read.

    Raises SourceError, naming the file `shown`.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
            raise SourceError(shown, f"this is {what}.", advice="Name a file.")
        _check_size(status.st_size, shown)
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)  # it may have grown since
            _check_size(len(data), shown)
            return data
    except FileNotFoundError:
        raise SourceError(shown, "there is no such file.") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(shown, f"the file can't be read: {reason}.") from None


def parse_bytes(data: bytes, name: str, *, format: str | None = None, require_answer: bool = True) -> Parsed:
    """Read the content of a FAQ file; as `read_file`, `name` also tells the format by its extension."""
    _check_size(len(data), name)
    if format is not None and format not in FORMATS:
        raise SourceError(name, f"{format!r} is no format.", advice=f"Formats: {', '.join(FORMATS)}.")
    if format == "xlsx" or (format is None and is_workbook(data)):
        require("openpyxl", extra="build")
        from index.sources.xlsx import read as read_xlsx

        return replace(read_xlsx(data, name, require_answer=require_answer), format="xlsx")
    suffix = Path(name).suffix.lower()
    markup = format == "html" or BY_EXTENSION.get(suffix) == "html" or data[:512].lstrip()[:1] == b"<"
    if format is None and BY_EXTENSION.get(suffix) == "xlsx":
        format = _misnamed(data, name, markup=markup)
    text = decode(data, name, markup=markup and not data.startswith(b"PK"))
    found = format or detect(name, text, columns=table.HEADER_WORDS)
    return replace(_reader(found)(text, name, require_answer=require_answer), format=found)


def _misnamed(data: bytes, name: str, *, markup: bool) -> str:
    """The format of what is named as a workbook and is none: its content must leave no doubt about it."""
    check_kind(data, name)
    try:
        text = decode(data, name, markup=markup)
    except SourceError:
        raise no_workbook(name) from None
    found = detect(name, text, columns=table.HEADER_WORDS)
    if found == "text":  # what is left where nothing is recognised
        raise no_workbook(name)
    return found


def _reader(format: str) -> Reader:
    """The reader of a text format; those that need packages of the build extra are imported when used."""
    readers: dict[str, Reader] = {
        "text": scraped.read,
        "csv": table.read,
        "json": structured.read_json,
        "jsonl": structured.read_jsonl,
    }
    if format in readers:
        return readers[format]
    if format == "yaml":
        require("yaml", extra="build")
        from index.sources.yaml_file import read as read_yaml_file

        return read_yaml_file
    if format == "markdown":
        require("markdown_it", extra="build")
        require("yaml", extra="build")
        from index.sources.markdown import read as read_markdown

        return read_markdown
    for module in ("bs4", "html5lib", "markdownify"):
        require(module, extra="build")
    from index.sources.html import read as read_html

    return read_html


def _check_size(size: int, name: str) -> None:
    if size > MAX_BYTES:
        raise SourceError(
            name,
            f"the file has {size:,} bytes, more than the {MAX_BYTES:,} allowed.",
            advice="Split it into several files.",
        )
