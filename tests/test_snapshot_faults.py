"""Snapshots whose sums are right and whose content is not, and things that are no files."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from index.encoders.exported import FLOAT32_FILE, Exported
from index.encoders.toy import ToyEncoder
from index.errors import SnapshotDamaged, SnapshotIncompatible
from index.manifest import FORMAT_VERSION
from index.snapshot import Snapshot
from tests.conftest import Publish
from tests.no_files import NO_FILES, hinder

LEXICAL_FILES = tuple(
    f"lexical/{side}/{name}"
    for side in ("question", "answer")
    for name in ("data.csc.index.npy", "params.index.json", "vocab.index.json")
)


@pytest.fixture
def folder(publish: Publish, tmp_path: Path) -> Path:
    """A snapshot that may be written to."""
    copy = tmp_path / "copy"
    shutil.copytree(publish().folder, copy)
    for path in [copy, *copy.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copy


def seal(folder: Path, edit: Callable[[dict[str, Any]], object] = lambda _record: None) -> None:
    """Edit a manifest, with the sums of all its files, and its own, made anew."""
    file = folder / "manifest.json"
    record = orjson.loads(file.read_bytes())
    del record["checksum"]
    for name in record["files"]:
        if (folder / name).is_file():
            content = (folder / name).read_bytes()
            record["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    edit(record)
    record["checksum"] = hashlib.sha256(orjson.dumps(record, option=orjson.OPT_SORT_KEYS)).hexdigest()
    file.write_bytes(orjson.dumps(record))


def replace_line(file: Path, number: int, line: bytes) -> None:
    lines = file.read_bytes().splitlines()
    lines[number - 1] = line
    file.write_bytes(b"\n".join(lines) + b"\n")


class TestContent:
    def test_sealing_again_changes_nothing(self, folder: Path) -> None:
        seal(folder)
        Snapshot.open(folder)

    @pytest.mark.parametrize("name", ["entries.jsonl", "passages.jsonl", "vectors.faiss", *LEXICAL_FILES])
    @pytest.mark.parametrize("gone", [True, False])
    def test_the_formats_own_files_must_be_in_the_manifest(self, folder: Path, name: str, gone: bool) -> None:
        if gone:
            (folder / name).unlink()
        seal(folder, lambda record: record["files"].pop(name))
        with pytest.raises(SnapshotDamaged, match=rf"manifest\.json: expected {name} among its files"):
            Snapshot.open(folder)

    def test_so_must_an_encoders_files(self, folder: Path) -> None:
        seal(folder, lambda record: record["encoder"].update(kind="onnx"))
        with pytest.raises(SnapshotDamaged, match=r"expected encoder/model\.onnx among its files"):
            Snapshot.open(folder)

    @pytest.mark.parametrize(
        "line",
        [
            b"[]",
            b"null",
            b'{"id":"1"}',
            b'{"question":"Why?"}',
            b'{"id":1,"question":"Why?"}',
            b'{"id":"1","question":"Why?","answer":null}',
            b'{"id":"1","question":"Why?","variants":"none"}',
            b'{"id":"1","question":"Why?","tags":[1]}',
            b'{"id":"1","question":"Why?","locale":[]}',
            b"{",
            b"",
            b"\xff",
        ],
    )
    def test_a_line_that_is_no_entry(self, folder: Path, line: bytes) -> None:
        replace_line(folder / "entries.jsonl", 2, line)
        seal(folder)
        with pytest.raises(SnapshotDamaged, match=r"entries\.jsonl:2: expected"):
            Snapshot.open(folder)

    def test_what_a_newer_program_says_of_an_entry_is_ignored(self, folder: Path) -> None:
        file = folder / "entries.jsonl"
        record = orjson.loads(file.read_bytes().splitlines()[1])
        replace_line(file, 2, orjson.dumps({**record, "mood": ["glad"]}))
        seal(folder)
        assert Snapshot.open(folder).entries[1].id == record["id"]

    @pytest.mark.parametrize("number", [1, 2, 7])
    @pytest.mark.parametrize(
        "line",
        [
            b'[0,"question"]',
            b'[0,"question","a","b"]',
            b'["0","question","text"]',
            b'["1","variant","text"]',
            b'[true,"question","text"]',
            b'[1.0,"question","text"]',
            b'[-1,"question","text"]',
            b'[99,"question","text"]',
            b'[0,"title","text"]',
            b'[0,["question"],"text"]',
            b'[0,"question",null]',
            b"{}",
            b"7",
            b"[0,",
        ],
    )
    def test_a_line_that_is_no_passage(self, folder: Path, line: bytes, number: int) -> None:
        replace_line(folder / "passages.jsonl", number, line)
        seal(folder)
        with pytest.raises(SnapshotDamaged, match=rf"passages\.jsonl:{number}: expected"):
            Snapshot.open(folder)

    def test_every_entry_has_passages(self, folder: Path) -> None:
        with (folder / "entries.jsonl").open("ab") as stream:
            stream.write(b'{"id":"more","question":"More?"}\n')
        seal(folder)
        with pytest.raises(
            SnapshotDamaged, match=r"passages\.jsonl: expected passages of 5 entries, found of 4"
        ):
            Snapshot.open(folder)

    def test_every_passage_has_a_vector(self, folder: Path) -> None:
        with (folder / "passages.jsonl").open("ab") as stream:
            stream.write(b'[3,"answer","one more"]\n')
        seal(folder)
        with pytest.raises(SnapshotDamaged, match=r"passages\.jsonl: expected 15 passages"):
            Snapshot.open(folder)

    def test_bm25_of_other_entries(self, folder: Path, publish: Publish) -> None:
        shutil.rmtree(folder / "lexical" / "answer")
        other = publish(publish().entries[:2], "other").folder
        shutil.copytree(other / "lexical" / "answer", folder / "lexical" / "answer")
        seal(folder)
        with pytest.raises(SnapshotDamaged, match="answer: expected 4 documents, found 2"):
            Snapshot.open(folder)

    @pytest.mark.parametrize("content", [b"", b"[]", b"\x93NUMPY"])
    @pytest.mark.parametrize("name", LEXICAL_FILES)
    def test_a_lexical_file_that_is_none(self, folder: Path, name: str, content: bytes) -> None:
        (folder / name).write_bytes(content)
        seal(folder)
        with pytest.raises(SnapshotDamaged, match="expected a BM25 index"):
            Snapshot.open(folder)


class TestManifest:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            *((name, None) for name in ("collection", "generator", "tokenizer", "vectors", "entries")),
            *((name, []) for name in ("agreement", "passages", "calibration", "golden", "title")),
            ("entries", {}),
            ("entries", {"count": "4", "digest": "0"}),
            ("entries", {"count": 4, "digest": None}),
            ("created", None),
            ("answering", None),
            ("answering", []),
            *(("answering", {"min_confidence": value}) for value in ("0.5", True, -0.1, 1.1, [])),
            *(
                ("answering", {"fallback": value})
                for value in ("text", {}, {"text": None}, {"text": "a", "url": 1})
            ),
            ("files", []),
            ("files", {"entries.jsonl": {"bytes": "1", "sha256": "0"}}),
            ("files", {"entries.jsonl": {"bytes": 1, "sha256": None}}),
            ("files", {"entries.jsonl": None}),
            ("files", {"../entries.jsonl": {"bytes": 1, "sha256": "0"}}),
            ("files", {"/etc/passwd": {"bytes": 1, "sha256": "0"}}),
            ("files", {"a\0b": {"bytes": 1, "sha256": "0"}}),
        ],
    )
    def test_a_field_of_the_wrong_type(self, folder: Path, field: str, value: object) -> None:
        seal(folder, lambda record: record.update({field: value}))
        with pytest.raises(SnapshotDamaged, match=r"manifest\.json: expected"):
            Snapshot.open(folder)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("dimension", "256"),
            ("dimension", True),
            ("max_tokens", None),
            ("query_prompt", None),
            ("symmetric", 1),
            ("revision", 7),
            ("kind", ["onnx"]),
        ],
    )
    def test_a_field_of_the_encoder(self, folder: Path, field: str, value: object) -> None:
        seal(folder, lambda record: record["encoder"].update({field: value}))
        with pytest.raises(SnapshotDamaged, match=rf"expected .* as encoder\.{field}"):
            Snapshot.open(folder)

    @pytest.mark.parametrize(("part", "what"), [("vectors", "index"), ("encoder", "encoder")])
    @pytest.mark.parametrize("format_version", [FORMAT_VERSION, FORMAT_VERSION + 1])
    def test_a_kind_that_only_a_newer_program_knows(
        self, folder: Path, part: str, what: str, format_version: int
    ) -> None:
        def edit(record: dict[str, Any]) -> None:
            record.update(format_version=format_version, oldest_readable=1)
            record[part]["kind"] = "novel"

        seal(folder, edit)
        with pytest.raises(SnapshotIncompatible, match=f"an {what} of kind 'novel'.*Upgrade this program"):
            Snapshot.open(folder)

    def test_a_newer_format_that_this_program_reads(self, folder: Path) -> None:
        seal(folder, lambda record: record.update(format_version=FORMAT_VERSION + 1, oldest_readable=1))
        Snapshot.open(folder)


class TestNoFiles:
    @pytest.mark.parametrize("kind", NO_FILES)
    @pytest.mark.parametrize(
        "name", ["manifest.json", "entries.jsonl", "vectors.faiss", "lexical/answer/params.index.json"]
    )
    def test_in_a_snapshot(self, folder: Path, name: str, kind: str) -> None:
        hinder(folder / name, kind)
        with pytest.raises(SnapshotDamaged, match=f"{name}: expected a file, found {NO_FILES[kind]}"):
            Snapshot.open(folder)


class TestExports:
    @pytest.fixture
    def export(self, tmp_path: Path) -> Path:
        for name in ("float32.onnx", "tokenizer.json"):
            (tmp_path / name).write_text(name)
        Exported.seal(tmp_path, replace(ToyEncoder().info, kind="onnx"))
        assert Exported.open(tmp_path)
        return tmp_path

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("files", []),
            ("files", [FLOAT32_FILE]),
            ("files", {}),
            ("files", None),
            ("info", None),
            ("info", []),
        ],
    )
    def test_a_record_that_is_none(self, export: Path, field: str, value: object) -> None:
        file = export / "export.json"
        file.write_bytes(orjson.dumps({**orjson.loads(file.read_bytes()), field: value}))
        assert Exported.open(export) is None

    @pytest.mark.parametrize("content", [b"[]", b"{", b"\xff", b"7"])
    def test_no_record(self, export: Path, content: bytes) -> None:
        (export / "export.json").write_bytes(content)
        assert Exported.open(export) is None

    @pytest.mark.parametrize("kind", NO_FILES)
    @pytest.mark.parametrize("name", ["export.json", "float32.onnx"])
    def test_no_files(self, export: Path, name: str, kind: str) -> None:
        hinder(export / name, kind)
        assert Exported.open(export) is None
