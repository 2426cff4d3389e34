"""From what a reader saw to entries: the checks that all formats share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from index.entry import ID_PATTERN, Entry, slugify
from index.errors import SourceError
from index.sources.parsed import Parsed, Rejection, Severity
from index.text import clean_line, clean_markdown, has_surrogates, shorten

MAX_QUESTION: Final = 1_000  # characters
MAX_ANSWER: Final = 100_000  # characters
MAX_VARIANTS: Final = 1_000
MAX_TAG: Final = 200  # characters
MAX_LINES: Final = 200_000  # of a page that is read line by line
_LOCALE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


@dataclass(slots=True, kw_only=True)
class Draft:
    """An entry as a reader saw it, unchecked. `number`: the source's own numbering, used where no id is."""

    file: str
    line: int
    question: str
    answer: str = ""
    id: str = ""
    number: str = ""
    variants: Sequence[str] = ()
    tags: Sequence[str] = ()
    locale: str | None = None
    url: str | None = None
    related: Sequence[str] = ()

    @property
    def text(self) -> str:
        """The question and the answer, for the report of a draft that becomes no entry."""
        return f"{self.question}\n{self.answer}"


@dataclass(slots=True)
class Reading:
    """What a reader collects while it goes through a file."""

    file: str
    drafts: list[Draft] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)

    def drop(self, line: int, reason: str, text: str = "", *, file: str = "") -> None:
        """Report a piece that was not meant as an entry."""
        self._reject(line, reason, text, "boilerplate", file)

    def refuse(
        self, line: int, reason: str, text: str = "", *, file: str = "", doubled: Entry | None = None
    ) -> None:
        """Report a piece that was meant as an entry and is unusable."""
        self._reject(line, reason, text, "invalid", file, doubled)

    def relabel(self, start: int, file: str) -> None:
        """Name the file, or a part of it, in the rejections from `start` on."""
        self.rejections[start:] = [replace(rejection, file=file) for rejection in self.rejections[start:]]

    def _reject(
        self,
        line: int,
        reason: str,
        text: str,
        severity: Severity,
        file: str,
        doubled: Entry | None = None,
    ) -> None:
        self.rejections.append(
            Rejection(
                file=file or self.file,
                line=line,
                reason=reason,
                severity=severity,
                text=shorten(text),
                doubled=doubled,
            )
        )


def check_lines(lines: Sequence[str], file: str) -> None:
    """Raises SourceError for a page of more than MAX_LINES lines, which would take minutes to read."""
    if len(lines) > MAX_LINES:
        reason = f"{len(lines):,} lines are more than the {MAX_LINES:,} allowed."
        raise SourceError(file, reason, advice="Split the file.")


def finish(reading: Reading, *, require_answer: bool) -> Parsed:
    """Check the drafts and turn them into entries; each one that fails becomes an "invalid" rejection.

    An id is the draft's own, else the source's number, else a slug of the question. Of two drafts with one
    id the first stays. Variants equal to the question or to each other, whatever their case, are merged.
    """
    entries: list[Entry] = []
    seen: dict[str, Draft] = {}
    for draft in reading.drafts:
        entry = _check(draft, reading, require_answer=require_answer)
        if entry is None:
            continue
        first = seen.setdefault(entry.id, draft)
        if first is draft:
            entries.append(entry)
            continue
        advice = "Give one of them an id of its own." if draft.id else "Merge them, or give one its own id."
        reason = f"the id {entry.id!r} is already used by the entry at {first.file}:{first.line}. {advice}"
        reading.refuse(draft.line, reason, draft.text, file=draft.file, doubled=entry)
    rejections = sorted(reading.rejections, key=lambda rejection: rejection.line)
    return Parsed(entries, rejections)


