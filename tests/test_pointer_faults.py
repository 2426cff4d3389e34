"""Collections whose pointer is gone or no file, a store that is no folder, and what a dry run tells."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import Mock

import orjson
import pytest
from click.testing import CliRunner, Result

from index.build import build
from index.encoders.toy import ToyEncoder
from index.errors import PublishError, SnapshotError, SnapshotMissing
from index.store import SnapshotStore
from scripts.cli import cli
from search.catalog import Catalog
from tests.conftest import SHOP, Publish, collection_of
from tests.no_files import NO_FILES, hinder


def faq(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


class TestPointer:
    @pytest.mark.parametrize("kind", NO_FILES)
    def test_one_that_is_no_file_is_listed_and_refused(
        self, publish: Publish, store: SnapshotStore, kind: str
    ) -> None:
        publish()
        hinder(store.pointer("shop"), kind)
        assert store.collections() == ["shop"]
        with pytest.raises(SnapshotError, match=r"CURRENT.* a file"):
            store.current("shop")
        catalog = Catalog(store)
        catalog.refresh()
        (standing,) = catalog.standings()
        assert standing.published
        assert standing.refusal is not None
        assert "CURRENT" in standing.refusal.reason

    @pytest.mark.parametrize("kind", ["pipe", "link", "socket"])
    def test_a_rebuild_replaces_what_can_be_replaced(
        self, publish: Publish, store: SnapshotStore, kind: str
    ) -> None:
        hinder(store.pointer("shop"), kind)
        assert publish().version == store.current_version("shop")

    @pytest.mark.parametrize("dry_run", [True, False])
    def test_a_folder_stops_a_rebuild_before_it_embeds(
        self, store: SnapshotStore, monkeypatch: pytest.MonkeyPatch, dry_run: bool
    ) -> None:
        model = Mock()
        monkeypatch.setattr(ToyEncoder, "encode_passages", model)
        hinder(store.pointer("shop"), "folder")
        with pytest.raises(PublishError, match=r"CURRENT: it is a folder.* Remove it"):
            build(collection_of(SHOP), store, ToyEncoder(), dry_run=dry_run)
        model.assert_not_called()
        store.pointer("shop").rmdir()
        with store.lock("shop"):  # is free again
            pass

    def test_versions_without_a_pointer(self, publish: Publish, store: SnapshotStore) -> None:
        publish(SHOP, "other")
        version = publish().version
        store.pointer("shop").unlink()
        assert store.collections() == ["other"]
        assert store.without_pointer() == ["shop"]
        with pytest.raises(SnapshotMissing, match=rf"faq snapshots rollback shop {version}"):
            store.current("shop")


class TestCommand:
    @pytest.fixture(autouse=True)
    def environment(self, store: SnapshotStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("FAQ_SNAPSHOT_DIR", str(store.root))
        monkeypatch.setenv("FAQ_DATA_DIR", str(tmp_path / "data"))
        monkeypatch.setenv("FAQ_MODEL", "toy")

    def test_what_lost_its_pointer_is_told(self, publish: Publish, store: SnapshotStore) -> None:
        other, version = publish(SHOP, "other").version, publish().version
        store.pointer("shop").unlink()
        listed = faq("snapshots", "list")
        assert listed.exit_code == 0
        assert [line.split()[0] for line in listed.stdout.splitlines()] == [
            "other",
            "*",
            "shop",
            version,
            "!",
        ]
        done = faq("snapshots", "verify")
        assert done.exit_code == 1
        assert f"other {other}: sound" in done.stdout
        assert f"faq snapshots rollback shop {version}" in done.stdout
        assert "faq rebuild shop" in done.stdout
        assert faq("snapshots", "rollback", "shop", version).exit_code == 0
        assert faq("snapshots", "verify").exit_code == 0

    def test_a_pointer_that_is_a_folder(self, publish: Publish, store: SnapshotStore) -> None:
        publish()
        hinder(store.pointer("shop"), "folder")
        assert "it is a folder" in faq("snapshots", "list").stdout
        assert faq("snapshots", "verify").exit_code == 1

    @pytest.mark.parametrize("arguments", [["list"], ["verify"], ["list", "shop"]])
    def test_a_root_that_is_no_folder(self, store: SnapshotStore, arguments: list[str]) -> None:
        store.root.write_text("")
        done = faq("snapshots", *arguments)
        assert done.exit_code == 1
        assert isinstance(done.exception, SnapshotError)
        assert str(done.exception) == (
            f"{store.root} is no folder. Set FAQ_SNAPSHOT_DIR to the folder of snapshots."
        )

    def test_a_dry_run_says_why_it_would_publish(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def dry_run(*options: str) -> str:
            done = faq("rebuild", "shop", "--dry-run", *options)
            assert done.exit_code == 0
            *_, why, last = done.stdout.splitlines()
            assert last == "dry run: nothing was published"
            return why.strip()

        source = tmp_path / "data" / "shop" / "faq.jsonl"
        source.parent.mkdir(parents=True)
        lines = [orjson.dumps({"id": id_, "question": f"{id_}?", "answer": "Yes."}) for id_ in ("one", "two")]
        source.write_bytes(b"\n".join(lines))
        assert dry_run() == "would be published: nothing is published yet"
        assert "published 20" in faq("rebuild", "shop").stdout
        assert dry_run() == "nothing would change"
        assert dry_run("--force") == "would be published: it is forced"
        source.write_bytes(b"\n".join(reversed(lines)))
        assert dry_run() == "would be published: the order of the entries changed"
        (source.parent / "collection.yaml").write_text("title: Renamed\n")
        why = "would be published: the order of the entries changed, the title changed"
        assert dry_run() == why
        monkeypatch.setattr("index.build._generator", lambda: "faq-search 99")
        assert dry_run() == f"{why}, built by another release"
        source.write_bytes(lines[0])
        assert dry_run().startswith("would be published: the entries changed, ")
        assert "published 20" in faq("rebuild", "shop").stdout
        assert dry_run() == "nothing would change"
