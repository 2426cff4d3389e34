"""The policy of answering: how sure the first hit must be, what is said where nothing answers, and why."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from index.answering import Fallback
from index.build import build
from index.collection import CollectionSettings
from index.encoders.toy import ToyEncoder
from index.snapshot import Snapshot
from index.store import SnapshotStore
from scripts.cli import cli
from search.engine import SearchEngine
from search.schemas import BatchAnswer, SearchAnswer
from tests.conftest import collection_of
from tests.serving import ENTRIES, serving

FALLBACK = Fallback(
    text="I don't <b>know</b>.\n\n**Ask** us:\n- by mail <script>alert(1)</script>",
    url="https://shop.example/contact?a=1&b=2",
)
POLICY: dict[str, Any] = {"min_confidence": 0.999, "fallback": FALLBACK}
CAUTIOUS, OPEN = ("decision", "fallback"), {"decision": "answer", "fallback": None}
UNKNOWN = "zzz qqq"
ORDER = {"no_answer": 0, "clarify": 1, "answer": 2}


def published(root: Path, **settings: Any) -> Snapshot:
    collection = replace(collection_of(ENTRIES), settings=CollectionSettings(**settings))
    store = SnapshotStore(root)
    build(collection, store, ToyEncoder(), force=True)
    return store.open_current("shop", Snapshot.open)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose collection asks for more certainty than there ever is, and has a fallback."""
    root = tmp_path_factory.mktemp("snapshots")
    published(root, **POLICY)
    return root


@pytest.fixture(scope="module")
def client(root: Path) -> Iterator[TestClient]:
    with serving(root) as client:
        yield client


@pytest.fixture(scope="module")
def engine(root: Path) -> SearchEngine:
    return SearchEngine(SnapshotStore(root).open_current("shop", Snapshot.open))


def policy_of(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in CAUTIOUS}


REFUSED = {"decision": "no_answer", "fallback": {"text": FALLBACK.text, "url": FALLBACK.url}}


class TestEngine:
    def test_a_hit_as_sure_as_asked_for_is_the_answer(self, engine: SearchEngine) -> None:
        first = engine.search("How do I return an order?").hits[0]
        for least, decided in ((0.0, True), (first.confidence, True), (first.confidence + 1e-9, False)):
            result = engine.search("How do I return an order?", min_confidence=least)
            assert (result.decision == "answer") is decided

    @given(
        query=st.sampled_from(["return an order", "gift", "versand", "zzz", "refund or gift cards?"]),
        data=st.data(),
    )
    def test_a_higher_threshold_never_gives_more(self, engine: SearchEngine, query: str, data: Any) -> None:
        low, high = sorted(data.draw(st.tuples(st.floats(0, 1), st.floats(0, 1))))
        bold, cautious = (engine.search(query, min_confidence=least) for least in (low, high))
        assert ORDER[cautious.decision] <= ORDER[bold.decision]
        assert cautious.hits == bold.hits

    def test_the_collections_own_setting_counts_where_none_is_asked_for(self, tmp_path: Path) -> None:
        query = "How do I return an order?"
        neutral = SearchEngine(published(tmp_path / "a"))
        own = neutral.search(query)
        bold = SearchEngine(published(tmp_path / "b", min_confidence=0.0)).search(UNKNOWN)
        cautious = SearchEngine(published(tmp_path / "c", min_confidence=1.0))
        assert own.decision == bold.decision == "answer"
        assert neutral.search(UNKNOWN).decision != "answer"
        assert cautious.search(query).decision != "answer"
        assert cautious.search(query).hits == own.hits
        assert cautious.search(query, min_confidence=0.0).decision == "answer"

    def test_an_explanation_changes_nothing_else(self, engine: SearchEngine) -> None:
        plain = engine.search("return an order", top=3)
        told = engine.search("return an order", top=3, explain=True)
        assert plain.reason is None
        assert all(hit.explanation is None for hit in plain.hits)
        assert told.reason
        assert [replace(hit, explanation=None) for hit in told.hits] == list(plain.hits)
        for hit in told.hits:
            assert hit.explanation
            points = [abs(part.points) for part in hit.explanation.contributions]
            assert points == sorted(points, reverse=True)
            assert points[0] > 0
            assert all(part.feature and part.text for part in hit.explanation.contributions)


