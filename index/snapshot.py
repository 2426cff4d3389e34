"""A snapshot: an immutable build of a collection, complete in itself.

    manifest.json        what it is, and the sum of every file
    entries.jsonl        the entries, in the order of their rows
    passages.jsonl       [entry row, kind, text] a line, in the order of the vectors' rows
    vectors.faiss        the passages' vectors
    lexical/question/    BM25 over each entry's question and variants
    lexical/answer/      BM25 over each entry's answer
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
from index.checksum import sha256_of
from index.encoders import QueryEncoder, open_query_encoder
from index.entry import Entry
from index.errors import SnapshotDamaged, SnapshotIncompatible
from index.lexical import LexicalIndex
from index.manifest import MANIFEST_FILE, FileSum, Manifest
from index.passages import KINDS, Passage
from index.vectors import FLAT, FlatIndex, VectorIndex

ENTRIES_FILE: Final = "entries.jsonl"
PASSAGES_FILE: Final = "passages.jsonl"
VECTORS_FILE: Final = "vectors.faiss"
QUESTION_LEXICAL: Final = "lexical/question"
ANSWER_LEXICAL: Final = "lexical/answer"
ENCODER: Final = "encoder"


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
        if manifest.vectors.get("kind") != FLAT:
            kind = manifest.vectors.get("kind")
            raise SnapshotDamaged(
                str(folder / VECTORS_FILE), expected=f"an index of kind {FLAT}", found=str(kind)
            )
        vectors = FlatIndex.open(folder / VECTORS_FILE, dimension=manifest.encoder.dimension)
        entries = tuple(Entry.from_dict(record) for record in _lines(folder / ENTRIES_FILE))
        passages = tuple(_passage(folder, record) for record in _lines(folder / PASSAGES_FILE))
        if len(passages) != len(vectors.vectors):
            raise SnapshotDamaged(
                str(folder / PASSAGES_FILE),
                expected=f"{len(vectors.vectors)} passages, one a vector",
                found=str(len(passages)),
            )
        if passages and passages[-1].entry >= len(entries):  # they are grouped by entry, in order
            raise SnapshotDamaged(
                str(folder / ENTRIES_FILE),
                expected=f"at least {passages[-1].entry + 1} entries",
                found=str(len(entries)),
            )
        content = "/".join(f.sha256 for name, f in sorted(manifest.files.items()) if name.startswith(ENCODER))
        return cls(
            folder=folder,
            manifest=manifest,
            entries=entries,
            passages=passages,
            vectors=vectors,
            question_lexical=LexicalIndex.open(folder / QUESTION_LEXICAL),
            answer_lexical=LexicalIndex.open(folder / ANSWER_LEXICAL),
            encoder=open_query_encoder(manifest.encoder, folder / ENCODER, content=content),
        )


def damages(folder: Path, manifest: Manifest) -> Iterator[SnapshotDamaged]:
    """Every file of a folder that is not what the manifest says; none where all is well."""
    for name, expected in manifest.files.items():
        file = folder / name
        try:
            found = FileSum(bytes=file.stat().st_size, sha256="" if file.is_dir() else sha256_of(file))
        except OSError as error:
            yield SnapshotDamaged(str(file), expected="a file", found=error.strerror or str(error))
            continue
        if found.bytes != expected.bytes:
            sizes = (f"{expected.bytes} bytes", f"{found.bytes} bytes")
            yield SnapshotDamaged(str(file), expected=sizes[0], found=sizes[1])
        elif found.sha256 != expected.sha256:
            sums = (f"sha256 {expected.sha256}", found.sha256)
            yield SnapshotDamaged(str(file), expected=sums[0], found=sums[1])


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


def _lines(file: Path) -> Iterator[Any]:
    # Line by line, because a server opens snapshots while it answers: one long call would hold the
    # interpreter for as long as it takes.
    with file.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                yield orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise SnapshotDamaged(f"{file}:{number}", expected="JSON", found=str(error)) from error


def _passage(folder: Path, record: Any) -> Passage:
    entry, kind, text = record
    if kind not in KINDS:
        raise SnapshotDamaged(
            str(folder / PASSAGES_FILE), expected=f"a kind of {', '.join(KINDS)}", found=kind
        )
    return Passage(entry, kind, text)
