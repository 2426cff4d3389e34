"""Workbooks: each sheet whose first filled row names the columns, as in `index.sources.table`.

Formulas count with the value that was last calculated. Sheets without the columns are reported. What a file
says it unpacks to is checked before anything is unpacked.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any, Final

import openpyxl

from index.errors import SourceError
from index.sources.drafts import Reading, finish
from index.sources.parsed import Parsed
from index.sources.table import Row, is_header, missing_columns, read_rows

MAX_UNPACKED: Final = 200 * 1024 * 1024  # bytes
MAX_PARTS: Final = 5_000  # files in the archive
MAX_ROWS: Final = 1_048_576  # of all sheets together; what Excel allows in one
MAX_COLUMNS: Final = 256


def read(data: bytes, file: str, *, require_answer: bool = True) -> Parsed:
    """Read a workbook. Raises SourceError where it is none, unpacks to too much, or has no sheet to read."""
    _check_archive(data, file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and validations, which are of no use here
            sheets = _sheets(data, file)
    except SourceError:
        raise
    except Exception as error:  # openpyxl has no errors of its own: a damaged file raises anything
        reason = f"the workbook is damaged: {type(error).__name__}: {str(error)[:200]}."
        raise SourceError(
            file, reason, advice="Open it in a spreadsheet program and save it again."
        ) from None
    readable = [
        sheet for sheet in sheets if sheet[1] and is_header(sheet[1][0][1], require_answer=require_answer)
    ]
    if not readable:
        first = next((rows[0] for _, rows in sheets if rows), (1, ()))
        raise missing_columns(file, first, require_answer=require_answer)
    reading = Reading(file)
    for title, rows in sheets:
        if rows and not is_header(rows[0][1], require_answer=require_answer):
            reading.drop(rows[0][0], f"the sheet {title!r} has no columns 'question' and 'answer'", file=file)
    for title, rows in readable:
        read_rows(rows, reading, file=f"{file}[{title}]" if len(readable) > 1 else file)
    return finish(reading, require_answer=require_answer)


def _check_archive(data: bytes, file: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise SourceError(
            file, "this is no .xlsx workbook.", advice="An .xls file must be saved as .xlsx first."
        ) from None
    size = sum(part.file_size for part in parts)
    if size > MAX_UNPACKED or len(parts) > MAX_PARTS:
        raise SourceError(
            file,
            f"the workbook unpacks to {size:,} bytes in {len(parts):,} parts, "
            f"more than the {MAX_UNPACKED:,} in {MAX_PARTS:,} allowed.",
            advice="Split it, or save the sheet as CSV.",
        )


def _sheets(data: bytes, file: str) -> list[tuple[str, list[Row]]]:
    workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    try:
        sheets = []
        left = MAX_ROWS
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()  # the size that a sheet claims need not be true
            rows = list(_rows(sheet.iter_rows(values_only=True), file, left))
            left -= rows[-1][0] if rows else 0
            sheets.append((str(sheet.title), rows))
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


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value)
