"""Planted gaps: a fifth of the entries is removed, all queries are asked, and the report must name these."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from benchmarks.gaps.baselines import baselines
from benchmarks.relevance.sets import EvaluationSet
from index.adaptation import learn
from index.collection import Collection, CollectionSettings
from index.lexical import index_sides
from index.snapshot import Snapshot
from index.vectors import FlatIndex
from scripts.evaluation.calibration import calibrate
from search.engine import SearchEngine
from search.gaps.analysis import LEAST_QUERIES, find_gaps
from search.gaps.questions import from_texts, key_of
from search.gaps.replay import replay

OURS: Final = "ours"
MISSING: Final = "ours, of kind missing"
SEEDS: Final = 5
REMOVED: Final = 0.2
LEAST: Final = 5
"""Queries of a removed entry, from which the report has to name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """named: removed entries with LEAST queries that are what most queries of some gap mean; wanted: all of
    those. pure, held: queries of gaps that mean what most of their gap do, and all. false: gaps whose queries
    mostly mean an entry that is there. gaps: all.
    """

    named: int
    wanted: int
    pure: int
    held: int
    false: int
    gaps: int

    def __add__(self, other: Found) -> Found:
        return Found(
            named=self.named + other.named,
            wanted=self.wanted + other.wanted,
            pure=self.pure + other.pure,
            held=self.held + other.held,
            false=self.false + other.false,
            gaps=self.gaps + other.gaps,
        )

    def figures(self) -> dict[str, float | int | None]:
        """Shares, None where there is nothing to share."""
        return {
            "recall": self.named / self.wanted if self.wanted else None,
            "purity": self.pure / self.held if self.held else None,
            "false": self.false / self.gaps if self.gaps else None,
            "wanted": self.wanted,
            "gaps": self.gaps,
        }


def without(snapshot: Snapshot, gone: set[int]) -> Snapshot:
    """The snapshot as a build without some entries would leave it, calibrated; in memory."""
    kept = [row for row in range(len(snapshot.entries)) if row not in gone]
    new = {old: row for row, old in enumerate(kept)}
    rows = [row for row, passage in enumerate(snapshot.passages) if passage.entry in new]
    passages = tuple(replace(snapshot.passages[row], entry=new[snapshot.passages[row].entry]) for row in rows)
    vectors = np.ascontiguousarray(snapshot.vectors.vectors[rows])
    question, answer = index_sides(passages, entries=len(kept))
    fewer = replace(
        snapshot,
        entries=tuple(snapshot.entries[row] for row in kept),
        passages=passages,
        vectors=FlatIndex.build(vectors),
        question_lexical=question,
        answer_lexical=answer,
        adaptation=learn(vectors, passages, entries=len(kept)),
    )
    collection = Collection(
        name=snapshot.collection,
        settings=CollectionSettings(),
        entries=fewer.entries,
        rejections=(),
        golden=(),
    )
    return replace(fewer, manifest=replace(fewer.manifest, calibration=calibrate(fewer, collection)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A collection with entries removed. meant: of each question's key what it means: the ids that answer it,
    or nothing. gone: ids.
    """

    engine: SearchEngine
    texts: Sequence[str]
    meant: dict[str, tuple[str, ...]]
    gone: frozenset[str]


def plant(set_: EvaluationSet, snapshot: Snapshot, seed: int) -> Planted:
    """Remove a fifth of the entries at random."""
    rng = np.random.default_rng(seed)
    count = max(1, round(REMOVED * len(snapshot.entries)))
    gone = {int(row) for row in rng.choice(len(snapshot.entries), count, replace=False)}
    return Planted(
        engine=SearchEngine(without(snapshot, gone)),
        texts=[judgement.query for judgement in set_.judgements],
        meant={key_of(judgement.query): judgement.relevant for judgement in set_.judgements},
        gone=frozenset(snapshot.entries[row].id for row in gone),
    )


def ours(planted: Planted, *, threads: int = 2) -> dict[str, Found]:
    """What the report says: all its gaps, and those of kind missing alone."""
    encoder = planted.engine.snapshot.encoder
    report = find_gaps(
        from_texts(planted.texts),
        engine=planted.engine,
        encode=lambda texts: np.stack([encoder.encode_query(text) for text in texts]),
        threads=threads,
    )
    return {
        OURS: _judged(planted, [gap.queries for gap in report.gaps]),
        MISSING: _judged(planted, [gap.queries for gap in report.gaps if gap.kind == "missing"]),
    }


def theirs(planted: Planted, *, threads: int = 2) -> dict[str, Found]:
    """Queries without an answer, in groups by each baseline."""
    texts = sorted(set(planted.texts))
    answers = replay(planted.engine, texts, threads=threads)
    rows = [row for row, answer in enumerate(answers) if answer.decision == "no_answer"]
    if len(rows) < LEAST_QUERIES:
        return {}
    found = baselines(np.stack([answers[row].vector for row in rows]))
    judged = {}
    for name, labels in found.items():
        groups: dict[int, list[str]] = {}
        for row, label in zip(rows, labels.tolist(), strict=True):
            groups.setdefault(label, []).append(texts[row])
        judged[name] = _judged(planted, [held for held in groups.values() if len(held) >= LEAST_QUERIES])
    return judged


def _judged(planted: Planted, gaps: Sequence[Sequence[str]]) -> Found:
    asked = Counter(planted.meant[key_of(text)] for text in planted.texts)
    wanted = {meant for meant, count in asked.items() if count >= LEAST and _is_gone(planted, meant)}
    named: set[tuple[str, ...]] = set()
    pure = held = false = 0
    for gap in gaps:
        meant = Counter(planted.meant[key_of(text)] for text in gap)
        most, count = meant.most_common(1)[0]
        pure, held = pure + count, held + len(gap)
        if _is_gone(planted, most):
            named.add(most)
        else:  # what nothing ever answered is a gap, too
            false += bool(most)
    return Found(
        named=len(named & wanted), wanted=len(wanted), pure=pure, held=held, false=false, gaps=len(gaps)
    )


def _is_gone(planted: Planted, meant: tuple[str, ...]) -> bool:
    return bool(meant) and planted.gone.issuperset(meant)


def summed(found: Sequence[dict[str, Found]]) -> dict[str, Any]:
    """The figures over all seeds, by system."""
    names = dict.fromkeys(name for one in found for name in one)
    totals: dict[str, Any] = {}
    for name in names:
        whole = Found(named=0, wanted=0, pure=0, held=0, false=0, gaps=0)
        for one in found:
            whole += one.get(name, Found(named=0, wanted=0, pure=0, held=0, false=0, gaps=0))
        totals[name] = whole.figures()
    return totals
