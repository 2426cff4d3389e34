"""The snapshot store: what it names, publishes, switches and removes."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from index.errors import (
    CollectionError,
    PublishError,
    SnapshotDamaged,
    SnapshotError,
    SnapshotMissing,
)
from index.manifest import MANIFEST_FILE
from index.store import STEPS, SnapshotStore
from tests.payload import COLLECTION, FILES, contents, fill, leftovers, publish, read

ANY_HASH = "0123456789abcdef"


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path / "not" / "yet" / "there")


def prune(store: SnapshotStore, keep: int) -> list[str]:
    with store.lock(COLLECTION):
        return store.prune(COLLECTION, keep=keep)


def activate(store: SnapshotStore, version: str) -> None:
    with store.lock(COLLECTION):
        store.activate(COLLECTION, version)


def lose(file: Path) -> None:
    file.unlink()


class TestReading:
    def test_an_absent_root_holds_nothing(self, store: SnapshotStore) -> None:
        assert store.collections() == []
        assert store.versions(COLLECTION) == []
        assert store.incomplete(COLLECTION) == []
        with pytest.raises(SnapshotMissing, match="faq rebuild shop"):
            store.current(COLLECTION)
        assert not store.root.exists()

    def test_a_root_that_is_a_file_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "root").write_text("")
        store = SnapshotStore(tmp_path / "root")
        with pytest.raises(SnapshotMissing, match="root is no folder"):
            store.collections()
        with pytest.raises(SnapshotMissing, match="root is no folder"):
            store.current(COLLECTION)
        with pytest.raises(PublishError, match="in the way"):
            publish(store, "one")

    @pytest.mark.parametrize(
        "name", ["", ".", "..", "a/b", "/etc", "Shop", "-a", ".a", "a" * 65, "a\n", "ä", "a\0"]
    )
    def test_a_bad_collection_name_never_becomes_a_path(self, store: SnapshotStore, name: str) -> None:
        for method in (store.pointer, store.current_version, store.current, store.versions, store.incomplete):
            with pytest.raises(CollectionError, match="is not the name of a collection"):
                method(name)
        with pytest.raises(CollectionError), store.lock(name):
            pass
        assert not store.root.exists()

    def test_collections_are_those_with_a_pointer(self, store: SnapshotStore) -> None:
        for name in ("zebra", "apple-2", "b_3"):
            publish(store, name, collection=name)
        (store.root / "empty").mkdir()
        (store.root / "Not A Name").mkdir()
        (store.root / "Not A Name" / "CURRENT").write_text("x")
        (store.root / "file").write_text("")
        assert store.collections() == ["apple-2", "b_3", "zebra"]

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\n",
            b"../../../etc\n",
            b"/etc\n",
            b".\n",
            b"\xff\xfe\x00",
            b"20260131T120000Z-0123456789ab\n\n",
            b"20260131T120000Z-0123456789ab junk\n",
            b"20260131T120000Z-0123456789ab/..\n",
            b"20260131T120000Z-0123456789AB\n",
            b"20260231T120000Z-0123456789ab\n",
            "２0260131T120000Z-0123456789ab\n".encode(),
            b"x" * 100_000,
        ],
    )
    def test_a_damaged_pointer_is_never_a_path(self, store: SnapshotStore, content: bytes) -> None:
        publish(store, "one")
        store.pointer(COLLECTION).write_bytes(content)
        for method in (store.current_version, store.current):
            with pytest.raises(SnapshotDamaged) as caught:
                method(COLLECTION)
            assert caught.value.file == str(store.pointer(COLLECTION))
            assert len(str(caught.value)) < 2000
        with pytest.raises(SnapshotDamaged), store.lock(COLLECTION):
            store.prune(COLLECTION, keep=1)
        second = publish(store, "two")  # a rebuild mends it
        assert store.current_version(COLLECTION) == second

    def test_a_pointer_that_can_not_be_read(self, store: SnapshotStore) -> None:
        store.pointer(COLLECTION).mkdir(parents=True)
        with pytest.raises(SnapshotError, match="can't be read"):
            store.current_version(COLLECTION)

    def test_a_folder_that_can_not_be_looked_into_is_no_absent_one(self, store: SnapshotStore) -> None:
        store.root.mkdir(parents=True)
        (store.root / COLLECTION).symlink_to(COLLECTION)  # as a folder without permission, but for root too
        assert store.collections() == [COLLECTION]
        for look in (store.current_version, store.versions):
            with pytest.raises(SnapshotError, match="can't be read"):
                look(COLLECTION)

    @pytest.mark.parametrize("content", ["{}", "{}\n"])
    def test_a_pointer_written_by_hand(self, store: SnapshotStore, content: str) -> None:
        version = publish(store, "one")
        store.pointer(COLLECTION).write_text(content.format(version))
        assert store.current_version(COLLECTION) == version

    def test_a_pointer_to_nowhere(self, store: SnapshotStore) -> None:
        version = publish(store, "one")
        (store.current(COLLECTION)).rename(store.root / "elsewhere")
        with pytest.raises(SnapshotMissing, match=version):
            store.current(COLLECTION)

    @pytest.mark.parametrize(
        "version", ["", "..", "../shop", "/etc", "20260131T120000Z-0123456789ab", "CURRENT"]
    )
    def test_no_such_version(self, store: SnapshotStore, version: str) -> None:
        publish(store, "one")
        with pytest.raises(SnapshotMissing, match="faq snapshots list shop"):
            store.folder(COLLECTION, version)
        with pytest.raises(SnapshotMissing):
            activate(store, version)

    def test_what_lost_its_manifest_is_told_apart(self, store: SnapshotStore) -> None:
        first, second = publish(store, "one"), publish(store, "two")
        lose(store.folder(COLLECTION, first) / MANIFEST_FILE)
        assert store.versions(COLLECTION) == [second]
        assert store.incomplete(COLLECTION) == [first]


class TestPublishing:
    def test_steps_and_result(self, store: SnapshotStore) -> None:
        points: list[str] = []
        version = publish(store, "one", at=points.append)
        assert [point for point in points if point in STEPS] == list(STEPS)
        assert store.current_version(COLLECTION) == version
        assert store.current(COLLECTION) == store.root / COLLECTION / version
        assert store.versions(COLLECTION) == [version]
        assert read(store.current(COLLECTION)) == "one"
        assert store.pointer(COLLECTION).read_text() == f"{version}\n"
        assert leftovers(store) == []

    def test_the_old_version_is_left_as_it_was(self, store: SnapshotStore) -> None:
        first = publish(store, "one")
        before = contents(store.folder(COLLECTION, first))
        second = publish(store, "two")
        assert store.versions(COLLECTION) == [first, second]
        assert contents(store.folder(COLLECTION, first)) == before

    def test_equal_content_may_be_published_again(self, store: SnapshotStore) -> None:
        versions = [publish(store, "same") for _ in range(4)]
        assert versions == sorted(set(versions)) == store.versions(COLLECTION)
        assert len({version.partition("-")[2] for version in versions}) == 1

    @pytest.mark.parametrize("taken", ["20991231T235959Z-ffffffffffff", "20280228T235959Z-000000000000"])
    def test_a_clock_that_was_set_back(self, store: SnapshotStore, taken: str) -> None:
        fill(store.root / COLLECTION / taken, "from the future")
        later = [publish(store, label) for label in ("one", "two")]
        assert store.versions(COLLECTION) == [taken, *later]

    def test_a_pointer_to_a_later_version_that_is_gone(self, store: SnapshotStore) -> None:
        publish(store, "one")
        store.pointer(COLLECTION).write_text("20990101T000000Z-ffffffffffff\n")
        assert publish(store, "two") > "20990101T000000Z-ffffffffffff"

    @pytest.mark.parametrize(
        "content_hash", ["", "0123456789a", "0123456789AB", "../../../../x", "0123456789a\n"]
    )
    def test_a_bad_content_hash(self, store: SnapshotStore, content_hash: str) -> None:
        with store.lock(COLLECTION), pytest.raises(ValueError, match="hex digits"):
            store.publish(COLLECTION, content_hash=content_hash, write=lambda _: None, verify=lambda _: None)
        assert leftovers(store) == []

    def test_a_writer_without_a_manifest(self, store: SnapshotStore) -> None:
        with store.lock(COLLECTION), pytest.raises(ValueError, match="manifest"):
            store.publish(COLLECTION, content_hash=ANY_HASH, write=lambda _: None, verify=lambda _: None)
        assert store.versions(COLLECTION) == leftovers(store) == []

    def test_files_are_read_only_and_as_readable_as_they_were_written(self, store: SnapshotStore) -> None:
        def write(folder: Path) -> None:
            fill(folder, "one")
            (folder / FILES[0]).chmod(0o664)
            (folder / FILES[1]).chmod(0o600)

        with store.lock(COLLECTION):
            store.publish(COLLECTION, content_hash=ANY_HASH, write=write, verify=lambda _: None)
        modes = [stat.S_IMODE((store.current(COLLECTION) / name).stat().st_mode) for name in FILES[:2]]
        assert modes == [0o444, 0o400]

    def test_a_version_is_as_readable_as_the_umask_says(self, store: SnapshotStore) -> None:
        old = os.umask(0o022)
        try:
            publish(store, "one")
        finally:
            os.umask(old)
        for path in (store.root, store.current(COLLECTION), store.pointer(COLLECTION)):
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode & 0o444 == 0o444, path

    def test_links_are_refused_and_what_they_lead_to_is_untouched(
        self, store: SnapshotStore, tmp_path: Path
    ) -> None:
        outside = tmp_path / "outside"
        outside.write_text("a model in a cache")
        mode = outside.stat().st_mode

        def write(folder: Path) -> None:
            fill(folder, "one")
            (folder / "link").symlink_to(outside)

        with store.lock(COLLECTION), pytest.raises(ValueError, match="link is neither a file nor a folder"):
            store.publish(COLLECTION, content_hash=ANY_HASH, write=write, verify=lambda _: None)
        assert outside.stat().st_mode == mode
        assert store.versions(COLLECTION) == leftovers(store) == []

    def test_everything_is_on_the_disk_before_it_is_named(
        self, store: SnapshotStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A power cut can't be had in a test; that it loses nothing follows from the order of these calls."""
        log: list[tuple[str, int]] = []  # what happened, and to which inode
        fsync, rename, replace = os.fsync, Path.rename, Path.replace

        def spy_fsync(descriptor: int) -> None:
            fsync(descriptor)
            log.append(("sync", os.fstat(descriptor).st_ino))

        def spy_rename(self: Path, target: Path) -> Path:
            log.append(("name", self.stat().st_ino))
            return rename(self, target)

        def spy_replace(self: Path, target: Path) -> Path:
            log.append(("point", self.stat().st_ino))
            return replace(self, target)

        monkeypatch.setattr(os, "fsync", spy_fsync)
        monkeypatch.setattr(Path, "rename", spy_rename)
        monkeypatch.setattr(Path, "replace", spy_replace)
        publish(store, "one")
        version, home = store.current(COLLECTION), store.root / COLLECTION
        named, pointed = (
            log.index(("name", version.stat().st_ino)),
            log.index(("point", store.pointer(COLLECTION).stat().st_ino)),
        )
        tree = [version, *version.rglob("*")]
        assert {path.stat().st_ino for path in tree} <= {
            inode for what, inode in log[:named] if what == "sync"
        }
        between = log[named:pointed]
        assert ("sync", home.stat().st_ino) in between
        assert ("sync", store.pointer(COLLECTION).stat().st_ino) in between
        assert ("sync", home.stat().st_ino) in log[pointed:]
        # The folders above were made too, and their names must last as well.
        made = [path.stat().st_ino for path in (store.root, store.root.parent, store.root.parent.parent)]
        assert set(made) <= {inode for what, inode in log[:named] if what == "sync"}

    def test_changes_need_the_lock(self, store: SnapshotStore) -> None:
        version = publish(store, "one")
        with pytest.raises(RuntimeError, match="without its lock"):
            store.publish(COLLECTION, content_hash=ANY_HASH, write=lambda _: None, verify=lambda _: None)
        with pytest.raises(RuntimeError, match="without its lock"):
            store.activate(COLLECTION, version)
        with pytest.raises(RuntimeError, match="without its lock"):
            store.prune(COLLECTION, keep=1)
        with store.lock("another"), pytest.raises(RuntimeError, match="without its lock"):
            store.prune(COLLECTION, keep=1)


