"""What a page shows of entries and answers: trees of allowed elements, see search/markup/tree.py."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pydantic import BaseModel, Field

from index import tokenizer
from index.entry import Entry
from search.engine import SearchEngine
from search.markup.marks import marked, marked_text, snippet
from search.markup.tree import tree_of


class RelatedShape(BaseModel):
    id: str
    question: str


class RenderedShape(BaseModel):
    question: list[Any] = Field(description="The question as nodes of JsonML, the query's words in `mark`.")
    answer: list[Any] = Field(
        description="The answer's Markdown as nodes of JsonML: a text, or a list of a tag, perhaps an object "
        "of attributes, and nodes. There is nothing in it but p, br, strong, em, code, pre, blockquote, ul, "
        "ol (start), li, a (href, to the web, mail, telephone or a path), h3 to h6, table, thead, tbody, tr, "
        "th, td, hr and mark."
    )
    snippet: list[Any] = Field(description="A line of the answer, as nodes of JsonML.")
    related: list[RelatedShape] = Field(description="Entries that go with it, at most four.")


def rendered(entry: Entry, engine: SearchEngine, *, stems: Collection[str] = ()) -> dict[str, Any]:
    """An entry in the shape of RenderedShape, with the words of those stems marked."""
    answer = marked(tree_of(entry.answer), stems)
    return {
        "question": marked_text(entry.question, stems),
        "answer": answer,
        "snippet": snippet(answer),
        "related": [{"id": other.id, "question": other.question} for other in engine.related.of(entry)],
    }


def stems_of(query: str) -> list[str]:
    """The stems of a query that are marked."""
    return tokenizer.stems(query)


def render_answer(answer: dict[str, Any], engine: SearchEngine) -> None:
    """Add what a page shows to an answer of `engine`, in the shape of search.schemas.SearchAnswer."""
    stems = stems_of(answer["corrected"] or answer["query"])
    for hit in answer["hits"]:
        if (entry := engine.entry(hit["id"])) is not None:
            hit["rendered"] = rendered(entry, engine, stems=stems)
    if answer["fallback"]:
        answer["fallback"]["rendered"] = list(tree_of(answer["fallback"]["text"]))
