"""The shape of suggestions in the API."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field


class SuggestionShape(BaseModel):
    kind: Literal["question", "variant", "query"] = Field(
        description="An entry's question, another wording of it, or what many people asked."
    )
    text: str = Field(description="To put into the search box. Render it as untrusted.")
    id: str = Field(description="The entry that it leads to.")
    question: str = Field(description="The question of that entry.")
    highlights: list[tuple[int, int]] = Field(
        description="[start, end) of what was typed of `text`, in Unicode code points, in order, not "
        "overlapping."
    )
    rendered: list[Any] = Field(description="`text` as nodes of JsonML, what was typed of it in `mark`.")


class SuggestAnswer(BaseModel):
    query: str = Field(description="What was typed, after normalisation.")
    collection: str
    snapshot: str = Field(description="The version of the collection that answered.")
    took_ms: float
    suggestions: list[SuggestionShape] = Field(description="Best first, at most one an entry.")
    words: list[str] = Field(
        description="What the last, begun word may become, at most 60, in lower case and without accents: "
        "itself where it is a word, then the collection's words, then others of the language. A search box "
        "can tell by them that somebody is in the middle of a word."
    )