class TestActivating:
    def test_back_and_forth(self, store: SnapshotStore) -> None:
        versions = [publish(store, label) for label in ("one", "two", "three")]
        for index in (0, 2, 1, 1):
            activate(store, versions[index])
            assert store.current_version(COLLECTION) == versions[index]
        assert store.versions(COLLECTION) == versions
        assert leftovers(store) == []

    def test_after_a_rollback_a_new_version_is_the_newest(self, store: SnapshotStore) -> None:
        first, second = publish(store, "one"), publish(store, "two")
        activate(store, first)
        third = publish(store, "three")
        assert store.versions(COLLECTION) == [first, second, third]
        assert store.current_version(COLLECTION) == third

    def test_one_without_a_manifest_is_refused(self, store: SnapshotStore) -> None:
        first, second = publish(store, "one"), publish(store, "two")
        lose(store.folder(COLLECTION, first) / MANIFEST_FILE)
        with pytest.raises(SnapshotDamaged, match="manifest"):
            activate(store, first)
        assert store.current_version(COLLECTION) == second


class TestPruning:
    @pytest.mark.parametrize(
        ("current", "keep", "removed"),
        [(3, 1, [0, 1, 2]), (3, 2, [0, 1]), (3, 9, []), (0, 1, [1, 2]), (1, 2, [0]), (0, 3, [])],
    )
    def test_the_newest_and_the_serving_one_stay(
        self, store: SnapshotStore, current: int, keep: int, removed: list[int]
    ) -> None:
        versions = [publish(store, str(number)) for number in range(4)]
        activate(store, versions[current])
        gone = [versions[index] for index in removed]
        assert store.prunable(COLLECTION, keep=keep) == gone
        assert store.versions(COLLECTION) == versions
        assert prune(store, keep) == gone
        assert store.versions(COLLECTION) == [version for version in versions if version not in gone]
        assert store.current_version(COLLECTION) == versions[current]
        assert leftovers(store) == []

    @pytest.mark.parametrize("keep", [0, -1])
    def test_nothing_kept_is_refused(self, store: SnapshotStore, keep: int) -> None:
        publish(store, "one")
        with store.lock(COLLECTION), pytest.raises(ValueError, match="1 or more"):
            store.prune(COLLECTION, keep=keep)

    def test_one_without_a_manifest_counts_for_nothing(self, store: SnapshotStore) -> None:
        first, second, third = (publish(store, label) for label in ("one", "two", "three"))
        lose(store.folder(COLLECTION, second) / MANIFEST_FILE)
        assert prune(store, 2) == [second]
        assert store.versions(COLLECTION) == [first, third]

    def test_the_serving_one_stays_even_without_a_manifest(self, store: SnapshotStore) -> None:
        first, second = publish(store, "one"), publish(store, "two")
        lose(store.folder(COLLECTION, second) / MANIFEST_FILE)
        assert prune(store, 1) == []
        assert store.folder(COLLECTION, first).is_dir()
        assert store.folder(COLLECTION, second).is_dir()

    def test_without_a_pointer(self, store: SnapshotStore) -> None:
        first, second = publish(store, "one"), publish(store, "two")
        lose(store.pointer(COLLECTION))
        assert prune(store, 1) == [first]
        assert store.versions(COLLECTION) == [second]

    def test_leftovers_go_and_what_is_not_ours_stays(self, store: SnapshotStore) -> None:
        version = publish(store, "one")
        home = store.root / COLLECTION
        for name in (".stage-0011", f".gone-{version}-00"):
            (home / name / "folder").mkdir(parents=True)
        (home / "CURRENT.tmp").write_text("half a na")
        (home / "notes").mkdir()
        (home / ".stage-of-a-file").write_text("")
        prune(store, 1)
        assert leftovers(store) == [".stage-of-a-file", "notes"]


class TestOpeningTheServingOne:
    def test_it_starts_again_where_the_version_is_pruned_meanwhile(self, store: SnapshotStore) -> None:
        publish(store, "one")
        tries: list[Path] = []

        def opener(folder: Path) -> str:
            tries.append(folder)
            if len(tries) == 1:
                publish(store, "two")
                prune(store, 1)
            return read(folder)

        assert store.open_current(COLLECTION, opener) == "two"
        assert len(tries) == 2

    def test_a_damaged_one_is_an_error_at_once(self, store: SnapshotStore) -> None:
        publish(store, "one")
        file = store.current(COLLECTION) / FILES[0]
        file.unlink()
        file.write_text("something else")
        tries: list[Path] = []

        def opener(folder: Path) -> str:
            tries.append(folder)
            return read(folder)

        with pytest.raises(SnapshotDamaged):
            store.open_current(COLLECTION, opener)
        assert len(tries) == 1
