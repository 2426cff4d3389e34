"""The settings of a collection: its `collection.yaml`."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, Literal, cast

from index.errors import CollectionError, SourceError
from index.extras import require
from index.sources import read_bytes
from index.sources.decoding import decode
from index.sources.records import bare

_LOCALE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionSettings:
    """title: the collection's name for people. locale: of entries that have none. on_invalid: whether an
    invalid piece stops the build or is skipped. model: a sentence-transformers model, None for the default.
    """

    title: str | None = None
    locale: str | None = None
    on_invalid: Literal["stop", "skip"] = "stop"
    model: str | None = None


def load_settings(path: Path, name: str) -> CollectionSettings:
    """Read `collection.yaml`; the defaults where there is none.

    Raises SourceError where it is no YAML, CollectionError for an unknown key or value.
    """
    if not path.exists():
        return CollectionSettings()
    text = decode(read_bytes(path, name), name)
    if not text.strip():
        return CollectionSettings()
    require("yaml", extra="build")
    from index.sources.yaml_file import load_documents

    documents = load_documents(text, name)
    if len(documents) != 1 or not isinstance(documents[0].value, dict):
        raise SourceError(name, "expected one mapping of settings, such as 'title: Help centre'.", line=1)
    allowed = [field.name for field in fields(CollectionSettings)]
    values: dict[str, str] = {}
    for key, held in documents[0].value.items():
        value = bare(held)
        if key not in allowed:
            raise CollectionError(
                f"{name}:{held.line}: unknown setting {key!r}. Allowed: {', '.join(allowed)}."
            )
        if value is None:
            continue
        if not isinstance(value, str):
            raise CollectionError(f"{name}:{held.line}: {key!r} must be text.")
        if key == "on_invalid" and value not in ("stop", "skip"):
            raise CollectionError(f"{name}:{held.line}: 'on_invalid' is 'stop' or 'skip', not {value!r}.")
        if key == "locale" and not _LOCALE.fullmatch(value):
            raise CollectionError(
                f"{name}:{held.line}: {value!r} is no language tag such as 'en' or 'de-AT'."
            )
        values[key] = value
    on_invalid = cast(Literal["stop", "skip"], values.pop("on_invalid", "stop"))
    return CollectionSettings(**values, on_invalid=on_invalid)
