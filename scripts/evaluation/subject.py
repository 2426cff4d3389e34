"""What is evaluated: a snapshot and the judgements to ask it, from files or as published."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection as Ids
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from index.collection import GOLDEN_FILE, SHOWN, Collection, CollectionSettings
from index.counting import counted
from index.encoders import EXPORTS, open_passage_encoder
from index.entry import Entry
from index.errors import CollectionError, SourceError
from index.judgements import EXAMPLE, Judgement, judgements_digest, load_judgements
from index.manifest import Manifest
from index.progress import Reporter
from index.snapshot import Snapshot
from index.sources import Rejection, read_file
from index.store import SnapshotStore
from scripts.evaluation.building import build_gated

NAME: Final = "evaluation"
"""Of the collection that is built from a file of entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What files hold: at least one entry, at least one judgement, and judgements to calibrate with."""

    entries: Sequence[Entry]
    judgements: Sequence[Judgement]
    golden: Sequence[Judgement]
    about: dict[str, str | int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """about: what it is, by name. judgements: at least one."""

    snapshot: Snapshot
    judgements: Sequence[Judgement]
    about: dict[str, str | int | None]


def read_files(entries: Path, queries: Path, *, golden: Path | None) -> Files:
    """golden: judgements that the confidence is calibrated with.

    What the file of entries holds beside entries is told. Raises SourceError where a file is no good.
    """
    parsed = read_file(entries, require_answer=False)
    tell_rejections(parsed.rejections)
    if not parsed.entries:
        advice = 'Write lines such as {"id": "tracking", "question": "Where is my parcel?", "answer": "…"}.'
        raise SourceError(str(entries), "there are no entries in it.", advice=advice)
    ids = {entry.id for entry in parsed.entries}
    judgements = _judgements(queries, ids=ids)
    known = _judgements(golden, ids=ids) if golden else ()
    seen = {judgement.query.casefold() for judgement in known}
    repeated = sum(judgement.query.casefold() in seen for judgement in judgements)
    if repeated:
        stand = f"{counted(repeated, 'query stands', 'queries stand')} in {golden} as well"
        click.echo(f"Warning: {stand}, so the figures flatter.", err=True)
    return Files(
        entries=parsed.entries,
        judgements=judgements,
        golden=known,
        about={
            "entries": str(entries),
            "queries": str(queries),
            "golden": str(golden) if golden else None,
            "golden_repeated": repeated if golden else None,
        },
    )


@contextmanager
def built(files: Files, *, model: str, exports: Path, reporter: Reporter) -> Iterator[Subject]:
    """Build a snapshot as `faq rebuild` does, in a temporary folder that is removed at the end.

    exports: a folder of kept exports, used where there is one, as making an export takes long.
    """
    with tempfile.TemporaryDirectory(prefix="faq-evaluate-") as folder:
        store = SnapshotStore(Path(folder))
        kept = exports.is_dir() and os.access(exports, os.W_OK)
        collection = Collection(
            name=NAME,
            settings=CollectionSettings(),
            entries=tuple(files.entries),
            rejections=(),
            golden=tuple(files.golden),
        )
        encoder = open_passage_encoder(model, cache=exports if kept else store.root / EXPORTS)
        build_gated(collection, store, encoder, reporter=reporter)
        snapshot = store.open_current(NAME, Snapshot.open)
        yield Subject(
            snapshot=snapshot, judgements=files.judgements, about={**files.about, **_describe(snapshot)}
        )


def published(store: SnapshotStore, collection: str, *, data_dir: Path, queries: Path | None) -> Subject:
    """The serving snapshot, and the collection's golden set, or other judgements of its entries.

    Raises CollectionError where there is no golden set, SnapshotMissing where nothing is published.
    """
    snapshot = store.open_current(collection, Snapshot.open)
    file = queries or data_dir / collection / GOLDEN_FILE
    if queries is None and not file.exists():
        raise CollectionError(
            f"{collection!r} has no golden set to be evaluated by. Write {file} with a line for each query, "
            f"such as {EXAMPLE}, the ids being those of the entries that answer it, and none in [] where no "
            "entry does; or name another file with --queries."
        )
    judgements = _judgements(file, ids={entry.id for entry in snapshot.entries})
    about: dict[str, str | int | None] = {"collection": collection, "snapshot": snapshot.version}
    if calibrated_with(snapshot.manifest, judgements):
        about["golden_repeated"] = len(judgements)
        click.echo(
            f"Warning: the snapshot was calibrated with {file} at hand, so its confidence looks better here.",
            err=True,
        )
    return Subject(
        snapshot=snapshot,
        judgements=judgements,
        about={**about, "queries": str(file), **_describe(snapshot)},
    )


def calibrated_with(manifest: Manifest, judgements: Sequence[Judgement]) -> bool:
    """Whether these very judgements were the golden set when a snapshot's confidence was calibrated."""
    digest = manifest.golden.get("digest")
    return bool(manifest.calibration) and digest is not None and digest == judgements_digest(judgements)


def _judgements(file: Path, *, ids: Ids[str]) -> tuple[Judgement, ...]:
    judgements = load_judgements(file, ids=ids, allow_repeats=True)
    if not judgements:
        raise SourceError(str(file), "there are no judgements in it.", advice=f"Give one a line: {EXAMPLE}")
    return judgements


def _describe(snapshot: Snapshot) -> dict[str, str | int | None]:
    manifest = snapshot.manifest
    return {
        "entry_count": len(snapshot.entries),
        "model": manifest.encoder.name,
        "precision": manifest.encoder.precision,
        "generator": manifest.generator,
    }


def tell_rejections(rejections: Sequence[Rejection]) -> None:
    """What a file of entries holds and the evaluation goes on without."""
    for rejection in rejections[:SHOWN]:
        click.echo(f"  {rejection.file}:{rejection.line}: {rejection.reason}", err=True)
    if len(rejections) > SHOWN:
        click.echo(f"  … and {len(rejections) - SHOWN} more", err=True)
