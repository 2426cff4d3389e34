"""What a reader makes of a file: the entries it saw, and everything it dropped and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from index.entry import Entry

Severity = Literal["boilerplate", "invalid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A piece of a file that became no entry.

    severity "boilerplate": not meant as an entry (navigation, template leftovers); a build goes on.
    severity "invalid": meant as an entry and unusable (no answer, doubled id); a build stops, unless the
    collection's settings say `on_invalid: skip`.
    line: 1-based first line of the piece. text: the piece itself, shortened to one line of 200 characters.
    """

    file: str
    line: int
    reason: str
    severity: Severity
    text: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The outcome of reading one file, in the file's order."""

    entries: list[Entry] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)


Reader = Callable[[str, str], Parsed]
"""(text, file name for messages) → Parsed. Raises SourceError where the file as a whole can't be read."""
