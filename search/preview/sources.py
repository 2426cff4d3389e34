"""What a change is made to: the published entries, and what the collection's folder says besides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Final

from index.added_variants import VARIANTS_FILE, AddedVariants, load_added_variants
from index.answering import Answering
from index.changes import Changes, compare
from index.collection import (
    GOLDEN_FILE,
    SETTINGS_FILE,
    Collection,
    check_ids,
    load_collection,
    related_only,
    unknown_related,
)
from index.counting import counted
from index.entry import Entry
from index.errors import CollectionError
from index.judgements import Judgement, load_judgements
from index.settings_file import CollectionSettings, load_settings
from index.snapshot import Snapshot
from index.text import clean_line, shorten
from search.preview.change import Change, ChangeError, EditedFile, changed_entries, checked_entries, of_file

_NAMED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The entries that a change would leave.

    changes: against the published ones. golden: the judgements that both are asked, None where the
    collection's folder is not here. tolerance: how much of MRR@10 a rebuild lets them lose. answering: how
    the collection would answer. warnings: what a person should know of it, a sentence each.
    """

    entries: tuple[Entry, ...]
    changes: Changes
    golden: tuple[Judgement, ...] | None
    tolerance: float
    answering: Answering
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Folder:
    """A collection's folder, as far as it is here."""

    settings: CollectionSettings
    added: AddedVariants
    golden: tuple[Judgement, ...] | None
    warnings: list[str] = field(default_factory=list)


def apply_change(change: Change, published: Snapshot, *, data_dir: Path) -> Changed:
    """What would be published if nothing but this change were made.

    The rest is what is published, not what the folder holds now: other edits there would be taken for effects
    of this one. Raises ChangeError, SourceError, CollectionError.
    """
    folder = _open_folder(data_dir, published.collection)
    entries: Sequence[Entry] = published.entries
    warnings: list[str] = []
    if change.file:
        entries, warnings = _with_file(change.file, published, folder)
    if folder.settings.locale:
        edited = tuple(
            entry if entry.locale else replace(entry, locale=folder.settings.locale)
            for entry in change.entries
        )
        change = replace(change, entries=edited)
    entries = changed_entries(change, entries)
    return _changed(entries, published, folder, published.manifest.answering, [*folder.warnings, *warnings])


def apply_sources(published: Snapshot, *, data_dir: Path) -> Changed:
    """What `faq rebuild` would publish of the folder as it is now. Raises as load_collection."""
    collection: Collection = load_collection(data_dir, published.collection)
    folder = _Folder(
        settings=collection.settings, added=AddedVariants(name=VARIANTS_FILE), golden=collection.golden
    )
    model = collection.settings.model
    if model and PurePosixPath(model).name != PurePosixPath(published.manifest.encoder.name).name:
        folder.warnings.append(
            f"{SETTINGS_FILE} names the model {model!r}, and what is published was made with "
            f"{published.manifest.encoder.name!r}: a rebuild would embed everything anew, which is not tried."
        )
    return _changed(collection.entries, published, folder, collection.settings.answering, folder.warnings)


def _changed(
    entries: Sequence[Entry],
    published: Snapshot,
    folder: _Folder,
    answering: Answering,
    warnings: Sequence[str],
) -> Changed:
    told = list(warnings)
    stops = "A rebuild stops at that" if folder.settings.on_invalid == "stop" else "A rebuild leaves it out"
    for rejection in unknown_related(entries):
        told.append(f"{rejection.file}:{rejection.line}: {rejection.reason}. {stops}.")
    told += _unanswered(folder.golden or (), entries, published)
    return Changed(
        entries=related_only(entries),
        changes=compare(published.entries, related_only(entries)),
        golden=folder.golden,
        tolerance=folder.settings.golden_tolerance,
        answering=answering,
        warnings=tuple(told),
    )


def _unanswered(golden: Sequence[Judgement], entries: Sequence[Entry], published: Snapshot) -> Iterator[str]:
    """What is said of judgements that name entries which there would not be: a rebuild stops at those."""
    ids, known = {entry.id for entry in entries}, {entry.id for entry in published.entries}
    naming: dict[str, list[str]] = {}
    for judgement in golden:
        for id_ in judgement.relevant:
            if id_ not in ids:
                naming.setdefault(id_, []).append(judgement.query)
    for id_, queries in naming.items():
        what = "would be removed" if id_ in known else "is no entry"
        shown = ", ".join(f'"{shorten(query, 60)}"' for query in queries[:_NAMED])
        more = f" and {len(queries) - _NAMED} more" if len(queries) > _NAMED else ""
        yield (
            f"{GOLDEN_FILE}: {shown}{more} {'name' if len(queries) > 1 else 'names'} {shorten(id_, 128)!r}, "
            f"which {what}. A rebuild stops at that: name the entries that answer now, or none."
        )


