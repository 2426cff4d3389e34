"""From a collection to a published snapshot.

entries → passages → vectors (those of unchanged texts are used again) → FAISS and BM25
        → query encoder, checked against the model → calibrated, examined → staged, verified, published
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final

import numpy as np

from index import tokenizer
from index.adaptation import learn
from index.changes import Changes, KnownVectors, compare
from index.collection import Collection, entries_digest
from index.encoders import EncoderInfo, PassageEncoder, Vectors, open_query_encoder
from index.encoders.agreement import Agreement, Samples, measure
from index.errors import SnapshotError, SnapshotMissing
from index.examination import Calibration, Examine
from index.judgements import judgements_digest
from index.lexical import index_sides
from index.manifest import FORMAT_VERSION, Manifest
from index.markdown import plain
from index.passages import make_passages
from index.progress import Reporter, Silent
from index.reasons import reasons_to_publish
from index.snapshot import (
    ADAPTATION_FILE,
    ANSWER_LEXICAL,
    ENCODER,
    ENTRIES_FILE,
    PASSAGES_FILE,
    QUESTION_LEXICAL,
    VECTORS_FILE,
    Snapshot,
    file_sums,
    write_lines,
)
from index.store import SnapshotStore
from index.vectors import FlatIndex, measured_recall

KEEP: Final = 10
"""Snapshots of a collection that a build leaves, for going back to."""
_TOLD: Final = {
    "write": "writing",
    "verify": "reading back",
    "sync": "saving to disk",
    "rename": "publishing",
}
SAMPLES: Final = 256
"""Texts of the collection on which the query encoder is compared with the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """What a build did, or would do.

    version: of the snapshot published, or None where nothing was (dry run, nothing changed).
    reasons: why one is published, or would be; none where nothing changed.
    texts: distinct texts of all passages; embedded: how many of them the model had to see.
    damaged: why the published snapshot could not be used again, or None.
    judged_before: how many judgements the snapshot was asked that was published before; 0 where none.
    manifest: that of the snapshot published, or None. pruned: older snapshots that were removed after it.
    seconds: by step.
    """

    collection: str
    version: str | None
    changes: Changes
    reasons: tuple[str, ...]
    texts: int
    embedded: int
    damaged: str | None
    judged_before: int = 0
    manifest: Manifest | None = None
    pruned: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)


def build(
    collection: Collection,
    store: SnapshotStore,
    encoder: PassageEncoder,
    *,
    force: bool = False,
    dry_run: bool = False,
    keep: int = KEEP,
    reporter: Reporter | None = None,
    calibration: Calibration | None = None,
    examine: Examine | None = None,
) -> BuildReport:
    """Build and publish a snapshot of a collection with at least one entry.

    keep: how many snapshots stay, this one included; older ones are removed. calibration, examine: see
    index.examination; examine is asked only where the collection has judgements.

    Nothing is published where the collection, model, release and calibration are those of the published
    snapshot, unless `force`, nor in a `dry_run`, which neither loads the model nor asks `examine`. Raises
    BuildBusy, PublishError, ModelError, or what the encoder, `calibration` and `examine` raise; whatever
    happens, the snapshot that was published still serves.
    """
    if dry_run:
        store.check_pointer(collection.name)
        return _Build(collection, store, encoder, reporter or Silent(), calibration).plan(force=force)
    with store.lock(collection.name):
        build_ = _Build(collection, store, encoder, reporter or Silent(), calibration)
        report = build_.run(force=force, examine=examine)
        if report.version is None:
            return report
        return replace(report, pruned=tuple(store.prune(collection.name, keep=keep)))


