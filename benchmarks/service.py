"""Requests a second, latency and memory: `faq serve` against a plain service under the same load."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.parse import quote

from benchmarks.figures import PERCENTILES, Figure, Section, Target, percentiles
from benchmarks.processes import Running, Service, call, running
from benchmarks.texts import SEED, golden_queries, short_texts
from benchmarks.workplace import Workplace, trivial_service
from index.errors import RunError

CONCURRENCIES: Final = (8, 32)
_LIMIT: Final = 300.0
_FASTER: Final = Target(bound="at least", limit=6.0)
_SIXTH: Final = Target(bound="at most", limit=1 / 6)
_THIRD: Final = Target(bound="at most", limit=1 / 3)

Samples = dict[str, list[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """rounds: fresh processes of each service. requests: at each concurrency. warm_up: before them.

    Within a process no query is asked twice.
    """

    rounds: int
    requests: int
    warm_up: int

    @property
    def queries(self) -> int:
        """How many distinct queries a process is asked."""
        return self.warm_up + len(CONCURRENCIES) * self.requests


FULL: Final = Plan(rounds=3, requests=1000, warm_up=200)
QUICK: Final = Plan(rounds=1, requests=150, warm_up=30)


def measure(place: Workplace) -> Section:
    """The section with the real model and the plain service."""
    plan = QUICK if place.quick else FULL
    queries = queries_for(place, plan.queries)
    figures, client = compare(place.ours, place.plain, queries, plan, place.folder, place.tell)
    ceiling = _ceiling(queries, plan, place.folder, place.tell)
    return Section(
        title="service",
        against="a plain service (benchmarks/plain_service.py)",
        figures=figures,
        notes=(
            f"rounds: {plan.rounds}, each with fresh processes and {plan.requests} distinct queries at each "
            f"concurrency after {plan.warm_up} to warm up; both serve {len(place.collections[0].entries)} "
            "entries from one server process with its default threads (all cores).",
            f"the load generator, on the same machine, reaches {ceiling} requests/s against an app that does "
            f"nothing; it used {client:.2f} ms of one core for a request to faq serve.",
        ),
    )


def queries_for(place: Workplace, count: int) -> list[str]:
    """Distinct queries in an order of the seed: all golden ones, filled up with generated ones."""
    golden = golden_queries(place.collections)
    random.Random(SEED).shuffle(golden)
    filling = short_texts(place.collections, max(0, count - len(golden))) if count > len(golden) else []
    queries = golden[:count] + filling
    random.Random(SEED + 1).shuffle(queries)
    return queries


def search_paths(service: Service, queries: Sequence[str]) -> list[str]:
    """The path of a search for each query."""
    return [service.search.replace("{q}", quote(query, safe="")) for query in queries]


def compare(
    ours: Service,
    baseline: Service,
    queries: Sequence[str],
    plan: Plan,
    folder: Path,
    tell: Callable[[str], None],
) -> tuple[tuple[Figure, ...], float]:
    """The figures, and the load generator's median milliseconds of processor time for a request to ours.

    queries: plan.queries distinct ones. Raises RunError where a request fails.
    """
    taken: dict[str, Samples] = {ours.name: defaultdict(list), baseline.name: defaultdict(list)}
    for number in range(plan.rounds):
        # Taking turns in going first, so that a machine that warms up or slows down favours neither.
        for service in (ours, baseline) if number % 2 == 0 else (baseline, ours):
            tell(f"round {number + 1} of {plan.rounds}: {service.name}")
            for name, value in _load(service, queries, plan, folder, tell).items():
                taken[service.name][name].append(value)
    mine, theirs = taken[ours.name], taken[baseline.name]

    def figure(name: str, unit: str, target: Target | None) -> Figure:
        return Figure(
            name=name, unit=unit, ours=tuple(mine[name]), baseline=tuple(theirs[name]), target=target
        )

    figures = []
    for concurrency in CONCURRENCIES:
        figures.append(figure(_rate(concurrency), "/s", _FASTER))
        figures += [figure(_latency(concurrency, p), "ms", _SIXTH if p == 99 else None) for p in PERCENTILES]
    figures.append(figure(_MEMORY, "MiB", _THIRD))
    return tuple(figures), median(mine[_CLIENT])


def _load(
    service: Service, queries: Sequence[str], plan: Plan, folder: Path, tell: Callable[[str], None]
) -> dict[str, float]:
    paths = search_paths(service, queries)
    taken: dict[str, float] = {}
    with running(service, folder) as server:
        _check_answer(service, server, service.search.replace("{q}", "a+first+question"))
        ask(service, server, paths[: plan.warm_up], CONCURRENCIES[0], folder)
        client = 0.0
        for number, concurrency in enumerate(CONCURRENCIES):
            start = plan.warm_up + number * plan.requests
            result = ask(service, server, paths[start : start + plan.requests], concurrency, folder)
            taken[_rate(concurrency)] = plan.requests / result["seconds"]
            for p, value in percentiles(result["latencies_ms"]).items():
                taken[_latency(concurrency, p)] = value
            client += result["cpu_s"]
            tell(
                f"  {taken[_rate(concurrency)]:.0f} requests/s at {concurrency}, "
                f"p99 {taken[_latency(concurrency, 99)]:.1f} ms"
            )
        taken[_CLIENT] = client * 1000 / (plan.requests * len(CONCURRENCIES))
        taken[_MEMORY] = server.resident_mib()
    return taken


def ask(
    service: Service,
    server: Running,
    paths: Sequence[str],
    concurrency: int,
    folder: Path,
    *,
    seconds: float | None = None,
) -> dict[str, Any]:
    """What load.py measures, asking for each path once or for so many seconds.

    Raises RunError where a request fails.
    """
    job = {
        "port": server.port,
        "paths": list(paths),
        "concurrency": concurrency,
        "limit_s": _LIMIT,
        "seconds": seconds,
    }
    result = call("load", job, folder, limit_s=_LIMIT + 30)
    if result["failures"]:
        examples = "\n".join(result["examples"])
        raise RunError(f"{result['failures']} requests to the {service.name} failed, such as\n{examples}")
    return result


def _check_answer(service: Service, server: Running, path: str) -> None:
    """Speed is worth nothing where the answer is none. Raises RunError."""
    status, body = server.get(path)
    hits = json.loads(body).get("hits") if status == 200 else None
    if not hits or not all({"question", "answer", "score"} <= hit.keys() for hit in hits):
        shown = body[:200].decode(errors="replace")
        raise RunError(f"The {service.name} answered {status} without hits to {path}: {shown}")


def _ceiling(queries: Sequence[str], plan: Plan, folder: Path, tell: Callable[[str], None]) -> str:
    tell("the load generator's own ceiling")
    rates = []
    service = trivial_service()
    paths = search_paths(service, queries)
    with running(service, folder) as server:
        ask(service, server, paths[: plan.warm_up], CONCURRENCIES[0], folder)
        for concurrency in CONCURRENCIES:
            result = ask(service, server, paths, concurrency, folder)
            rates.append(f"{len(paths) / result['seconds']:,.0f} (concurrency {concurrency})")
    return " and ".join(rates)


_MEMORY: Final = "resident memory after the load"
_CLIENT: Final = "client"


def _rate(concurrency: int) -> str:
    return f"requests at concurrency {concurrency}"


def _latency(concurrency: int, percentile: int) -> str:
    return f"p{percentile} at concurrency {concurrency}"
