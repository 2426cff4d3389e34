"""Completing what is typed, of 20,000 entries: `/v1/suggest` against comparing with every text."""

from __future__ import annotations

import http.client
import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from rapidfuzz import fuzz, process

from benchmarks.figures import Figure, Section, Target, percentiles
from benchmarks.processes import Running, call, running
from benchmarks.ranking import publish
from benchmarks.texts import SEED
from benchmarks.wide_texts import wide_queries
from benchmarks.workplace import Workplace, our_service
from index.errors import RunError
from index.snapshot import Snapshot
from index.store import SnapshotStore

ENTRIES: Final = 20_000
TOP: Final = 5
_NAME: Final = "wide"
_SLIPS: Final = 0.2
"""Share of what is typed that has a slip."""
_SHOWN: Final = (50, 95, 99)
_TARGET: Final = Target(bound="at most", limit=5.0, of="value")
_LIMIT: Final = 600.0


def measure(place: Workplace) -> Section:
    """Over HTTP, one request after the other; the baseline is asked in a program of its own, without HTTP."""
    entries, rounds, asked, plain = (1_000, 1, 60, 5) if place.quick else (ENTRIES, 3, 1000, 40)
    store = place.folder / "suggest"
    place.tell(f"{entries:,} entries: building")
    publish(place, SnapshotStore(store), _NAME, entries)
    typed = beginnings(wide_queries(place.collections, asked, entries=entries))
    taken: dict[str, list[dict[int, float]]] = {"in the server": [], "over HTTP": []}
    theirs: list[dict[int, float]] = []
    for number in range(rounds):
        place.tell(f"round {number + 1} of {rounds}")
        with running(our_service(store, _NAME), place.folder) as server:
            _ask(server, typed[:50])
            for name, found in _ask(server, typed).items():
                taken[name].append(percentiles(found))
        job = {"snapshots": str(store), "typed": typed[number * plain : (number + 1) * plain]}
        theirs.append(percentiles(call("suggest", job, place.folder, limit_s=_LIMIT)["ms"]))
    return Section(
        title="suggest",
        against="rapidfuzz.process.extract (WRatio) over all questions and variants, without a server",
        figures=tuple(
            Figure(
                name=f"{entries:,} entries, {name}, p{p}",
                unit="ms",
                ours=tuple(found[p] for found in ours),
                baseline=tuple(found[p] for found in theirs),
                target=_TARGET if p == 95 and name == "in the server" else None,
            )
            for name, ours in taken.items()
            for p in _SHOWN
        ),
        notes=(
            f"rounds: {rounds}, each with a fresh process and {asked} beginnings of questions of every "
            f"length, one in {1 / _SLIPS:.0f} with two letters swapped, one after the other on one "
            f"connection; the baseline is asked {plain} of them a round.",
        ),
    )


def beginnings(questions: Sequence[str]) -> list[str]:
    """What somebody has typed of each question at some moment, now and then with a slip."""
    picks = random.Random(SEED)
    typed = []
    for question in questions:
        text = question[: picks.randint(1, len(question))]
        if len(text) > 5 and picks.random() < _SLIPS:
            place = picks.randrange(1, len(text) - 2)
            text = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        typed.append(text)
    return typed


def _ask(server: Running, typed: Sequence[str]) -> dict[str, list[float]]:
    """Milliseconds of each request: by the server's own account, and as the client sees it."""
    taken: dict[str, list[float]] = {"in the server": [], "over HTTP": []}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_LIMIT)
    for text in filter(str.strip, typed):
        began = time.perf_counter()
        connection.request("GET", f"/v1/suggest?collection={_NAME}&top={TOP}&q={quote(text)}")
        response = connection.getresponse()
        body = response.read()
        taken["over HTTP"].append(1000 * (time.perf_counter() - began))
        if response.status != 200:
            raise RunError(f"/v1/suggest answered {response.status} to {text!a}.")
        taken["in the server"].append(json.loads(body)["took_ms"])
    connection.close()
    return taken


def run(job: dict[str, Any]) -> dict[str, list[float]]:
    """The baseline's milliseconds."""
    entries = Snapshot.open(SnapshotStore(Path(job["snapshots"])).current(_NAME)).entries
    texts = [text for entry in entries for text in (entry.question, *entry.variants)]
    taken = []
    for typed in job["typed"]:
        began = time.perf_counter()
        process.extract(typed, texts, scorer=fuzz.WRatio, limit=TOP)
        taken.append(1000 * (time.perf_counter() - began))
    return {"ms": taken}


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
