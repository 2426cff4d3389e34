"""The search box for other pages: its module, its hash, and the questions that it can search by itself."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import Any, Final

from search.engine import SearchEngine
from search.markup.marks import snippet
from search.markup.tree import tree_of

SCRIPT: Final = "widget/v1/faq-search.js"
"""Where the module is, from the root of the service; also in search/web."""
DECLARATIONS: Final = "widget/v1/faq-search.d.ts"
LANGUAGES: Final = ("en", "de", "es", "zh")
"""That it speaks; a test reads them off the module."""
MOST_QUESTIONS: Final = 5000
"""Of a static snapshot: a browser fetches it whole."""
MOST_ANSWERS: Final = 400_000
"""Characters of answers that a static snapshot may hold; above, it holds the questions alone."""


@cache
def script() -> bytes:
    """The module as it is served."""
    return resources.files("search").joinpath("web", *SCRIPT.split("/")).read_bytes()


@cache
def integrity() -> str:
    """The module's hash as the attribute `integrity` of a script tag has it."""
    return "sha384-" + base64.b64encode(hashlib.sha384(script()).digest()).decode()


def tag(root: str, collection: str | None) -> str:
    """What a page needs to show the search box. root: the service's address. Both are put in as they are."""
    named = f' collection="{collection}"' if collection else ""
    return (
        f'<script type="module" src="{root}/{SCRIPT}" integrity="{integrity()}" crossorigin></script>'
        f"<faq-search{named}></faq-search>"
    )


def static_snapshot(engine: SearchEngine) -> dict[str, Any]:
    """The questions of a collection with their variants, and with their answers unless those are too long."""
    entries = engine.snapshot.entries[:MOST_QUESTIONS]
    answered = sum(len(entry.answer) for entry in entries) <= MOST_ANSWERS
    questions = []
    for entry in entries:
        tree = list(tree_of(entry.answer))
        rendered: dict[str, Any] = {"question": [entry.question], "snippet": []}
        if answered:
            rendered |= {"answer": tree, "snippet": snippet(tree)}
        questions.append(
            {
                "id": entry.id,
                "question": entry.question,
                "variants": entry.variants,
                "locale": entry.locale,
                "tags": entry.tags,
                "url": entry.url,
                "rendered": rendered,
            }
        )
    return {
        "collection": engine.snapshot.collection,
        "snapshot": engine.snapshot.version,
        "questions": questions,
    }
