"""Which format a file is in: by its name, and by its content where the name doesn't tell.

A name that contradicts the content loses only where the content is beyond doubt: a workbook named .csv, a
page of HTML named .txt, JSON named .txt. A file with an unknown extension is judged by its content alone.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable
from pathlib import PurePath
from typing import Final

BY_EXTENSION: Final = {
    ".md": "markdown", ".markdown": "markdown", ".mdx": "markdown", ".mkd": "markdown",
    ".csv": "csv", ".tsv": "csv", ".tab": "csv",
    ".xlsx": "xlsx", ".xlsm": "xlsx",
    ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".yaml": "yaml", ".yml": "yaml",
    ".html": "html", ".htm": "html", ".xhtml": "html",
}  # fmt: skip
FORMATS: Final = ("text", "markdown", "csv", "xlsx", "json", "jsonl", "yaml", "html")

_HEAD: Final = 65_536  # characters looked at
_HTML: Final = re.compile(
    r"<(?:!doctype\s+html|html|head|body|main|article|section|details|dl|div|script)\b", re.I
)
_HEADING: Final = re.compile(r"#{1,6}[ \t]+\S")
_FENCE: Final = re.compile(r"[ ]{0,3}(?:```|~~~)")
_YAML: Final = re.compile(r"(?:---[ \t]*$)|(?:-[ \t]+[\w\"' -]{1,60}:(?:[ \t]|$))|(?:[\w-]{1,60}:[ \t]*$)")
_YAML_FIELD: Final = re.compile(r"(?:[ ]*-)?[ \t]*(?:question|q|title)[ \t]*:[ \t]*\S", re.I)
_YAML_ANSWER: Final = re.compile(r"[ ]+(?:answer|a|response|body)[ ]*:(?:[ ]|$)", re.I)


def is_workbook(data: bytes) -> bool:
    """Whether the bytes are an XLSX workbook."""
    if not data.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "[Content_Types].xml" in archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False


def detect(name: str, text: str, *, columns: Iterable[str]) -> str:
    """The format of a text file. columns: words, lower case, one of which a table's header row has."""
    named = BY_EXTENSION.get(PurePath(name).suffix.lower(), "")
    if named and named != "xlsx":
        return named
    head = text[:_HEAD].lstrip("\ufeff \t\r\n")
    return (
        _markup(head)
        or _json(head)
        or ("markdown" if _is_markdown(head) else "")
        or ("yaml" if _is_yaml(head) else "")
        or ("csv" if _is_table(head, columns) else "")
        or "text"
    )


def _markup(head: str) -> str:
    starts_markup = head.startswith("<") and (_HTML.search(head) or head.startswith("<?xml"))
    return "html" if starts_markup else ""


def _json(head: str) -> str:
    """JSON begins with a bracket that is followed by what only JSON has there."""
    if not re.match(r"\[\s*(?:\{|\]|$)|\{\s*(?:\"|\}|$)", head):
        return ""
    lines = [line.strip() for line in head.split("\n", 20)[:20] if line.strip()]
    whole = all(line.startswith("{") and line.endswith("}") for line in lines[:-1])
    return "jsonl" if len(lines) > 1 and whole and lines[-1].startswith("{") else "json"


def _is_markdown(head: str) -> bool:
    """Headings outside code, or front matter that is closed; a YAML file's comments are no headings."""
    lines = head.split("\n")
    if lines[0].rstrip() == "---":
        return any(line.rstrip() == "---" for line in lines[1:200])
    fenced = headings = 0
    for line in lines:
        if _FENCE.match(line):
            fenced ^= 1
        headings += not fenced and bool(_HEADING.match(line))
    content = [line for line in lines if line.strip() and not _HEADING.match(line)]
    return headings > 0 and not _is_yaml("\n".join(content))


def _is_yaml(head: str) -> bool:
    """A question's field, and an answer's that is indented, as "Q:" and "A:" in a text seldom are."""
    lines = [line for line in head.split("\n", 200)[:200] if line.strip() and not line.startswith("#")]
    if not lines or not (_YAML.match(lines[0]) or _YAML_FIELD.match(lines[0])):
        return False
    return any(map(_YAML_FIELD.match, lines)) and any(map(_YAML_ANSWER.match, lines))


def _is_table(head: str, columns: Iterable[str]) -> bool:
    first = head.split("\n", 1)[0].lower()
    cells = max((re.split(re.escape(sign), first) for sign in ",;\t|"), key=len)
    names = {re.sub(r"[\W_]+", "", cell) for cell in cells}
    return len(cells) > 1 and bool(names & set(columns))