def _check(draft: Draft, reading: Reading, *, require_answer: bool) -> Entry | None:
    reason = _fault(draft, require_answer=require_answer)
    question, answer = clean_line(draft.question), clean_markdown(draft.answer)
    id_ = clean_line(draft.id) or clean_line(draft.number) or slugify(question)
    variants = merge(draft.variants, without=question)
    if not reason and not id_:
        reason = "the question has no letter or digit to make an id of. Give the entry an id."
    elif not reason and not ID_PATTERN.fullmatch(id_):
        reason = (
            f"the id {shorten(id_, 80)!r} is not usable. An id starts with a letter or digit and has at most "
            "128 letters, digits and signs such as _ . : - ?"
        )
    elif not reason and len(variants) > MAX_VARIANTS:
        reason = f"{len(variants):,} variants are more than the {MAX_VARIANTS:,} allowed"
    if reason:
        reading.refuse(draft.line, reason, draft.text, file=draft.file)
        return None
    return Entry(
        id=id_,
        question=question,
        answer=answer,
        variants=variants,
        tags=_tags(draft, reading),
        locale=_locale(draft, reading),
        url=_url(draft, reading),
        related=tuple(dict.fromkeys(r for r in (clean_line(r) for r in draft.related) if r)),
        source=f"{draft.file}:{draft.line}",
    )


def _fault(draft: Draft, *, require_answer: bool) -> str:
    """Why the draft can't be an entry, or ""."""
    texts = [
        draft.question,
        draft.answer,
        draft.id,
        draft.number,
        *draft.variants,
        *draft.tags,
        *draft.related,
    ]
    if any(has_surrogates(text) for text in texts):
        return "holds half of a surrogate pair (such as \\ud800), which is no character. Mend the export."
    question = clean_line(draft.question)
    if not question:
        return "the question is empty"
    if len(question) > MAX_QUESTION:
        return f"the question has {len(question):,} characters, more than the {MAX_QUESTION:,} allowed"
    if any(len(variant) > MAX_QUESTION for variant in draft.variants):
        return f"a variant has more than the {MAX_QUESTION:,} characters allowed"
    answer = clean_markdown(draft.answer)
    if require_answer and not answer.strip():
        return "the answer is empty"
    if len(answer) > MAX_ANSWER:
        return f"the answer has {len(answer):,} characters, more than the {MAX_ANSWER:,} allowed"
    return ""


def merge(texts: Iterable[str], *, without: str = "") -> tuple[str, ...]:
    """The texts, cleaned, each once whatever its case, in order; none equal to `without`, none empty."""
    kept = {"": "", without.casefold(): ""}
    for text in map(clean_line, texts):
        kept.setdefault(text.casefold(), text)
    return tuple(text for text in kept.values() if text)


def _tags(draft: Draft, reading: Reading) -> tuple[str, ...]:
    tags = merge(draft.tags)
    for tag in tags:
        if len(tag) > MAX_TAG:
            reading.drop(
                draft.line, f"a tag of more than {MAX_TAG} characters was dropped", tag, file=draft.file
            )
    return tuple(tag for tag in tags if len(tag) <= MAX_TAG)


def _locale(draft: Draft, reading: Reading) -> str | None:
    locale = clean_line(draft.locale or "").replace("_", "-")
    if not locale:
        return None
    if _LOCALE.fullmatch(locale) and len(locale) <= 35:
        return locale
    reading.drop(
        draft.line, 'a locale that is no language tag such as "en" was dropped', locale, file=draft.file
    )
    return None


def _url(draft: Draft, reading: Reading) -> str | None:
    url = clean_line(draft.url or "")
    if not url:
        return None
    if is_link(url):
        return url
    reading.drop(draft.line, "a url that is no web address, mailto or path was dropped", url, file=draft.file)
    return None


def is_link(url: str) -> bool:
    """Whether a link is safe to show: http, https, mailto, or relative; nothing that could run."""
    if not url or any(c.isspace() or not c.isprintable() for c in url) or has_surrogates(url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme in ("http", "https"):
        return bool(parts.netloc)
    return parts.scheme == "mailto" or (
        not parts.scheme and not _SCHEME.match(url) and not url.startswith("//")
    )
