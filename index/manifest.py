"""manifest.json: what a snapshot is, and the sum of every file in it. Written last."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final

import orjson

from index.answering import Answering
from index.encoders import EncoderInfo
from index.errors import SnapshotDamaged, SnapshotIncompatible, SnapshotMissing
from index.regular_file import NotAFile, open_regular

MANIFEST_FILE: Final = "manifest.json"
FORMAT_VERSION: Final = 1
OLDEST_READABLE: Final = 1
_CHECKSUM: Final = "checksum"
_NAMES: Final = {
    str: "a text",
    int: "an integer",
    bool: "true or false",
    dict: "an object",
    type(None): "null",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSum:
    """bytes: the file's size. sha256: of its content, as hex."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """collection, title: what it is called, and for people. created: in UTC.

    generator: the package and version that built it. encoder: what made the vectors; agreement: how the
    query encoder compares with the model (see index/encoders/agreement.py). tokenizer: its version and
    stemmer. entries: {"count", "digest"}. passages: {kind: count}. vectors: {"kind", "recall_at_10"}.
    calibration: what the confidence is computed with, and its "version"; empty where nothing was calibrated.
    golden: the golden set's "digest" and how it was answered; empty where there is no such set.
    answering: its policy. files: every other file of the snapshot by its relative path, with "/".
    """

    collection: str
    title: str | None
    created: datetime
    generator: str
    encoder: EncoderInfo
    agreement: Mapping[str, Any]
    tokenizer: Mapping[str, Any]
    entries: Mapping[str, Any]
    passages: Mapping[str, int]
    vectors: Mapping[str, Any]
    calibration: Mapping[str, Any] = field(default_factory=dict)
    golden: Mapping[str, Any] = field(default_factory=dict)
    answering: Answering = field(default_factory=Answering)
    files: Mapping[str, FileSum]

    def write(self, folder: Path) -> None:
        """Write it into a folder that holds all other files already."""
        record: dict[str, Any] = {
            "format_version": FORMAT_VERSION,
            "oldest_readable": OLDEST_READABLE,
            "collection": self.collection,
            "title": self.title,
            "created": self.created.astimezone(UTC).isoformat(timespec="seconds"),
            "generator": self.generator,
            "encoder": self.encoder.to_dict(),
            "agreement": self.agreement,
            "tokenizer": self.tokenizer,
            "entries": self.entries,
            "passages": self.passages,
            "vectors": self.vectors,
            "calibration": self.calibration,
            "golden": self.golden,
            "answering": self.answering.to_dict(),
            "files": {name: {"bytes": f.bytes, "sha256": f.sha256} for name, f in sorted(self.files.items())},
        }
        record[_CHECKSUM] = _checksum(record)
        (folder / MANIFEST_FILE).write_bytes(orjson.dumps(record, option=orjson.OPT_INDENT_2))

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read and check a folder's manifest.

        Raises SnapshotMissing (no such folder), SnapshotDamaged (no manifest, or not what was written) or
        SnapshotIncompatible (another format).
        """
        file = folder / MANIFEST_FILE
        try:
            with open_regular(file) as stream:
                record = orjson.loads(stream.read())
        except (FileNotFoundError, NotADirectoryError):
            if not folder.is_dir():
                raise SnapshotMissing(
                    f"{folder}: there is no such snapshot. 'faq snapshots list' shows those there are."
                ) from None
            raise SnapshotDamaged(str(file), expected="a manifest", found="no file") from None
        except NotAFile as error:
            raise SnapshotDamaged(str(file), expected="a file", found=str(error.strerror)) from None
        except (OSError, orjson.JSONDecodeError) as error:
            raise SnapshotDamaged(str(file), expected="a manifest", found=str(error)) from error
        _check_format(file, record)
        expected, found = record.pop(_CHECKSUM, "none"), _checksum(record)
        if expected != found:
            raise SnapshotDamaged(str(file), expected=f"checksum {expected}", found=found)
        try:
            read = cls(
                collection=record["collection"],
                title=record["title"],
                created=datetime.fromisoformat(record["created"]),
                generator=record["generator"],
                encoder=EncoderInfo.from_dict(record["encoder"]),
                agreement=record["agreement"],
                tokenizer=record["tokenizer"],
                entries=record["entries"],
                passages=record["passages"],
                vectors=record["vectors"],
                calibration=record["calibration"],
                golden=record["golden"],
                answering=Answering.from_dict(record.get("answering", {})),  # older ones have none
                files={name: FileSum(**value) for name, value in record["files"].items()},
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            found = f"{type(error).__name__}: {error}"
            raise SnapshotDamaged(str(file), expected="a manifest's fields", found=found) from error
        for name, expected, value in _unfit(read):
            raise SnapshotDamaged(str(file), expected=f"{expected} as {name}", found=ascii(value)[:80])
        return read


def _check_format(file: Path, record: Any) -> None:
    version = record.get("format_version") if isinstance(record, dict) else None
    if not isinstance(version, int) or isinstance(version, bool):
        raise SnapshotDamaged(str(file), expected="an integer format_version", found=repr(version))
    oldest = record.get("oldest_readable", version)
    if OLDEST_READABLE <= version <= FORMAT_VERSION:
        return
    # A newer program says which older formats' readers can still read what it wrote.
    if version > FORMAT_VERSION and isinstance(oldest, int) and oldest <= FORMAT_VERSION:
        return
    newer = version > FORMAT_VERSION
    raise SnapshotIncompatible(
        str(file),
        found=version,
        readable=f"{OLDEST_READABLE} to {FORMAT_VERSION}",
        advice="Upgrade this program." if newer else "Rebuild the collection with 'faq rebuild'.",
    )


def _unfit(manifest: Manifest) -> Iterator[tuple[str, str, object]]:
    """(field, what it should be, what it is) of every field that is not of its type."""
    encoder = manifest.encoder
    for name in ("collection", "generator"):
        yield from _other(name, getattr(manifest, name), str)
    for name in ("agreement", "tokenizer", "entries", "passages", "vectors", "calibration", "golden"):
        yield from _other(name, getattr(manifest, name), dict)
    yield from _other("title", manifest.title, str, type(None))
    yield from _other("entries.count", _value(manifest.entries, "count"), int)
    yield from _other("entries.digest", _value(manifest.entries, "digest"), str)
    for name in ("kind", "name", "fingerprint", "pooling", "precision", "query_prompt", "passage_prompt"):
        yield from _other(f"encoder.{name}", getattr(encoder, name), str)
    for name in ("dimension", "max_tokens"):
        yield from _other(f"encoder.{name}", getattr(encoder, name), int)
    for name in ("normalised", "symmetric"):
        yield from _other(f"encoder.{name}", getattr(encoder, name), bool)
    yield from _other("encoder.revision", encoder.revision, str, type(None))
    for name, sum_ in manifest.files.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\0" in name:
            yield "files", "paths within the snapshot", name
        yield from _other(f"files[{name!a}].bytes", sum_.bytes, int)
        yield from _other(f"files[{name!a}].sha256", sum_.sha256, str)


def _other(name: str, value: object, *types: type) -> Iterator[tuple[str, str, object]]:
    if type(value) not in types:  # not isinstance: a truth value is an integer to Python
        yield name, " or ".join(_NAMES[type_] for type_ in types), value


def _value(record: object, key: str) -> object:
    return record.get(key) if isinstance(record, dict) else None


def _checksum(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(record, option=orjson.OPT_SORT_KEYS)).hexdigest()
