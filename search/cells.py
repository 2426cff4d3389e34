"""Text in the cells of spreadsheets, where some of it would be a formula."""

from __future__ import annotations

from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet may compute: OWASP's list, and the same in full width."""


def harmless(value: object) -> object:
    """The value of a cell; text that a spreadsheet would compute is made text by an apostrophe before it."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value
