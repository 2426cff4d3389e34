"""Run every rule over a FAQ."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from search.lint.findings import SEVERITIES, Finding, in_order
from search.lint.pairs import near_pairs
from search.lint.registry import IDLE, RULES
from search.lint.subject import Subject

_UNSURE: Final = ("near-duplicate", "contradiction", "never-shown", "always-rejected")
"""Codes that find less where something could not be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LintReport:
    """name: of what was looked at. findings: by file and line, those that are suppressed left out.
    suppressed: how many were. unchecked: what could not be looked at, and how to get it.
    """

    name: str
    entries: int
    findings: tuple[Finding, ...]
    suppressed: int
    unchecked: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        counts = Counter(finding.severity for finding in self.findings)
        return {
            "name": self.name,
            "entries": self.entries,
            "counts": {severity: counts[severity] for severity in SEVERITIES},
            "suppressed": self.suppressed,
            "unchecked": list(self.unchecked),
            "findings": [finding.to_dict() for finding in self.findings],
        }


def examine(subject: Subject) -> LintReport:
    """Every finding that the collection's settings don't suppress."""
    pairs = near_pairs(subject)
    found = [finding for rule in RULES for finding in rule.check(subject, pairs)]
    ignored = subject.settings.lint_ignore
    kept = [finding for finding in found if not _matched(finding, ignored)]
    used = {text for finding in found for text in _matched(finding, ignored)}
    unsure = _UNSURE * bool(subject.unchecked)
    idle = [
        _idle(subject, text)
        for text in ignored
        if text not in used and text.partition(":")[0] not in unsure and IDLE not in ignored
    ]
    return LintReport(
        name=subject.name,
        entries=len(subject.entries),
        findings=tuple(in_order([*kept, *idle])),
        suppressed=len(found) - len(kept),
        unchecked=subject.unchecked,
    )


def _matched(finding: Finding, ignored: tuple[str, ...]) -> list[str]:
    """The suppressions that a finding falls under: its code, or that of one of its entries."""
    names = {finding.code, *(f"{finding.code}:{entry}" for entry in finding.entries)}
    return [text for text in ignored if text in names]


def _idle(subject: Subject, text: str) -> Finding:
    return Finding(
        code=IDLE,
        severity="advice",
        place=subject.settings_file,
        entries=(),
        reason=f"'lint_ignore' names {text!r}, which suppresses nothing.",
        advice="Take it out, so that it hides nothing later.",
    )
