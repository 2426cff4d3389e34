"""How doubtful an answer is, judged with those of its neighbours.

One query says little: an entry next to what nobody wrote is often named with confidence. All wordings of a
subject together say more. So the log odds of each answer are averaged over the queries nearest to it. And
queries of a subject that nobody wrote about are nearer to each other than to any wording, by more than those
are that are surely answered. Where a collection has variants, these show how near a query is to a wording of
an entry that answers it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.snapshot import Snapshot
from search.gaps.features import CENTRE_WEIGHT, Floats, unit
from search.gaps.neighbours import nearest

NEIGHBOURS: Final = 12
"""Queries that an answer is judged with."""
FELLOWS: Final = 3
"""Of them, those whose nearness is compared with that of wordings."""
TEMPERATURE: Final = 0.2
"""Of neighbours' weights: one that is 0.2 less alike counts 1/e."""
DOUBT_BELOW: Final = 0.5
"""Log odds, averaged over a query and its neighbours, below which an answer is doubtful."""
NOVELTY: Final = 5.0
"""Log odds that are lost for each unit of cosine which a query is nearer to its fellows than to any wording,
beyond what is so of queries that are surely answered."""
SURE_WEIGHT: Final = 20.0
"""Surely answered queries that say nothing of how near fellows are: of a few, some have none."""
DISTANCE: Final = 1.5
"""Log odds that are lost for each standard deviation which a query is farther from any wording than wordings
of one entry are from each other, beyond the first SLACK."""
SLACK: Final = 0.7
LEAST_WORDINGS: Final = 20
"""Wordings of entries with several, below which a collection doesn't show how near is near."""
_ODDS_LIMIT: Final = 7.0
_AT_ONCE: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Wordings:
    """Questions and variants of a collection, centred, of unit length.

    rows: float32 (w, d). owners: positions of their entries, int64 (w,), ascending. centre: float32 (d,).
    entries: each entry's mean wording, float32 (e, d). usual, spread: mean and deviation of the similarity of
    a wording to the nearest other one of its entry; None where there are too few.
    """

    rows: Floats
    owners: NDArray[np.int64]
    centre: Floats
    entries: Floats
    usual: tuple[float, float] | None


def wordings_of(snapshot: Snapshot) -> Wordings:
    """Those of a snapshot."""
    asked = np.array([passage.kind in ("question", "variant") for passage in snapshot.passages])
    owners = np.array([passage.entry for passage in snapshot.passages], dtype=np.int64)[asked]
    vectors = np.asarray(snapshot.vectors.vectors, dtype=np.float32)[asked]
    centre = vectors.sum(axis=0) / np.float32(len(vectors) + CENTRE_WEIGHT)
    rows = unit(vectors - centre)
    means = np.zeros((len(snapshot.entries), rows.shape[1]), dtype=np.float32)
    np.add.at(means, owners, rows)
    near: list[float] = []
    for entry in range(len(snapshot.entries)):
        own = rows[owners == entry]
        if len(own) > 1:
            alike = own @ own.T
            np.fill_diagonal(alike, -1)
            near.extend(alike.max(axis=1).tolist())
    usual = None
    if len(near) >= LEAST_WORDINGS:
        usual = float(np.mean(near)), max(float(np.std(near)), 0.05)
    return Wordings(rows=rows, owners=owners, centre=centre, entries=unit(means), usual=usual)


def doubts(
    confidences: NDArray[np.float64], vectors: Floats, rows: Floats, wordings: Wordings
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far each query's answer is from being doubtful, and how far the query is from any wording.

    First, log odds above DOUBT_BELOW, judged with the neighbours': doubtful below 0; float64 (n,). Second,
    deviations beyond SLACK, as numbers below 0; 0 for what is near, or where nobody knows how near is near.

    confidences: of the best hits. vectors: of the queries, float32 (n, d). rows: see features.
    """
    alike, near = nearest(rows, NEIGHBOURS)
    around = _Neighbourhood(
        near=near, weights=np.where(near >= 0, np.exp((alike.astype(np.float64) - 1) / TEMPERATURE), 0.0)
    )
    odds = np.clip(confidences, 1e-3, 1 - 1e-3)
    measured = around.mean(np.log(odds / (1 - odds)))
    centred = unit(vectors - wordings.centre)
    known = _nearest_wordings(centred, wordings.rows)
    novel = around.mean(_nearest_fellows(centred, near[:, :FELLOWS], known) - known)
    sure = 1 / (1 + np.exp(-measured))
    novel = (novel - np.average(novel, weights=sure)) * sure.sum() / (sure.sum() + SURE_WEIGHT)
    found = measured - NOVELTY * novel
    far = np.zeros(len(rows))
    if wordings.usual is not None:
        mean, deviation = wordings.usual
        far = np.minimum(around.mean((known - mean) / deviation) + SLACK, 0.0)
        found += DISTANCE * far
    return np.clip(found, -_ODDS_LIMIT, _ODDS_LIMIT) - DOUBT_BELOW, far


@dataclass(frozen=True, slots=True, kw_only=True)
class _Neighbourhood:
    """Positions of each query's neighbours, int64 (n, k), -1 for none, and their weights, float64 (n, k)."""

    near: NDArray[np.int64]
    weights: NDArray[np.float64]

    def mean(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of each query and its neighbours, weighted by how alike they are."""
        held = (self.weights * values[self.near]).sum(axis=1)
        means: NDArray[np.float64] = (values + held) / (1 + self.weights.sum(axis=1))
        return means


def _nearest_fellows(
    rows: Floats, near: NDArray[np.int64], otherwise: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mean cosine of each row to those named; as `otherwise` says where there are fewer."""
    alike = np.stack([np.einsum("ij,ij->i", rows, rows[column]) for column in near.T], axis=1)
    means: NDArray[np.float64] = np.where(near >= 0, alike, otherwise[:, None]).mean(axis=1)
    return means


def _nearest_wordings(rows: Floats, wordings: Floats) -> NDArray[np.float64]:
    found = [
        (rows[first : first + _AT_ONCE] @ wordings.T).max(axis=1) for first in range(0, len(rows), _AT_ONCE)
    ]
    return np.concatenate(found).astype(np.float64) if found else np.zeros(0)
