"""The published versions of a collection with the results of their golden sets, and which one serves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from index.errors import SnapshotError
from index.manifest import Manifest
from index.snapshot import Snapshot
from index.store import SnapshotStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """created: ISO 8601 in UTC. golden, calibration: figures of the manifest. damage: why it can't be read,
    and then the rest is empty."""

    version: str
    current: bool
    created: str | None = None
    entries: int | None = None
    golden: dict[str, Any] | None = None
    calibration: dict[str, Any] | None = None
    damage: str | None = None


def history(store: SnapshotStore, collection: str) -> list[Version]:
    """The newest first. Only manifests are read. Raises SnapshotError."""
    try:
        current = store.current_version(collection)
    except SnapshotError:
        current = None
    return [_version(store, collection, name, name == current) for name in store.versions(collection)[::-1]]


def let_serve(store: SnapshotStore, collection: str, version: str | Callable[[], str]) -> Snapshot:
    """Let a version serve, once it could be opened as a server would. Raises SnapshotError, BuildBusy.

    version: its name, or what tells it while nobody else can change which one serves.
    """
    with store.lock(collection):
        version = version if isinstance(version, str) else version()
        snapshot = Snapshot.open(store.folder(collection, version))
        if snapshot.collection != collection:
            raise SnapshotError(
                f"{snapshot.folder} is a snapshot of {snapshot.collection!a}, not of '{collection}'."
            )
        store.activate(collection, version)
    return snapshot


def _version(store: SnapshotStore, collection: str, name: str, current: bool) -> Version:
    try:
        manifest = Manifest.read(store.folder(collection, name))
    except SnapshotError as error:
        return Version(version=name, current=current, damage=str(error))
    return Version(
        version=name,
        current=current,
        created=manifest.created.isoformat(timespec="seconds"),
        entries=manifest.entries["count"],
        golden=figures(manifest.golden),
        calibration=figures(manifest.calibration),
    )


def figures(record: Any) -> dict[str, Any]:
    """The numbers of a part of a manifest, those within parts too: {"overall.mrr@10": .9}."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            found |= {f"{name}.{inner}": number for inner, number in figures(value).items()}
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[name] = value
    return found
