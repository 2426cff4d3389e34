"""The lines of a snapshot's entries.jsonl and passages.jsonl, checked one by one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from index.entry import Entry
from index.errors import SnapshotDamaged
from index.passages import KINDS, Passage
from index.regular_file import open_regular

_PASSAGE: Final = [int, str, str]
_REQUIRED: Final = frozenset({"id", "question"})
_TEXTS: Final = frozenset({"id", "question", "answer", "source"})
_OPTIONAL_TEXTS: Final = frozenset({"locale", "url"})
_LISTS: Final = frozenset({"variants", "tags", "related"})
_TEXT: Final = {str}


def read_entries(file: Path) -> Iterator[Entry]:
    """The entries, in the order of their rows. Raises SnapshotDamaged that names the line."""
    for number, record in _lines(file):
        if not isinstance(record, dict) or not record.keys() >= _REQUIRED:
            raise _unfit(file, number, "an entry with an id and a question", record)
        for name, value in record.items():
            if isinstance(value, str):
                fits = name not in _LISTS
            elif name in _LISTS:
                fits = isinstance(value, list) and {*map(type, value)} <= _TEXT
            else:  # names that are none of these are a newer program's
                fits = name not in _TEXTS and (value is None or name not in _OPTIONAL_TEXTS)
            if not fits:
                wanted = "a list of texts" if name in _LISTS else "a text"
                raise _unfit(file, number, f"{wanted} as the entry's {name!a}", value)
        yield Entry.from_dict(record)


def read_passages(file: Path, *, entries: int) -> Iterator[Passage]:
    """The passages of so many entries, grouped by entry, each group beginning with the question.

    Raises SnapshotDamaged that names the line.
    """
    row = -1  # of the passage before
    for number, record in _lines(file):
        # By their very types, because a truth value is an integer to Python.
        if type(record) is not list or [type(part) for part in record] != _PASSAGE:
            raise _unfit(file, number, "[entry row, kind, text]", record)
        entry, kind, text = record
        if kind not in KINDS:
            raise _unfit(file, number, f"a kind of {', '.join(KINDS)}", kind)
        if entry != row or row < 0:
            row += 1
            if row >= entries:
                raise _unfit(file, number, f"a passage of one of {entries} entries", record)
            if entry != row or kind != "question":
                raise _unfit(file, number, f"the question of entry {row}", record)
        yield Passage(entry, kind, text)
    if row + 1 < entries:
        raise SnapshotDamaged(str(file), expected=f"passages of {entries} entries", found=f"of {row + 1}")


def _lines(file: Path) -> Iterator[tuple[int, Any]]:
    # Line by line, because a server opens snapshots while it answers: one long call would hold the
    # interpreter for as long as it takes.
    with open_regular(file) as stream:
        for number, line in enumerate(stream, start=1):
            try:
                yield number, orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise SnapshotDamaged(f"{file}:{number}", expected="JSON", found=str(error)) from error


def _unfit(file: Path, number: int, expected: str, found: object) -> SnapshotDamaged:
    return SnapshotDamaged(f"{file}:{number}", expected=expected, found=ascii(found)[:80])
