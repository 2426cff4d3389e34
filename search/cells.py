"""Text in the cells of tables, where a spreadsheet would take some of it for a formula."""

from __future__ import annotations

import re
from typing import Final, TypeVar

T = TypeVar("T")

# OWASP's list of how a formula begins, and the same in full width.
_FORMULA: Final = re.compile(r"[\s\x00-\x1f]*[=+\-@＝＋－＠]|[\t\r\n\x00]")
# In many countries a spreadsheet splits CSV at semicolons and knows no quotes after a comma: what follows a
# semicolon, a tab or a line's end then begins a cell, too, whatever blanks and quotes stand before it.
_SPLIT_FORMULA: Final = re.compile(
    r"""(?<=[;\t\r\n])(?=(?:[^\S\t\r\n]|["\x00-\x08\x0e-\x1f])*[=+\-@＝＋－＠])"""
)


def harmless(value: T) -> T | str:
    """The value of a cell of CSV; what a spreadsheet would compute is made text by an apostrophe before it,
    within a text too.
    """
    if not isinstance(value, str):
        return value
    text = _SPLIT_FORMULA.sub("'", value)
    return f"'{text}" if _FORMULA.match(value) else text
