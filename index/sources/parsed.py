"""What a reader makes of a file: the entries it saw, and everything it dropped and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from index.entry import Entry

Severity = Literal["boilerplate", "invalid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A piece of a file that became no entry, or a field of one that was dropped.

    severity "boilerplate": not meant as an entry (navigation, template leftovers); a build goes on.
    severity "invalid": meant as an entry and unusable (no answer, doubled id); a build stops, unless the
    collection's settings say `on_invalid: skip`.
    line: 1-based first line of the piece. text: the piece itself, shortened to one line of 200 characters.
    doubled: the entry that it would be, where nothing but its id is in the way, which another has already.
    """

    file: str
    line: int
    reason: str
    severity: Severity
    text: str = ""
    doubled: Entry | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """The outcome of reading one file, in the file's order. format: the format it was read as."""

    entries: list[Entry] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    format: str = ""


class Reader(Protocol):
    """Reads one format. Raises SourceError where the file as a whole can't be read."""

    def __call__(self, text: str, file: str, *, require_answer: bool = True) -> Parsed:
        """text: the file's text. file: its name for messages. require_answer: entries must have one."""
