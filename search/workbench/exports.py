"""Tables as files. No cell becomes a formula, markup, or another cell, whatever visitors typed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

import orjson

from index.extras import require
from search.cells import harmless
from search.workbench.tables import Cell, Table

_MARKUP: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&:@])")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LONGEST: Final = 32_767  # characters of a cell in XLSX


class Format(NamedTuple):
    """media_type: of the response. write: the table as the file's bytes."""

    media_type: str
    write: Callable[[Table], bytes]


def csv_bytes(table: Table) -> bytes:
    """Comma-separated, UTF-8 with the mark that spreadsheets need to see it.

    What a spreadsheet would take for a formula is made harmless.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([harmless(name) for name in table.columns])
    writer.writerows([harmless(cell) for cell in row] for row in table.rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def xlsx_bytes(table: Table) -> bytes:
    """A workbook with one sheet. Texts are written as texts. Raises ExtraMissing."""
    xlsxwriter = require("xlsxwriter", extra="admin")
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "nan_inf_to_errors": True,
        },
    )
    sheet = book.add_worksheet(table.name[:31])
    bold = book.add_format({"bold": True})
    for column, name in enumerate(table.columns):
        sheet.write_string(0, column, name, bold)
        sheet.set_column(column, column, 50 if name in _WIDE else 14)
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(table.rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, _CONTROLS.sub("\ufffd", cell)[:_LONGEST])
            elif cell is not None:
                sheet.write(number, column, cell)
    book.close()
    return file.getvalue()


_WIDE: Final = frozenset(
    ("query", "question", "name", "suggested question", "reason", "advice", "in their words")
)


def markdown_bytes(table: Table) -> bytes:
    """A table of Markdown as GitHub reads it, every character of markup escaped."""
    lines = [
        _line(_escaped(name) for name in table.columns),
        _line("---:" if _is_number(table, at) else "---" for at in range(len(table.columns))),
    ]
    lines += [_line(_escaped(cell) for cell in row) for row in table.rows]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def json_bytes(table: Table) -> bytes:
    """A list of objects, a row each."""
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return orjson.dumps(rows, option=orjson.OPT_INDENT_2)


FORMATS: Final[Mapping[str, Format]] = {
    "csv": Format("text/csv; charset=utf-8", csv_bytes),
    "xlsx": Format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx_bytes),
    "md": Format("text/markdown; charset=utf-8", markdown_bytes),
    "json": Format("application/json", json_bytes),
}


def _escaped(cell: Cell) -> str:
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return str(cell)
    return _MARKUP.sub(r"\\\1", " ".join(_CONTROLS.sub("\ufffd", cell).split()))


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _is_number(table: Table, column: int) -> bool:
    return any(isinstance(row[column], (int, float)) for row in table.rows)
