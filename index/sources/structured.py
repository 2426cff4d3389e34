"""JSON and JSONL. Entries know their line; doubled keys and deep nesting are refused."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections import Counter
from typing import Any, Final

from index.errors import SourceError
from index.sources.drafts import Reading, finish
from index.sources.parsed import Parsed
from index.sources.records import MAX_RECORDS, Located, read_records, read_tree, too_many

MAX_DEPTH: Final = 50
_SPACE: Final = re.compile(r"[ \t\r\n]*")
# A string that is never closed is one to the end: trying again at every quote in it would take minutes.
_BRACKETS: Final = re.compile(r'"(?:[^"\\]|\\(?:.|\Z))*+(?:"|\Z)|[\[\]{}]', re.S)


def read_json(text: str, file: str, *, require_answer: bool = True) -> Parsed:
    """Read a JSON file: a list of records, an object that holds one, or an object {question: answer}."""
    reading = Reading(file)
    read_tree(_Walker(text.removeprefix("\ufeff"), file).document(), reading)
    return finish(reading, require_answer=require_answer)


def read_jsonl(text: str, file: str, *, require_answer: bool = True) -> Parsed:
    """Read JSON lines, a record a line; a line that is no JSON is refused, the others are read."""
    reading = Reading(file)
    records: list[Located] = []
    if not text.removeprefix("\ufeff").strip():
        raise SourceError(file, "the file is empty.")
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if not line.strip():
            continue
        if number > MAX_RECORDS:
            raise too_many(file, number)
        try:
            value = load(line)
        except NotJson as error:
            reading.refuse(number, f"this is not JSON: {error}", line)
            continue
        records.append(Located(number, value))
    read_records(records, reading)
    return finish(reading, require_answer=require_answer)


def load(text: str) -> Any:
    """One JSON value. Raises NotJson for what is none, for doubled keys, NaN, nesting beyond MAX_DEPTH."""
    check_depth(text)
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at column {error.colno}", error.lineno) from None
    except ValueError as error:
        raise NotJson(str(error), 1) from None


class NotJson(ValueError):
    """Why a text is not JSON that is read, and on which of its lines, as far as that is known, else 1."""

    def __init__(self, reason: str, line: int) -> None:
        self.line = line
        super().__init__(reason)


def check_depth(text: str) -> None:
    """Raises NotJson where brackets outside strings nest deeper than MAX_DEPTH."""
    depth = 0
    for match in _BRACKETS.finditer(text):
        if match[0] in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                line = text.count("\n", 0, match.start()) + 1
                raise NotJson(f"it is nested deeper than {MAX_DEPTH} levels", line)
        elif match[0] in "]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        doubled = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f"the key {doubled[:80]!r} stands twice in one object")
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _whole(digits: str) -> int:
    try:
        return int(digits)
    except ValueError:  # Python reads no more than some thousands of digits: it would take long
        raise ValueError("a number has too many digits") from None


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_whole)


class _Walker:
    """Decodes a document element by element, so that each element's line is known."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text, file
        self.newlines = [match.start() for match in re.finditer("\n", text)]

    def document(self) -> Located:
        try:
            check_depth(self.text)
        except NotJson as error:
            raise SourceError(self.file, f"{error}.", line=error.line, advice="FAQ files are flat.") from None
        if not self.text.strip():
            raise SourceError(self.file, "the file is empty.")
        value, end = self._value(self._skip(0), levels=2)
        end = self._skip(end)
        if end != len(self.text):
            raise self._error(end, "there is more after the end of the document")
        return value

    def _value(self, start: int, *, levels: int) -> tuple[Located, int]:
        """The value at `start` and the position after it; the outer levels hold Located."""
        sign = self.text[start : start + 1]
        if levels and sign == "[":
            return self._list(start, levels)
        if levels and sign == "{":
            return self._object(start, levels)
        try:
            value, end = _DECODER.raw_decode(self.text, start)
        except json.JSONDecodeError as error:
            raise self._error(error.pos, error.msg) from None
        except ValueError as error:
            raise self._error(start, str(error)) from None
        return Located(self._line(start), value), end

    def _list(self, start: int, levels: int) -> tuple[Located, int]:
        items: list[Located] = []
        position = self._skip(start + 1)
        if self.text[position : position + 1] == "]":
            return Located(self._line(start), items), position + 1
        while True:
            item, position = self._value(position, levels=levels - 1)
            items.append(item)
            position, ended = self._next(position, "]")
            if ended:
                return Located(self._line(start), items), position

    def _object(self, start: int, levels: int) -> tuple[Located, int]:
        fields: dict[str, Located] = {}
        position = self._skip(start + 1)
        if self.text[position : position + 1] == "}":
            return Located(self._line(start), fields), position + 1
        while True:
            key, end = self._value(position, levels=0)
            if not isinstance(key.value, str):
                raise self._error(position, "a key must be text in double quotes")
            if key.value in fields:
                raise self._error(position, f"the key {key.value[:80]!r} stands twice in one object")
            end = self._skip(end)
            if self.text[end : end + 1] != ":":
                raise self._error(end, "expected ':' after a key")
            value, position = self._value(self._skip(end + 1), levels=levels - 1)
            fields[key.value] = Located(key.line, value.value)
            position, ended = self._next(position, "}")
            if ended:
                return Located(self._line(start), fields), position

    def _next(self, position: int, closing: str) -> tuple[int, bool]:
        """Past the comma to the next element, or past the closing bracket."""
        position = self._skip(position)
        sign = self.text[position : position + 1]
        if sign == closing:
            return position + 1, True
        if sign != ",":
            raise self._error(position, f"expected ',' or '{closing}'")
        return self._skip(position + 1), False

    def _skip(self, position: int) -> int:
        match = _SPACE.match(self.text, position)
        return match.end() if match else position

    def _line(self, position: int) -> int:
        return bisect_right(self.newlines, position - 1) + 1

    def _error(self, position: int, reason: str) -> SourceError:
        return SourceError(self.file, f"this is not JSON: {reason}.", line=self._line(position))
