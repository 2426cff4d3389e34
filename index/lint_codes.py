"""The codes of what `faq lint` can find: here, because the settings of a collection may name them."""

from __future__ import annotations

from typing import Final

LINT_CODES: Final = (
    "unusable",
    "doubled-id",
    "same-wording",
    "near-duplicate",
    "contradiction",
    "several-questions",
    "leftover",
    "boilerplate",
    "repeated-text",
    "dead-reference",
    "malformed-link",
    "reading-order",
    "no-question",
    "no-variants",
    "missing-locale",
    "missing-translation",
    "never-shown",
    "always-rejected",
    "idle-suppression",
)
"""Each is stable: collections suppress findings by it."""
