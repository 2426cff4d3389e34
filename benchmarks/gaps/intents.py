"""Queries grouped by what was meant, the number of groups unknown: against the ids that sets give them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from benchmarks.gaps.agreement import agreement
from benchmarks.gaps.baselines import baselines
from benchmarks.relevance.sets import EvaluationSet
from index.encoders import QueryEncoder
from search.gaps.features import Floats, features
from search.gaps.grouping import group

OURS: Final = "ours"
LEAST: Final = 3
"""Queries of an intent: of fewer there is nothing to be grouped."""
DRAWS: Final = 5
SHARE: Final = 0.85
"""Of the queries, that a draw has."""
MOST: Final = 600
FEWER: Final = 0.985
"""Of a draw's queries, those that are grouped again: the others came or went since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intents:
    """Distinct queries, what each means, and their vectors, float32 (n, d)."""

    name: str
    texts: Sequence[str]
    meant: Sequence[str]
    vectors: Floats

    def drawn(self, seed: int) -> Intents:
        """A share of them, MOST at most."""
        return self.only(self._some(seed, min(MOST, int(SHARE * len(self.texts)))))

    def fewer(self, seed: int) -> list[int]:
        """Positions of those that are grouped again."""
        return self._some(seed, int(FEWER * len(self.texts)))

    def _some(self, seed: int, count: int) -> list[int]:
        found = np.random.default_rng(seed).choice(len(self.texts), count, replace=False)
        return sorted(found.tolist())

    def only(self, rows: Sequence[int]) -> Intents:
        """Those at these positions."""
        return Intents(
            name=self.name,
            texts=[self.texts[row] for row in rows],
            meant=[self.meant[row] for row in rows],
            vectors=self.vectors[list(rows)],
        )


def intents_of(set_: EvaluationSet, encoder: QueryEncoder) -> Intents:
    """The queries of a set that something answers, as far as others mean the same."""
    meant = {judgement.query: ", ".join(judgement.relevant) for judgement in set_.judgements}
    held = Counter(meant.values())
    texts = [query for query, intent in meant.items() if intent and held[intent] >= LEAST]
    return Intents(
        name=set_.name,
        texts=texts,
        meant=[meant[text] for text in texts],
        vectors=np.stack([encoder.encode_query(text) for text in texts]),
    )


def groups_of(intents: Intents) -> list[int]:
    """As the product groups them."""
    found: list[int] = group(features(intents.texts, intents.vectors)).tolist()
    return found


def measure_intents(intents: Intents) -> dict[str, Any]:
    """The whole set by each system, and ours as the mean over draws: a group more or less changes a
    figure by points.
    """
    found = {OURS: groups_of(intents)} | {
        name: labels.tolist() for name, labels in baselines(intents.vectors).items()
    }
    parts = [intents.drawn(seed) for seed in range(DRAWS)]
    groups = [groups_of(part) for part in parts]
    drawn = [_figures(part.meant, found) for part, found in zip(parts, groups, strict=True)]
    return {
        "set": intents.name,
        "queries": len(intents.texts),
        "intents": len(set(intents.meant)),
        "systems": {name: _figures(intents.meant, labels) for name, labels in found.items()},
        "drawn": {key: float(np.mean([one[key] for one in drawn])) for key in drawn[0]},
        "steady": float(np.mean([_steadiness(*one) for one in zip(parts, groups, strict=True)])),
    }


def _figures(meant: Sequence[str], labels: Sequence[int]) -> dict[str, float]:
    return agreement(meant, labels) | {"groups": float(len(set(labels)))}


def _steadiness(intents: Intents, groups: Sequence[int]) -> float:
    """Adjusted Rand index of the groups and of those that are found when a few queries are gone."""
    rows = intents.fewer(0)
    again = groups_of(intents.only(rows))
    return agreement([str(groups[row]) for row in rows], again)["ari"]
