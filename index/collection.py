"""A collection: a folder of FAQ sources that are served together, and its settings and judgements.

Every file in the folder and its sub-folders is a source, in the order of the paths, except hidden ones,
README files, `collection.yaml` (settings), `golden.jsonl` (judgements) and `variants.jsonl` (further wordings
of entries). A file's name in messages and in `Entry.source` is its path from the folder of collections, such
as "demo_store/shipping.md".
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NoReturn

from index.added_variants import VARIANTS_FILE, load_added_variants
from index.counting import counted
from index.durable import partial_file
from index.entry import Entry
from index.errors import CollectionError
from index.judgements import Judgement, load_judgements
from index.names import COLLECTION_NAME
from index.settings_file import CollectionSettings, load_settings
from index.sources import Rejection, read_file
from index.text import clean_line

SETTINGS_FILE: Final = "collection.yaml"
GOLDEN_FILE: Final = "golden.jsonl"
_OWN: Final = (SETTINGS_FILE, GOLDEN_FILE, VARIANTS_FILE, partial_file(Path(VARIANTS_FILE)).name)
SHOWN: Final = 20  # rejections named one by one in an error

__all__ = [
    "Collection",
    "CollectionSettings",
    "Judgement",
    "Sources",
    "entries_digest",
    "list_collections",
    "load_collection",
    "read_sources",
    "source_files",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What a collection's folder holds: entries with unique ids, what was dropped, and its judgements."""

    name: str
    settings: CollectionSettings
    entries: tuple[Entry, ...]
    rejections: tuple[Rejection, ...]
    golden: tuple[Judgement, ...]


@dataclass(frozen=True, kw_only=True)
class Sources:
    """A collection's files as they were read: ids may be doubled, and related ones unknown."""

    folder: Path
    settings: CollectionSettings
    entries: tuple[Entry, ...]
    rejections: tuple[Rejection, ...]


def list_collections(data_dir: Path) -> list[str]:
    """The names of the collections in a folder, sorted; none where the folder is missing."""
    if not data_dir.is_dir():
        return []
    return sorted(
        path.name for path in data_dir.iterdir() if path.is_dir() and COLLECTION_NAME.fullmatch(path.name)
    )


def load_collection(data_dir: Path, name: str) -> Collection:
    """Read a collection's sources, settings and judgements.

    Raises CollectionError where it is missing, badly named, empty, or contradicts itself, and, unless its
    settings say `on_invalid: skip`, where anything in it is invalid. Raises SourceError where a file can't be
    read as a whole.
    """
    sources = read_sources(data_dir, name)
    folder, settings, entries = sources.folder, sources.settings, sources.entries
    check_ids(entries)
    rejections = [*sources.rejections, *unknown_related(entries)]
    invalid = [rejection for rejection in rejections if rejection.severity == "invalid"]
    if invalid and settings.on_invalid == "stop":
        raise CollectionError(_report(name, invalid))
    if not entries:
        raise CollectionError(f"The collection {name!r} has no entries. Put a FAQ file into {folder}.")
    ids = {entry.id for entry in entries}
    golden_path = folder / GOLDEN_FILE
    golden = (
        load_judgements(golden_path, ids=ids, name=f"{name}/{GOLDEN_FILE}") if golden_path.exists() else ()
    )
    return Collection(
        name=name,
        settings=settings,
        entries=related_only(entries),
        rejections=tuple(rejections),
        golden=golden,
    )


def read_sources(data_dir: Path, name: str) -> Sources:
    """Read a collection's settings, FAQ files and added variants, and check nothing between the files.

    Raises CollectionError where it is missing or badly named, SourceError where a file can't be read as a
    whole.
    """
    folder = _folder(data_dir, name)
    settings = load_settings(folder / SETTINGS_FILE, f"{name}/{SETTINGS_FILE}")
    entries: list[Entry] = []
    rejections: list[Rejection] = []
    for path, shown in source_files(folder, name):
        parsed = read_file(path, name=shown)
        entries += parsed.entries
        rejections += parsed.rejections
    if settings.locale:
        entries = [entry if entry.locale else replace(entry, locale=settings.locale) for entry in entries]
    added = load_added_variants(folder / VARIANTS_FILE, f"{name}/{VARIANTS_FILE}")
    entries, refused = added.add_to(entries)
    rejections += refused
    return Sources(folder=folder, settings=settings, entries=tuple(entries), rejections=tuple(rejections))


