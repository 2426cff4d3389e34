"""manifest.json: what a snapshot is, and the sum of every file in it. Written last."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from index.encoders import EncoderInfo
from index.errors import SnapshotDamaged, SnapshotIncompatible, SnapshotMissing

MANIFEST_FILE: Final = "manifest.json"
FORMAT_VERSION: Final = 1
OLDEST_READABLE: Final = 1
_CHECKSUM: Final = "checksum"


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
    calibration, golden: figures, or empty. files: every other file of the snapshot by its relative path,
    with "/".
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
            record = orjson.loads(file.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            if not folder.is_dir():
                raise SnapshotMissing(
                    f"{folder}: there is no such snapshot. 'faq snapshots list' shows those there are."
                ) from None
            raise SnapshotDamaged(str(file), expected="a manifest", found="no file") from None
        except (OSError, orjson.JSONDecodeError) as error:
            raise SnapshotDamaged(str(file), expected="a manifest", found=str(error)) from error
        _check_format(file, record)
        expected, found = record.pop(_CHECKSUM, "none"), _checksum(record)
        if expected != found:
            raise SnapshotDamaged(str(file), expected=f"checksum {expected}", found=found)
        try:
            return cls(
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
                files={name: FileSum(**value) for name, value in record["files"].items()},
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            found = f"{type(error).__name__}: {error}"
            raise SnapshotDamaged(str(file), expected="a manifest's fields", found=found) from error


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


def _checksum(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(record, option=orjson.OPT_SORT_KEYS)).hexdigest()
