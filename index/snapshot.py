"""A snapshot: an immutable build of a collection, complete in itself.

    manifest.json        what it is, and the sum of every file
    entries.jsonl        the entries, in the order of their rows
    passages.jsonl       [entry row, kind, text] a line, in the order of the vectors' rows
    vectors.faiss        the passages' vectors
    lexical/question/    BM25 over each entry's question and variants
    lexical/answer/      BM25 over each entry's answer
    adaptation.npz       the metric that the variants taught; older snapshots have none
    encoder/             the query encoder: model.onnx and tokenizer.json (nothing for the toy encoder)

Everything is plain JSON, NumPy arrays without objects, FAISS or ONNX: nothing is unpickled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from index import tokenizer
from index.adaptation import Adaptation
from index.checksum import sha256_of
from index.encoders import TOY, QueryEncoder, open_query_encoder
from index.entry import Entry
from index.errors import SnapshotDamaged, SnapshotIncompatible
from index.lexical import LexicalIndex
from index.manifest import MANIFEST_FILE, FileSum, Manifest
from index.passages import Passage
from index.snapshot_lines import read_entries, read_passages
from index.vectors import FLAT, FlatIndex, VectorIndex

ENTRIES_FILE: Final = "entries.jsonl"
PASSAGES_FILE: Final = "passages.jsonl"
VECTORS_FILE: Final = "vectors.faiss"
QUESTION_LEXICAL: Final = "lexical/question"
ANSWER_LEXICAL: Final = "lexical/answer"
ADAPTATION_FILE: Final = "adaptation.npz"
ENCODER: Final = "encoder"
ONNX: Final = "onnx"
_ENCODER_FILES: Final = ("model.onnx", "tokenizer.json")
_LEXICAL_FILES: Final = (
    "data.csc.index.npy",
    "indices.csc.index.npy",
    "indptr.csc.index.npy",
    "params.index.json",
    "vocab.index.json",
)


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Snapshot:
    """An open snapshot; passages are grouped by entry. version: the folder's name."""

    folder: Path
    manifest: Manifest
    entries: tuple[Entry, ...]
    passages: tuple[Passage, ...]
    vectors: VectorIndex
    question_lexical: LexicalIndex
    answer_lexical: LexicalIndex
    adaptation: Adaptation | None = None
    encoder: QueryEncoder

    @property
    def collection(self) -> str:
        """The collection that it is a build of."""
        return self.manifest.collection

    @property
    def version(self) -> str:
        """The name that it was published under."""
        return self.folder.name

    @classmethod
    def open(cls, folder: Path) -> Snapshot:
        """Open a snapshot after comparing every file with the manifest.

        Raises SnapshotMissing, SnapshotDamaged or SnapshotIncompatible.
        """
        manifest = Manifest.read(folder)
        _check_kinds(folder, manifest)
        for damage in damages(folder, manifest):
            raise damage
        found = manifest.tokenizer.get("version")
        if found != tokenizer.VERSION:
            raise SnapshotIncompatible(
                str(folder / MANIFEST_FILE),
                found=f"tokenizer {found}",
                readable=f"tokenizer {tokenizer.VERSION}",
                advice="Rebuild the collection with 'faq rebuild'.",
            )
        vectors = FlatIndex.open(folder / VECTORS_FILE, dimension=manifest.encoder.dimension)
        entries = tuple(read_entries(folder / ENTRIES_FILE))
        passages = tuple(read_passages(folder / PASSAGES_FILE, entries=len(entries)))
        if len(passages) != len(vectors.vectors):
            raise SnapshotDamaged(
                str(folder / PASSAGES_FILE),
                expected=f"{len(vectors.vectors)} passages, one a vector",
                found=str(len(passages)),
            )
        lexical = {name: LexicalIndex.open(folder / name) for name in (QUESTION_LEXICAL, ANSWER_LEXICAL)}
        for name, index in lexical.items():
            if index.documents != len(entries):
                raise SnapshotDamaged(
                    str(folder / name), expected=f"{len(entries)} documents", found=str(index.documents)
                )
        adaptation = None
        if ADAPTATION_FILE in manifest.files:
            adaptation = Adaptation.open(
                folder / ADAPTATION_FILE, dimension=manifest.encoder.dimension, entries=len(entries)
            )
        content = "/".join(f.sha256 for name, f in sorted(manifest.files.items()) if name.startswith(ENCODER))
        return cls(
            folder=folder,
            manifest=manifest,
            entries=entries,
            passages=passages,
            vectors=vectors,
            question_lexical=lexical[QUESTION_LEXICAL],
            answer_lexical=lexical[ANSWER_LEXICAL],
            adaptation=adaptation,
            encoder=open_query_encoder(manifest.encoder, folder / ENCODER, content=content),
        )


def damages(folder: Path, manifest: Manifest) -> Iterator[SnapshotDamaged]:
    """Every file of a folder that is not what the manifest says; none where all is well."""
    for name in _needed(manifest):
        if name not in manifest.files:
            yield SnapshotDamaged(
                str(folder / MANIFEST_FILE), expected=f"{name} among its files", found="no such entry"
            )
    for name, expected in manifest.files.items():
        file = folder / name
        try:
            sum_ = sha256_of(file)
            size = file.stat().st_size
        except OSError as error:
            yield SnapshotDamaged(str(file), expected="a file", found=error.strerror or str(error))
            continue
        if size != expected.bytes:
            yield SnapshotDamaged(str(file), expected=f"{expected.bytes} bytes", found=f"{size} bytes")
        elif sum_ != expected.sha256:
            yield SnapshotDamaged(str(file), expected=f"sha256 {expected.sha256}", found=sum_)


def file_sums(folder: Path) -> dict[str, FileSum]:
    """The size and sum of every file in a folder but the manifest, by relative path."""
    return {
        file.relative_to(folder).as_posix(): FileSum(bytes=file.stat().st_size, sha256=sha256_of(file))
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != MANIFEST_FILE
    }


def write_lines(file: Path, records: Iterator[Any]) -> None:
    """Write JSON lines."""
    with file.open("wb") as stream:
        stream.writelines(orjson.dumps(record) + b"\n" for record in records)


def _needed(manifest: Manifest) -> Iterator[str]:
    """The files without which no snapshot of these kinds can be opened."""
    yield from (ENTRIES_FILE, PASSAGES_FILE)
    if manifest.vectors.get("kind") == FLAT:
        yield VECTORS_FILE
    for folder in (QUESTION_LEXICAL, ANSWER_LEXICAL):
        yield from (f"{folder}/{name}" for name in _LEXICAL_FILES)
    if manifest.encoder.kind == ONNX:
        yield from (f"{ENCODER}/{name}" for name in _ENCODER_FILES)


def _check_kinds(folder: Path, manifest: Manifest) -> None:
    """An unknown kind is no damage: a newer program knows more of them than this one."""
    for what, kind, known in (
        ("index", manifest.vectors.get("kind"), (FLAT,)),
        ("encoder", manifest.encoder.kind, (ONNX, TOY)),
    ):
        if kind not in known:
            raise SnapshotIncompatible(
                str(folder / MANIFEST_FILE),
                found=f"with an {what} of kind {kind!a}",
                readable=f"those of kind {' or '.join(known)}",
                advice="Upgrade this program, or rebuild the collection with 'faq rebuild'.",
            )
