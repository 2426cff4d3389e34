"""Encoding one query on one thread: the snapshot's query encoder against SentenceTransformer.encode."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.figures import Figure, Section, Target
from benchmarks.processes import call
from benchmarks.service import queries_for
from benchmarks.workplace import SERVED, Workplace
from index.extras import require
from index.snapshot import Snapshot
from index.store import SnapshotStore

TOKENS: Final = 10
_POOL: Final = 4000
_LIMIT: Final = 600.0
_WARM_UP: Final = 20


def measure(place: Workplace) -> Section:
    """Runs as a program of its own, in which torch has one thread."""
    job = {
        "model": str(place.model),
        "snapshots": str(place.snapshots),
        "pool": queries_for(place, _POOL),
        "rounds": 2 if place.quick else 7,
        "queries": 40 if place.quick else 150,
    }
    place.tell(f"{job['rounds']} rounds of {job['queries']} queries")
    result = call("encode", job, place.folder, limit_s=_LIMIT)
    figure = Figure(
        name=f"encoding a query of {TOKENS} tokens, one thread",
        unit="ms",
        ours=tuple(result["ours"]),
        baseline=tuple(result["baseline"]),
        target=Target(bound="at most", limit=1 / 6),
    )
    return Section(
        title="encode",
        against="SentenceTransformer.encode",
        figures=(figure,),
        notes=(
            f"rounds: {job['rounds']}, in turn, each the median of {result['queries']} distinct queries of "
            f"{TOKENS} tokens ([CLS] and [SEP] counted); torch with one thread; cosine of the two vectors "
            f"{result['cosine']:.4f} on average.",
        ),
    )


def run(job: dict[str, Any]) -> dict[str, Any]:
    """The measurement itself: medians of each round in milliseconds."""
    torch = require("torch", extra="build")
    torch.set_num_threads(1)
    model = require("sentence_transformers", extra="build").SentenceTransformer(job["model"], device="cpu")
    encoder = Snapshot.open(SnapshotStore(Path(job["snapshots"])).current(SERVED)).encoder
    tokens = model.tokenizer(job["pool"])["input_ids"]
    queries = [query for query, ids in zip(job["pool"], tokens, strict=True) if len(ids) == TOKENS]
    queries = queries[: job["queries"]]

    def theirs(query: str) -> Any:
        return model.encode(query, show_progress_bar=False)

    cosines = [float(encoder.encode_query(query) @ theirs(query)) for query in queries[:_WARM_UP]]
    ours, baseline = [], []
    for _ in range(job["rounds"]):
        ours.append(_milliseconds(encoder.encode_query, queries))
        baseline.append(_milliseconds(theirs, queries))
    return {
        "ours": ours,
        "baseline": baseline,
        "queries": len(queries),
        "cosine": sum(cosines) / len(cosines),
    }


def _milliseconds(encode: Callable[[str], Any], queries: Sequence[str]) -> float:
    taken = []
    for query in queries:
        began = time.perf_counter()
        encode(query)
        taken.append(time.perf_counter() - began)
    return median(taken) * 1000


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
