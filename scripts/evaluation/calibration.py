"""The confidence of a collection, calibrated when it is built with what it has.

Questions whose right answer is known: its golden judgements, and variants held out, asked of the collection
as it would be without them. Questions that nothing answers, where there are variants: both with their true
entries hidden, which is as near as a question can be, and generic ones about anything else. What open sets
taught stays the first guess, from which few questions move the curve little.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.collection import Collection
from index.errors import QueryError
from index.examination import Calibration
from index.judgements import Judgement
from index.snapshot import Snapshot
from scripts.evaluation.held_out import KnownQueries, with_passages
from scripts.evaluation.off_topic import off_topic_questions
from search.decision import Confidence, Doubles, evidence
from search.engine import Ranking, SearchEngine
from search.learned import Learned, learned_digest, shipped
from search.query import normalise_query

VERSION: Final = 3
MOST_VARIANTS: Final = 300
"""Variants that are held out, spread over the collection."""
FOLDS: Final = 3
"""Rounds; in each a third of them is held out, so that an entry keeps most of its own."""
UNANSWERABLE: Final = 0.12
"""Share of questions that nothing answers, where no golden judgement tells."""
MADE_WEIGHT: Final = 10.0
"""What all made questions together count, in golden judgements, at most: they are easier than people's. None
counts more than a judgement: one or two odd variants would turn the curve."""
SLOPE_PENALTY: Final = 4.0
OFFSET_PENALTY: Final = 0.5
LEAST_SLOPE: Final = 0.05
"""Below it the curve would be flat or fall, and say the opposite of what the ranking says."""
_STEPS: Final = 50


def calibrate(
    snapshot: Snapshot, collection: Collection, *, learned: Learned | None = None
) -> Mapping[str, Any]:
    """What the manifest keeps, JSON-ready: slope and offset, the ranker that they are for, and from what.

    learned: the first guess; that of this release if left out.
    """
    learned = learned or shipped()
    snapshot = replace(snapshot, encoder=KnownQueries(snapshot.encoder))
    engine = SearchEngine(snapshot, learned=learned)
    golden, golden_hidden = _ask(engine, collection.golden)
    held_out, hidden = _ask_variants(snapshot, learned)
    hidden += golden_hidden
    off_topic, _ = _ask(engine, [Judgement(query=query, relevant=()) for query in off_topic_questions()])
    slope, offset = fit_curve(_weighed(golden, held_out, [*hidden, *off_topic]))
    return {
        "ranker": learned.ranker.name,
        "slope": round(slope, 6),
        "offset": round(offset, 6),
        "golden": len(golden),
        "held_out": len(held_out),
        "hidden": len(hidden) if held_out else 0,
        "off_topic": len(off_topic) if held_out else 0,
    }


def calibration() -> Calibration:
    """How the confidence of every build is calibrated; another version where something else was learned."""
    return Calibration(version=f"{VERSION}-{learned_digest()[:12]}", make=calibrate)


def hidden_confidences(engine: SearchEngine, judgements: Iterable[Judgement]) -> Doubles:
    """How sure the engine would be of its best hit if what answers a judgement had never been written.

    Float64, one for each judgement that something answers and something doesn't.
    """
    _, hidden = _ask(engine, judgements)
    return engine.confidence.from_log_odds(np.array([odds for odds, _ in hidden], dtype=np.float64))


_Row = tuple[float, bool]
"""Log odds, and whether the best hit was right."""


def fit_curve(rows: Sequence[tuple[float, bool, float]]) -> tuple[float, float]:
    """Slope and offset of Platt's curve from (log odds, right, weight), near 1 and 0 where little is known.

    Most likely a posteriori, with normal priors, by Newton's method; the loss is convex.
    """
    odds, right, weights = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    design = np.stack([odds, np.ones(len(odds))], axis=1)
    prior, penalty = np.array([1.0, 0.0]), np.diag([2 * SLOPE_PENALTY, 2 * OFFSET_PENALTY])

    def loss(values: Doubles) -> float:
        found = design @ values
        fit = (weights * (np.logaddexp(0.0, found) - right * found)).sum()
        return float(fit + (values - prior) @ penalty @ (values - prior) / 2)

    found = prior.copy()
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ found, -50, 50)))
        gradient = design.T @ (weights * (chance - right)) + penalty @ (found - prior)
        curvature = (design * (weights * chance * (1 - chance))[:, None]).T @ design + penalty
        step = np.linalg.solve(curvature, gradient)
        while loss(found - step) > loss(found) and np.abs(step).max() > 1e-12:  # it went too far
            step /= 2
        found -= step
        if np.abs(step).max() < 1e-9:
            break
    return float(max(found[0], LEAST_SLOPE)), float(found[1])


def _weighed(
    golden: Sequence[_Row], held_out: Sequence[_Row], unanswerable: Sequence[_Row]
) -> list[tuple[float, bool, float]]:
    rows = [(odds, right, 1.0) for odds, right in golden]
    if held_out:  # without any, unanswerable ones would teach that nothing is ever right
        whole = min(MADE_WEIGHT, len(held_out))
        answered = whole * (1 - UNANSWERABLE) / len(held_out)
        rows += [(odds, right, answered) for odds, right in held_out]
        refused = whole * UNANSWERABLE / max(len(unanswerable), 1)
        rows += [(odds, right, refused) for odds, right in unanswerable]
    return rows


def _ask(engine: SearchEngine, judgements: Iterable[Judgement]) -> tuple[list[_Row], list[_Row]]:
    """Each judgement as it is, and, where something answers it, with that hidden."""
    confidence = engine.learned.confidence
    rows = {entry.id: row for row, entry in enumerate(engine.snapshot.entries)}
    asked, hidden = [], []
    for judgement in judgements:
        try:
            ranking = engine.rank(normalise_query(judgement.query))
        except QueryError:  # too long to be asked
            continue
        relevant = np.isin(ranking.candidates.entries, [rows[id_] for id_ in judgement.relevant])
        asked.append(_best(engine, ranking, relevant, confidence))
        if judgement.relevant and not relevant.all():
            scores = np.where(relevant, np.float32(-np.inf), ranking.scores)
            hidden.append(_best(engine, replace(ranking, scores=scores), ~np.ones_like(relevant), confidence))
    return asked, hidden


def _best(
    engine: SearchEngine, ranking: Ranking, relevant: NDArray[np.bool_], confidence: Confidence
) -> _Row:
    best = int(np.argmax(ranking.scores))
    found = evidence(ranking.scores, np.array([best]), highest=engine.highest)
    return float(confidence.log_odds(found)[0]), bool(relevant[best])


def _ask_variants(snapshot: Snapshot, learned: Learned) -> tuple[list[_Row], list[_Row]]:
    rows = [row for row, passage in enumerate(snapshot.passages) if passage.kind == "variant"]
    # By their hash, so that an edit elsewhere doesn't change which ones.
    rows.sort(key=lambda row: hashlib.sha256(snapshot.passages[row].text.encode()).digest())
    asked: list[_Row] = []
    hidden: list[_Row] = []
    for fold in _folds(rows[:MOST_VARIANTS]):
        kept = np.ones(len(snapshot.passages), dtype=np.bool_)
        kept[fold] = False
        judgements = [
            Judgement(
                query=snapshot.passages[row].text,
                relevant=(snapshot.entries[snapshot.passages[row].entry].id,),
            )
            for row in fold
        ]
        found = _ask(SearchEngine(with_passages(snapshot, kept), learned=learned), judgements)
        asked += found[0]
        hidden += found[1]
    return asked, hidden


def _folds(rows: Sequence[int]) -> Iterator[Sequence[int]]:
    """At most FOLDS parts, none empty."""
    for first in range(min(FOLDS, len(rows))):
        yield rows[first::FOLDS]
