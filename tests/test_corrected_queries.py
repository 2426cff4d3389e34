"""Queries whose spelling is mended, from the engine to the page."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from index.encoders.toy import ToyEncoder
from index.snapshot import Snapshot
from scripts.search_query import command
from search.engine import SearchEngine
from tests.conftest import Publish
from tests.serving import serving


class Literate(ToyEncoder):
    """A toy encoder that knows some words of the language, as real ones do."""

    known_words = ("how", "order", "cancel", "contact", "person", "where", "what")


@pytest.fixture
def engine(publish: Publish) -> SearchEngine:
    return SearchEngine(replace(publish(), encoder=Literate()))


@pytest.mark.parametrize(
    ("query", "searched"),
    [
        ("cancle my ordre", "cancel my order"),
        ("contactaperson", None),
        ("what does the refnd type mean", "refund"),
    ],
)
def test_a_mistyped_query_finds_what_was_meant(
    engine: SearchEngine, query: str, searched: str | None
) -> None:
    result = engine.search(query)
    assert result.query == query
    if searched is None:
        assert result.corrected is None
        return
    assert result.corrected is not None
    assert searched in result.corrected
    meant = engine.search(result.corrected)
    assert [(hit.entry.id, hit.score) for hit in result.hits] == [(h.entry.id, h.score) for h in meant.hits]
    assert meant.corrected is None
    assert result.hits[0].matched.highlights


def test_a_query_without_a_slip_is_searched_as_it_is(engine: SearchEngine) -> None:
    assert engine.search("cancel my order").corrected is None


def test_what_was_typed_can_be_searched_all_the_same(engine: SearchEngine) -> None:
    typed, mended = engine.search("cancle my ordre", correct=False), engine.search("cancle my ordre")
    assert typed.corrected is None
    assert typed.hits[0].score < mended.hits[0].score


def test_without_words_of_the_language_nothing_is_mended(publish: Publish) -> None:
    assert SearchEngine(publish()).search("cancle my ordre").corrected is None


@pytest.mark.parametrize(("locale", "mends"), [("de-AT", False), ("en-GB", True), (None, True)])
def test_only_queries_to_an_english_faq_are_mended(publish: Publish, locale: str | None, mends: bool) -> None:
    snapshot = replace(publish(), encoder=Literate())
    entries = tuple(replace(entry, locale=locale) for entry in snapshot.entries)
    result = SearchEngine(replace(snapshot, entries=entries)).search("cancle my ordre")
    assert (result.corrected is not None) == mends


def test_an_explanation_tells_what_was_searched(engine: SearchEngine) -> None:
    reason = engine.search("cancle my ordre", explain=True).reason
    assert reason is not None
    assert "“cancel my order”" in reason


def test_the_api_the_page_and_the_command_line_say_so(
    publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = publish()
    root: Path = snapshot.folder.parent.parent
    monkeypatch.setattr(ToyEncoder, "known_words", Literate.known_words)
    assert SearchEngine(Snapshot.open(snapshot.folder)).search("cancle").corrected == "cancel"
    with serving(root) as client:
        answer = client.get("/v1/search", params={"q": "cancle my ordre"}).json()
        typed = client.get("/v1/search", params={"q": "cancle my ordre", "correct": "false"}).json()
        page = client.get("/", params={"q": "cancle my <b>ordre"}).text
        link = re.search(r'href="(/help/shop/search\?[^"]*correct=false)"', page)
        assert link is not None
        as_typed = client.get(html.unescape(link[1])).text
        assert client.get("/v1/search", params={"q": "cancel"}).json()["corrected"] is None
    assert (answer["query"], answer["corrected"]) == ("cancle my ordre", "cancel my order")
    assert typed["corrected"] is None
    assert "Searched for “cancel my &lt;b&gt;order”." in page
    assert "<b>" not in page
    assert "Searched for" not in as_typed
    assert 'value="cancle my &lt;b&gt;ordre"' in as_typed
    told = CliRunner().invoke(command, ["cancle my ordre", "--snapshot-dir", str(root)])
    assert "searched for: cancel my order" in told.stdout
    told = CliRunner().invoke(command, ["cancle my ordre", "--as-typed", "--snapshot-dir", str(root)])
    assert "searched for" not in told.stdout
