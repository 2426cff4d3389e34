"""Evaluation sets: folders with `faq.jsonl` and `queries.jsonl`, and collections derived from them.

A set shows one collection; people's have fewer variants, or none. So that what is learned holds for those
too, each set is also asked with some of its variants taken away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import orjson

from index.build import build
from index.collection import GOLDEN_FILE, Collection, CollectionSettings, load_collection
from index.encoders import PassageEncoder
from index.entry import Entry
from index.judgements import Judgement
from index.snapshot import Snapshot
from index.store import SnapshotStore
from scripts.evaluation.held_out import KnownQueries, with_passages

FAQ_FILE: Final = "faq.jsonl"
QUERIES_FILE: Final = "queries.jsonl"
VARIANTS: Final = (0, 1, 3, 8)
"""Variants an entry keeps, at most, in derived collections."""
MOST_QUERIES: Final = 1200
"""Of a set that are asked: thousands more would only take longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSet:
    """judgements: of the split "test", at most MOST_QUERIES drawn evenly."""

    name: str
    entries: tuple[Entry, ...]
    judgements: tuple[Judgement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A collection and what it is asked. variants: how many an entry kept, None for all."""

    set_name: str
    variants: int | None
    snapshot: Snapshot
    judgements: tuple[Judgement, ...]

    @property
    def name(self) -> str:
        """The set, and how many variants were kept if not all."""
        return self.set_name if self.variants is None else f"{self.set_name}, {self.variants} variants"


def read_sets(folder: Path) -> list[EvaluationSet]:
    """Every set of a folder, by name. Raises FileNotFoundError where there is none."""
    found = sorted(file.parent for file in folder.glob(f"*/{QUERIES_FILE}"))
    if not found:
        raise FileNotFoundError(f"{folder}: no folder in it has a {QUERIES_FILE} beside a {FAQ_FILE}.")
    return [_read_set(path) for path in found]


def sets_of(folder: Path) -> list[EvaluationSet]:
    """The sets of a folder and the bundled ones. Raises ClickException where the folder's can't be read."""
    try:
        return [*read_sets(folder), *bundled_sets()]
    except FileNotFoundError as error:
        raise click.ClickException(f"{error} benchmarks/README.md tells what a set looks like.") from error


def off_topic_held_out() -> list[str]:
    """Questions that hardly any FAQ answers, none of those that builds calibrate with."""
    text = Path(__file__).with_name("off_topic_held_out.txt").read_text("utf-8")
    return [line.strip() for line in text.splitlines() if line.strip()]


def bundled_sets(folder: Path = Path("faq_data")) -> list[EvaluationSet]:
    """The collections of a folder that have a golden set, each as a set."""
    found = [load_collection(folder, path.parent.name) for path in sorted(folder.glob(f"*/{GOLDEN_FILE}"))]
    return [EvaluationSet(name=c.name, entries=c.entries, judgements=c.golden) for c in found]


def _read_set(folder: Path) -> EvaluationSet:
    entries = tuple(
        Entry(
            id=record["id"],
            question=record["question"],
            answer=record["answer"],
            variants=tuple(record["variants"]),
        )
        for record in _records(folder / FAQ_FILE, ("id", "question", "answer", "variants"))
    )
    asked: list[Judgement] = []
    for record in _records(folder / QUERIES_FILE, ("query", "relevant")):
        if record.get("split", "test") != "test":
            continue
        tags = [name for name in ("noisy", "colloquial") if record.get(name)]
        tags += [str(record["oos_type"])] if record.get("oos_type") else []
        asked.append(Judgement(query=record["query"], relevant=tuple(record["relevant"]), tags=tuple(tags)))
    if len(asked) > MOST_QUERIES:
        rows = np.sort(np.random.default_rng(0).choice(len(asked), MOST_QUERIES, replace=False))
        asked = [asked[row] for row in rows]
    return EvaluationSet(name=folder.name, entries=entries, judgements=tuple(asked))


def publish(set_: EvaluationSet, store: SnapshotStore, encoder: PassageEncoder) -> Snapshot:
    """A snapshot of a set, built as any collection is, whose encoder remembers queries."""
    collection = Collection(
        name=set_.name, settings=CollectionSettings(), entries=set_.entries, rejections=(), golden=()
    )
    build(collection, store, encoder)
    snapshot = Snapshot.open(store.current(set_.name))
    return replace(snapshot, encoder=KnownQueries(snapshot.encoder))


def tasks_of(set_: EvaluationSet, snapshot: Snapshot) -> list[Task]:
    """The set itself, and derived from it, where it has variants, collections with fewer of them."""
    tasks = [Task(set_name=set_.name, variants=None, snapshot=snapshot, judgements=set_.judgements)]
    most = max(len(entry.variants) for entry in set_.entries)
    for variants in VARIANTS:
        if variants < most:
            fewer = with_passages(snapshot, _kept(snapshot, variants, seed=variants))
            tasks.append(replace(tasks[0], variants=variants, snapshot=fewer))
    return tasks


def _kept(snapshot: Snapshot, variants: int, *, seed: int) -> Any:
    """All passages but the variants beyond a number, drawn evenly; bool (passages,)."""
    rng = np.random.default_rng(seed)
    kept = np.ones(len(snapshot.passages), dtype=np.bool_)
    rows: dict[int, list[int]] = {}
    for row, passage in enumerate(snapshot.passages):
        if passage.kind == "variant":
            rows.setdefault(passage.entry, []).append(row)
    for held in rows.values():
        kept[rng.permutation(held)[variants:]] = False
    return kept


def _records(file: Path, fields: Sequence[str]) -> Iterator[dict[str, Any]]:
    """JSON objects, one a line. Raises ClickException for a line without one of the fields."""
    for number, line in enumerate(file.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise click.ClickException(f"{file}:{number}: this is no JSON: {error}") from error
        if not isinstance(record, dict) or not record.keys() >= set(fields):
            raise click.ClickException(f"{file}:{number}: a record has {', '.join(fields)}; not this one.")
        yield record
