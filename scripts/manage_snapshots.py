"""`faq snapshots`: look after what is published: list, verify, rollback, prune."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import orjson

from index.errors import SnapshotDamaged, SnapshotError, SnapshotMissing
from index.manifest import Manifest
from index.snapshot import damages
from index.store import SnapshotStore
from index.text import clean_line
from index.version import version_time
from scripts.cli import EXIT_RUN_ERROR, run
from scripts.settings import read_settings
from search.workbench.snapshots import let_serve

_dir_option = click.option(
    "--snapshot-dir", type=click.Path(path_type=Path), help="Folder of the published snapshots."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A version as `list` shows it.

    created: ISO 8601 in UTC. bytes, entries, encoder, precision: as the manifest says; bytes is the sum over
    its files. None where it can't be read. damage: the first one, or None.
    """

    collection: str
    version: str
    current: bool
    created: str
    bytes: int | None
    entries: int | None
    encoder: str | None
    precision: str | None
    damage: str | None


@click.group("snapshots")
def command() -> None:
    """Look after the published snapshots. Servers notice by themselves when another one is to serve."""


@command.command("list")
@click.argument("collection", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@_dir_option
def list_(collection: str | None, as_json: bool, snapshot_dir: Path | None) -> None:
    """Show the versions of COLLECTION, or of all, oldest first. "*" marks the one that serves.

    Every file is compared with its manifest.
    """
    store = _store(snapshot_dir)
    names = _collections(store, collection)
    listed = [row for name in names for row in _listed(store, name)]
    if as_json:
        click.echo(orjson.dumps([asdict(row) for row in listed], option=orjson.OPT_INDENT_2))
        return
    for name in names:
        click.echo(name)
        for row in listed:
            if row.collection == name:
                click.echo(_line(row))
        if damage := _pointer_damage(store, name):
            click.echo(f"  ! {damage}")


@command.command()
@click.argument("collection", required=False)
@click.argument("version", required=False)
@_dir_option
def verify(collection: str | None, version: str | None, snapshot_dir: Path | None) -> None:
    """Compare every file with its manifest: of VERSION, of all versions of COLLECTION, or of everything.

    Each damage is named. Exit code 1 where there is one.
    """
    store = _store(snapshot_dir)
    sound = True
    for name in _collections(store, collection):
        found = [] if version else [damage for damage in [_pointer_damage(store, name)] if damage]
        for damage in found:
            click.echo(f"{name}: {damage}")
        for folder in [store.folder(name, version)] if version else _folders(store, name):
            problems = [_short(problem) for problem in _problems(folder)]
            for problem in problems:
                click.echo(f"{name} {folder.name}: {problem}")
            if not problems:
                click.echo(f"{name} {folder.name}: sound")
            found += problems
        sound = sound and not found
    if not sound:
        click.echo("Rebuild the collection, or go back with 'faq snapshots rollback'.", err=True)
        sys.exit(EXIT_RUN_ERROR)


@command.command()
@click.argument("collection")
@click.argument("version", required=False)
@_dir_option
def rollback(collection: str, version: str | None, snapshot_dir: Path | None) -> None:
    """Let VERSION of COLLECTION serve, by default the one before the one that serves now.

    It is opened first as a server would; one that can't be is refused. A newer VERSION is as good.
    """
    store = _store(snapshot_dir)
    _collections(store, collection)
    snapshot = let_serve(store, collection, version or (lambda: _before_current(store, collection)))
    click.echo(f"{collection}: {snapshot.version} serves now ({snapshot.manifest.entries['count']} entries)")


@command.command()
@click.argument("collection")
@click.option("--keep", type=click.IntRange(min=1), required=True, help="How many of the newest to keep.")
@click.option("--dry-run", is_flag=True, help="Tell what would be removed; remove nothing.")
@_dir_option
def prune(collection: str, keep: int, dry_run: bool, snapshot_dir: Path | None) -> None:
    """Remove all versions of COLLECTION but the newest, never the one that serves."""
    store = _store(snapshot_dir)
    _collections(store, collection)
    if dry_run:
        removed = store.prunable(collection, keep=keep)
    else:
        with store.lock(collection):
            removed = store.prune(collection, keep=keep)
    for version in removed:
        click.echo(f"{collection}: {'would remove' if dry_run else 'removed'} {version}")
    if not removed:
        click.echo(f"{collection}: nothing to remove")


def _store(snapshot_dir: Path | None) -> SnapshotStore:
    return SnapshotStore(read_settings({"snapshot_dir": snapshot_dir}).snapshot_dir)


def _collections(store: SnapshotStore, collection: str | None) -> list[str]:
    """The collection asked for, or all that a version or a pointer is there of.

    Raises SnapshotMissing where there is nothing of it.
    """
    names = [collection] if collection else sorted({*store.collections(), *store.without_pointer()})
    if collection is not None and not (store.versions(collection) or store.incomplete(collection)):
        store.current_version(collection)  # where that is missing too, nothing is published
    if not names:
        raise SnapshotMissing(f"Nothing is published in {store.root}. Build a collection with 'faq rebuild'.")
    return names


def _folders(store: SnapshotStore, collection: str) -> list[Path]:
    names = sorted([*store.versions(collection), *store.incomplete(collection)])
    return [store.folder(collection, name) for name in names]


def _problems(folder: Path) -> Iterator[SnapshotError]:
    try:
        yield from damages(folder, Manifest.read(folder))
    except SnapshotError as error:
        yield error


def _pointer_damage(store: SnapshotStore, collection: str) -> str | None:
    try:
        store.current(collection)
    except SnapshotError as error:
        return _short(error)
    return None


def _short(error: SnapshotError) -> str:
    """What is wrong, on one line, without the advice that follows once for all."""
    if isinstance(error, SnapshotDamaged):
        return clean_line(f"{error.file}: expected {error.expected}, found {error.found}")
    return clean_line(str(error))


def _listed(store: SnapshotStore, collection: str) -> Iterator[Listed]:
    try:
        current = store.current_version(collection)
    except SnapshotError:
        current = None
    for folder in _folders(store, collection):
        problem = next(_problems(folder), None)
        manifest = _manifest(folder)
        created = manifest.created if manifest else version_time(folder.name)
        yield Listed(
            collection=collection,
            version=folder.name,
            current=folder.name == current,
            created=created.isoformat(timespec="seconds") if created else "",
            bytes=sum(file.bytes for file in manifest.files.values()) if manifest else None,
            entries=manifest.entries["count"] if manifest else None,
            encoder=manifest.encoder.name if manifest else None,
            precision=manifest.encoder.precision if manifest else None,
            damage=_short(problem) if problem else None,
        )


def _manifest(folder: Path) -> Manifest | None:
    try:
        return Manifest.read(folder)
    except SnapshotError:
        return None


def _line(row: Listed) -> str:
    line = f"  {'*' if row.current else ' '} {row.version}  {row.created}"
    if row.damage is not None:
        return f"{line}  damaged: {row.damage}"
    encoder = clean_line(f"{row.encoder} {row.precision}")
    return f"{line}  {row.entries:6} entries  {(row.bytes or 0) / 1e6:8.2f} MB  {encoder}"


def _before_current(store: SnapshotStore, collection: str) -> str:
    versions = store.versions(collection)
    try:
        current = store.current_version(collection)
    except (SnapshotDamaged, SnapshotMissing) as error:
        there = ", ".join(versions) or "none"
        raise click.UsageError(f"{error} Name the VERSION that is to serve; there are: {there}.") from None
    older = [version for version in versions if version < current]
    if not older:
        raise SnapshotMissing(f"'{collection}' has no version before {current}, which serves now.")
    return older[-1]


if __name__ == "__main__":
    run(command)
