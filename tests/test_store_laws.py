"""What holds for any sequence of changes to a store, and for readers meanwhile."""

from __future__ import annotations

import shutil
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from index.store import SnapshotStore
from index.version import next_version, version_time
from tests.payload import COLLECTION, POINTS, content_hash, leftovers, publish, read

PUBLICATIONS = 25
READERS = 3
moments = st.floats(0, 2e11).map(lambda seconds: datetime.fromtimestamp(seconds, tz=UTC))


class Broken(BaseException):
    """Ends a publication, as an exception that nobody catches does."""


class StoreMachine(RuleBasedStateMachine):
    """The store against a list of [version, label] and the index of the one that serves."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.store = SnapshotStore(self.root / "snapshots")
        self.published: list[tuple[str, str]] = []
        self.serving: str | None = None
        self.labels = 0

    def teardown(self) -> None:
        shutil.rmtree(self.root)

    @rule()
    def publish(self) -> None:
        self.labels += 1
        label = str(self.labels)
        version = publish(self.store, label)
        assert all(version > older for older, _ in self.published)
        self.published.append((version, label))
        self.serving = version

    @rule(point=st.sampled_from(POINTS[:-1]))
    def publish_and_break(self, point: str) -> None:
        def fail(reached: str) -> None:
            if reached == point:
                raise Broken

        with pytest.raises(Broken):
            publish(self.store, "broken", at=fail)

    @rule(name=st.sampled_from([".stage-00", ".gone-00"]))
    def leave_something_behind(self, name: str) -> None:
        (self.root / "snapshots" / COLLECTION / name / "folder").mkdir(parents=True, exist_ok=True)

    @precondition(lambda self: self.published)
    @rule(data=st.data())
    def activate(self, data: st.DataObject) -> None:
        self.serving, _ = data.draw(st.sampled_from(self.published))
        with self.store.lock(COLLECTION):
            self.store.activate(COLLECTION, self.serving)

    @rule(keep=st.integers(1, 4))
    def prune(self, keep: int) -> None:
        kept = [
            (version, label)
            for index, (version, label) in enumerate(self.published)
            if index >= len(self.published) - keep or version == self.serving
        ]
        with self.store.lock(COLLECTION):
            removed = self.store.prune(COLLECTION, keep=keep)
        assert removed == [version for version, label in self.published if (version, label) not in kept]
        self.published = kept
        assert leftovers(self.store) == []

    @invariant()
    def every_version_is_whole_and_in_order(self) -> None:
        versions = self.store.versions(COLLECTION)
        assert versions == sorted(versions)
        assert [(name, read(self.store.folder(COLLECTION, name))) for name in versions] == self.published
        assert self.store.incomplete(COLLECTION) == []

    @invariant()
    def the_serving_one_is_there(self) -> None:
        if self.serving is None:
            assert self.store.collections() == []
        else:
            assert self.store.collections() == [COLLECTION]
            assert self.store.current_version(COLLECTION) == self.serving
            assert read(self.store.current(COLLECTION)) == dict(self.published)[self.serving]


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(max_examples=20, stateful_step_count=15)


@given(now=moments, clocks=st.lists(st.timedeltas(timedelta(days=-400), timedelta(days=400)), max_size=20))
def test_names_sort_as_they_were_given_whatever_the_clock_does(
    now: datetime, clocks: list[timedelta]
) -> None:
    names: list[str] = []
    for number, offset in enumerate(clocks):
        clock = max(now + offset, datetime(1970, 1, 1, tzinfo=UTC))
        names.append(next_version(names[::-1], content_hash=content_hash(str(number)), now=clock))
    assert names == sorted(names)
    times = [version_time(name) for name in names]
    assert None not in times
    assert len(set(times)) == len(names)


@given(now=moments)
def test_a_name_tells_the_time(now: datetime) -> None:
    name = next_version([], content_hash=content_hash(""), now=now.astimezone(UTC))
    assert version_time(name) == now.replace(microsecond=0)


@given(name=st.text(alphabet="0123456789TZabcdef-/. \n", max_size=32))
def test_only_plain_names_are_versions(name: str) -> None:
    if version_time(name) is not None:
        assert "/" not in name
        assert "." not in name
        assert name == name.strip()


def test_readers_always_find_a_whole_snapshot(tmp_path: Path) -> None:
    """Readers open as fast as they can while versions are published and all older ones removed."""
    store = SnapshotStore(tmp_path)
    publish(store, "0")
    finished = threading.Event()
    seen: list[list[int]] = [[] for _ in range(READERS)]
    failures: list[BaseException] = []

    def keep_reading(labels: list[int]) -> None:
        try:
            while not finished.is_set():
                labels.append(int(store.open_current(COLLECTION, read)))
        except BaseException as error:
            failures.append(error)

    readers = [threading.Thread(target=keep_reading, args=(labels,)) for labels in seen]
    for reader in readers:
        reader.start()
    try:
        for number in range(1, PUBLICATIONS + 1):
            publish(store, str(number))
            with store.lock(COLLECTION):
                store.prune(COLLECTION, keep=1)
    finally:
        finished.set()
        for reader in readers:
            reader.join()
    assert failures == []
    for labels in seen:
        assert labels, "a reader never got to read"
        assert labels == sorted(labels)
    assert len({label for labels in seen for label in labels}) > 1
    assert read(store.current(COLLECTION)) == str(PUBLICATIONS)
