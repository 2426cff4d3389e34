"""From a collection, or a file of entries, to what the rules look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from index.changes import KnownVectors
from index.collection import SETTINGS_FILE, CollectionSettings, read_sources
from index.encoders import QueryEncoder, Vectors
from index.entry import Entry
from index.errors import SnapshotError, SourceError
from index.progress import Reporter, Silent
from index.snapshot import Snapshot
from index.sources import Parsed, Rejection, read_file
from index.store import SnapshotStore
from search.lint.findings import split_place
from search.lint.subject import Subject, Vectorised
from search.querylog.errors import QueryLogError
from search.querylog.folding import typists
from search.querylog.reading import no_log
from search.querylog.records import LoggedQuery
from search.querylog.store import QueryLog
from search.settings import Settings

DAYS: Final = 28
"""Of the query log that are looked at: four whole weeks."""


def load_subject(
    settings: Settings,
    collection: str | None,
    *,
    file: Path | None = None,
    until: datetime | None = None,
    reporter: Reporter | None = None,
) -> Subject:
    """A collection; or a file of entries, embedded as the collection's snapshot is where one is named.

    until: the end of the period of the query log, by default now. Raises CollectionError, SourceError.
    """
    unchecked: list[str] = []
    if file is not None:
        parsed = _parsed(file)
        name, entries, rejections = str(file), tuple(parsed.entries), tuple(parsed.rejections)
        own = CollectionSettings()
    else:
        sources = read_sources(settings.data_dir, str(collection))
        name, entries, rejections = str(collection), sources.entries, sources.rejections
        own = sources.settings
    snapshot = _snapshot(settings, collection, unchecked)
    queries: Sequence[LoggedQuery] = ()
    if file is None:
        queries = _queries(settings, name, until or datetime.now(UTC), unchecked)
    return make_subject(
        name,
        entries,
        own=own,
        rejections=rejections,
        snapshot=snapshot,
        queries=queries,
        sessions=settings.log_min_sessions,
        unchecked=unchecked,
        reporter=reporter,
    )


def _parsed(file: Path) -> Parsed:
    """Entries without an answer are among the rejections, too, where any has one: else these are questions.

    Raises SourceError.
    """
    parsed = read_file(file, require_answer=False)
    if not parsed.entries:
        raise SourceError(str(file), "there are no entries in it.")
    if not any(entry.answer for entry in parsed.entries):
        return parsed
    unanswered = (entry for entry in parsed.entries if not entry.answer)
    return replace(parsed, rejections=[*parsed.rejections, *map(_unanswered, unanswered)])


def _unanswered(entry: Entry) -> Rejection:
    file, line = split_place(entry.source)
    return Rejection(
        file=file, line=line, reason="the answer is empty", severity="invalid", text=entry.question
    )


def make_subject(
    name: str,
    entries: Sequence[Entry],
    *,
    own: CollectionSettings | None = None,
    rejections: Sequence[Rejection] = (),
    snapshot: Snapshot | None = None,
    queries: Sequence[LoggedQuery] = (),
    sessions: int = 3,
    unchecked: Sequence[str] = (),
    reporter: Reporter | None = None,
) -> Subject:
    """What the rules look at, the same whatever the order of the entries.

    entries, rejections: as they were read. What was refused for its id alone is among the doubled ones.
    """
    entries = (*entries, *(one.doubled for one in rejections if one.doubled))
    first: dict[str, Entry] = {}
    doubled = [(first[e.id], e) for e in entries if first.setdefault(e.id, e) is not e]
    subject = Subject(
        name=name,
        entries=tuple(first[id_] for id_ in sorted(first)),
        settings=own or CollectionSettings(),
        settings_file=f"{name}/{SETTINGS_FILE}",
        rejections=tuple(one for one in rejections if not one.doubled),
        doubled=tuple(doubled),
        queries=queries,
        sessions=sessions,
        unchecked=tuple(unchecked),
    )
    if snapshot is not None:
        # Set once, before anything reads it: the texts to embed are those of the subject itself.
        object.__setattr__(subject, "vectors", _vectors(subject, snapshot, reporter or Silent()))
    return subject


def _snapshot(settings: Settings, collection: str | None, unchecked: list[str]) -> Snapshot | None:
    if collection is None:
        unchecked.append(
            "Nothing is embedded, so near-duplicates were looked for by their words only. Name a published "
            "COLLECTION whose encoder is to be used."
        )
        return None
    try:
        return SnapshotStore(settings.snapshot_dir).open_current(collection, Snapshot.open)
    except SnapshotError as error:
        unchecked.append(
            f"No snapshot of {collection!r} can be opened, so near-duplicates were looked for by their words "
            f"only. Publish one with 'faq rebuild {collection}'. ({error})"
        )
        return None


def _queries(
    settings: Settings, collection: str, until: datetime, unchecked: list[str]
) -> Sequence[LoggedQuery]:
    """The logged queries of a collection; none, with a note, where there is no log."""
    missing = "Entries never shown or always rejected were not looked for."
    if none := no_log(settings):
        unchecked.append(f"{none} {missing}")
        return ()
    try:
        with QueryLog.open(settings.log_url) as log:
            queries = typists(
                log.read(collection=collection, since=until - timedelta(days=DAYS), until=until)
            )
    except QueryLogError as error:
        unchecked.append(f"{error} {missing}")
        return ()
    if not queries:
        unchecked.append(f"The query log has no queries of the last {DAYS} days. {missing}")
    return queries


def _vectors(subject: Subject, snapshot: Snapshot, reporter: Reporter) -> Vectorised:
    """The snapshot's own vectors, and those of texts that it has not, made with its encoder."""
    known = KnownVectors(snapshot.passages, snapshot.vectors.vectors)
    asked = [text for _, text in subject.asked]
    whole = [
        f"{entry.question}\n{answer}" if answer else ""
        for entry, answer in zip(subject.entries, subject.answers, strict=True)
    ]
    texts = [text for text in whole if text] + asked
    missing = known.missing(texts)
    fresh = np.empty((0, snapshot.manifest.encoder.dimension), dtype=np.float32)
    if missing:
        with reporter.bar("embedding", len(missing)) as advance:
            fresh = _encoded(missing, snapshot.encoder, advance)
    held = _unit(known.take(asked, missing, fresh))
    wholes = np.zeros((len(whole), held.shape[1]), dtype=np.float32)
    rows = [row for row, text in enumerate(whole) if text]
    if rows:
        wholes[rows] = _unit(known.take([whole[row] for row in rows], missing, fresh))
    return Vectorised(asked=held, whole=wholes)


def _encoded(texts: Sequence[str], encoder: QueryEncoder, advance: Callable[[int], None]) -> Vectors:
    vectors = np.empty((len(texts), encoder.dimension), dtype=np.float32)
    for row, text in enumerate(texts):
        vectors[row] = encoder.encode_query(text)
        advance(1)
    return vectors


def _unit(vectors: Vectors) -> Vectors:
    """Rows of unit length; those of zeros stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths == 0, 1, lengths), dtype=np.float32)
