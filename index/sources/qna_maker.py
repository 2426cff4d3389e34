"""The tables that QnA Maker and Azure question answering export; see `index.sources.table`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from index.sources.drafts import Reading
from index.sources.records import Located, fold, role_of, split_cell
from index.sources.structured import load

_OWN: Final = {"metadata", "suggestedquestions", "iscontextonly", "prompts", "qnaid"}


def is_export(names: Sequence[str]) -> bool:
    """Whether the columns are those of an export: two or more that only it has."""
    return len(_OWN & {fold(name) for name in names}) >= 2


def merge_rows(rows: Sequence[Located], reading: Reading, *, escaped: bool) -> list[Located]:
    """Records from rows: those with one id and one answer are one record."""
    merged: dict[tuple[str, str], dict[str, Any]] = {}
    lines: dict[tuple[str, str], int] = {}
    for row in rows:
        cells = {fold(name): str(cell) for name, cell in row.value.items()}
        cells["answer"] = _unescape(cells.get("answer", "")) if escaped else cells.get("answer", "")
        key = cells.get("qnaid", "").strip(), cells["answer"].strip()
        if not any(key):
            key = (f"line {row.line}", "")
        record = merged.get(key)
        question = cells.get("question", "")
        if record is None:
            lines[key] = row.line
            record = merged[key] = {
                "id": cells.get("qnaid", "").strip(),
                "question": question,
                "answer": cells["answer"],
                "variants": [],
                "tags": [],
                "related": [],
            }
        else:
            record["variants"].append(question)
        for name, cell in row.value.items():
            if fold(name) not in _KNOWN:
                _add(record, name, str(cell), row.line, reading)
        source = cells.get("source", "").strip()
        if source.casefold() != "editorial":  # written in the portal, which says nothing
            is_address = source.startswith(("http://", "https://"))
            _add(record, "url" if is_address else "Source", source, row.line, reading)
        record["variants"] += split_cell(cells.get("alternatequestions", ""), "variants")
        record["variants"] += _suggestions(cells.get("suggestedquestions", ""), row.line, reading)
        record["tags"] += [part for part in cells.get("metadata", "").split("|") if part.strip()]
        if cells.get("iscontextonly", "").strip().casefold() in ("true", "1", "yes"):
            record["tags"].append("context-only")
        record["related"] += _prompts(cells.get("prompts", ""), row.line, reading)
    return [Located(lines[key], record) for key, record in merged.items()]


_KNOWN: Final = _OWN | {"question", "answer", "source", "alternatequestions"}


def _add(record: dict[str, Any], name: str, cell: str, line: int, reading: Reading) -> None:
    """Add a column that is none of an export's own, or the source. What differs between rows of one entry
    adds up where there may be several, else the first stays."""
    role = role_of(name)
    if role in ("variants", "tags", "related"):
        record[role] += split_cell(cell, role)
        return
    record[name] = record.get(name) or cell
    if role and record[name] != cell:
        reading.drop(line, f"an earlier row of the same entry has another {name[:80]!r}", cell)


def _suggestions(cell: str, line: int, reading: Reading) -> list[str]:
    held = _load_list(cell, "SuggestedQuestions", line, reading)
    clusters = [item for item in held if not isinstance(item, str)]
    if clusters:
        reading.drop(line, "suggestions of active learning that nobody has accepted are not read", cell)
    return [item for item in held if isinstance(item, str)]


def _prompts(cell: str, line: int, reading: Reading) -> list[str]:
    related = []
    for prompt in _load_list(cell, "Prompts", line, reading):
        fields = {fold(str(key)): value for key, value in prompt.items()} if isinstance(prompt, dict) else {}
        id_ = fields.get("qnaid")
        if isinstance(id_, (int, str)) and not isinstance(id_, bool):
            related.append(str(id_))
        else:
            reading.drop(line, "a prompt that names no QnaId is not read", cell)
    return related


def _load_list(cell: str, column: str, line: int, reading: Reading) -> list[Any]:
    if not cell.strip():
        return []
    try:
        value = load(cell)
    except ValueError as error:
        reading.refuse(line, f"the column {column} holds no JSON list: {error}", cell)
        return []
    if isinstance(value, list):
        return value
    reading.refuse(line, f"the column {column} holds no JSON list", cell)
    return []


def _unescape(answer: str) -> str:
    return answer if "\n" in answer else re.sub(r"\\r\\n|\\n", "\n", answer)
