"""Ids and names of gaps, the same from report to report."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from search.gaps.features import Floats, unit
from search.gaps.questions import key_of

LEAST_OVERLAP: Final = 0.2
"""Share of both gaps' questions that both have (Dice 1945), from which they may be the same: part of a gap
alone is not the gap, and each week words it anew.
"""
RELATED: Final = 0.5
"""Cosine of centroids, below which they are not the same whatever they share."""
ALIKE: Final = 0.85
"""Cosine of centroids from which they may be the same without sharing a question."""
FITTING: Final = 0.8
"""Of a gap's mean likeness to its centroid: what its earlier name has, at least, to be kept."""

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
) -> dict[int, tuple[str, str | None]]:
    """Id of those gaps that an earlier report had, by position, and its name, or None where that no longer
    says what the gap is about; one to one, the surest first.

    keys: of each gap's questions. centroids: means of its unit vectors, float32 (n, d). before: the gaps of
    the earlier report.
    """
    if not before or not keys:
        return {}
    old_keys = [frozenset(key_of(text) for text in gap["queries"]) for gap in before]
    old = np.stack([unit(encode(gap["representatives"])).mean(axis=0) for gap in before])
    centres = unit(centroids)
    alike = centres @ unit(old).T
    pairs = []
    for new, held in enumerate(keys):
        for position, known in enumerate(old_keys):
            shared = 2 * len(held & known) / max(len(held) + len(known), 1)
            likeness = float(alike[new, position])
            if (shared >= LEAST_OVERLAP and likeness >= RELATED) or likeness >= ALIKE:
                pairs.append((-round(shared + likeness, 6), before[position]["id"], new, position))
    successors: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, new, position in sorted(pairs):
        if new not in successors and position not in taken:
            taken.add(position)
            successors[new] = position
    if not successors:
        return {}
    # The length of a mean of unit vectors is their mean likeness to its direction.
    usual = np.linalg.norm(centroids, axis=1)
    names = [before[position]["name"] for position in successors.values()]
    fitting = np.einsum("ij,ij->i", unit(encode(names)), centres[list(successors)])
    found: dict[int, tuple[str, str | None]] = {}
    for (new, position), name, fit in zip(successors.items(), names, fitting.tolist(), strict=True):
        kept = key_of(name) in keys[new] or fit >= FITTING * usual[new]
        found[new] = before[position]["id"], name if kept else None
    return found