def entries_digest(entries: Iterable[Entry]) -> str:
    """SHA-256, hex, of the entries in order as canonical JSON; where they were read doesn't count."""
    digest = hashlib.sha256()
    for entry in entries:
        record = entry.to_dict()
        del record["source"]
        digest.update(json.dumps(record, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _folder(data_dir: Path, name: str) -> Path:
    if not COLLECTION_NAME.fullmatch(name):
        raise CollectionError(
            f"{name[:80]!r} is no collection name. It has 1 to 64 lower-case letters, digits, '_' and '-', "
            "and begins with a letter or digit."
        )
    folder = data_dir / name
    if not folder.is_dir():
        existing = ", ".join(list_collections(data_dir)) or "none"
        raise CollectionError(f"There is no collection {name!r} in {data_dir}. Found: {existing}.")
    return folder


def source_files(folder: Path, name: str) -> Iterator[tuple[Path, str]]:
    """The FAQ files of a folder, sorted by path, each with its name in messages, which begins with `name`.

    Raises CollectionError for a link that leaves the folder, and for a folder that can't be listed.
    """
    root = folder.resolve()
    found = []

    def stop(error: OSError) -> NoReturn:  # os.walk would pass over the folder
        raise CollectionError(
            f"{clean_line(str(error.filename))} can't be read: {error.strerror}. Give this user access to it."
        )

    def shown(path: Path) -> str:  # a file's name can hold whatever a terminal would act on
        return clean_line(f"{name}/{path.relative_to(folder).as_posix()}")

    for parent, folders, files in os.walk(folder, onerror=stop):
        folders[:] = [child for child in folders if not child.startswith(".")]
        for child in [*folders, *files]:
            path = Path(parent, child)
            if path.is_symlink() and not path.resolve().is_relative_to(root):
                raise CollectionError(
                    f"{shown(path)} is a link that leaves the collection's folder. Copy the file into it."
                )
        found += [Path(parent, child) for child in files if not child.startswith(".")]
    for path in sorted(found, key=lambda path: path.relative_to(folder).as_posix()):
        own = path.parent == folder and path.name in _OWN
        if not own and path.name.partition(".")[0].upper() != "README":
            yield path, shown(path)


def check_ids(entries: Sequence[Entry]) -> None:
    """Raises CollectionError where an id stands twice, and names both places."""
    first: dict[str, Entry] = {}
    doubled = [(first[e.id], e) for e in entries if first.setdefault(e.id, e) is not e]
    if doubled:
        lines = [f"{b.source}: the id {b.id!r} is already used at {a.source}" for a, b in doubled[:SHOWN]]
        more = [f"… and {len(doubled) - SHOWN} more"] if len(doubled) > SHOWN else []
        advice = "Give one of them an id of its own."
        raise CollectionError("\n".join([f"Two entries can't have one id. {advice}", *lines, *more]))


def related_only(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries without related ids that none of them has."""
    ids = {entry.id for entry in entries}
    return tuple(
        replace(entry, related=tuple(id_ for id_ in entry.related if id_ in ids)) if entry.related else entry
        for entry in entries
    )


def unknown_related(entries: Sequence[Entry]) -> list[Rejection]:
    """What is said of related ids that none of the entries has."""
    ids = {entry.id for entry in entries}
    found = []
    for entry in entries:
        file, _, line = entry.source.rpartition(":")
        for related in entry.related:
            if related not in ids:
                reason = f"the related id {related!r} is no entry of this collection"
                found.append(
                    Rejection(
                        file=file, line=int(line), reason=reason, severity="invalid", text=entry.question
                    )
                )
    return found


def _report(name: str, invalid: Sequence[Rejection]) -> str:
    lines = [f"{rejection.file}:{rejection.line}: {rejection.reason}" for rejection in invalid[:SHOWN]]
    if len(invalid) > SHOWN:
        lines.append(f"… and {len(invalid) - SHOWN} more")
    advice = f"Mend them, or let the build go on without them: 'on_invalid: skip' in {name}/{SETTINGS_FILE}."
    return "\n".join(
        [f"The collection {name!r} has {counted(len(invalid), 'invalid piece')}. {advice}", *lines]
    )
