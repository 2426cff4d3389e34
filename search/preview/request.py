"""What a page asks to be tried: read from JSON and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from index.counting import to_the_minute
from search.preview.change import Change, ChangeError, EditedFile, ProposedVariant, read_entries
from search.querylog.period import beginning

DAYS: Final = 28
"""Length of the period where none is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """since ≤ at < until, with time zones."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRequest:
    """change: None where the collection's folder is to be tried as it is. warnings: of what was dropped."""

    collection: str
    period: Period
    change: Change | None
    warnings: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> PreviewRequest:
        """Fields: "collection", "since", "until" (ISO), "entries" (dicts), "removed" (ids), "variants"
        ({"entry", "variant"}), "file" ({"name", "text"}); all but the first may be missing or null.

        Raises ChangeError that names the field.
        """
        collection = record.get("collection")
        if not isinstance(collection, str):
            raise ChangeError("'collection' must be the name of a collection.")
        entries, dropped = read_entries(_list(record, "entries"))
        change = Change(
            entries=entries,
            removed=tuple(_text(id_, "removed") for id_ in _list(record, "removed")),
            variants=tuple(_variant(one) for one in _list(record, "variants")),
            file=_file(record.get("file")),
        )
        return cls(
            collection=collection,
            period=period_of(_text_or_none(record, "since"), _text_or_none(record, "until")),
            change=None if change.empty else change,
            warnings=tuple(f"{one.file}:{one.line}: {one.reason}." for one in dropped),
        )


def period_of(
    since: str | None, until: str | None, *, days: int | None = None, now: datetime | None = None
) -> Period:
    """From ISO dates or times, in UTC where they name no zone. until: now if left out. since: days before it.

    Raises ChangeError.
    """
    end = _time(until, "until") if until else now or datetime.now(UTC)
    length = DAYS if days is None else days
    start = _time(since, "since") if since else beginning(end, length)
    if start >= end:
        raise ChangeError(f"The period ends {to_the_minute(end)}, before it begins, {to_the_minute(start)}.")
    return Period(since=start, until=end)


def _time(text: str, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ChangeError(
            f"'{name}' is no date or time: {text[:80]!a}. Write it as 2026-01-31 or 2026-01-31T12:00:00Z."
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _list(record: Mapping[str, Any], name: str) -> list[Any]:
    value = record.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise ChangeError(f"'{name}' must be a list.")
    return value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise ChangeError(f"'{name}' must hold texts, found {str(value)[:80]!a}.")
    return value


def _text_or_none(record: Mapping[str, Any], name: str) -> str | None:
    value = record.get(name)
    return None if value is None else _text(value, name)


def _variant(record: Any) -> ProposedVariant:
    if not isinstance(record, Mapping):
        raise ChangeError('\'variants\' must hold objects such as {"entry": "13", "variant": "…"}.')
    return ProposedVariant(
        entry=_text(record.get("entry"), "variants"), variant=_text(record.get("variant"), "variants")
    )


def _file(record: Any) -> EditedFile | None:
    if record is None:
        return None
    if not isinstance(record, Mapping):
        raise ChangeError("'file' must be an object with 'name' and 'text'.")
    text = _text(record.get("text"), "file")
    return EditedFile(name=_text(record.get("name"), "file"), content=text.encode("utf-8", "surrogatepass"))
