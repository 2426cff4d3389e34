"""What a rule says of a FAQ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from index.entry import Entry

Severity = Literal["error", "warning", "advice"]
SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "advice")
"""The worst first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """code: stable, of index.lint_codes. place: "file:line", or a file where no line is at fault.
    entries: ids of those that it is about, none where it is about none. reason: what was found, the words
    that it is about quoted. advice: what to do.
    """

    code: str
    severity: Severity
    place: str
    entries: tuple[str, ...]
    reason: str
    advice: str

    @property
    def file(self) -> str:
        """The file of the place."""
        return self._split()[0]

    @property
    def line(self) -> int:
        """The line of the place, from 1, or 0 where none is at fault."""
        return self._split()[1]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "code": self.code,
            "severity": self.severity,
            "place": self.place,
            "file": self.file,
            "line": self.line or None,
            "entries": list(self.entries),
            "reason": self.reason,
            "advice": self.advice,
        }

    def _split(self) -> tuple[str, int]:
        return split_place(self.place)


def split_place(place: str) -> tuple[str, int]:
    """ "shop/help.md:12" → its file and line; line 0 where it names none."""
    file, _, line = place.rpartition(":")
    return (file, int(line)) if file and line.isascii() and line.isdecimal() else (place, 0)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By file and line, then by code: whatever order they were found in."""
    return sorted(
        findings, key=lambda found: (found.file, found.line, found.code, found.entries, found.reason)
    )


def by_place(entries: Iterable[Entry]) -> list[Entry]:
    """Entries by file and line."""
    return sorted(entries, key=lambda entry: (*split_place(entry.source), entry.id))