class TestApi:
    def test_the_collections_policy_is_followed(self, client: TestClient) -> None:
        answer = client.get("/v1/search", params={"q": UNKNOWN}).json()
        assert policy_of(answer) == REFUSED
        SearchAnswer.model_validate_json(json.dumps(answer), strict=True, extra="forbid")

    @pytest.mark.parametrize("text", ["0", "0.0", ".0", "0.000001", "1e-9", "0E+5"])
    def test_a_request_may_ask_for_less(self, client: TestClient, text: str) -> None:
        answer = client.get("/v1/search", params={"q": UNKNOWN, "min_confidence": text}).json()
        assert policy_of(answer) == OPEN

    @pytest.mark.parametrize("text", ["1", "1.0", "1.000", "10e-1"])
    def test_or_for_more(self, client: TestClient, text: str) -> None:
        answer = client.get("/v1/search", params={"q": UNKNOWN, "min_confidence": text}).json()
        assert answer["decision"] != "answer"

    def test_json_and_batches_have_the_same(self, client: TestClient) -> None:
        asked = {"min_confidence": 0, "explain": True}
        one = client.post("/v1/search", json={"q": UNKNOWN, **asked}).json()
        assert policy_of(one) == OPEN
        batch = client.post("/v1/search", json={"queries": [UNKNOWN, "gift"], **asked})
        BatchAnswer.model_validate_json(batch.content, strict=True, extra="forbid")
        results = batch.json()["results"]
        assert [policy_of(answer) for answer in results] == [OPEN, OPEN]
        assert all("reason" in answer for answer in results)
        assert results[0]["hits"] == one["hits"]

    def test_an_empty_choice_is_none(self, client: TestClient) -> None:
        assert (
            policy_of(client.get("/v1/search", params={"q": UNKNOWN, "min_confidence": ""}).json()) == REFUSED
        )
        for least in (None, ""):
            sent = client.post("/v1/search", json={"q": UNKNOWN, "min_confidence": least})
            assert policy_of(sent.json()) == REFUSED

    @pytest.mark.parametrize("text", ["true", "True", "TRUE"])
    def test_explained_is_what_the_engine_explains(
        self, client: TestClient, engine: SearchEngine, text: str
    ) -> None:
        response = client.get("/v1/search", params={"q": "return an order", "top": 2, "explain": text})
        SearchAnswer.model_validate_json(response.content, strict=True, extra="forbid")
        answer = response.json()
        expected = engine.search("return an order", top=2, explain=True)
        assert answer["reason"] == expected.reason
        for shown, hit in zip(answer["hits"], expected.hits, strict=True):
            assert hit.explanation
            parts = shown["explanation"]["contributions"]
            assert [(part["feature"], part["text"]) for part in parts] == [
                (part.feature, part.text) for part in hit.explanation.contributions
            ]
            assert [part["points"] for part in parts] == pytest.approx(
                [part.points for part in hit.explanation.contributions], abs=1e-6
            )

    @pytest.mark.parametrize("asked", ["", "&explain=false", "&explain=False"])
    def test_unexplained_answers_have_no_such_fields(self, client: TestClient, asked: str) -> None:
        answer = client.get(f"/v1/search?q=return an order{asked}").json()
        assert "reason" not in answer
        assert all("explanation" not in hit for hit in answer["hits"])

    def test_what_is_wrong_is_said(self, client: TestClient) -> None:
        for asked, said in (
            ("min_confidence=nan", "min_confidence: has to be a number, such as 0.5"),
            ("min_confidence=1e400", "min_confidence: input should be a finite number"),
            ("min_confidence=1.5", "min_confidence: input should be less than or equal to 1"),
            ("explain=yes", "explain: has to be true or false"),
        ):
            assert said in client.get(f"/v1/search?q=a&{asked}").json()["detail"]

    def test_where_filters_leave_nothing_that_is_said(self, client: TestClient) -> None:
        asked = {"q": "return an order", "tags": "Versand", "locale": "en", "explain": "true"}
        answer = client.get("/v1/search", params=asked).json()
        assert policy_of(answer) == REFUSED
        assert (answer["hits"], answer["confidence"]) == ([], 0.0)
        assert answer["reason"]

    def test_without_a_fallback_there_is_none(self, tmp_path: Path) -> None:
        published(tmp_path, min_confidence=1.0)
        with serving(tmp_path) as client:
            answer = client.get("/v1/search", params={"q": UNKNOWN}).json()
            assert policy_of(answer) == {"decision": "no_answer", "fallback": None}
            assert "I don't know" not in client.get("/", params={"q": UNKNOWN}).text


