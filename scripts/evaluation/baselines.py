"""What others do, over the same snapshot, so with the same encoder, stemmer and texts.

dense  an entry's best cosine over its question and variants
bm25   BM25 over an entry's question, variants and answer as one document
rrf    reciprocal rank fusion of the two: Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms
       Condorcet and individual Rank Learning Methods" (2009), with their k = 60
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index import tokenizer
from index.encoders import Progress
from index.errors import QueryError
from index.judgements import Judgement
from index.lexical import LexicalIndex
from index.snapshot import Snapshot
from scripts.evaluation.answered import DEPTH
from scripts.evaluation.metrics import Floats
from scripts.evaluation.outcomes import Outcomes, ranked_outcomes
from search.candidates import QUESTION_SIDE
from search.query import normalise_query

BASELINES: Final = ("dense", "bm25", "rrf")
RRF_K: Final = 60
_LEXICAL: Final = (*QUESTION_SIDE, "answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """rows: of the best entries, best first, at most DEPTH. score: of the first, 0 without any."""

    rows: tuple[int, ...]
    score: float


class Baselines:
    """The three over one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        asked = [row for row, passage in enumerate(snapshot.passages) if passage.kind in QUESTION_SIDE]
        self._rows = np.array(asked, dtype=np.int64)
        owners = np.array([snapshot.passages[row].entry for row in asked], dtype=np.int64)
        self._starts = np.flatnonzero(np.diff(owners, prepend=-1))  # every entry has a question
        norms = np.linalg.norm(snapshot.vectors.vectors[self._rows], axis=1)
        self._norms = np.maximum(norms, np.finfo(np.float32).tiny)
        documents: list[list[str]] = [[] for _ in snapshot.entries]
        for passage in snapshot.passages:
            if passage.kind in _LEXICAL:
                documents[passage.entry] += tokenizer.stems(passage.text)
        self._lexical = LexicalIndex.build(documents)

    def rank(self, query: str) -> dict[str, Ranking]:
        """The ranking of each of BASELINES. Raises QueryError, as the engine does."""
        query = normalise_query(query)
        vector = self._snapshot.encoder.encode_query(query)
        length = max(float(np.linalg.norm(vector)), np.finfo(np.float32).tiny)
        cosines = self._snapshot.vectors.scores(vector, self._rows) / self._norms / length
        dense = np.maximum.reduceat(cosines, self._starts).astype(np.float64)
        bm25 = self._lexical.scores(tokenizer.stems(query)).astype(np.float64)
        everything, found = np.ones(len(dense), dtype=np.bool_), bm25 > 0
        fused = reciprocal_rank_fusion(dense, everything) + reciprocal_rank_fusion(bm25, found)
        return {
            "dense": _best(dense, everything),
            "bm25": _best(bm25, found),
            "rrf": _best(fused, everything),
        }


def reciprocal_rank_fusion(scores: Floats, found: NDArray[np.bool_]) -> Floats:
    """What a ranking adds to the fused score of each entry, (n,): 1 / (RRF_K + rank), 0 where not found."""
    order = _order(scores, found)
    shares = np.zeros(len(scores))
    shares[order] = 1.0 / (RRF_K + np.arange(1, len(order) + 1))
    return shares


def baseline_outcomes(
    snapshot: Snapshot, judgements: Sequence[Judgement], *, progress: Progress | None = None
) -> dict[str, Outcomes]:
    """How each of BASELINES answers the judgements. progress: called with 1 after each query."""
    baselines = Baselines(snapshot)
    rankings: dict[str, list[Ranking]] = {name: [] for name in BASELINES}
    for judgement in judgements:
        try:
            ranked = baselines.rank(judgement.query)
        except QueryError:
            ranked = dict.fromkeys(BASELINES, Ranking(rows=(), score=0.0))
        for name, ranking in ranked.items():
            rankings[name].append(ranking)
        if progress:
            progress(1)
    return {
        name: ranked_outcomes(
            [judgement.relevant for judgement in judgements],
            [[snapshot.entries[row].id for row in ranking.rows] for ranking in of_queries],
            np.array([ranking.score for ranking in of_queries], dtype=np.float64),
        )
        for name, of_queries in rankings.items()
    }


def _best(scores: Floats, found: NDArray[np.bool_]) -> Ranking:
    rows = _order(scores, found)[:DEPTH].tolist()
    return Ranking(rows=tuple(rows), score=float(scores[rows[0]]) if rows else 0.0)


def _order(scores: Floats, found: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Rows of the entries found, best first, equal ones in the order of the entries."""
    order = np.argsort(-scores, kind="stable")
    return order[found[order]]
