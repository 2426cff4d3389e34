"""A newly published snapshot under load: how soon it answers, and what requests notice of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure, Section, Target, percentiles
from benchmarks.processes import Running, Service, running
from benchmarks.service import ask, queries_for, search_paths
from benchmarks.workplace import SERVED, Workplace
from index.errors import RunError
from index.store import SnapshotStore

CONCURRENCY: Final = 8
ROUNDS: Final = 5
STRETCH_S: Final = 4.0
"""Seconds of load: a swap that takes the 2 s that it may falls within them."""
_LIMIT_S: Final = 60.0
_POLL_SECONDS: Final = 0.01
_QUERIES: Final = 2000


def measure(place: Workplace) -> Section:
    """Load with a swap in it and load without one, in turn; a plain service is started again instead."""
    rounds = 1 if place.quick else ROUNDS
    store = SnapshotStore(place.snapshots)
    versions = [store.current_version(SERVED)]
    place.publish_again()
    versions.append(store.current_version(SERVED))
    queries = queries_for(place, _QUERIES)
    swaps = compare(place.ours, store, versions, queries, rounds, place.folder, place.tell)
    restarts = []
    for number in range(rounds):
        with running(place.plain, place.folder) as server:
            restarts.append(server.ready_s)
        place.tell(f"restart {number + 1} of {rounds}: {place.plain.name} {restarts[-1]:.2f} s")
    served = Figure(
        name="from publishing to the first answer, under load",
        unit="s",
        ours=tuple(swaps.seconds),
        baseline=tuple(restarts),
        target=Target(bound="at most", limit=2.0, of="value"),
    )
    return Section(
        title="swap",
        against="a restart of the plain service, and for latencies against the same load without a swap",
        figures=(served, *swaps.latencies()),
        notes=(
            f"rounds: {rounds}, each of {STRETCH_S:g} s with a swap and as many without one, in turn, "
            f"at concurrency {CONCURRENCY} in one server process; no request failed.",
        ),
    )


@dataclass(slots=True)
class Swaps:
    """Of each round: seconds from publishing to the first answer; latencies in ms with a swap and without."""

    seconds: list[float] = field(default_factory=list)
    swapping: list[list[float]] = field(default_factory=list)
    steady: list[list[float]] = field(default_factory=list)

    def latencies(self) -> list[Figure]:
        """A figure for each percentile, and one for the slowest request."""
        swapping, steady = ([_read(round_) for round_ in rounds] for rounds in (self.swapping, self.steady))
        return [
            Figure(
                name=f"{name} while a snapshot is swapped in",
                unit="ms",
                ours=tuple(round_[name] for round_ in swapping),
                baseline=tuple(round_[name] for round_ in steady),
            )
            for name in swapping[0]
        ]


def compare(
    service: Service,
    store: SnapshotStore,
    versions: Sequence[str],
    queries: Sequence[str],
    rounds: int,
    folder: Path,
    tell: Callable[[str], None],
    *,
    stretch_s: float = STRETCH_S,
) -> Swaps:
    """Let one server process go to and fro between published versions, the last of which serves now.

    Raises RunError where a request fails or a version isn't served in time.
    """
    [collection] = store.collections()
    paths = search_paths(service, queries)
    swaps = Swaps()
    with running(service, folder) as server, ThreadPoolExecutor(1) as pool:

        def load() -> list[float]:
            latencies: list[float] = ask(service, server, paths, CONCURRENCY, folder, seconds=stretch_s)[
                "latencies_ms"
            ]
            return latencies

        load()  # to warm up
        for number in range(rounds):
            swaps.steady.append(load())
            during = pool.submit(load)
            time.sleep(stretch_s / 4)  # the load is running by then
            swaps.seconds.append(
                _switch(server, store, collection, versions[number % len(versions)], paths[0])
            )
            swaps.swapping.append(during.result())
            tell(f"round {number + 1} of {rounds}: served after {swaps.seconds[-1]:.2f} s")
    return swaps


def _switch(server: Running, store: SnapshotStore, collection: str, version: str, path: str) -> float:
    """Publish a version; the seconds until an answer comes from it."""
    with store.lock(collection):
        began = time.perf_counter()
        store.activate(collection, version)
    while time.perf_counter() < began + _LIMIT_S:
        status, body = server.get(path)
        if status == 200 and json.loads(body)["snapshot"] == version:
            return time.perf_counter() - began
        time.sleep(_POLL_SECONDS)
    raise RunError(f"Snapshot {version} was published and not served within {_LIMIT_S:.0f} s.")


def _read(latencies: Sequence[float]) -> dict[str, float]:
    return {**{f"p{p}": value for p, value in percentiles(latencies).items()}, "slowest": max(latencies)}
