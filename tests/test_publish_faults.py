"""Whatever breaks a publication, and wherever: the old snapshot serves, whole, and the next one succeeds."""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index.errors import BuildBusy, FaqError, PublishError
from index.store import STEPS, SnapshotStore
from tests.payload import COLLECTION, POINTS, contents, leftovers, publish, read
from tests.store_child import EXITED, LABEL

MORE_THAN_ANY = 1000  # operations on files in one publication


class Child:
    """The other side of tests/store_child.py."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.store_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            cwd=Path(__file__).parents[1],
        )
        self.pid = 0

    def start(self, action: str, store: SnapshotStore, how: str, where: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{json.dumps([action, str(store.root), how, where])}\n")
        self.pid = int(self._line("started"))

    def reached(self) -> None:
        self._line("reached")

    def ended(self) -> int:
        return int(self._line("ended"))

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _line(self, word: str) -> str:
        assert self._process.stdout
        first, _, rest = self._process.stdout.readline().strip().partition(" ")
        assert first == word
        return rest


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Syncing matters only to a power cut (see test_store.py): a dead process loses nothing it wrote."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    """A store that serves "one" and holds "zero"."""
    store = SnapshotStore(tmp_path / "snapshots")
    publish(store, "zero")
    publish(store, "one")
    return store


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    child = Child()
    yield child
    child.close()


def serving(store: SnapshotStore) -> str:
    return store.open_current(COLLECTION, read)


def labels(store: SnapshotStore) -> list[str]:
    """Of every version that can be seen; fails where one is not whole."""
    assert store.incomplete(COLLECTION) == []
    return [read(store.folder(COLLECTION, version)) for version in store.versions(COLLECTION)]


def assert_next_succeeds(store: SnapshotStore) -> None:
    version = publish(store, "next")
    assert store.current_version(COLLECTION) == store.versions(COLLECTION)[-1] == version
    assert serving(store) == "next"
    assert labels(store)[-1] == "next"
    assert leftovers(store) == []


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), RuntimeError("a bug"), KeyboardInterrupt()]
)
def test_an_exception(store: SnapshotStore, point: str, error: BaseException) -> None:
    old = store.current(COLLECTION)
    before = contents(old)

    def fail(reached: str) -> None:
        if reached == point:
            raise error

    finished = point == "done"
    expected = PublishError if isinstance(error, OSError) and not finished else type(error)
    with pytest.raises(expected):
        publish(store, "two", at=fail)
    assert serving(store) == ("two" if finished else "one")
    assert labels(store) == ["zero", "one", *(["two"] if finished else [])]
    assert contents(old) == before
    assert leftovers(store) == []
    assert_next_succeeds(store)


@pytest.mark.parametrize("point", POINTS)
def test_an_exception_in_the_very_first_publication(tmp_path: Path, point: str) -> None:
    store = SnapshotStore(tmp_path / "snapshots")

    def fail(reached: str) -> None:
        if reached == point:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        publish(store, "one", at=fail)
    assert store.collections() == ([COLLECTION] if point == "done" else [])
    assert leftovers(store) == []
    assert_next_succeeds(store)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("how", ["exit", "kill", "wait"])
def test_a_death(store: SnapshotStore, child: Child, how: str, point: str) -> None:
    old = store.current(COLLECTION)
    before = contents(old)
    child.start("publish", store, how, point)
    if how == "wait":
        child.reached()
        with pytest.raises(BuildBusy, match=f"process {child.pid} on .* since 2"), store.lock(COLLECTION):
            pass
        os.kill(child.pid, signal.SIGKILL)
    assert child.ended() == (EXITED if how == "exit" else -signal.SIGKILL)
    # A version that has its name is whole, whether or not the pointer has come to it.
    assert serving(store) == (LABEL if point == "done" else "one")
    assert labels(store) == ["zero", "one", *([LABEL] if point in ("point", "done") else [])]
    assert contents(old) == before
    assert_next_succeeds(store)


@pytest.mark.parametrize("action", ["publish", "prune", "activate"])
def test_a_death_before_every_single_operation(store: SnapshotStore, child: Child, action: str) -> None:
    """Exhaustive: the n-th operation on files is never reached, for every n until the action is done."""
    survived = None
    for number in range(MORE_THAN_ANY):
        with store.lock(COLLECTION):
            store.prune(COLLECTION, keep=1)
        for label in ("older", "old"):
            publish(store, label)
        before, there = contents(store.current(COLLECTION)), labels(store)
        child.start(action, store, "operation", str(number))
        status = child.ended()
        done = {"publish": LABEL, "prune": "old", "activate": there[0]}[action]
        assert serving(store) in ("old", done)
        if serving(store) == "old":
            assert contents(store.current(COLLECTION)) == before
        left = labels(store)
        if action == "prune":
            assert left == there[len(there) - len(left) :]
        else:
            assert left[: len(there)] == there
        if status == 0:
            assert serving(store) == done
            survived = number
            break
        assert status == -signal.SIGKILL
    assert survived is not None
    assert survived > {"publish": 40, "prune": 20, "activate": 6}[action]
    assert_next_succeeds(store)


def test_two_builders(store: SnapshotStore, child: Child) -> None:
    child.start("publish", store, "wait", "verify")
    child.reached()
    for change in (
        lambda: publish(store, "other"),
        lambda: store.lock(COLLECTION).__enter__(),
    ):
        with pytest.raises(BuildBusy, match=f"'shop' is being changed by process {child.pid}"):
            change()
    publish(store, "another collection's", collection="another")
    assert serving(store) == "one"
    os.kill(child.pid, signal.SIGKILL)
    child.ended()
    assert_next_succeeds(store)


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """The kernel refuses to let a file grow beyond a size, in bytes: EFBIG (Python ignores the signal)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("limit", [0, 10, 29, 1000])
def test_a_limit_on_the_size_of_files(store: SnapshotStore, limit: int) -> None:
    with files_limited_to(limit), pytest.raises(PublishError, match=r"shop.*File too large.*ulimit"):
        publish(store, "two", padding=5000)
    assert serving(store) == "one"
    assert labels(store) == ["zero", "one"]
    assert leftovers(store) == []
    assert_next_succeeds(store)


