"""What the engine measures for every query of a task: the tables that parameters are learned from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.relevance.sets import Task
from search.engine import SearchEngine
from search.query import normalise_query
from search.ranking import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """features: float32 (q, entries, f). relevant: bool (q, entries). observations: of the adapted metric.
    answered: share of the entries that have an answer.

    dense: highest cosine over question and variants, what peers rank by; float32 (q, entries).
    """

    task: Task
    features: Floats
    relevant: NDArray[np.bool_]
    dense: Floats
    observations: int
    answered: float

    @property
    def answerable(self) -> NDArray[np.bool_]:
        """Bool (q,): whether anything answers the query."""
        return self.relevant.any(axis=1)


def table_of(task: Task) -> Table:
    """Ask every query of a task; every entry is ranked, however many there are."""
    engine = SearchEngine(task.snapshot)
    rows = {entry.id: row for row, entry in enumerate(task.snapshot.entries)}
    everything = np.ones(len(rows), dtype=np.bool_)
    features, dense = [], []
    relevant = np.zeros((len(task.judgements), len(rows)), dtype=np.bool_)
    for number, judgement in enumerate(task.judgements):
        ranking = engine.rank(normalise_query(judgement.query), allowed=everything)
        features.append(ranking.features)
        asked = ranking.candidates.question
        dense.append(np.maximum.reduceat(ranking.cosines[asked.positions], asked.starts))
        relevant[number, [rows[id_] for id_ in judgement.relevant]] = True
    return Table(
        task=task,
        features=np.stack(features),
        relevant=relevant,
        dense=np.stack(dense),
        observations=engine.observations,
        answered=engine.answered,
    )
