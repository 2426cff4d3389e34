"""A change of a collection that is tried, and the entries that it would leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from index.added_variants import checked_variant
from index.collection import SHOWN
from index.counting import counted
from index.entry import Entry
from index.errors import CallerError
from index.sources import Rejection, parse_bytes
from index.sources.drafts import MAX_VARIANTS
from index.text import shorten

MADE_OF: Final = "entry"
"""The name, in messages, of entries that came in a request; their line is their number."""


class ChangeError(CallerError):
    """A change that can't be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedVariant:
    """entry: its id. variant: another wording of its question."""

    entry: str
    variant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedFile:
    """A whole source file with its new content. name: its path in the collection's folder."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is tried. The file is read first, then entries are replaced or added, removed, and given variants.

    entries: whole ones, changed where an entry has the id, else new. removed: ids.
    """

    entries: tuple[Entry, ...] = ()
    removed: tuple[str, ...] = ()
    variants: tuple[ProposedVariant, ...] = ()
    file: EditedFile | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing is to be changed."""
        return not (self.entries or self.removed or self.variants or self.file)


def read_entries(records: Iterable[Any]) -> tuple[tuple[Entry, ...], tuple[Rejection, ...]]:
    """Entries from dicts with the fields of Entry, checked as those of FAQ files, and what was dropped.

    Raises ChangeError for the first that can be none.
    """
    lines = []
    for number, record in enumerate(records, start=1):
        if not isinstance(record, Mapping):
            raise ChangeError(f"{MADE_OF}:{number}: expected an object with question and answer.")
        fields = {key: value for key, value in record.items() if key != "source"}
        try:
            lines.append(orjson.dumps(fields))
        except (TypeError, ValueError) as error:  # half of a surrogate pair, a number beyond 64 bits
            raise ChangeError(f"{MADE_OF}:{number}: this can't be written as JSON: {error}.") from None
    if not lines:
        return (), ()
    return checked_entries(b"\n".join(lines), MADE_OF, format="jsonl")


def checked_entries(
    content: bytes, name: str, *, format: str | None = None, skip: bool = False
) -> tuple[tuple[Entry, ...], tuple[Rejection, ...]]:
    """Entries of the content of a FAQ file, and what was dropped. skip: go on without what is invalid.

    Raises ChangeError that lists what is invalid, SourceError where the file can't be read as a whole.
    """
    parsed = parse_bytes(content, name, format=format)
    invalid = [one for one in parsed.rejections if one.severity == "invalid"]
    if invalid and not skip:
        lines = [f"{one.file}:{one.line}: {one.reason}" for one in invalid[:SHOWN]]
        more = [f"… and {len(invalid) - SHOWN} more"] if len(invalid) > SHOWN else []
        raise ChangeError(
            "\n".join([f"{name} has {counted(len(invalid), 'invalid piece')}. Mend them.", *lines, *more])
        )
    return tuple(parsed.entries), tuple(parsed.rejections)


def changed_entries(change: Change, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries with all but the change's file applied: changed ones keep their place, new ones come last.

    Raises ChangeError where an id is unknown, stands twice or both ways, and for a variant that can be none.
    """
    _check_ids(change)
    places = {entry.id: entry for entry in entries}
    for id_ in change.removed:
        if id_ not in places:
            raise ChangeError(f"No entry has the id {shorten(id_, 128)!r}, so it can't be removed.")
        del places[id_]
    places |= {entry.id: entry for entry in change.entries}
    wordings: dict[str, list[str]] = {}
    for proposed in change.variants:
        _add(proposed, places, wordings)
    if not places:
        raise ChangeError("Nothing would be left of the collection: a snapshot has at least one entry.")
    return tuple(
        replace(entry, variants=(*entry.variants, *wordings[id_])) if id_ in wordings else entry
        for id_, entry in places.items()
    )


def of_file(source: str, file: str) -> bool:
    """Whether an entry's source, "file:line" or "file[sheet]:line", names a place in a file."""
    place = source.rpartition(":")[0]
    return place == file or (place.startswith(f"{file}[") and place.endswith("]"))


def _check_ids(change: Change) -> None:
    seen: set[str] = set()
    for id_ in (*(entry.id for entry in change.entries), *change.removed):
        if id_ in seen:
            raise ChangeError(
                f"The id {shorten(id_, 128)!r} stands twice among what is changed and removed. Say it once."
            )
        seen.add(id_)


def _add(proposed: ProposedVariant, entries: Mapping[str, Entry], wordings: dict[str, list[str]]) -> None:
    entry = entries.get(proposed.entry)
    if entry is None:
        raise ChangeError(
            f"No entry has the id {shorten(proposed.entry, 128)!r}, so it can't be given a variant."
        )
    try:
        variant = checked_variant(proposed.variant)
    except ValueError as error:
        raise ChangeError(f"A variant for the entry {entry.id!r} can't be added: {error}.") from None
    added = wordings.setdefault(entry.id, [])
    for text in (entry.question, *entry.variants, *added):
        if text.casefold() == variant.casefold():
            raise ChangeError(
                f"The entry {entry.id!r} has the wording {shorten(variant, 80)!r} already. Leave it out."
            )
    if len(entry.variants) + len(added) >= MAX_VARIANTS:
        raise ChangeError(f"The entry {entry.id!r} has {MAX_VARIANTS:,} variants: no more are allowed.")
    added.append(variant)
