"""Tables: CSV and TSV, and what they share with worksheets.

The first row names the columns; names and synonyms are those of `index.sources.records`. Variants stand in
one cell, a line each or separated by "|", or in columns variant_1, variant_2, …

The exports of QnA Maker and Azure question answering are recognised by their columns (Metadata,
SuggestedQuestions, IsContextOnly, Prompts, QnaId; two of them). There, rows with one QnaId and one answer are
one entry and its variants; metadata become tags "key:value"; a follow-up (IsContextOnly) is kept with the tag
"context-only"; prompts become related ids; a web address in Source becomes the url. SuggestedQuestions that
are plain texts become variants; clusters from active learning, which nobody has accepted, are reported.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from index.errors import SourceError
from index.sources import qna_maker
from index.sources.drafts import Reading, finish
from index.sources.parsed import Parsed
from index.sources.records import FIELDS, MAX_RECORDS, Located, fold, read_records, role_of, too_many

DELIMITERS: Final = ",;\t|"
HEADER_WORDS: Final = frozenset(FIELDS["question"] + FIELDS["answer"])
Row = tuple[int, Sequence[str]]
"""(1-based line, cells)"""


def read(text: str, file: str, *, require_answer: bool = True) -> Parsed:
    """Read a CSV or TSV file; the delimiter is the one that separates the header's known columns."""
    text = text.removeprefix("\ufeff")
    skipped = 0
    if text[:4].lower() == "sep=":  # Excel's hint, a line of its own
        text, skipped = text.partition("\n")[2], 1
    delimiter = _delimiter(text, file)
    rows = list(_rows(text, delimiter, file, skipped))
    reading = Reading(file)
    if not rows or not is_header(rows[0][1], require_answer=require_answer):
        raise missing_columns(file, rows[0] if rows else (1, ()), require_answer=require_answer)
    if len(rows) == 1:
        raise no_rows(file, rows[0][0])
    read_rows(rows, reading, escaped=delimiter == "\t")
    return finish(reading, require_answer=require_answer)


def read_rows(rows: Sequence[Row], reading: Reading, *, escaped: bool = False, file: str = "") -> None:
    """Drafts from rows of which the first is the header. escaped: an export of QnA Maker may write line ends
    as a backslash and n."""
    before = len(reading.drafts), len(reading.rejections)
    header = [cell.strip() for cell in rows[0][1]]
    nameless = {column for column, name in enumerate(header) if not name}
    names = _distinct(header, rows[0][0], reading)
    records: list[Located] = []
    for line, cells in rows[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(names) :]):
            reason = (
                f"the row has {len(cells)} cells, the header {len(names)}. "
                "Quote cells that hold the delimiter."
            )
            reading.refuse(line, reason, " ".join(cells))
            continue
        for column in sorted(nameless):
            if "".join(cells[column : column + 1]).strip():
                nameless.remove(column)
                reason = f"column {column + 1} has no name and is not read (reported once a table)"
                reading.drop(line, reason, cells[column])
        if len(records) >= MAX_RECORDS:
            raise too_many(reading.file, line)
        records.append(Located(line, {n: c for n, c in zip(names, cells, strict=False) if n and c.strip()}))
    if qna_maker.is_export(names):
        records = qna_maker.merge_rows(records, reading, escaped=escaped)
    read_records(records, reading)
    if file:
        for draft in reading.drafts[before[0] :]:
            draft.file = file
        reading.relabel(before[1], file)


def is_header(cells: Sequence[str], *, require_answer: bool) -> bool:
    """Whether a row names the columns that an entry needs."""
    roles = {role_of(cell) for cell in cells}
    return "question" in roles and ("answer" in roles or not require_answer)


def missing_columns(file: str, row: Row, *, require_answer: bool) -> SourceError:
    """What to say about a table whose header is not one."""
    found = ", ".join(repr(cell.strip()[:40]) for cell in row[1][:20]) or "none"
    needed = "'question' and 'answer'" if require_answer else "'question'"
    return SourceError(
        file,
        f"the columns {needed} are needed, found {found}.",
        line=row[0],
        advice="Name the columns in the first row.",
    )


def no_rows(file: str, line: int) -> SourceError:
    """What to say about a table of column names alone."""
    return SourceError(
        file, "there are no rows below the column names.", line=line, advice="Add a row for each entry."
    )


def _distinct(header: Sequence[str], line: int, reading: Reading) -> list[str]:
    """Column names; the second of two equal ones is not read, except for variants and tags, which add up."""
    names: list[str] = []
    seen: set[str] = set()
    for name in header:
        folded = fold(name)
        if name and folded in seen:
            if role_of(name) in ("variants", "tags"):
                name = f"{name}_{len(names)}"
            else:
                reading.refuse(line, f"the column {name[:80]!r} stands twice; the second is not read")
                name = ""
        seen.add(folded)
        names.append(name)
    return names


def _delimiter(text: str, file: str) -> str:
    """The delimiter under which the first row has the most known columns, then the most columns."""

    def quality(delimiter: str) -> tuple[int, int]:
        try:
            cells = next(iter(_rows(text, delimiter, file, 0)), (1, ()))[1]
        except SourceError:
            return 0, 0
        return len({role_of(cell) for cell in cells} - {""}), len(cells)

    return max(DELIMITERS, key=quality)


def _rows(text: str, delimiter: str, file: str, skipped: int) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    while True:
        line = reader.line_num + 1 + skipped
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = f"the row that begins here is not valid: {error}."
            raise SourceError(
                file, reason, line=line, advice="Usually a quote is missing or not doubled."
            ) from None
        if any(cell.strip() for cell in cells):
            yield line, cells