class TestPage:
    def test_the_fallback_is_text_and_a_link(self, client: TestClient) -> None:
        page = client.get("/", params={"q": UNKNOWN}).text
        assert "<script>" not in page
        assert "<b>" not in page
        shown = html.unescape(page)
        assert "<p>I don't know.</p>" in shown
        assert "by mail alert(1)" in shown
        assert 'href="https://shop.example/contact?a=1&amp;b=2" rel="noopener nofollow">' in page

    def test_it_is_not_shown_beside_an_answer(self, tmp_path: Path) -> None:
        published(tmp_path, min_confidence=0.0, fallback=FALLBACK)
        with serving(tmp_path) as client:
            assert "by mail" not in client.get("/", params={"q": UNKNOWN}).text
            assert "by mail" not in client.get("/").text


class TestCommand:
    def search(self, root: Path, *options: str) -> Result:
        return CliRunner().invoke(cli, ["search", UNKNOWN, "--snapshot-dir", str(root), *options])

    def test_the_fallback_and_the_hits(self, root: Path) -> None:
        shown = self.search(root).stdout
        lines = shown.splitlines()
        assert lines[0].startswith("no_answer (confidence 0.")
        assert lines[1 : lines.index("  | https://shop.example/contact?a=1&b=2")] == [
            f"  | {line}" for line in FALLBACK.text.split("\n")
        ]
        assert " 1. 0." in shown
        assert not [line for line in lines if line.startswith("      ")]

    def test_less_may_be_enough(self, root: Path) -> None:
        shown = self.search(root, "--min-confidence", "0").stdout
        assert shown.startswith("answer (")
        assert "  | " not in shown

    def test_it_explains_in_words(self, root: Path, engine: SearchEngine) -> None:
        shown = self.search(root, "--explain", "--top", "1").stdout
        result = engine.search(UNKNOWN, top=1, explain=True)
        [hit] = result.hits
        assert hit.explanation
        strongest = hit.explanation.contributions[0]
        assert f"  {result.reason}\n" in shown
        assert f"      {strongest.points:+.3f}  {strongest.text}\n" in shown
        assert f"      nearest text ({hit.matched.kind}): {hit.matched.text}\n" in shown

    def test_json_is_what_the_api_answers(self, root: Path, client: TestClient) -> None:
        options = ("--json", "--explain", "--min-confidence", "0.2", "--top", "3")
        answer = json.loads(self.search(root, *options).stdout)
        asked = {"q": UNKNOWN, "explain": "true", "min_confidence": "0.2", "top": "3"}
        served = client.get("/v1/search", params=asked).json()
        for one in (answer, served):
            del one["query_id"], one["took_ms"]
        assert answer == served

    @pytest.mark.parametrize("value", ["nan", "inf", "-0.1", "1.1", "half", "1e400"])
    def test_what_is_no_share_is_refused(self, root: Path, value: str) -> None:
        result = self.search(root, "--min-confidence", value)
        assert result.exit_code == 2
        assert "--min-confidence" in result.stderr
