"""/v1/search answers, over GET and POST, one query and many."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from search.catalog import open_engine
from search.engine import SearchEngine
from search.pool import OverloadedError, SearchPool
from search.query_id import new_query_id
from search.schemas import BatchAnswer, SearchAnswer
from tests.serving import assert_problem, publish, serving


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("snapshots")
    publish(root)
    return root


@pytest.fixture(scope="module")
def client(root: Path) -> Iterator[TestClient]:
    with serving(root) as client:
        yield client


@pytest.fixture(scope="module")
def engine(root: Path) -> SearchEngine:
    [folder] = [path for path in (root / "shop").iterdir() if (path / "manifest.json").is_file()]
    return open_engine(folder)


def without_chance(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key not in ("query_id", "took_ms")}


def test_an_answer_says_what_the_engine_says(client: TestClient, engine: SearchEngine) -> None:
    response = client.get("/v1/search", params={"q": " send it  BACK? ", "top": 2})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    answer = response.json()
    SearchAnswer.model_validate_json(response.content, strict=True, extra="forbid")
    expected = engine.search(" send it  BACK? ", top=2)
    assert answer["query"] == "send it BACK?"
    assert (answer["collection"], answer["snapshot"]) == ("shop", engine.snapshot.version)
    assert answer["decision"] == expected.decision
    assert answer["confidence"] == pytest.approx(expected.confidence, abs=1e-6)
    assert [hit["id"] for hit in answer["hits"]] == [hit.entry.id for hit in expected.hits]
    first, hit = answer["hits"][0], expected.hits[0]
    assert first["question"] == hit.entry.question
    assert first["answer"] == hit.entry.answer
    assert (first["url"], first["tags"], first["locale"]) == (
        hit.entry.url,
        list(hit.entry.tags),
        hit.entry.locale,
    )
    assert first["score"] == pytest.approx(hit.score, abs=1e-6)
    assert first["confidence"] == pytest.approx(hit.confidence, abs=1e-6)
    assert first["matched"]["kind"] == hit.matched.kind
    assert first["matched"]["text"] == hit.matched.text
    assert [tuple(span) for span in first["matched"]["highlights"]] == list(hit.matched.highlights)
    assert answer["took_ms"] > 0


def test_get_and_post_answer_alike(client: TestClient) -> None:
    asked: dict[str, Any] = {
        "q": "return an order",
        "top": 3,
        "locale": "en",
        "tags": ["returns", "orders"],
        "collection": "shop",
    }
    by_get = client.get("/v1/search", params={**asked, "tags": "returns,orders"}).json()
    repeated = client.get("/v1/search", params=asked).json()
    by_post = client.post("/v1/search", json=asked).json()
    assert without_chance(by_get) == without_chance(repeated) == without_chance(by_post)
    assert [hit["id"] for hit in by_get["hits"]] == ["returns"]


def test_a_batch_answers_each_query_in_order(client: TestClient) -> None:
    queries = ["return an order", "Versand", "gift cards", "return an order"]
    response = client.post("/v1/search", json={"queries": queries, "top": 1})
    BatchAnswer.model_validate_json(response.content, strict=True, extra="forbid")
    results = response.json()["results"]
    alone = [client.get("/v1/search", params={"q": query, "top": 1}).json() for query in queries]
    assert [without_chance(result) for result in results] == [without_chance(answer) for answer in alone]
    assert len({result["query_id"] for result in results}) == 4


def test_the_largest_batch_is_answered(client: TestClient) -> None:
    results = client.post("/v1/search", json={"queries": ["refund"] * 64, "top": 1}).json()["results"]
    assert len(results) == 64


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("de", {"versand", "gift-card"}),
        ("de-AT", {"versand", "gift-card"}),
        ("en", {"returns", "refund", "gift-card"}),
        ("EN-gb", {"returns", "refund", "gift-card"}),
    ],
)
def test_locale_lets_wider_and_narrower_entries_through(
    client: TestClient, locale: str, expected: set[str]
) -> None:
    answer = client.get("/v1/search", params={"q": "anything", "locale": locale}).json()
    assert {hit["id"] for hit in answer["hits"]} == expected


def test_all_tags_must_match_whatever_their_case(client: TestClient) -> None:
    answer = client.get("/v1/search?q=x&tags=RETURNS&tags=money").json()
    assert [hit["id"] for hit in answer["hits"]] == ["refund"]


def test_empty_choices_count_as_none(client: TestClient) -> None:
    answer = client.get("/v1/search?q=refund&tags=&locale=&collection=").json()
    assert len(answer["hits"]) == 4
    sent = client.post("/v1/search", json={"q": "refund", "tags": [], "locale": "", "collection": ""}).json()
    assert sent["hits"] == answer["hits"]


def test_a_locale_may_be_written_as_systems_write_it(client: TestClient) -> None:
    hyphen, underscore = (
        client.get(f"/v1/search?q=refund&locale={name}").json() for name in ("en-GB", "en_gb")
    )
    assert hyphen["hits"] == underscore["hits"]
    assert len(hyphen["hits"]) == 3


def test_top_bounds_the_hits(client: TestClient) -> None:
    assert len(client.get("/v1/search?q=refund&top=1").json()["hits"]) == 1
    assert len(client.get("/v1/search?q=refund&top=50").json()["hits"]) == 4


def test_highlights_count_code_points(client: TestClient) -> None:
    matched = client.get("/v1/search", params={"q": "💸 refund 💸"}).json()["hits"][0]["matched"]
    words = [matched["text"][start:end].lower() for start, end in matched["highlights"]]
    assert "refund" in words


@pytest.mark.parametrize(
    "query",
    [
        "\u200frefund\u200e",
        "a" * 512,
        "🤷🏽‍♀️",
        "refund\x00",
        "re\tfund\r\n",
        "<b>refund</b>",
        "' OR 1=1 --",
        "العربية",
    ],
)
def test_odd_queries_are_answered(client: TestClient, query: str) -> None:
    assert client.get("/v1/search", params={"q": query}).status_code == 200
    assert client.post("/v1/search", json={"q": query}).status_code == 200


def test_query_ids_are_version_7_and_in_the_order_of_time() -> None:
    ids = [new_query_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert {(uuid.UUID(one).version, uuid.UUID(one).variant) for one in ids} == {(7, uuid.RFC_4122)}
    times = [uuid.UUID(one).int >> 80 for one in ids]
    assert times == sorted(times)


def test_several_collections_need_a_name_or_a_default(tmp_path: Path) -> None:
    publish(tmp_path, "one")
    publish(tmp_path, "two")
    with serving(tmp_path) as client:
        problem = assert_problem(client.get("/v1/search?q=x"), 400, "collection_required")
        assert "one, two" in problem["detail"]
        assert client.get("/v1/search?q=x&collection=two").json()["collection"] == "two"
    with serving(tmp_path, default_collection="two") as client:
        assert client.get("/v1/search?q=x").json()["collection"] == "two"
    with serving(tmp_path, default_collection="three") as client:
        problem = assert_problem(client.get("/v1/search?q=x"), 503, "not_ready")
        assert "faq rebuild three" in problem["detail"]
        assert "faq rebuild three" in assert_problem(client.get("/readyz"), 503, "not_ready")["detail"]


def test_a_published_collection_that_cannot_be_opened_is_not_unknown(tmp_path: Path) -> None:
    publish(tmp_path, "one")
    version = publish(tmp_path, "two")
    (tmp_path / "two" / version / "manifest.json").unlink()
    with serving(tmp_path) as client:
        problem = assert_problem(client.get("/v1/search?q=x&collection=two"), 503, "not_ready")
        assert "faq rebuild two" in problem["detail"]
        assert_problem(client.get("/v1/search?q=x&collection=three"), 404, "unknown_collection")
        # The other one does not answer in its place.
        assert_problem(client.get("/v1/search?q=x"), 400, "collection_required")
        assert client.get("/v1/search?q=x&collection=one").status_code == 200


def test_a_full_pool_turns_calls_away_and_recovers() -> None:
    async def scenario() -> None:
        pool = SearchPool(threads=1, max_waiting=2)
        release = threading.Event()
        try:
            async with asyncio.timeout(30):
                held = [asyncio.create_task(pool.run([release.wait])) for _ in range(3)]
                await asyncio.sleep(0)
                with pytest.raises(OverloadedError):
                    await pool.run([lambda: True])
                release.set()
                await asyncio.gather(*held)
                assert await pool.run([lambda: 1, lambda: 2, lambda: 3]) == [1, 2, 3]
                with pytest.raises(OverloadedError):
                    await pool.run([lambda: 1] * 4)
        finally:
            release.set()
            pool.close()

    asyncio.run(scenario())


def test_an_overload_is_answered_at_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(root, threads=1, max_waiting=64) as client:
        release, entered = threading.Event(), threading.Event()
        search = SearchEngine.search

        def slow(self: SearchEngine, *args: Any, **kwargs: Any) -> Any:
            entered.set()
            assert release.wait(30)
            return search(self, *args, **kwargs)

        monkeypatch.setattr(SearchEngine, "search", slow)
        held: list[int] = []
        batch = {"queries": ["refund"] * 64}
        caller = threading.Thread(
            target=lambda: held.append(client.post("/v1/search", json=batch).status_code)
        )
        caller.start()
        assert entered.wait(30)
        response = client.post("/v1/search", json={"queries": ["refund"] * 2})
        assert_problem(response, 503, "overloaded")
        assert response.headers["retry-after"] == "1"
        release.set()
        caller.join(30)
        assert held == [200]
