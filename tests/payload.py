"""What the store's tests publish: a few files that say which build they belong to, and their sums."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from index.errors import SnapshotDamaged
from index.manifest import MANIFEST_FILE
from index.store import STEPS, SnapshotStore

FILES: Final = ("first.txt", "folder/second.txt", "folder/deeper/third.txt")
COLLECTION: Final = "shop"


def content_hash(label: str) -> str:
    return hashlib.sha256(label.encode()).hexdigest()


def fill(
    folder: Path, label: str, *, after_file: Callable[[str], None] = lambda _name: None, padding: int = 0
) -> None:
    """Write every file of a build, the manifest last; after_file is told each file's name."""
    sums = {}
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        content = f"{label} {name}".encode() + b"." * padding
        (folder / name).write_bytes(content)
        sums[name] = hashlib.sha256(content).hexdigest()
        after_file(name)
    (folder / MANIFEST_FILE).write_text(json.dumps({"label": label, "files": sums}))
    after_file(MANIFEST_FILE)


def read(folder: Path) -> str:
    """The label of a build that is whole. Raises SnapshotDamaged for any other."""
    manifest = json.loads((folder / MANIFEST_FILE).read_bytes())
    for name, expected in manifest["files"].items():
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if found != expected:
            raise SnapshotDamaged(name, expected=expected, found=found)
    label: str = manifest["label"]
    return label


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def publish(
    store: SnapshotStore,
    label: str,
    *,
    at: Callable[[str], None] = lambda _point: None,
    padding: int = 0,
    collection: str = COLLECTION,
) -> str:
    """Publish a build under the collection's lock; `at` is told each of POINTS as it is reached."""
    with store.lock(collection):
        return store.publish(
            collection,
            content_hash=content_hash(label),
            write=lambda folder: fill(folder, label, after_file=at, padding=padding),
            verify=lambda folder: assert_label(folder, label),
            on_step=at,
        )


def assert_label(folder: Path, label: str) -> None:
    assert read(folder) == label


POINTS: Final = (*STEPS[:2], *FILES, MANIFEST_FILE, *STEPS[2:])
"""Where `publish` can be broken: before every step, and after every file."""


def leftovers(store: SnapshotStore, collection: str = COLLECTION) -> list[str]:
    """Names beside the versions, the pointer and the lock."""
    known = {"CURRENT", ".lock", *store.versions(collection)}
    return sorted(path.name for path in (store.root / collection).iterdir() if path.name not in known)