class _Build:
    def __init__(
        self,
        collection: Collection,
        store: SnapshotStore,
        encoder: PassageEncoder,
        reporter: Reporter,
        calibration: Calibration | None,
    ) -> None:
        self._collection = collection
        self._store = store
        self._encoder = encoder
        self._reporter = reporter
        self._calibration = calibration
        self._seconds: dict[str, float] = {}
        self._clock = time.perf_counter()
        self._damaged: str | None = None
        self._reasons: tuple[str, ...] = ()
        self._previous = self._open_previous()
        self._passages = make_passages(collection.entries, plain=plain)
        self._texts = [passage.text for passage in self._passages]
        self._changes = compare(self._previous.entries if self._previous else (), collection.entries)
        # Vectors may be used again only where the same encoder made them.
        same = self._previous and self._previous.manifest.encoder.fingerprint == encoder.fingerprint
        self._reusable = self._previous if same else None
        if self._reusable:
            self._known = KnownVectors(self._reusable.passages, self._reusable.vectors.vectors)
        else:
            self._known = KnownVectors((), np.empty((0, 0), dtype=np.float32))
        self._missing = self._known.missing(self._texts)
        self._lap("read")

    def plan(self, *, force: bool) -> BuildReport:
        self._reasons = tuple(self._find_reasons(force=force))
        return self._report(version=None)

    def run(self, *, force: bool, examine: Examine | None) -> BuildReport:
        self._reasons = tuple(self._find_reasons(force=force))
        if not self._reasons:
            return self._report(version=None)
        vectors = self._embed()
        self._lap("embed")
        index = FlatIndex.build(vectors)
        lexical = dict(
            zip(
                (QUESTION_LEXICAL, ANSWER_LEXICAL),
                index_sides(self._passages, entries=len(self._collection.entries)),
                strict=True,
            )
        )
        self._lap("index")
        samples = self._samples(vectors)
        written: list[Snapshot] = []

        def write(stage: Path) -> None:
            write_lines(stage / ENTRIES_FILE, (entry.to_dict() for entry in self._collection.entries))
            write_lines(stage / PASSAGES_FILE, ([p.entry, p.kind, p.text] for p in self._passages))
            index.save(stage / VECTORS_FILE)
            for name, part in lexical.items():
                (stage / name).mkdir(parents=True)
                part.save(stage / name)
            adaptation = learn(vectors, self._passages, entries=len(self._collection.entries))
            adaptation.save(stage / ADAPTATION_FILE)
            (stage / ENCODER).mkdir()
            info, agreement = self._write_encoder(stage / ENCODER, samples)
            self._manifest(stage, info, agreement, recall=measured_recall(index)).write(stage)
            self._lap("encoder")
            # Held until it was verified, so that its encoder is loaded once.
            written.append(self._examined(Snapshot.open(stage), examine))

        version = self._store.publish(
            self._collection.name,
            content_hash=self._content_hash(),
            write=write,
            verify=lambda stage: self._verify(stage, vectors, written[0].manifest),
            on_step=self._tell,
        )
        self._lap("publish")
        return self._report(version=version, manifest=written[0].manifest)

    def _examined(self, snapshot: Snapshot, examine: Examine | None) -> Snapshot:
        """A staged snapshot, calibrated and examined, with that in its manifest."""
        if self._calibration:
            self._reporter.step("calibrating the confidence")
            made = {
                **self._calibration.make(snapshot, self._collection),
                "version": self._calibration.version,
            }
            snapshot = replace(snapshot, manifest=replace(snapshot.manifest, calibration=made))
            self._lap("calibrate")
        if examine and self._collection.golden:
            golden = {**snapshot.manifest.golden, **examine(snapshot, self._previous)}
            snapshot = replace(snapshot, manifest=replace(snapshot.manifest, golden=golden))
            self._lap("examine")
        snapshot.manifest.write(snapshot.folder)
        return snapshot

    def _tell(self, step: str) -> None:
        text = _TOLD.get(step)
        if text:
            self._reporter.step(text)

    def _open_previous(self) -> Snapshot | None:
        try:
            return self._store.open_current(self._collection.name, Snapshot.open)
        except SnapshotMissing:
            return None
        except SnapshotError as error:  # it can't be used again, but a rebuild mends it
            self._damaged = str(error)
            return None

    def _find_reasons(self, *, force: bool) -> Iterator[str]:
        """Why to publish; none where nothing changed."""
        if force:
            yield "it is forced"
        if self._previous is None:
            yield "the published snapshot can't be used" if self._damaged else "nothing is published yet"
            return
        yield from reasons_to_publish(
            self._collection,
            self._previous.manifest,
            self._changes,
            same_model=self._reusable is not None,
            generator=_generator(),
            calibration=self._calibration.version if self._calibration else None,
        )

    def _embed(self) -> Vectors:
        fresh = np.empty((0, 0), dtype=np.float32)
        if self._missing:
            with self._reporter.bar("embedding", len(self._missing)) as advance:
                fresh = self._encoder.encode_passages(
                    self._missing, progress=advance, known=self._reusable is not None
                )
        return self._known.take(self._texts, self._missing, fresh)

    def _samples(self, vectors: Vectors) -> Samples:
        """Question texts, chosen by their hash: an edit elsewhere doesn't change which ones."""
        rows = {p.text: row for row, p in enumerate(self._passages) if p.kind in ("question", "variant")}
        texts = sorted(rows, key=lambda text: hashlib.sha256(text.encode()).digest())[:SAMPLES]
        passages = vectors[[rows[text] for text in texts]]
        info = self._reusable.manifest.encoder if self._reusable else self._encoder.info
        queries = passages if info.symmetric else self._encoder.encode_queries(texts)
        return Samples(texts=tuple(texts), queries=queries, passages=passages)

    def _write_encoder(self, folder: Path, samples: Samples) -> tuple[EncoderInfo, Agreement]:
        if self._reusable:
            for name in self._reusable.manifest.files:
                if name.startswith(f"{ENCODER}/"):
                    shutil.copyfile(self._reusable.folder / name, folder / Path(name).name)
            info = self._reusable.manifest.encoder
            agreement = measure(self._reusable.encoder, samples)
            if agreement.sufficient or info.precision == "float32":
                return info, agreement
            for file in folder.iterdir():
                file.unlink()
        self._reporter.step("exporting the query encoder")
        info = self._encoder.export_query_encoder(folder, samples=samples)
        return info, measure(open_query_encoder(info, folder, content=str(folder)), samples)

    def _manifest(self, stage: Path, info: EncoderInfo, agreement: Agreement, *, recall: float) -> Manifest:
        return Manifest(
            collection=self._collection.name,
            title=self._collection.settings.title,
            created=datetime.now(UTC).replace(microsecond=0),
            generator=_generator(),
            encoder=info,
            agreement=agreement.to_dict(),
            tokenizer={"version": tokenizer.VERSION, "stemmer": tokenizer.STEMMER},
            entries={
                "count": len(self._collection.entries),
                "digest": entries_digest(self._collection.entries),
            },
            passages=dict(Counter(passage.kind for passage in self._passages)),
            vectors={"kind": FlatIndex.kind, "recall_at_10": round(recall, 6)},
            golden={"digest": digest} if (digest := judgements_digest(self._collection.golden)) else {},
            answering=self._collection.settings.answering,
            files=file_sums(stage),
        )

    def _verify(self, stage: Path, vectors: Vectors, manifest: Manifest) -> None:
        """Read the stage back as a server would, and compare with what is in memory."""
        snapshot = Snapshot.open(stage)
        intact = (
            snapshot.manifest == manifest
            and snapshot.entries == self._collection.entries
            and list(snapshot.passages) == self._passages
            and np.array_equal(snapshot.vectors.vectors, vectors)
        )
        if not intact:
            raise SnapshotError(
                f"{stage}: what was read back is not what was written. Nothing was published."
            )

    def _content_hash(self) -> str:
        parts = (
            str(FORMAT_VERSION),
            str(tokenizer.VERSION),
            self._encoder.fingerprint,
            entries_digest(self._collection.entries),
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _lap(self, step: str) -> None:
        now = time.perf_counter()
        self._seconds[step], self._clock = round(now - self._clock, 3), now

    def _report(self, *, version: str | None, manifest: Manifest | None = None) -> BuildReport:
        return BuildReport(
            collection=self._collection.name,
            version=version,
            changes=self._changes,
            reasons=self._reasons,
            texts=len(set(self._texts)),
            embedded=len(self._missing),
            damaged=self._damaged,
            judged_before=self._previous.manifest.golden.get("judgements", 0) if self._previous else 0,
            manifest=manifest,
            seconds=dict(self._seconds),
        )


def _generator() -> str:
    return f"faq-search {metadata.version('faq-search')}"
