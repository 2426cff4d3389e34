"""From records (rows, objects) to drafts: the field names that tables, JSON and YAML share.

Names are compared without case, spaces, hyphens and underscores. The first of a list that a record has
counts; tags are gathered from all of them. A field that is none of these is reported once a file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from index.errors import SourceError
from index.sources.drafts import Draft, Reading

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "id": ("id", "qnaid", "entryid", "faqid", "key", "slug", "number", "no", "nr", "#"),
    "question": (
        "question", "q", "questiontext", "faqquestion", "title", "name", "heading", "frage", "pregunta",
        "pergunta", "domanda", "问题",
    ),
    "answer": (
        "answer", "a", "answertext", "faqanswer", "response", "reply", "body", "content", "antwort",
        "respuesta", "réponse", "reponse", "resposta", "risposta", "答案",
    ),
    "variants": (
        "variants", "variant", "alternatives", "alternatequestions", "alternativequestions",
        "alternatequestion", "alternativequestion", "alternatephrasings", "alternativephrasings", "phrasings",
        "paraphrases",
        "utterances", "aliases", "otherwordings", "alsoaskedas",
    ),
    "tags": ("tags", "tag", "labels", "category", "categories", "topic", "topics", "section", "keywords"),
    "locale": ("locale", "lang", "language"),
    "url": ("url", "link", "href"),
    "related": ("related", "relatedids", "seealso"),
}  # fmt: skip
CONTAINERS: Final = ("faqs", "faq", "entries", "items", "questions", "qnadocuments", "records", "data")
MAX_RECORDS: Final = 200_000
_UNUSED: Final = 100  # fields that are reported as not used
_NUMBERED: Final = re.compile(r"(.*?\D)\d{1,4}")


@dataclass(frozen=True, slots=True)
class Located:
    """A value and the 1-based line it begins on. Lists and mappings of the outer levels hold Located."""

    line: int
    value: Any


@lru_cache(maxsize=1024)
def fold(name: str) -> str:
    """A field name without case, spaces and separators."""
    return re.sub(r"[\s_.-]+", "", name.casefold())


@lru_cache(maxsize=1024)
def role_of(name: str) -> str:
    """The field of an entry that a name stands for, or ""; "variant_1" stands for "variants"."""
    folded = fold(name)
    numbered = _NUMBERED.fullmatch(folded)
    for role, names in FIELDS.items():
        if folded in names or (role in ("variants", "tags") and numbered and numbered[1] in names):
            return role
    return ""


def read_tree(tree: Located, reading: Reading) -> None:
    """Drafts from a parsed document: a list of records, an object that holds one under a name such as
    "faqs", one record, or an object from questions to answers."""
    value = tree.value
    if isinstance(value, Mapping):
        names = {fold(str(key)): key for key in value}
        container = next((names[name] for name in CONTAINERS if name in names), None)
        held = value[container].value if container is not None else None
        record = {role_of(str(key)) for key in value}
        if isinstance(held, list) and not ("answer" in record and container == names.get("questions")):
            for key, other in value.items():
                if key != container:
                    reading.drop(other.line, f"the field {key!r} beside {container!r} is not used")
            value = held
        elif "answer" in record and ("question" in record or "questions" in names):
            value = [tree]
        else:
            _read_map(value, reading)
            return
    if not isinstance(value, list):
        raise SourceError(
            reading.file,
            "this holds no list of entries.",
            line=tree.line,
            advice='Write [{"question": …, "answer": …}], {"faqs": […]} or {question: answer}.',
        )
    read_records(value, reading)


def read_records(records: Sequence[Located], reading: Reading) -> None:
    """A draft from each record; what is no record, or has a field of the wrong type, is refused."""
    if len(records) > MAX_RECORDS:
        raise too_many(reading.file, records[MAX_RECORDS].line)
    unused: set[str] = set()
    for record in records:
        if not isinstance(record.value, Mapping):
            found = _kind(record.value)
            reason = f"expected an object with question and answer, found {found}"
            reading.refuse(record.line, reason, shown(record.value))
            continue
        fields = {str(key): bare(value) for key, value in record.value.items()}
        try:
            draft = _draft(fields, record.line, reading, unused)
        except ValueError as error:
            reading.refuse(record.line, str(error), shown(fields))
            continue
        reading.drafts.append(draft)


def too_many(file: str, line: int) -> SourceError:
    """What to say about a file of more than MAX_RECORDS entries; line: of the first that is too many."""
    return SourceError(
        file, f"more than the {MAX_RECORDS:,} entries allowed in a file.", line=line, advice="Split it."
    )


def _read_map(value: Mapping[str, Any], reading: Reading) -> None:
    """{question: answer}, or {question: {"answer": …, "variants": …}}."""
    records = []
    for question, held in value.items():
        answer = bare(held)
        fields = dict(answer) if isinstance(answer, Mapping) else {"answer": answer}
        if any(role_of(name) == "question" for name in fields):
            reading.drop(
                held.line, "the key of an object that has a question of its own is not used", question
            )
        else:
            fields["question"] = question
        records.append(Located(held.line, fields))
    read_records(records, reading)


def _draft(fields: Mapping[str, Any], line: int, reading: Reading, unused: set[str]) -> Draft:
    by_role: dict[str, dict[str, Any]] = {}
    questions: Any = None
    for name, value in fields.items():
        role = role_of(name)
        if fold(name) == "questions":  # QnA Maker's JSON: the question and its variants in one list
            by_role.setdefault("variants", {})[name] = value
            questions = value
        elif role:
            by_role.setdefault(role, {})[name] = value
        elif value not in (None, "", []):
            _note_unused(name, line, reading, unused)
    asked = by_role.get("question", {}).values()
    if isinstance(questions, list) and questions and all(value in (None, "") for value in asked):
        by_role["question"] = {"question": questions[0]}
    chosen: dict[str, str] = {}
    for role in ("id", "question", "answer", "locale", "url"):
        ranked = sorted(by_role.get(role, {}).items(), key=lambda item: FIELDS[role].index(fold(item[0])))
        filled = [(name, value) for name, value in ranked if value not in (None, "")]
        for name, _ in filled[1:]:
            _note_unused(name, line, reading, unused)
        chosen[role] = _text(filled[0][1], filled[0][0], number=role == "id") if filled else ""
    lists: dict[str, Any] = {
        role: [text for name, value in by_role.get(role, {}).items() for text in _texts(value, name, role)]
        for role in ("variants", "tags", "related")
    }
    return Draft(file=reading.file, line=line, **{**lists, **chosen})


def _note_unused(name: str, line: int, reading: Reading, unused: set[str]) -> None:
    if name not in unused and len(unused) < _UNUSED:
        unused.add(name)
        reading.drop(line, f"the field {name[:80]!r} is not used (reported once a file)")
        if len(unused) == _UNUSED:
            reading.drop(line, "fields further down that are not used are not reported any more")


def split_cell(text: str, role: str) -> Sequence[str]:
    """The parts of a text that stands for a list: variants by line or "|"; tags and ids also by ",;"."""
    if role == "variants":
        return text.splitlines() if "\n" in text.strip() else text.split("|")
    return re.split(r"[,;|\n]", text)


def _texts(value: Any, name: str, role: str) -> Sequence[str]:
    if value is None:
        return ()
    if isinstance(value, list):
        if role == "tags":  # QnA Maker's metadata: [{"name": …, "value": …}]
            value = [_pair(item) for item in value]
        return [_text(item, name, number=role != "variants") for item in value if item is not None]
    return split_cell(_text(value, name, number=role != "variants"), role)


def _pair(item: Any) -> Any:
    if isinstance(item, Mapping) and {"name", "value"} == set(item):
        return f"{item['name']}:{item['value']}"
    return item


def _text(value: Any, name: str, *, number: bool) -> str:
    if isinstance(value, str):
        return value
    if number and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    expected = "text or a whole number" if number else "text"
    raise ValueError(f"the field {name[:80]!r} must be {expected}, found {_kind(value)}")


def _kind(value: Any) -> str:
    kinds = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "text",
        list: "a list",
        type(None): "null",
    }
    return "an object" if isinstance(value, Mapping) else kinds.get(type(value), type(value).__name__)


def shown(value: Any) -> str:
    """The texts and numbers of a value, for a report; its depth is bounded by the parsers."""
    if isinstance(value, Located):
        return shown(value.value)
    if isinstance(value, Mapping):
        value = list(value.values())
    return " ".join(map(shown, value)) if isinstance(value, list) else "" if value is None else str(value)


def bare(value: Any) -> Any:
    """The value without line numbers; its depth is bounded by the parsers."""
    if isinstance(value, Located):
        return bare(value.value)
    if isinstance(value, Mapping):
        return {key: bare(held) for key, held in value.items()}
    return [bare(held) for held in value] if isinstance(value, list) else value
