"""100,000 logged queries analysed: how long it takes, and how much memory, in a process of its own.

The log is made, seeded: the sets' own queries, a few asked often and most rarely, three in ten of them with
noise as people make it.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from benchmarks.relevance.noise import KINDS, noisy
from benchmarks.relevance.sets import EvaluationSet, read_sets
from index.snapshot import Snapshot
from scripts.progress import TerminalReporter
from search.engine import SearchEngine
from search.gaps.analysis import find_gaps
from search.gaps.questions import from_texts

ASKED: Final = 100_000
NOISY: Final = 0.3
_ZIPF: Final = 0.8
_SEED: Final = 20260


def made_log(sets: Sequence[EvaluationSet], count: int = ASKED) -> list[str]:
    """So many queries."""
    rng = np.random.default_rng(_SEED)
    texts = sorted({judgement.query for set_ in sets for judgement in set_.judgements})
    texts = [texts[row] for row in rng.permutation(len(texts))]
    often = 1 / np.arange(1, len(texts) + 1) ** _ZIPF
    asked = [texts[row] for row in rng.choice(len(texts), count, p=often / often.sum())]
    disturbed = rng.random(count) < NOISY
    return [
        noisy(text, KINDS[int(rng.integers(len(KINDS)))], rng) if change else text
        for text, change in zip(asked, disturbed.tolist(), strict=True)
    ]


def main(folder: Path, snapshot: Path) -> dict[str, Any]:
    """folder: the sets. snapshot: of the collection that is asked."""
    texts = made_log(read_sets(folder))
    engine = SearchEngine(Snapshot.open(snapshot))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    report = find_gaps(
        from_texts(texts),
        engine=engine,
        encode=lambda asked: np.stack([engine.snapshot.encoder.encode_query(text) for text in asked]),
        threads=2,
        reporter=TerminalReporter(),
    )
    return {
        "asked": report.asked,
        "distinct": report.distinct,
        "badly_served": report.badly_served,
        "gaps": len(report.gaps),
        "seconds": round(time.perf_counter() - began, 1),
        "steps": dict(report.seconds),
        "megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "megabytes_before": round(before / 1024),
    }


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]))))
