"""Workbooks: each sheet whose first filled row names the columns, as in `index.sources.table`.

Formulas count with the value that was last calculated; a row that needs one which never was is invalid.
Sheets without the columns are reported. What a file says it unpacks to is checked before anything is
unpacked.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

import openpyxl
from defusedxml.ElementTree import iterparse
from openpyxl.utils.cell import coordinate_to_tuple

from index.errors import SourceError
from index.sources import qna_maker
from index.sources.decoding import no_workbook
from index.sources.drafts import Reading, finish
from index.sources.parsed import Parsed
from index.sources.records import role_of
from index.sources.table import Row, is_header, missing_columns, no_rows, read_rows

MAX_UNPACKED: Final = 200 * 1024 * 1024  # bytes
MAX_PARTS: Final = 5_000  # files in the archive
MAX_ROWS: Final = 1_048_576  # of all sheets together; what Excel allows in one
MAX_COLUMNS: Final = 256
_UNKNOWN: Final = (
    "holds a formula without a stored value; open the workbook in a spreadsheet program and save it"
)
# With any prefix; or a NUL, for in UTF-16 it can't be seen.
_FORMULA_TAG: Final = re.compile(rb"<(?:[^\s<>/:]{1,40}:)?f[\s/>]|\0")
_NAMESPACE: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ROW, _FORMULA, _VALUE = (f"{_NAMESPACE}{name}" for name in ("row", "f", "v"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """rows: those with a text or a formula. unknown: by line, the columns, from 0, of formulas whose value
    nobody has calculated."""

    title: str
    rows: Sequence[Row]
    unknown: Mapping[int, frozenset[int]]


def read(data: bytes, file: str, *, require_answer: bool = True) -> Parsed:
    """Read a workbook. Raises SourceError where it is none, unpacks to too much, or has no sheet to read."""
    _check_archive(data, file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and validations, which are of no use here
            sheets = _sheets(data, file)
    except SourceError:
        raise
    except Exception:  # openpyxl has no errors of its own: a damaged file raises anything
        raise SourceError(
            file,
            "the workbook is damaged, or holds what no workbook may.",
            advice="Open it in a spreadsheet program and save it again.",
        ) from None
    sheets = [sheet for sheet in sheets if sheet.rows]
    readable = [sheet for sheet in sheets if is_header(sheet.rows[0][1], require_answer=require_answer)]
    if not readable:
        raise _unreadable(sheets, file, require_answer=require_answer)
    reading = Reading(file)
    for sheet in sheets:
        if not is_header(sheet.rows[0][1], require_answer=require_answer):
            reason = f"the sheet {sheet.title!r} has no columns 'question' and 'answer'"
            reading.drop(sheet.rows[0][0], reason, file=file)
    if all(len(sheet.rows) == 1 for sheet in readable):
        raise no_rows(file, readable[0].rows[0][0])
    for sheet in readable:
        part = f"{file}[{sheet.title}]" if len(readable) > 1 else file
        read_rows(_calculated(sheet, reading, part), reading, file=part)
    return finish(reading, require_answer=require_answer)


def _unreadable(sheets: Sequence[_Sheet], file: str, *, require_answer: bool) -> SourceError:
    """What to say where no sheet has a header."""
    first = sheets[0].rows[0] if sheets else (1, ())
    if sheets and first[0] in sheets[0].unknown:
        return SourceError(file, f"{_UNKNOWN}.", line=first[0])
    return missing_columns(file, first, require_answer=require_answer)


def _calculated(sheet: _Sheet, reading: Reading, file: str) -> list[Row]:
    """The rows without those in which a column that is read lacks its formula's value: they are refused."""
    header = [cell.strip() for cell in sheet.rows[0][1]]
    export = qna_maker.is_export(header)
    read = {column for column, name in enumerate(header) if role_of(name) or (export and name)}
    rows = list(sheet.rows[:1])
    if rows[0][0] in sheet.unknown:  # a column without a name, which is not read
        reading.refuse(rows[0][0], f"the row of column names {_UNKNOWN}", " ".join(header), file=file)
    for line, cells in sheet.rows[1:]:
        if read.isdisjoint(sheet.unknown.get(line, ())):
            rows.append((line, cells))
        else:
            reading.refuse(line, _UNKNOWN, " ".join(cells), file=file)
    return rows


def _check_archive(data: bytes, file: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise no_workbook(file) from None
    size = sum(part.file_size for part in parts)
    if size > MAX_UNPACKED or len(parts) > MAX_PARTS:
        raise SourceError(
            file,
            f"the workbook unpacks to {size:,} bytes in {len(parts):,} parts, "
            f"more than the {MAX_UNPACKED:,} in {MAX_PARTS:,} allowed.",
            advice="Split it, or save the sheet as CSV.",
        )


def _sheets(data: bytes, file: str) -> list[_Sheet]:
    workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    try:
        sheets = []
        left = MAX_ROWS
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()  # the size that a sheet claims need not be true
            rows = dict(_rows(sheet.iter_rows(values_only=True), file, left))
            left -= max(rows, default=0)
            unknown = _unknown(sheet) if _has_formulas(sheet) else {}
            rows = {line: rows.get(line, ()) for line in sorted(rows.keys() | unknown.keys())}
            sheets.append(_Sheet(title=str(sheet.title), rows=list(rows.items()), unknown=unknown))
        return sheets
    finally:
        workbook.close()


def _rows(cells: Iterable[tuple[Any, ...]], file: str, limit: int) -> Iterator[Row]:
    for number, row in enumerate(cells, start=1):
        if number > limit:
            raise SourceError(file, f"more than {MAX_ROWS:,} rows.", line=number, advice="Split it.")
        texts = [_text(value) for value in row]
        while texts and not texts[-1].strip():
            texts.pop()
        if len(texts) > MAX_COLUMNS:
            reason = f"the row has {len(texts):,} cells, more than the {MAX_COLUMNS} allowed."
            raise SourceError(file, reason, line=number)
        if texts:
            yield number, texts


def _has_formulas(sheet: Any) -> bool:
    """Whether a sheet may have formulas; most have none, and parsing one a second time takes its time."""
    rest = b""
    with sheet._get_source() as source:
        while chunk := source.read(1 << 20):
            if _FORMULA_TAG.search(rest + chunk):
                return True
            rest = chunk[-64:]
    return False


def _unknown(sheet: Any) -> dict[int, frozenset[int]]:
    """By line, the columns, from 0, of formulas without a stored value, which openpyxl reads as empty cells.

    A formula that came to an empty text has one: an empty value of the type "str".
    """
    unknown: dict[int, frozenset[int]] = {}
    line = 0
    with sheet._get_source() as source:
        for _, row in iterparse(source):
            if row.tag != _ROW:
                continue
            line, column = int(float(row.get("r", line + 1))), 0
            found = set()
            for cell in row:
                place, value = cell.get("r"), cell.find(_VALUE)
                column = coordinate_to_tuple(place)[1] if place else column + 1
                stored = value is not None and (value.text or cell.get("t") == "str")
                if not stored and cell.find(_FORMULA) is not None:
                    found.add(column - 1)
            if found:
                unknown[line] = frozenset(found)
            row.clear()
    return unknown


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value)
