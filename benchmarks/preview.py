"""Trying ten edited entries on 10,000 queries, against rebuilding and asking everything of both snapshots."""

from __future__ import annotations

import json
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from benchmarks.figures import Figure, Section, Target
from benchmarks.processes import ROOT, call, faq, timed
from benchmarks.texts import SEED, edited, short_texts
from benchmarks.workplace import SERVED, Workplace
from index.snapshot import Snapshot
from index.store import SnapshotStore
from search.disposable_file import FOLDER
from search.engine import SearchEngine
from search.preview.change import Change
from search.preview.queries import AskedQuery
from search.preview.trial import Trial

CHANGED: Final = 10
QUERIES: Final = 10_000
THREADS: Final = 2
_ROUNDS: Final = 3
_LIMIT: Final = 900.0
_TARGET: Final = Target(bound="at most", limit=10.0, of="value")


def measure(place: Workplace) -> Section:
    """Each trial in a program of its own, whose imports are not counted."""
    count, rounds = (200, 1) if place.quick else (QUERIES, _ROUNDS)
    texts = short_texts(place.collections, count)
    repeated = _repeated(texts, count)
    place.tell(f"the plain way, {count:,} queries")
    plain = _plain(place, texts)
    figures = []
    for name, asked in (("different ones", dict.fromkeys(texts, 1)), ("as people repeat them", repeated)):
        taken: dict[str, list[float]] = {}
        for number in range(rounds):
            place.tell(f"{count:,} queries, {name}: round {number + 1} of {rounds}")
            for state, seconds in _ours(place, asked).items():
                taken.setdefault(state, []).append(seconds)
        figures += [
            Figure(
                name=f"{count:,} queries, {name}, {state}",
                unit="s",
                ours=tuple(seconds),
                baseline=(plain,),
                target=_TARGET,
            )
            for state, seconds in taken.items()
        ]
    return Section(
        title="preview",
        against="faq rebuild of the edited collection, then every query to both snapshots' engine.search",
        figures=tuple(figures),
        notes=(
            f"{CHANGED} edited entries of {SERVED}; rounds: {rounds}; encoding on {THREADS} threads. Cold: "
            "nothing is kept. Vectors kept: those of the queries, as any analysis of the log may leave them. "
            "Warm: the gaps of these queries were found, or another change was tried on them, before.",
            f"as people repeat them: drawn with frequencies of 1/rank, {len(repeated):,} different ones. The "
            "baseline is that of different ones: the plain way asks each as often as it was asked.",
        ),
    )


def _repeated(texts: Sequence[str], count: int) -> dict[str, int]:
    """Texts with how often each was asked, `count` times in all."""
    weights = [1 / rank for rank in range(1, len(texts) + 1)]
    return dict(Counter(random.Random(SEED).choices(texts, weights, k=count)))


def _ours(place: Workplace, asked: dict[str, int]) -> dict[str, float]:
    """Seconds by what was kept."""
    folder = place.snapshots / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    job = {"snapshots": str(place.snapshots), "asked": asked, "edition": 1}
    cold = call("preview", job, place.folder, limit_s=_LIMIT)
    for file in folder.rglob("*.verdicts"):
        file.unlink()
    vectors = call("preview", {**job, "edition": 2}, place.folder, limit_s=_LIMIT)
    warm = call("preview", {**job, "edition": 3}, place.folder, limit_s=_LIMIT)
    return {"cold": cold["seconds"], "vectors kept": vectors["seconds"], "warm": warm["seconds"]}


def _plain(place: Workplace, texts: Sequence[str]) -> float:
    """Seconds of the rebuild, a whole process, and of the searches."""
    published = SnapshotStore(place.snapshots).current(SERVED)
    store, data = place.folder / "plain-way", place.folder / "plain-data"
    shutil.copytree(place.snapshots, store)
    (data / SERVED).mkdir(parents=True)
    entries = edited(Snapshot.open(published).entries, CHANGED, edition=1)
    lines = ({k: v for k, v in entry.to_dict().items() if k != "source"} for entry in entries)
    (data / SERVED / "entries.jsonl").write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    folders = ("--data-dir", str(data), "--snapshot-dir", str(store))
    _, rebuilt = timed(faq("rebuild", SERVED, *folders), place.folder, limit_s=_LIMIT)
    job = {"both": [str(published), str(SnapshotStore(store).current(SERVED))], "texts": list(texts)}
    return float(rebuilt + call("preview", job, place.folder, limit_s=_LIMIT)["seconds"])


def run(job: dict[str, Any]) -> dict[str, float]:
    """The measurement itself, of one trial or of the plain way's searches."""
    began = time.perf_counter()
    if "both" in job:
        for folder in job["both"]:
            engine = SearchEngine(Snapshot.open(Path(folder)))
            for text in job["texts"]:
                engine.search(text)
    else:
        store = SnapshotStore(Path(job["snapshots"]))
        entries = Snapshot.open(store.current(SERVED)).entries
        changed = edited(entries, CHANGED, edition=job["edition"])
        change = Change(entries=tuple(e for e, old in zip(changed, entries, strict=True) if e != old))
        asked = [AskedQuery(text=text, count=count) for text, count in job["asked"].items()]
        began = time.perf_counter()
        Trial(store=store, data_dir=ROOT / "faq_data", threads=THREADS).run(SERVED, change, asked)
    return {"seconds": time.perf_counter() - began}


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
