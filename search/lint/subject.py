"""What is looked at: a collection's entries, how they were embedded, and what people asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from index.collection import CollectionSettings
from index.encoders import Vectors
from index.entry import Entry
from index.markdown import plain
from index.sources import Rejection
from search.lint.wording import Words, words_of
from search.querylog.records import LoggedQuery


@dataclass(frozen=True, kw_only=True)
class Vectorised:
    """Vectors of unit length, float32 (n, dimension), of texts: `asked` of the questions and variants in the
    entries' order, `whole` a row an entry, of its question and answer together, zeros where it has no answer.
    """

    asked: Vectors
    whole: Vectors


@dataclass(frozen=True, kw_only=True)
class Subject:
    """name: of the collection, or of the file. entries: sorted by id, each id once. doubled: entries whose id
    another has already. related: as the sources say, by entry; `Entry.related` may hold the known ones only.
    settings_file: its place in messages. queries: logged ones of a period, oldest first, or none. sessions:
    the smallest group that a finding may speak of. unchecked: what could not be looked at and how to get it.
    """

    name: str
    entries: tuple[Entry, ...]
    settings: CollectionSettings
    settings_file: str = ""
    rejections: tuple[Rejection, ...] = ()
    doubled: tuple[tuple[Entry, Entry], ...] = ()
    vectors: Vectorised | None = None
    queries: Sequence[LoggedQuery] = ()
    sessions: int = 3
    unchecked: tuple[str, ...] = ()

    @cached_property
    def answers(self) -> tuple[str, ...]:
        """The entries' answers as a reader sees them."""
        return tuple(plain(entry.answer) for entry in self.entries)

    @cached_property
    def written(self) -> tuple[tuple[Entry, str], ...]:
        """Every entry with its answer as a reader sees it, those too whose id another has already."""
        doubled = tuple((entry, plain(entry.answer)) for _, entry in self.doubled)
        return (*zip(self.entries, self.answers, strict=True), *doubled)

    @cached_property
    def asked(self) -> tuple[tuple[int, str], ...]:
        """(row of the entry, text) of every question and variant, in the order of `Vectorised.asked`."""
        return tuple(
            (row, text)
            for row, entry in enumerate(self.entries)
            for text in (entry.question, *entry.variants)
        )

    @cached_property
    def words(self) -> tuple[Words, ...]:
        """Of each text in `asked`."""
        return tuple(words_of(text) for _, text in self.asked)
