"""`faq snapshots`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from index.build import build
from index.collection import Collection
from index.encoders.toy import ToyEncoder
from index.entry import Entry
from index.manifest import MANIFEST_FILE
from index.settings_file import CollectionSettings
from index.store import SnapshotStore
from scripts import cli


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


class Faq:
    """Runs `faq snapshots` as a person does, on a store of its own."""

    def __init__(
        self, root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.store = SnapshotStore(root)
        self._capsys, self._monkeypatch = capsys, monkeypatch
        monkeypatch.setenv("FAQ_SNAPSHOT_DIR", str(root))

    def __call__(self, *arguments: str) -> Done:
        self._monkeypatch.setattr("sys.argv", ["faq", "snapshots", *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        out, err = self._capsys.readouterr()
        return Done(int(caught.value.code or 0), out, err)

    def publish(self, count: int, *, collection: str = "shop") -> str:
        """Publish a build of so many entries under a collection's name; returns its version."""
        entries = tuple(
            Entry(id=str(number), question=f"Question {number}?", answer="Yes.") for number in range(count)
        )
        built = Collection(
            name=collection, settings=CollectionSettings(), entries=entries, rejections=(), golden=()
        )
        build(built, self.store, ToyEncoder(), force=True)
        return self.store.current_version(collection)


