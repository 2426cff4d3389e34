"""Suggestions while somebody types: what is completed, in which order, and that no text breaks it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from index import tokenizer
from index.entry import Entry
from search.suggest.completer import CONTINUATIONS, Completer, Words, texts_of, typed_words
from tests.serving import ENTRIES, assert_problem, publish, serving

SHOP = (
    Entry(id="window", question="How long do I have to return something?", variants=("Return period",)),
    Entry(id="cost", question="What does a return cost?", variants=("Are returns free?",)),
    Entry(id="wallet", question="Can I get money back to my wallet?"),
    Entry(id="cafe", question="Is there a café in the shop?"),
    Entry(id="zh", question="如何申请退款？"),
    Entry(id="ar", question="كيف أعيد الطلب؟"),
    Entry(id="orders", question="Where are my orders?", variants=("order history", "Return orders")),
)
COMPLETER = Completer(texts_of(SHOP))
WORDS = Words(COMPLETER.words, known=("the", "wall", "walk", "return", "retire"))
QUESTIONS = [text for entry in SHOP for text in (entry.question, *entry.variants)]


def ids(query: str, top: int = 5) -> list[str]:
    return [SHOP[one.row].id for one in COMPLETER.complete(query, top=top)]


def texts(query: str, top: int = 5) -> list[str]:
    return [one.text for one in COMPLETER.complete(query, top=top)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("h", "How long do I have to return something?"),
        ("ret", "Return period"),
        ("return p", "Return period"),
        ("what does a ret", "What does a return cost?"),
        ("money back to wal", "Can I get money back to my wallet?"),
        ("back money", "Can I get money back to my wallet?"),
        ("are returns", "Are returns free?"),
        ("CAFE", "Is there a café in the shop?"),
        ("café in", "Is there a café in the shop?"),
        ("退", "如何申请退款？"),
        ("退款", "如何申请退款？"),
        ("أعيد", "كيف أعيد الطلب؟"),
        ("monye ba", "Can I get money back to my wallet?"),
        ("omney", "Can I get money back to my wallet?"),
        ("walet", "Can I get money back to my wallet?"),
        ("orderr hi", "order history"),
        ("my orders", "Where are my orders?"),
        ("is there", "Is there a café in the shop?"),
    ],
)
def test_what_is_typed_is_completed(typed: str, first: str) -> None:
    assert texts(typed)[0] == first


@pytest.mark.parametrize("typed", ["xyz", "money xyz", "q", "??", " ", "退货"])
def test_where_nothing_begins_so_nothing_is_suggested(typed: str) -> None:
    assert texts(typed) == []


def test_an_entry_is_suggested_once_by_its_best_text() -> None:
    assert ids("return").count("orders") == 1
    assert sorted(ids("return")) == ["cost", "orders", "window"]


def test_a_question_comes_before_a_variant_that_is_met_alike() -> None:
    entries = [
        Entry(id="v", question="Other?", variants=("Refund my card",)),
        Entry(id="q", question="Refund my card"),
    ]
    found = Completer(texts_of(entries)).complete("refund my", top=5)
    assert [one.kind for one in found] == ["question", "variant"]


def test_a_word_is_met_in_its_other_forms_too() -> None:
    assert texts("wallet ") == ["Can I get money back to my wallet?"]
    assert "Are returns free?" in texts("are return ")


def test_what_was_typed_is_highlighted() -> None:
    [found] = COMPLETER.complete("money back to wal", top=1)
    assert [found.text[start:end] for start, end in found.highlights] == ["money", "back", "wal"]
    [slipped] = COMPLETER.complete("walet", top=1)
    assert [slipped.text[start:end] for start, end in slipped.highlights] == ["wallet"]
    [accent] = COMPLETER.complete("caf", top=1)
    assert [accent.text[start:end] for start, end in accent.highlights] == ["caf"]


def test_words_that_only_the_answer_would_need_are_left_out_of_account() -> None:
    assert texts("what is the cost") == ["What does a return cost?"]


@given(st.text(max_size=60), st.integers(1, 8))
def test_any_text_may_be_typed(typed: str, top: int) -> None:
    found = COMPLETER.complete(typed, top=top)
    assert len(found) <= top
    assert len({one.row for one in found}) == len(found)
    for one in found:
        end = 0
        for first, last in one.highlights:
            assert end <= first < last <= len(one.text)
            end = last
    assert list(found) == sorted(found, key=lambda one: -one.score)
    assert len(WORDS.continuations(typed)) <= CONTINUATIONS


@given(st.sampled_from(QUESTIONS))
def test_a_text_that_is_typed_in_full_is_first(text: str) -> None:
    assert texts(text)[0] == text


@given(st.sampled_from(QUESTIONS), st.data())
def test_every_beginning_of_a_text_finds_one_that_holds_its_words(text: str, data: st.DataObject) -> None:
    typed = text[: data.draw(st.integers(1, len(text)))]
    assume(typed_words(typed))
    found = COMPLETER.complete(typed, top=20)
    assert text in [one.text for one in found] or any(
        all(_begins(word.word, one.text) for word in typed_words(typed) if word.counts) for one in found
    )


def _begins(word: str, text: str) -> bool:
    return any(other.startswith(word) for other, _ in tokenizer.words(text))


@given(st.lists(st.text(max_size=20), max_size=6), st.text(max_size=10))
def test_any_texts_may_be_completed_to(questions: Sequence[str], typed: str) -> None:
    entries = [Entry(id=f"e{n}", question=question) for n, question in enumerate(questions)]
    Completer(texts_of(entries)).complete(typed, top=3)


def test_words_that_a_begun_word_may_become() -> None:
    assert WORDS.continuations("money back to wal") == ["wallet", "wall", "walk"]
    assert WORDS.continuations("return") == ["return", "returns"]
    assert WORDS.continuations("re")[:2] == ["return", "returns"]
    assert "retire" in WORDS.continuations("re")
    assert WORDS.continuations("return ") == []
    assert WORDS.continuations("return?") == []
    assert WORDS.continuations("xyz") == []


def test_of_many_words_the_most_frequent_are_told() -> None:
    many = Words(Completer([]).words, known=[f"wo{n:04}" for n in range(500)])
    assert many.continuations("wo") == [f"wo{n:04}" for n in range(CONTINUATIONS)]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    root = tmp_path_factory.mktemp("snapshots")
    publish(root)
    with serving(root) as client:
        yield client


def test_suggestions_lead_to_entries(client: TestClient) -> None:
    answer = client.get("/v1/suggest", params={"q": " Send some"}).json()
    assert answer["query"] == "Send some"
    assert answer["collection"] == "shop"
    assert answer["suggestions"] == [
        {
            "kind": "variant",
            "text": "send something back",
            "id": "returns",
            "question": "How do I return an order?",
            "highlights": [[0, 4], [5, 9]],
            "rendered": [["mark", "send"], " ", ["mark", "some"], "thing back"],
        }
    ]
    assert answer["words"] == ["something"]


def test_filters_are_those_of_a_search(client: TestClient) -> None:
    def found(**asked: str) -> list[str]:
        answer = client.get("/v1/suggest", params={"q": "w", **asked}).json()
        return [one["id"] for one in answer["suggestions"]]

    assert sorted(found()) == ["refund", "versand"]
    assert found(locale="de") == ["versand"]
    assert found(tags="money") == ["refund"]
    assert len(found(top="1")) == 1


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, "missing_parameter"),
        ({"q": ""}, "query_empty"),
        ({"q": "\u200b"}, "query_empty"),
        ({"q": "a" * 600}, "query_too_long"),
        ({"q": "a", "top": "0"}, "invalid_parameter"),
        ({"q": "a", "top": "21"}, "invalid_parameter"),
        ({"q": "a", "render": "true"}, "unknown_parameter"),
        ({"q": "a", "tags": "none-such"}, "unknown_filter"),
    ],
)
def test_what_is_wrong_is_told(client: TestClient, asked: dict[str, str], code: str) -> None:
    assert_problem(client.get("/v1/suggest", params=asked), 400, code)


def test_a_collection_that_is_not_there(client: TestClient) -> None:
    assert_problem(client.get("/v1/suggest?q=a&collection=x"), 404, "unknown_collection")


def test_a_search_brings_suggestions_where_it_is_asked_to(client: TestClient) -> None:
    alone = client.get("/v1/suggest", params={"q": "return", "top": 2}).json()
    answer = client.get("/v1/search", params={"q": "return", "suggest": 2}).json()
    assert answer["suggestions"] == alone["suggestions"]
    assert answer["words"] == alone["words"]
    assert answer["hits"]
    posted = client.post("/v1/search", json={"q": "return", "suggest": 2}).json()
    assert posted["suggestions"] == alone["suggestions"]
    assert "suggestions" not in client.get("/v1/search", params={"q": "return"}).json()
    batch = client.post("/v1/search", json={"queries": ["return"], "suggest": 2})
    assert_problem(batch, 400, "unknown_parameter")


def test_what_is_typed_for_suggestions_alone_is_answered_for_every_entry(client: TestClient) -> None:
    for entry in ENTRIES:
        answer = client.get("/v1/suggest", params={"q": entry.question[:-1]}).json()
        assert answer["suggestions"][0]["id"] == entry.id
