"""What the query log costs a search: `faq serve` with it and without it, under the same load."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.figures import Figure, Section, Target, percentiles
from benchmarks.processes import Service, running
from benchmarks.service import Samples, ask, queries_for, search_paths
from benchmarks.workplace import Workplace

_SHOWN: Final = (50, 99)
_TARGET: Final = Target(bound="at most", limit=1.03)
_A_VISIT: Final = 4
"""Queries of a session, so that there is something to fold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """rounds: fresh processes of each kind. requests: of each, one after the other, after some to warm up."""

    rounds: int
    requests: int
    warm_up: int


FULL: Final = Plan(rounds=7, requests=1500, warm_up=300)
QUICK: Final = Plan(rounds=1, requests=100, warm_up=20)


def measure(place: Workplace) -> Section:
    """The section, with the real model."""
    plan = QUICK if place.quick else FULL
    logging = replace(place.ours, name="faq serve with a query log")
    silent = replace(
        place.ours, name="faq serve without", environment={**place.ours.environment, "FAQ_LOG_URL": "off"}
    )
    queries = queries_for(place, plan.warm_up + plan.requests)
    taken: dict[str, Samples] = {one.name: defaultdict(list) for one in (logging, silent)}
    for number in range(plan.rounds):
        for service in (logging, silent) if number % 2 == 0 else (silent, logging):
            place.tell(f"round {number + 1} of {plan.rounds}: {service.name}")
            for name, value in _latencies(service, queries, plan, place).items():
                taken[service.name][name].append(value)
    ours, theirs = taken[logging.name], taken[silent.name]
    return Section(
        title="log",
        against="the same without a query log (FAQ_LOG_URL=off)",
        figures=tuple(
            Figure(
                name=name,
                unit="ms",
                ours=tuple(ours[name]),
                baseline=tuple(theirs[name]),
                target=_TARGET if name == _name(50) else None,
            )
            for name in (_name(p) for p in _SHOWN)
        ),
        notes=(
            f"rounds: {plan.rounds}, each with fresh processes and {plan.requests} queries one after the "
            f"other, {_A_VISIT} to a session, after {plan.warm_up} to warm up; the log is an SQLite file.",
        ),
    )


def _latencies(service: Service, queries: list[str], plan: Plan, place: Workplace) -> dict[str, float]:
    paths = [
        f"{path}&source=widget&session=visit-{number // _A_VISIT}"
        for number, path in enumerate(search_paths(service, queries))
    ]
    with running(service, place.folder) as server:
        ask(service, server, paths[: plan.warm_up], 1, place.folder)
        result = ask(service, server, paths[plan.warm_up :], 1, place.folder)
    found = percentiles(result["latencies_ms"])
    return {_name(p): found[p] for p in _SHOWN}


def _name(percentile: int) -> str:
    return f"p{percentile} latency, one request at a time"