def test_a_pointer_that_can_not_be_written(store: SnapshotStore) -> None:
    """The version has its name already, and loses it again: retries on a full disk would pile them up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(step: str) -> None:
        if step == "point":
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))

    try:
        with pytest.raises(PublishError, match=r"CURRENT|File too large"):
            publish(store, "two", at=limit)
        with pytest.raises(PublishError, match="can't be switched"), store.lock(COLLECTION):
            store.activate(COLLECTION, store.versions(COLLECTION)[0])
        assert serving(store) == "one"
        assert labels(store) == ["zero", "one"]
        with store.lock(COLLECTION):  # what makes room needs none
            assert len(store.prune(COLLECTION, keep=1)) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert_next_succeeds(store)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (errno.ENOSPC, "faq snapshots prune"),
        (errno.EDQUOT, "faq snapshots prune"),
        (errno.EACCES, "Let this user write"),
        (errno.EPERM, "Let this user write"),
        (errno.EROFS, "Mount it writable"),
        (errno.EIO, "Check the disk"),
        (None, "Check the disk"),
    ],
)
def test_a_refusal_says_what_where_why_and_how_to_mend_it(
    store: SnapshotStore, code: int | None, advice: str
) -> None:
    def fail(step: str) -> None:
        if step == STEPS[1]:
            raise (
                OSError("12 requested and 0 written")
                if code is None
                else OSError(code, os.strerror(code), "a/file")
            )

    with pytest.raises(FaqError) as caught:
        publish(store, "two", at=fail)
    message = str(caught.value)
    assert "A snapshot of 'shop' can't be published" in message
    assert (str(store.root / COLLECTION) if code is None else "a/file") in message
    assert (os.strerror(code) if code else "12 requested and 0 written") in message
    assert advice in message
    assert "FAQ_SNAPSHOT_DIR" in message