def _open_folder(data_dir: Path, name: str) -> _Folder:
    """What can be told of the folder without its sources: they may be broken just now."""
    folder = data_dir / name
    if not folder.is_dir():
        return _Folder(
            settings=CollectionSettings(),
            added=AddedVariants(name=VARIANTS_FILE),
            golden=None,
            warnings=[f"{folder} is not here, so neither are the golden set and the settings."],
        )
    golden = folder / GOLDEN_FILE
    return _Folder(
        settings=load_settings(folder / SETTINGS_FILE, f"{name}/{SETTINGS_FILE}"),
        added=load_added_variants(folder / VARIANTS_FILE, f"{name}/{VARIANTS_FILE}"),
        golden=load_judgements(golden, ids=None, name=f"{name}/{GOLDEN_FILE}") if golden.exists() else (),
    )


def _with_file(file: EditedFile, published: Snapshot, folder: _Folder) -> tuple[tuple[Entry, ...], list[str]]:
    """The published entries with those of one file replaced by what the file would hold."""
    name = _file_name(file.name, published)
    skip = folder.settings.on_invalid == "skip"
    read, dropped = checked_entries(file.content, name, skip=skip)
    if folder.settings.locale:
        read = tuple(e if e.locale else replace(e, locale=folder.settings.locale) for e in read)
    before = [entry for entry in published.entries if of_file(entry.source, name)]
    wordings = {entry.id: {text.casefold() for text in entry.variants} for entry in before}
    # What variants.jsonl added before it adds again, but nothing that was accepted since.
    added = [one for one in folder.added.variants if one.variant.casefold() in wordings.get(one.id, ())]
    kept = {entry.id for entry in read}
    read = tuple(
        replace(folder.added, variants=tuple(one for one in added if one.id in kept), rejections=()).add_to(
            read
        )[0]
    )
    others = [entry for entry in published.entries if not of_file(entry.source, name)]
    try:
        check_ids([*others, *read])
    except CollectionError as error:
        raise ChangeError(str(error)) from None
    warnings = []
    if not before:
        new = counted(len(read), "entry", "entries")
        warnings.append(f"No published entry is of {name}, so all that it has is new: {new}.")
    if dropped:
        shown = "; ".join(f"line {one.line}: {one.reason}" for one in dropped[:_NAMED])
        warnings.append(f"{name}: dropped {counted(len(dropped), 'piece')} ({shown}).")
    return _in_order(published.entries, name, read), warnings


def _in_order(entries: Sequence[Entry], name: str, read: Sequence[Entry]) -> tuple[Entry, ...]:
    """As a build would read them: files by their paths, which the published entries are in."""
    places = [of_file(entry.source, name) for entry in entries]
    if any(places):
        start = places.index(True)
    else:
        sources = [_path(entry.source) for entry in entries]
        start = next((row for row, path in enumerate(sources) if path > _path(f"{name}:0")), len(entries))
    before = [e for e, own in zip(entries[:start], places[:start], strict=True) if not own]
    after = [e for e, own in zip(entries[start:], places[start:], strict=True) if not own]
    return (*before, *read, *after)


def _path(source: str) -> str:
    return source.rpartition(":")[0].partition("[")[0]


def _file_name(name: str, published: Snapshot) -> str:
    """A file's name in messages and sources. Raises ChangeError for what is no path within the folder."""
    shown = clean_line(name)
    path = PurePosixPath(shown)
    if not shown or shown != name or path.is_absolute() or ".." in path.parts or "\\" in name:
        raise ChangeError(f"{name[:200]!a} is no path within the collection's folder, such as 'shipping.md'.")
    hidden = any(part.startswith(".") for part in path.parts)
    if (
        hidden
        or path.name.partition(".")[0].upper() == "README"
        or path.as_posix() in (SETTINGS_FILE, GOLDEN_FILE, VARIANTS_FILE)
    ):
        raise ChangeError(f"{shown!r} is no FAQ file: only those can be tried.")
    return f"{published.collection}/{path.as_posix()}"