@pytest.fixture
def faq(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Faq:
    monkeypatch.chdir(tmp_path)
    return Faq(tmp_path / "snapshots", capsys, monkeypatch)


def lose(file: Path) -> None:
    file.unlink()


class TestNothingThere:
    @pytest.mark.parametrize("arguments", [["list"], ["verify"]])
    def test_nothing_is_published(self, faq: Faq, arguments: list[str]) -> None:
        done = faq(*arguments)
        assert done.code == 1
        assert done.err.startswith("Error: Nothing is published in ")
        assert "faq rebuild" in done.err

    @pytest.mark.parametrize("arguments", [["list"], ["verify"], ["rollback"], ["prune", "--keep", "1"]])
    def test_nothing_of_that_name_and_none_is_made(self, faq: Faq, arguments: list[str]) -> None:
        done = faq(arguments[0], "toys", *arguments[1:])
        assert done.code == 1
        assert "Nothing is published of 'toys'" in done.err
        assert not faq.store.root.exists()

    def test_a_bad_name(self, faq: Faq) -> None:
        done = faq("list", "../etc")
        assert done.code == 2
        assert "is not the name of a collection" in done.err


class TestList:
    def test_versions_oldest_first_and_which_serves(self, faq: Faq) -> None:
        first, second = faq.publish(2), faq.publish(3)
        lines = faq("list").out.splitlines()
        assert lines[0] == "shop"
        assert [line.split()[0] for line in lines[1:]] == [first, "*"]
        assert second in lines[2]
        assert "3 entries" in lines[2]
        assert "MB  toy float32" in lines[2]

    def test_json(self, faq: Faq) -> None:
        other, version = faq.publish(1, collection="other"), faq.publish(2)
        rows = json.loads(faq("list", "--json").out)
        assert [(row["collection"], row["version"]) for row in rows] == [("other", other), ("shop", version)]
        (row,) = json.loads(faq("list", "shop", "--json").out)
        size = sum(file.stat().st_size for file in faq.store.current("shop").rglob("*.*"))
        size -= (faq.store.current("shop") / MANIFEST_FILE).stat().st_size
        assert row.pop("created").startswith(f"{version[:4]}-{version[4:6]}-{version[6:8]}T")
        assert row == {
            "collection": "shop",
            "version": version,
            "current": True,
            "bytes": size,
            "entries": 2,
            "encoder": "toy",
            "precision": "float32",
            "damage": None,
        }

    def test_damaged_ones_are_shown_as_such(self, faq: Faq) -> None:
        first, second, third = faq.publish(1), faq.publish(2), faq.publish(3)
        lose(faq.store.folder("shop", first) / MANIFEST_FILE)
        lose(faq.store.folder("shop", second) / "entries.jsonl")
        done = faq("list")
        assert done.code == 0
        assert [("damaged" in line) for line in done.out.splitlines()] == [False, True, True, False]
        assert third in done.out
        rows = json.loads(faq("list", "--json").out)
        assert [row["entries"] for row in rows] == [None, 2, 3]
        assert MANIFEST_FILE in rows[0]["damage"]
        assert "entries.jsonl" in rows[1]["damage"]

    @pytest.mark.parametrize("content", ["\x1b[2J\n", "20260131T120000Z-0123456789ab\n"])
    def test_a_pointer_that_leads_nowhere(self, faq: Faq, content: str) -> None:
        version = faq.publish(1)
        faq.store.pointer("shop").write_text(content)
        done = faq("list")
        assert done.code == 0
        assert version in done.out
        assert "*" not in done.out
        assert "\x1b" not in done.out
        assert "  ! " in done.out


class TestVerify:
    def test_sound(self, faq: Faq) -> None:
        first, second, other = faq.publish(1), faq.publish(2), faq.publish(1, collection="other")
        done = faq("verify")
        assert done.code == 0
        assert done.out.splitlines() == [
            f"other {other}: sound",
            f"shop {first}: sound",
            f"shop {second}: sound",
        ]
        assert faq("verify", "shop", first).out.splitlines() == [f"shop {first}: sound"]

    def test_every_damage_is_named(self, faq: Faq) -> None:
        first, second = faq.publish(1), faq.publish(2)
        folder = faq.store.folder("shop", first)
        lose(folder / "entries.jsonl")
        for name, content in (
            ("passages.jsonl", b""),
            ("vectors.faiss", (folder / "vectors.faiss").read_bytes()),
        ):
            lose(folder / name)
            (folder / name).write_bytes(content[:-1] + b"\xff" if content else content)
        done = faq("verify", "shop")
        assert done.code == 1
        assert f"shop {first}: {folder / 'entries.jsonl'}: expected a file, found No such file" in done.out
        assert "passages.jsonl: expected " in done.out
        assert "bytes, found 0 bytes" in done.out
        assert "vectors.faiss: expected sha256 " in done.out
        assert f"shop {second}: sound" in done.out
        assert "Rebuild the collection" in done.err
        assert faq("verify", "shop", second).code == 0
        assert faq("verify", "shop", first).code == 1

    def test_the_pointer_counts(self, faq: Faq) -> None:
        faq.publish(1)
        faq.store.pointer("shop").write_text("junk")
        done = faq("verify")
        assert done.code == 1
        assert "CURRENT: expected the name of a version, found 'junk'" in done.out

    def test_no_such_version(self, faq: Faq) -> None:
        faq.publish(1)
        done = faq("verify", "shop", "nope")
        assert done.code == 1
        assert "has no version 'nope'" in done.err


class TestRollback:
    def test_one_back_at_a_time_and_forth_by_name(self, faq: Faq) -> None:
        versions = [faq.publish(count) for count in (1, 2, 3)]
        for expected in (versions[1], versions[0]):
            done = faq("rollback", "shop")
            assert done.code == 0
            assert f"shop: {expected} serves now" in done.out
            assert faq.store.current_version("shop") == expected
        done = faq("rollback", "shop")
        assert done.code == 1
        assert "no version before" in done.err
        assert faq("rollback", "shop", versions[2]).code == 0
        assert faq.store.current_version("shop") == versions[2]

    @pytest.mark.parametrize("named", [True, False])
    def test_a_damaged_one_is_refused(self, faq: Faq, named: bool) -> None:
        first, second = faq.publish(1), faq.publish(2)
        lose(faq.store.folder("shop", first) / "vectors.faiss")
        done = faq("rollback", "shop", *([first] if named else []))
        assert done.code == 1
        assert "vectors.faiss" in done.err
        assert faq.store.current_version("shop") == second

    def test_a_snapshot_of_another_collection_is_refused(self, faq: Faq) -> None:
        version = faq.publish(2, collection="other")
        faq.publish(1)
        faq.store.folder("other", version).rename(faq.store.root / "shop" / version)
        done = faq("rollback", "shop", version)
        assert done.code == 1
        assert "is a snapshot of 'other', not of 'shop'" in done.err

    def test_a_damaged_pointer_needs_a_name_and_is_mended_by_it(self, faq: Faq) -> None:
        version = faq.publish(1)
        faq.store.pointer("shop").write_text("junk")
        done = faq("rollback", "shop")
        assert done.code == 2
        assert f"Name the VERSION that is to serve; there are: {version}" in done.err
        assert faq("rollback", "shop", version).code == 0
        assert faq.store.current_version("shop") == version

    def test_a_builder_at_work(self, faq: Faq) -> None:
        first, second = faq.publish(1), faq.publish(2)
        with faq.store.lock("shop"):
            for arguments in (("rollback", "shop", first), ("prune", "shop", "--keep", "1")):
                done = faq(*arguments)
                assert done.code == 1
                assert "is being changed by process" in done.err
            assert faq("prune", "shop", "--keep", "1", "--dry-run").code == 0
        assert faq.store.versions("shop") == [first, second]
        assert faq.store.current_version("shop") == second


class TestPrune:
    def test_the_oldest_go(self, faq: Faq) -> None:
        first, second, third = (faq.publish(count) for count in (1, 2, 3))
        done = faq("prune", "shop", "--keep", "2", "--dry-run")
        assert done.out == f"shop: would remove {first}\n"
        assert faq.store.versions("shop") == [first, second, third]
        done = faq("prune", "shop", "--keep", "2")
        assert done.out == f"shop: removed {first}\n"
        assert faq.store.versions("shop") == [second, third]
        assert faq("prune", "shop", "--keep", "2").out == "shop: nothing to remove\n"

    @pytest.mark.parametrize("arguments", [[], ["--keep", "0"], ["--keep", "many"]])
    def test_how_many_must_be_said(self, faq: Faq, arguments: list[str]) -> None:
        faq.publish(1)
        done = faq("prune", "shop", *arguments)
        assert done.code == 2
        assert "--keep" in done.err
