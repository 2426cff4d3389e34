"""What ranking adds to a query: everything in a search but encoding, beside a plain vector search."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any, Final

from benchmarks.figures import Figure, Section, Target, percentiles
from benchmarks.processes import call
from benchmarks.wide_texts import wide_entries, wide_queries
from benchmarks.workplace import Workplace
from index.build import build
from index.collection import Collection, CollectionSettings
from index.encoders.toy import ToyEncoder
from index.snapshot import Snapshot
from index.store import SnapshotStore
from search.engine import SearchEngine

LIMITS_MS: Final = {1_000: 1.0, 20_000: 5.0}
"""By entries: what may be added to a plain vector search at p95."""
DIMENSION: Final = 384
"""Of the vectors, as of the default model."""
TOP: Final = 10
_SHOWN: Final = (50, 95)
_LIMIT: Final = 600.0
_WARM_UP: Final = 50
_QUICK: Final = 20
"""How many times smaller everything is in a quick run."""


def measure(place: Workplace) -> Section:
    """Builds a collection of each size, then measures it in a program of its own."""
    store = place.folder / "ranking"
    rounds, queries = (2, 40) if place.quick else (5, 300)
    figures: list[Figure] = []
    sizes = []
    for full, limit in LIMITS_MS.items():
        entries = full // _QUICK if place.quick else full
        place.tell(f"{entries:,} entries: building")
        passages = publish(place, SnapshotStore(store), f"wide-{entries}", entries)
        sizes.append(f"{entries:,} entries have {passages:,} passages")
        asked = wide_queries(place.collections, queries, entries=entries)
        place.tell(f"{entries:,} entries: {rounds} rounds of {queries} queries")
        job = {"snapshots": str(store), "collection": f"wide-{entries}", "queries": asked, "rounds": rounds}
        figures += _figures(call("ranking", job, place.folder, limit_s=_LIMIT), entries, limit)
    return Section(
        title="ranking",
        against=f"faiss.IndexFlatIP.search, top {TOP}, over the vectors of the same passages",
        figures=tuple(figures),
        notes=(
            f"rounds: {rounds}, each of {queries} distinct queries, every one asked of both in turn; one "
            "thread; encoding the query is left out on both sides.",
            "added: what a query takes beyond the plain search of the same query.",
            f"{'; '.join(sizes)}; their texts are recombined from the bundled ones, their vectors of "
            f"{DIMENSION} dimensions are the toy encoder's, not a model's, which changes no work but how "
            "many entries the nearest passages are of.",
        ),
    )


def publish(place: Workplace, store: SnapshotStore, name: str, entries: int) -> int:
    """Build a generated collection; its number of passages."""
    collection = Collection(
        name=name,
        settings=CollectionSettings(),
        entries=tuple(wide_entries(place.collections, entries)),
        rejections=(),
        golden=(),
    )
    build(collection, store, ToyEncoder(dimension=DIMENSION))
    return len(Snapshot.open(store.current(name)).passages)


def _figures(taken: dict[str, list[dict[str, float]]], entries: int, limit: float) -> list[Figure]:
    """taken: percentiles of each round, by what was measured; JSON made text of their numbers."""

    def of(what: str, percentile: int) -> tuple[float, ...]:
        return tuple(found[str(percentile)] for found in taken[what])

    shown = [
        Figure(
            name=f"{entries:,} entries, p{percentile}",
            unit="ms",
            ours=of("ours", percentile),
            baseline=of("plain", percentile),
        )
        for percentile in _SHOWN
    ]
    added = Figure(
        name=f"{entries:,} entries, added at p95",
        unit="ms",
        ours=of("added", 95),
        baseline=of("plain", 95),
        target=Target(bound="at most", limit=limit, of="value"),
    )
    return [*shown, added]


def run(job: dict[str, Any]) -> dict[str, list[dict[int, float]]]:
    """The measurement itself: percentiles of each round in milliseconds."""
    snapshot = Snapshot.open(SnapshotStore(Path(job["snapshots"])).current(job["collection"]))
    engine = SearchEngine(snapshot)
    vectors = [snapshot.encoder.encode_query(query) for query in job["queries"]]

    def ours(row: int) -> float:
        began = time.perf_counter()
        result = engine.search(job["queries"][row], top=TOP)
        return time.perf_counter() - began - result.seconds["encode"]

    def plain(row: int) -> float:
        began = time.perf_counter()
        snapshot.vectors.search(vectors[row], TOP)
        return time.perf_counter() - began

    for row in range(min(_WARM_UP, len(vectors))):
        ours(row)
        plain(row)
    taken: dict[str, list[dict[int, float]]] = {"ours": [], "plain": [], "added": []}
    for number in range(job["rounds"]):
        pairs = []
        for row in range(len(vectors)):
            seconds = {}
            # In turn, so that neither always comes to memory that the other has just read.
            for measured in (ours, plain) if (row + number) % 2 else (plain, ours):
                seconds[measured] = measured(row)
            pairs.append((1000 * seconds[ours], 1000 * seconds[plain]))
        taken["ours"].append(percentiles([one for one, _ in pairs]))
        taken["plain"].append(percentiles([other for _, other in pairs]))
        taken["added"].append(percentiles([one - other for one, other in pairs]))
    return taken


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
