"""Further wordings of entries, kept beside the files that hold the entries: `variants.jsonl`.

Entries come in many formats, some of them exports that nobody edits by hand. A wording that somebody
accepted is added here, one a line, and can be reviewed as any change of a file.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from index.entry import Entry
from index.sources import Rejection, Severity, read_bytes
from index.sources.decoding import decode
from index.sources.drafts import MAX_QUESTION, MAX_VARIANTS
from index.sources.structured import NotJson, load
from index.text import clean_line, has_surrogates, shorten

VARIANTS_FILE: Final = "variants.jsonl"
EXAMPLE: Final = '{"id": "13", "variant": "money back to wallet?"}'
"""A line of it, for messages."""
_FIELDS: Final = {"id", "variant"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedVariant:
    """line: 1-based, where it stands. id: of an entry. variant: another wording of its question, one line."""

    line: int
    id: str
    variant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedVariants:
    """What the file `name` holds, in its order, and its lines that can't be read."""

    name: str
    variants: tuple[AddedVariant, ...] = ()
    rejections: tuple[Rejection, ...] = ()

    def add_to(self, entries: Sequence[Entry]) -> tuple[list[Entry], list[Rejection]]:
        """The entries with their further wordings behind their own, and all that was rejected.

        An unknown id is invalid, as is one wording too many. A wording that the entry has already is dropped:
        it may have found its way into the entry's own file since. `Entry.source` stays the entry's own.
        """
        rejections = list(self.rejections)
        further: dict[str, list[str]] = {}
        known = {
            entry.id: {text.casefold() for text in (entry.question, *entry.variants)} for entry in entries
        }
        for added in self.variants:
            fault, severity = self._fault(added, known)
            if fault:
                rejections.append(self._rejection(added, fault, severity))
                continue
            further.setdefault(added.id, []).append(added.variant)
            known[added.id].add(added.variant.casefold())
        grown = [
            replace(entry, variants=(*entry.variants, *further[entry.id])) if entry.id in further else entry
            for entry in entries
        ]
        return grown, rejections

    def _fault(self, added: AddedVariant, known: dict[str, set[str]]) -> tuple[str, Severity]:
        if added.id not in known:
            return f"the id {shorten(added.id, 128)!r} is no entry of this collection", "invalid"
        if added.variant.casefold() in known[added.id]:
            return f"the entry {added.id!r} has this wording already", "boilerplate"
        if len(known[added.id]) > MAX_VARIANTS:
            return f"the entry {added.id!r} has {MAX_VARIANTS:,} variants, and no more are allowed", "invalid"
        return "", "invalid"

    def _rejection(self, added: AddedVariant, reason: str, severity: Severity) -> Rejection:
        return Rejection(
            file=self.name, line=added.line, reason=reason, severity=severity, text=shorten(added.variant)
        )


def load_added_variants(path: Path, name: str) -> AddedVariants:
    """Read JSON lines {"id": of an entry, "variant": text}; nothing where there is no such file.

    A line that is none becomes an invalid rejection. Raises SourceError where the file as a whole can't be
    read.
    """
    if not path.exists():
        return AddedVariants(name=name)
    return parse_added_variants(decode(read_bytes(path, name), name), name)


def parse_added_variants(text: str, name: str) -> AddedVariants:
    """As load_added_variants, from the file's text."""
    variants: list[AddedVariant] = []
    rejections: list[Rejection] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            variants.append(_added(load(line), number))
        except ValueError as error:
            what = "this is not JSON: " if isinstance(error, NotJson) else ""
            rejections.append(
                Rejection(
                    file=name, line=number, reason=f"{what}{error}", severity="invalid", text=shorten(line)
                )
            )
    return AddedVariants(name=name, variants=tuple(variants), rejections=tuple(rejections))


def variant_line(id_: str, variant: str) -> str:
    """The line of an added variant, without its end."""
    return json.dumps({"id": id_, "variant": variant}, ensure_ascii=False)


def _added(record: Any, line: int) -> AddedVariant:
    if not isinstance(record, dict) or set(record) != _FIELDS:
        raise ValueError(f"expected one object a line with 'id' and 'variant', such as {EXAMPLE}")
    id_, variant = record["id"], record["variant"]
    if not isinstance(id_, str) or not isinstance(variant, str):
        raise ValueError(f"'id' and 'variant' must be texts in quotes, such as {EXAMPLE}")
    return AddedVariant(line=line, id=clean_line(id_), variant=checked_variant(variant))


def checked_variant(text: str) -> str:
    """The text as an entry holds it. Raises ValueError, saying why, for one that can be no variant."""
    if has_surrogates(text):
        raise ValueError("the variant holds half of a surrogate pair, which is no character")
    variant = clean_line(text)
    if not variant:
        raise ValueError("the variant is empty")
    if len(variant) > MAX_QUESTION:
        raise ValueError(
            f"the variant has {len(variant):,} characters, more than the {MAX_QUESTION:,} allowed"
        )
    return variant
