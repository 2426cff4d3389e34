"""The format of snapshots: what is refused, and how it is named."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import orjson
import pytest

from index.answering import Answering
from index.entry import Entry
from index.errors import SnapshotDamaged, SnapshotIncompatible, SnapshotMissing
from index.manifest import FORMAT_VERSION, Manifest
from index.snapshot import Snapshot
from search.engine import SearchEngine
from tests.conftest import SHOP, Publish

FORMAT_1 = Path(__file__).parent / "fixtures" / "snapshot_format_1" / "20260101T000000Z-000000000000"


@pytest.fixture
def folder(publish: Publish, tmp_path: Path) -> Path:
    copy = tmp_path / "copy"
    shutil.copytree(publish().folder, copy)
    for path in copy.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    copy.chmod(0o755)
    return copy


def edit_manifest(folder: Path, **changes: object) -> None:
    file = folder / "manifest.json"
    file.write_bytes(orjson.dumps({**orjson.loads(file.read_bytes()), **changes}))


def test_a_snapshot_opens_anywhere(folder: Path) -> None:
    snapshot = Snapshot.open(folder)
    assert snapshot.entries == SHOP
    assert SearchEngine(snapshot).search("cancel my order").hits[0].entry.id == "cancel"


def test_every_file_is_named_when_a_byte_flips_or_it_is_cut_or_gone(folder: Path) -> None:
    names = [path for path in folder.rglob("*") if path.is_file()]
    assert len(names) > 10
    for file in names:
        content = file.read_bytes()
        for position in {0, len(content) // 2, len(content) - 1}:
            flipped = bytearray(content)
            flipped[position] ^= 0x01
            file.write_bytes(flipped)
            with pytest.raises((SnapshotDamaged, SnapshotIncompatible), match=file.name):
                Snapshot.open(folder)
        file.write_bytes(content[:-1])
        with pytest.raises(SnapshotDamaged, match=file.name):
            Snapshot.open(folder)
        file.unlink()
        with pytest.raises(SnapshotDamaged, match=file.name):
            Snapshot.open(folder)
        file.write_bytes(content)
    Snapshot.open(folder)


def test_a_newer_format_is_refused_with_both_numbers(folder: Path) -> None:
    edit_manifest(folder, format_version=FORMAT_VERSION + 1, oldest_readable=FORMAT_VERSION + 1)
    with pytest.raises(SnapshotIncompatible, match=f"format {FORMAT_VERSION + 1}.*Upgrade") as caught:
        Snapshot.open(folder)
    assert caught.value.found == FORMAT_VERSION + 1


def test_an_older_format_than_is_readable_is_refused(folder: Path) -> None:
    edit_manifest(folder, format_version=0)
    with pytest.raises(SnapshotIncompatible, match="Rebuild"):
        Snapshot.open(folder)


@pytest.mark.parametrize("version", [None, "1", True, 1.5])
def test_a_format_that_is_no_number_is_damage(folder: Path, version: object) -> None:
    edit_manifest(folder, format_version=version)
    with pytest.raises(SnapshotDamaged, match="format_version"):
        Snapshot.open(folder)


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{", b"\xff\xfe"])
def test_a_manifest_that_is_no_manifest_is_damage(folder: Path, content: bytes) -> None:
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(SnapshotDamaged, match=r"manifest\.json"):
        Snapshot.open(folder)


@pytest.mark.parametrize("field", ["title", "encoder", "files"])
def test_a_manifest_that_lacks_a_field_is_damage(folder: Path, field: str) -> None:
    record = orjson.loads((folder / "manifest.json").read_bytes())
    del record[field], record["checksum"]
    record["checksum"] = hashlib.sha256(orjson.dumps(record, option=orjson.OPT_SORT_KEYS)).hexdigest()
    (folder / "manifest.json").write_bytes(orjson.dumps(record))
    with pytest.raises(SnapshotDamaged, match=f"KeyError: '{field}'"):
        Snapshot.open(folder)


def test_a_folder_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SnapshotMissing, match="nowhere"):
        Snapshot.open(tmp_path / "nowhere")


def test_another_tokenizer_is_incompatible_not_silently_wrong(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.tokenizer.VERSION", 999)
    with pytest.raises(SnapshotIncompatible, match="tokenizer"):
        Snapshot.open(folder)


def test_format_1_opens_and_answers() -> None:
    """A snapshot written by the first release. Never build it anew: what was published stays readable."""
    snapshot = Snapshot.open(FORMAT_1)
    assert snapshot.manifest.collection == "shop"
    assert snapshot.entries[0] == Entry.from_dict(SHOP[0].to_dict())
    result = SearchEngine(snapshot).search("cancel my order")
    assert result.hits[0].entry.id == "cancel"


def test_format_1_says_what_it_is() -> None:
    manifest = Manifest.read(FORMAT_1)
    assert manifest.encoder.name == "toy"
    assert manifest.entries["count"] == len(SHOP)
    assert manifest.answering == Answering()  # it was built before there was any
    assert orjson.loads((FORMAT_1 / "manifest.json").read_bytes())["format_version"] == 1
