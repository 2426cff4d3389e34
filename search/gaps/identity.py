"""Ids and names of gaps, the same from report to report."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from search.gaps.features import Floats, unit
from search.gaps.questions import key_of

LEAST_OVERLAP: Final = 0.3
"""Share of the smaller gap's questions that both have, from which they may be the same."""
ALIKE: Final = 0.85
"""Cosine of centroids from which they may be the same without sharing a question."""

Encode = Callable[[Sequence[str]], Floats]
"""Texts → their vectors, float32 (n, d)."""


def new_id(text: str) -> str:
    """Of a gap whose medoid is this text: the same for the same question, however it is written."""
    return "gap-" + hashlib.sha256(key_of(text).encode()).hexdigest()[:10]


def kept_identities(
    keys: Sequence[frozenset[str]],
    centroids: Floats,
    before: Sequence[Mapping[str, Any]],
    encode: Encode,
) -> dict[int, tuple[str, str]]:
    """Id and name of those gaps that an earlier report had, by position; one to one, the surest first.

    keys: of each gap's questions. centroids: float32 (n, d). before: the gaps of the earlier report.
    """
    if not before or not keys:
        return {}
    old_keys = [frozenset(key_of(text) for text in gap["queries"]) for gap in before]
    old = np.stack([unit(encode(gap["representatives"])).mean(axis=0) for gap in before])
    alike = unit(centroids) @ unit(old).T
    pairs = []
    for new, held in enumerate(keys):
        for position, known in enumerate(old_keys):
            shared = len(held & known) / max(min(len(held), len(known)), 1)
            likeness = float(alike[new, position])
            if shared >= LEAST_OVERLAP or likeness >= ALIKE:
                pairs.append((-round(shared + likeness, 6), before[position]["id"], new, position))
    found: dict[int, tuple[str, str]] = {}
    taken: set[int] = set()
    for _, _, new, position in sorted(pairs):
        if new not in found and position not in taken:
            taken.add(position)
            found[new] = before[position]["id"], before[position]["name"]
    return found
