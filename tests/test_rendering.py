"""`render=true`: what a page shows of hits, entries and the fallback, and which entries are related."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from index.answering import Fallback
from index.build import build
from index.collection import Collection, CollectionSettings
from index.encoders.toy import ToyEncoder
from index.entry import Entry
from index.snapshot import Snapshot
from index.store import SnapshotStore
from search.related import FILLED_UP_TO, MOST, Related
from tests.conftest import Publish
from tests.serving import ENTRIES, assert_problem, serving


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    root = tmp_path_factory.mktemp("snapshots")
    fallback = Fallback(text="Ask **us**.", url="https://shop.example/contact")
    settings = CollectionSettings(title="The shop", fallback=fallback)
    shop = Collection(name="shop", settings=settings, entries=ENTRIES, rejections=(), golden=())
    build(shop, SnapshotStore(root), ToyEncoder())
    with serving(root) as client:
        yield client


def test_a_hit_is_rendered_with_the_words_of_the_query_marked(client: TestClient) -> None:
    answer = client.get("/v1/search", params={"q": "return my order", "render": "true"}).json()
    shown = answer["hits"][0]["rendered"]
    assert answer["hits"][0]["id"] == "returns"
    assert shown["question"] == ["How do I ", ["mark", "return"], " an ", ["mark", "order"], "?"]
    assert shown["answer"] == [["p", "Pack it well."], ["p", "Send it back within 30 days."]]
    assert shown["snippet"] == ["Pack it well. Send it back within 30 days. "]
    assert shown["related"][0] == {"id": "refund", "question": "When do I get my refund?"}


def test_nothing_is_rendered_unless_it_is_asked_for(client: TestClient) -> None:
    answer = client.get("/v1/search", params={"q": "return my order"}).json()
    assert all("rendered" not in hit for hit in answer["hits"])
    refused = client.get("/v1/search", params={"q": "return", "min_confidence": 1}).json()
    assert set(refused["fallback"]) == {"text", "url"}


def test_a_batch_is_rendered_too(client: TestClient) -> None:
    asked = {"queries": ["return", "gift cards"], "render": True, "top": 1}
    results = client.post("/v1/search", json=asked).json()["results"]
    assert [result["hits"][0]["rendered"]["answer"] for result in results] == [
        [["p", "Pack it well."], ["p", "Send it back within 30 days."]],
        [["p", "Yes."]],
    ]


def test_the_fallback_is_rendered(client: TestClient) -> None:
    asked = {"q": "return", "min_confidence": 1, "render": "true"}
    fallback = client.get("/v1/search", params=asked).json()["fallback"]
    assert fallback["rendered"] == [["p", "Ask ", ["strong", "us"], "."]]


def test_an_entry_is_rendered_and_marked_if_words_are_given(client: TestClient) -> None:
    plain = client.get("/v1/entries/refund", params={"render": "true"}).json()["rendered"]
    assert plain["question"] == ["When do I get my refund?"]
    marked = client.get("/v1/entries/refund", params={"render": "true", "q": "wallet"}).json()["rendered"]
    assert ["mark", "wallet"] in marked["answer"][0]
    assert "rendered" not in client.get("/v1/entries/refund").json()


def test_markup_in_an_answer_is_none(client: TestClient) -> None:
    shown = client.get("/v1/entries/versand", params={"render": "true"}).json()["rendered"]
    assert shown["answer"] == [["p", "alert(1) Zwei bis drei Tage."]]


def test_render_is_true_or_false(client: TestClient) -> None:
    assert_problem(client.get("/v1/search?q=a&render=maybe"), 400, "invalid_parameter")
    assert_problem(client.get(f"/v1/entries/refund?render=true&q={'a' * 600}"), 400, "invalid_parameter")


def related(snapshot: Snapshot, entry_id: str) -> list[str]:
    entry = next(entry for entry in snapshot.entries if entry.id == entry_id)
    return [other.id for other in Related(snapshot).of(entry)]


def test_entries_that_are_named_come_first_in_their_order(publish: Publish) -> None:
    many = tuple(Entry(id=f"e{n}", question=f"Question {n} about {n * 7919}?", answer="a") for n in range(8))
    named = Entry(
        id="named", question="Where?", answer="a", related=("e5", "gone", "named", "e1", "e5", "e2")
    )
    assert related(publish([*many, named]), "named") == ["e5", "e1", "e2"]
    more = Entry(id="more", question="Where?", answer="a", related=tuple(f"e{n}" for n in range(8)))
    assert related(publish([*many, more]), "more") == ["e0", "e1", "e2", "e3"][:MOST]


def test_they_are_filled_up_with_those_that_are_asked_alike_in_the_same_language(publish: Publish) -> None:
    alike = [
        Entry(id=f"r{n}", question=f"How do I return an order {word}?", answer="a", locale="en")
        for n, word in enumerate(("late", "twice", "abroad", "unpaid"))
    ]
    other = Entry(id="other", question="Do you sell tents for winter?", answer="a", locale="en")
    german = Entry(id="german", question="How do I return an order here?", answer="a", locale="de")
    snapshot = publish([*alike, other, german])
    found = related(snapshot, "r0")
    assert len(found) == FILLED_UP_TO
    assert set(found) == {"r1", "r2", "r3"}
    assert related(snapshot, "other") == []
    assert related(snapshot, "german") == []


def test_a_snapshot_of_an_older_format_has_related_entries() -> None:
    [folder] = (Path(__file__).parent / "fixtures" / "snapshot_format_1").iterdir()
    snapshot = Snapshot.open(folder)
    assert all(len(Related(snapshot).of(entry)) <= MOST for entry in snapshot.entries)
