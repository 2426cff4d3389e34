"""YAML: records as in JSON. Only plain data is read: every scalar is text as it is written ("no" stays "no").

Anchors, aliases and tags are refused, for they can make a small file mean a huge one or run code; so are
doubled keys and deep nesting. Several documents in one file are read as one list.
"""

from __future__ import annotations

from typing import Any, Final

import yaml

from index.errors import SourceError
from index.sources.drafts import Reading, finish
from index.sources.parsed import Parsed
from index.sources.records import MAX_RECORDS, Located, read_tree, too_many
from index.sources.structured import MAX_DEPTH

_Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times as fast
_NULLS: Final = frozenset(("", "~", "null", "Null", "NULL"))
_PLAIN_TAGS: Final = frozenset((None, "!", "tag:yaml.org,2002:str"))


def read(text: str, file: str, *, require_answer: bool = True) -> Parsed:
    """Read a YAML file: a list of records, a mapping that holds one, or a mapping {question: answer}."""
    reading = Reading(file)
    documents = load_documents(text, file)
    if not documents:
        raise SourceError(file, "the file is empty.")
    if len(documents) == 1:
        read_tree(documents[0], reading)
    else:
        for document in documents:
            held = document.value if isinstance(document.value, list) else [document]
            read_tree(Located(document.line, held), reading)
    return finish(reading, require_answer=require_answer)


def load_documents(text: str, file: str, *, first_line: int = 1) -> list[Located]:
    """The documents of a YAML text: Located dicts, lists, str and None, nested.

    first_line: the line of the file on which the text begins. Raises SourceError with the line.
    """
    builder = _Builder(file, first_line)
    try:
        for event in yaml.parse(text.removeprefix("\ufeff"), Loader=_Loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + first_line if mark else None
        raise SourceError(file, f"this is not YAML: {error.problem or error.context}.", line=line) from None
    except (yaml.YAMLError, UnicodeError) as error:
        raise SourceError(file, f"this is not YAML: {str(error).splitlines()[0]}.") from None
    return builder.documents


class _Builder:
    """Builds values from parser events with a stack of its own, so that no nesting exhausts Python's."""

    def __init__(self, file: str, first_line: int) -> None:
        self.file, self.first_line = file, first_line
        self.documents: list[Located] = []
        self.open: list[Located] = []
        self.keys: list[str | None] = []  # the key that waits for its value, one an open container

    def take(self, event: Any) -> None:
        """Add one event."""
        line = event.start_mark.line + self.first_line
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            reason = "anchors and aliases (&name, *name) are not read: they can make a small file huge."
            raise SourceError(self.file, reason, line=line, advice="Write the text out, or quote it.")
        if isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None) not in _PLAIN_TAGS:
            reason = f"the tag {str(event.tag)[:80]!r} is not read."  # type: ignore[attr-defined]
            raise SourceError(self.file, reason, line=line, advice="Remove it, or quote the text.")
        if isinstance(event, yaml.ScalarEvent):
            null = event.style in (None, "") and event.value in _NULLS and event.tag is None
            self._add(Located(line, None if null else event.value))
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            if len(self.open) >= MAX_DEPTH:
                reason = f"it is nested deeper than {MAX_DEPTH} levels."
                raise SourceError(self.file, reason, line=line, advice="FAQ files are flat.")
            value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
            container = Located(line, value)
            self._add(container)
            self.open.append(container)
            self.keys.append(None)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self.open.pop()
            self.keys.pop()

    def _add(self, located: Located) -> None:
        if not self.open:
            if len(self.documents) >= MAX_RECORDS:
                raise too_many(self.file, located.line)
            self.documents.append(located)
            return
        container = self.open[-1].value
        if isinstance(container, list):
            container.append(located)
        elif self.keys[-1] is None:
            key = located.value if located.value is not None else ""
            if not isinstance(key, str):
                raise SourceError(self.file, "a key must be text.", line=located.line)
            if key in container:
                reason = f"the key {key[:80]!r} stands twice in one mapping."
                raise SourceError(self.file, reason, line=located.line, advice="Remove one of them.")
            self.keys[-1] = key
        else:
            container[self.keys[-1]] = located
            self.keys[-1] = None
