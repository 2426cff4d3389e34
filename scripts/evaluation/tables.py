"""Tables for the terminal and for Markdown, from the same cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from index.text import clean_line

UNDEFINED: Final = "–"
QUERY_WIDTH: Final = 60
"""Characters of a query that are shown where there are many."""
# What Markdown acts on within a line, as GitHub reads it; a backslash before it makes it a plain sign.
_ACTIVE: Final = re.compile(r"([\\`*_\[\]<>|&~$]|:(?=//)|(?<=www)\.)", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """header and rows: as many cells each, any text; the first `left` columns hold words, the others numbers.
    title, notes: above and below the table, written by us.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int = 1
    notes: tuple[str, ...] = ()


def as_text(table: Table) -> str:
    """Columns of equal width."""
    lines = [tuple(clean_line(cell) for cell in row) for row in (table.header, *table.rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(table.header))]
    shown = [
        "  ".join(_pad(cell, widths[n], n < table.left) for n, cell in enumerate(line)) for line in lines
    ]
    return "\n".join([table.title, *(f"  {line.rstrip()}" for line in shown), *table.notes])


def as_markdown(table: Table) -> str:
    """A heading and a table of GitHub's Markdown, in which no cell can be anything but text."""
    marks = ["---" if column < table.left else "--:" for column in range(len(table.header))]
    lines = [_row([escape(cell) for cell in table.header]), _row(marks)]
    lines += [_row([escape(cell) for cell in row]) for row in table.rows]
    notes = "".join(f"\n{note}\n" for note in table.notes)
    return "## {}\n\n{}\n{}".format(table.title, "\n".join(lines), notes)


def escape(text: str) -> str:
    """The text on one line of Markdown that shows as it is."""
    return _ACTIVE.sub(r"\\\1", clean_line(text))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _pad(cell: str, width: int, left: bool) -> str:
    return cell.ljust(width) if left else cell.rjust(width)
