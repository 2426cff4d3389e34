"""What the service logs of searches, and takes as feedback."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from search.query_id import new_query_id
from search.querylog.records import LoggedQuery
from search.querylog.store import QueryLog
from tests.querylog import eventually
from tests.serving import assert_problem, publish, serving


class Service:
    """A running service and its log."""

    def __init__(self, client: TestClient, url: str) -> None:
        self.client, self.url = client, url

    def read(self, count: int) -> list[LoggedQuery]:
        """The log, once a later search is in it: what was to be written is written then."""
        last = self.client.get("/v1/search?q=the+last+one").json()["query_id"]
        eventually(lambda: any(query.query_id == last for query in self._read()))
        found = [query for query in self._read() if query.query_id != last]
        assert len(found) == count
        return found

    def _read(self) -> list[LoggedQuery]:
        now = datetime.now(UTC)
        with QueryLog.open(self.url) as log:
            return log.read(collection="shop", since=now - timedelta(days=1), until=now + timedelta(days=1))


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr("search.querylog.writer.FLUSH_SECONDS", 0.02)
    publish(tmp_path / "snapshots")
    url = f"sqlite:///{tmp_path / 'log' / 'log.sqlite3'}"
    with serving(tmp_path / "snapshots", log_url=url, log_days=90) as client:
        yield Service(client, url)


def test_a_search_is_logged_as_it_was_answered(service: Service) -> None:
    answer = service.client.get(
        "/v1/search", params={"q": "Return an Order?", "top": 2, "session": "v1", "source": "widget"}
    ).json()
    [query] = service.read(1)
    assert query.query_id == answer["query_id"]
    assert query.asked == "Return an Order?"
    assert query.normalised == "return an order"
    assert (query.collection, query.snapshot) == ("shop", answer["snapshot"])
    assert (query.decision, query.confidence) == (answer["decision"], answer["confidence"])
    assert query.top_ids == tuple(hit["id"] for hit in answer["hits"])
    assert len(query.top_ids) == 2
    assert (query.source, query.locale, query.milliseconds) == ("widget", None, answer["took_ms"])
    assert abs(datetime.now(UTC) - query.at) < timedelta(minutes=1)
    assert query.session not in (None, "v1")


def test_each_of_a_batch_and_the_page_are_logged(service: Service) -> None:
    service.client.post("/v1/search", json={"queries": ["refund", "gift cards"], "locale": "en"})
    service.client.get("/?q=send+it+back")
    assert [(query.asked, query.source, query.locale) for query in service.read(3)] == [
        ("refund", "api", "en"),
        ("gift cards", "api", "en"),
        ("send it back", "page", None),
    ]


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/v1/search?q=refund&log=false", {}),
        ("GET", "/v1/search?q=refund", {"x-faq-log": "off"}),
        ("GET", "/?q=refund", {"x-faq-log": "off"}),
        ("HEAD", "/v1/search?q=refund", {}),
        ("GET", "/v1/search?q=", {}),
        ("GET", "/v1/search?q=refund&collection=none", {}),
    ],
)
def test_what_is_kept_out_or_not_answered_is_not_logged(
    service: Service, method: str, path: str, headers: dict[str, str]
) -> None:
    service.client.request(method, path, headers=headers)
    service.read(0)


def test_a_session_can_come_in_a_header_and_the_parameter_counts_first(service: Service) -> None:
    asked = [("refund", "", "a"), ("gift card", "a", ""), ("versand", "a", "b")]
    asked += [("wallet", "", "b"), ("yes", "", "")]
    for query, parameter, header in asked:
        service.client.get(
            "/v1/search", params={"q": query, "session": parameter}, headers={"x-faq-session": header}
        )
    with QueryLog.open(service.url) as log:
        a, b = log.session_hash("a"), log.session_hash("b")
    assert [query.session for query in service.read(5)] == [a, a, a, b, None]


def test_a_session_is_the_same_in_a_header_and_a_parameter(service: Service) -> None:
    service.client.get("/v1/search", params={"q": "refund", "session": "é1"})
    service.client.get("/v1/search?q=versand", headers={"x-faq-session": "é1".encode()})
    one, other = service.read(2)
    assert one.session == other.session is not None
    long = service.client.get("/v1/search?q=refund", headers={"x-faq-session": "x" * 129})
    problem = assert_problem(long, 400, "invalid_parameter")
    assert problem["errors"][0]["where"] == "x-faq-session"


def test_queries_of_a_batch_are_not_folded_into_each_other(service: Service) -> None:
    service.client.post("/v1/search", json={"queries": ["refund", "refund time"], "session": "v1"})
    assert {query.asked for query in service.read(2)} == {"refund", "refund time"}


@pytest.mark.parametrize("locale", ["a\0b", "my mail is joe@shop.example", "4111111111111111", "x" * 128])
def test_what_is_no_language_tag_is_not_logged_as_one(service: Service, locale: str) -> None:
    service.client.get("/v1/search", params={"q": "refund", "locale": locale})
    [query] = service.read(1)
    assert query.locale is None


def test_typing_is_folded_into_the_intent_it_ends_in(service: Service) -> None:
    for text in ("ref", "refund", "refund to", "refund to my wallet"):
        service.client.get("/v1/search", params={"q": text, "session": "v1"})
    assert [query.asked for query in service.read(1)] == ["refund to my wallet"]


FEEDBACK: list[dict[str, Any]] = [
    {"kind": "click", "id": "refund", "position": 1},
    {"kind": "helpful", "helpful": False, "reason": " It  says nothing.\u202e Ask jane@shop.example "},
    {"kind": "helpful", "helpful": True, "id": "refund"},
    {"kind": "answer", "id": "returns"},
]


def test_feedback_is_joined_with_its_query(service: Service) -> None:
    query_id = service.client.get("/v1/search?q=refund").json()["query_id"]
    for said in FEEDBACK:
        response = service.client.post("/v1/feedback", json={"query_id": query_id, **said})
        assert (response.status_code, response.json()) == (202, {"accepted": True})
    [query] = service.read(1)
    assert [(one.kind, one.entry_id, one.position, one.helpful, one.reason) for one in query.feedback] == [
        ("click", "refund", 1, None, None),
        ("helpful", None, None, False, "It says nothing. Ask [email]"),
        ("helpful", "refund", None, True, None),
        ("answer", "returns", None, None, None),
    ]


@pytest.mark.parametrize(
    ("said", "code", "where"),
    [
        ({}, "missing_parameter", "query_id"),
        ({"query_id": "q1", "kind": "answer", "id": "a"}, "invalid_parameter", "query_id"),
        ({"kind": "like"}, "invalid_parameter", "kind"),
        ({"kind": "click"}, "invalid_parameter", ""),
        ({"kind": "click", "id": "a", "position": 0}, "invalid_parameter", "position"),
        ({"kind": "click", "id": "a", "position": "1"}, "invalid_parameter", "position"),
        ({"kind": "click", "id": "a b", "position": 1}, "invalid_parameter", "id"),
        ({"kind": "click", "id": "a\0b", "position": 1}, "invalid_parameter", "id"),
        ({"kind": "helpful"}, "invalid_parameter", ""),
        ({"kind": "helpful", "helpful": "yes"}, "invalid_parameter", "helpful"),
        ({"kind": "helpful", "helpful": True, "position": 1}, "invalid_parameter", ""),
        ({"kind": "helpful", "helpful": True, "reason": "x" * 1001}, "invalid_parameter", "reason"),
        ({"kind": "answer"}, "invalid_parameter", ""),
        ({"kind": "answer", "id": "a", "comment": "x"}, "unknown_parameter", "comment"),
    ],
)
def test_wrong_feedback_is_refused_and_says_why(
    service: Service, said: dict[str, Any], code: str, where: str
) -> None:
    body = {"query_id": new_query_id(), **said} if said else {}
    problem = assert_problem(service.client.post("/v1/feedback", json=body), 400, code)
    assert problem["errors"][0]["where"] == where


def test_what_is_wrong_with_feedback_is_said_in_plain_words(service: Service) -> None:
    def detail(**said: object) -> str:
        response = service.client.post("/v1/feedback", json={"query_id": new_query_id(), **said})
        return str(assert_problem(response, 400, "invalid_parameter")["detail"])

    assert detail(kind="click") == "The kind 'click' needs 'id' and 'position'."
    assert detail(kind="answer", id="a", helpful=True) == "The kind 'answer' has no 'helpful'."
    assert detail(query_id="q1", kind="answer", id="a") == "query_id: is not one that a search returned."
    assert detail(kind="answer", id="a b") == "id: is not the id of an entry."


def test_feedback_about_what_is_no_entry_is_refused(service: Service) -> None:
    query_id = service.client.get("/v1/search?q=refund").json()["query_id"]
    said = {"query_id": query_id, "kind": "helpful", "helpful": False, "id": "jane@shop.example"}
    assert_problem(service.client.post("/v1/feedback", json=said), 404, "unknown_entry")
    [query] = service.read(1)
    assert query.feedback == ()


def test_without_a_log_searching_works_and_feedback_is_refused(tmp_path: Path) -> None:
    publish(tmp_path)
    with serving(tmp_path) as client:
        query_id = client.get("/v1/search?q=refund&session=v1").json()["query_id"]
        said = {"query_id": query_id, "kind": "answer", "id": "refund"}
        assert_problem(client.post("/v1/feedback", json=said), 409, "log_off")


def test_a_database_that_can_not_be_opened_keeps_nobody_from_searching(tmp_path: Path) -> None:
    publish(tmp_path / "snapshots")
    with serving(tmp_path / "snapshots", log_url="mysql://nobody@127.0.0.1/log", log_days=90) as client:
        assert client.get("/v1/search?q=refund").status_code == 200
        eventually(lambda: 'faq_query_log_records_total{outcome="failed"}' in client.get("/metrics").text)
        assert client.get("/v1/search?q=refund").status_code == 200
