"""A process that fills a small disk; run as `python -m tests.full_disk FOLDER RESOURCE BUILDER`.

RESOURCE is what runs out: pages or inodes of the file system that FOLDER is on, or "limit", the size that a
file may have. BUILDER is "payload" (the files of tests/payload.py) or "toy" (index/build.py with the toy
encoder). With 0, 1, 2 and more of it left it publishes into a store that serves already, and checks what
serves. It says a line of JSON each time: {"left", "message"}; message is null once publishing succeeded, and
that ends it.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from index.build import build
from index.collection import Collection
from index.encoders.toy import ToyEncoder
from index.entry import Entry
from index.errors import PublishError
from index.settings_file import CollectionSettings
from index.snapshot import Snapshot
from index.store import SnapshotStore
from tests.payload import COLLECTION, contents, leftovers, publish, read

PAGE = 4096
LIMIT_STEP = 512
MOST_TRIES = 2000


def main(folder: Path, what: str, builder: str) -> None:
    store = SnapshotStore(folder / "snapshots")
    make, check = _BUILDERS[builder]
    make(store, "old")
    old = store.current(COLLECTION)
    before = contents(old)
    for left in range(MOST_TRIES):
        message = None
        with _RESOURCES[what](folder, left):
            try:
                make(store, "new")
            except PublishError as error:
                message = str(error)
                assert store.current(COLLECTION) == old
                assert store.versions(COLLECTION) == [old.name]
                assert leftovers(store) == []
                with store.lock(COLLECTION):
                    assert store.prune(COLLECTION, keep=1) == []
            check(store.current(COLLECTION), "old" if message else "new")
            assert contents(old) == before
        sys.stdout.write(json.dumps({"left": left, "message": message}) + "\n")
        if message is None:
            return


def _publish_payload(store: SnapshotStore, label: str) -> None:
    publish(store, label, padding=2 * PAGE)


def _check_payload(folder: Path, label: str) -> None:
    assert read(folder) == label


def _build_toy(store: SnapshotStore, label: str) -> None:
    entries = tuple(
        Entry(id=f"{number}", question=f"{label} question {number}?", answer="Yes. " * 20)
        for number in range(8)
    )
    collection = Collection(
        name=COLLECTION, settings=CollectionSettings(), entries=entries, rejections=(), golden=()
    )
    build(collection, store, ToyEncoder())


def _check_toy(folder: Path, label: str) -> None:
    assert Snapshot.open(folder).entries[0].question == f"{label} question 0?"


@contextmanager
def _limit(_folder: Path, left: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (left * LIMIT_STEP, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def _pages(folder: Path, left: int) -> Iterator[None]:
    ballast = folder / "ballast"
    ballast.touch()  # before the pages are counted: a directory may need one
    free = os.statvfs(folder).f_bfree
    with ballast.open("wb") as stream:
        stream.write(b"\0" * PAGE * (free - left))
    assert os.statvfs(folder).f_bfree == left
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def _inodes(folder: Path, left: int) -> Iterator[None]:
    ballast = folder / "ballast"
    ballast.mkdir()
    for number in range(os.statvfs(folder).f_ffree - left):
        (ballast / str(number)).touch()
    assert os.statvfs(folder).f_ffree == left
    try:
        yield
    finally:
        for file in ballast.iterdir():
            file.unlink()
        ballast.rmdir()


_RESOURCES = {"pages": _pages, "inodes": _inodes, "limit": _limit}
_BUILDERS: dict[str, tuple[Callable[[SnapshotStore, str], None], Callable[[Path, str], None]]] = {
    "payload": (_publish_payload, _check_payload),
    "toy": (_build_toy, _check_toy),
}

if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
