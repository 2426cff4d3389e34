"""The snapshot that a change would result in: in memory, made of the published one as far as it goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

import numpy as np

from index.adaptation import learn
from index.answering import Answering
from index.changes import KnownVectors
from index.collection import entries_digest
from index.encoders import TOY, Vectors
from index.encoders.exported import Exported
from index.entry import Entry
from index.lexical import index_sides
from index.passages import Passage, make_passages
from index.snapshot import Snapshot
from index.vectors import FlatIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """snapshot: as a rebuild would publish it, but for the calibration, which is the published one's: a
    rebuild learns it anew. Its folder is the published one's, and no file of it is this snapshot's.

    embedded: how many texts are new. estimate: whether they were embedded by the query encoder, as the
    model's export is not kept here; a rebuild's vectors differ a little from those.
    """

    snapshot: Snapshot
    embedded: int
    estimate: bool


def make_candidate(
    published: Snapshot, entries: Sequence[Entry], *, exports: Path, answering: Answering | None = None
) -> Candidate:
    """From the entries that there would be, at least one.

    exports: the folder that keeps models' exports (see index/encoders/exported.py). answering: as the
    published snapshot's if left out. Nothing is written.
    """
    entries = tuple(entries)
    passages = tuple(_passages(published, entries))
    texts = [passage.text for passage in passages]
    known = KnownVectors(published.passages, published.vectors.vectors)
    missing = known.missing(texts)
    fresh, estimate = _embed(published, missing, exports)
    vectors = known.take(texts, missing, fresh)
    if published.passages == passages:
        question, answer, adaptation = (
            published.question_lexical,
            published.answer_lexical,
            published.adaptation,
        )
    else:
        question, answer = index_sides(passages, entries=len(entries))
        adaptation = learn(vectors, passages, entries=len(entries))
    manifest = replace(
        published.manifest,
        entries={"count": len(entries), "digest": entries_digest(entries)},
        passages=dict(Counter(passage.kind for passage in passages)),
        answering=answering or published.manifest.answering,
    )
    snapshot = replace(
        published,
        manifest=manifest,
        entries=entries,
        passages=passages,
        vectors=FlatIndex.build(vectors),
        question_lexical=question,
        answer_lexical=answer,
        adaptation=adaptation,
    )
    return Candidate(snapshot=snapshot, embedded=len(missing), estimate=estimate)


def _passages(published: Snapshot, entries: Sequence[Entry]) -> list[Passage]:
    """Those that a build would make; of entries with the same texts, the published ones."""
    from index.markdown import plain  # of the build extra, which a server may lack

    held: dict[tuple[str, tuple[str, ...], str], list[Passage]] = {}
    # Another release may cut answers otherwise.
    if published.manifest.generator == f"faq-search {metadata.version('faq-search')}":
        by_row: list[list[Passage]] = [[] for _ in published.entries]
        for passage in published.passages:
            by_row[passage.entry].append(passage)
        held = {_texts(entry): own for entry, own in zip(published.entries, by_row, strict=True)}
    passages: list[Passage] = []
    for row, entry in enumerate(entries):
        own = held.get(_texts(entry))
        if own is None:
            own = make_passages([entry], plain=plain)
        passages += [Passage(row, passage.kind, passage.text) for passage in own]
    return passages


def _texts(entry: Entry) -> tuple[str, tuple[str, ...], str]:
    return entry.question, entry.variants, entry.answer


def _embed(published: Snapshot, texts: Sequence[str], exports: Path) -> tuple[Vectors, bool]:
    """Vectors of new texts, float32 (n, dimension), and whether they are an estimate.

    A rebuild embeds few new texts with the model's kept export, and so is it done here.
    """
    info = published.manifest.encoder
    if not texts:
        return np.empty((0, info.dimension), dtype=np.float32), False
    kept = Exported.open(exports / info.fingerprint) if info.kind != TOY and info.symmetric else None
    if kept is not None:
        return kept.encode(list(texts)), False
    fresh = np.stack([published.encoder.encode_query(text) for text in texts])
    return fresh, info.kind != TOY
