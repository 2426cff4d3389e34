"""Gaps from questions: laws of the grouping, kinds, and what a report says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from index.encoders.toy import ToyEncoder
from index.entry import Entry
from search.engine import SearchEngine
from search.gaps.analysis import LEAST_QUERIES, Period, find_gaps
from search.gaps.identity import kept_identities
from search.gaps.questions import Question, from_log, from_texts, key_of
from search.gaps.report import GapReport
from search.querylog.records import Feedback, LoggedQuery
from tests.conftest import Publish

ENCODER = ToyEncoder()
TOPICS = {
    "parking": ["where can I park", "parking near the shop", "is there parking", "parking space for my car"],
    "voucher": ["voucher code rejected", "my voucher is refused", "voucher does not work", "use a voucher"],
    "dog": ["may my dog come in", "dogs allowed inside", "bring my dog", "is a dog allowed"],
    "size": ["which size fits", "size chart for shoes", "what size am I", "size table"],
}
EVERY = [text for texts in TOPICS.values() for text in texts]
START = datetime(2026, 3, 2, tzinfo=UTC)


def encode(texts: Sequence[str]) -> Any:
    return ENCODER.encode_queries(texts)


def gaps_of(texts: Sequence[str], engine: SearchEngine | None = None, **choices: Any) -> GapReport:
    return find_gaps(from_texts(texts), engine=engine, encode=encode, **choices)


def groups_in(report: GapReport) -> set[frozenset[str]]:
    """By keys, so that it doesn't matter which wording stands for the same question."""
    return {frozenset(map(key_of, gap.queries)) for gap in report.gaps}


def asked(text: str, *, number: int = 0, session: str | None = None, **fields: Any) -> LoggedQuery:
    values: dict[str, Any] = {
        "query_id": f"q{number}",
        "at": START + timedelta(minutes=10 * number),
        "session": session or f"s{number}",
        "collection": "shop",
        "snapshot": "v1",
        "source": "widget",
        "locale": None,
        "asked": text,
        "normalised": text.casefold(),
        "decision": "no_answer",
        "confidence": 0.1,
        "top_ids": (),
        "milliseconds": 1.0,
    }
    return LoggedQuery(**{**values, **fields})


def said(query: LoggedQuery, kind: Any, **fields: Any) -> Feedback:
    return Feedback(query_id=query.query_id, at=query.at, kind=kind, **fields)


def test_topics_are_found_and_named_by_what_was_asked() -> None:
    report = gaps_of(EVERY)
    assert report.asked == len(EVERY)
    assert {gap.kind for gap in report.gaps} == {"missing"}
    assert all(gap.representatives[0] in gap.queries for gap in report.gaps)
    parking = next(gap for gap in report.gaps if "is there parking" in gap.queries)
    assert set(parking.queries) <= set(TOPICS["parking"])


@settings(max_examples=15)
@given(order=st.permutations(EVERY))
def test_the_order_of_the_log_changes_nothing(order: list[str]) -> None:
    assert gaps_of(order).gaps == gaps_of(EVERY).gaps


@settings(max_examples=15)
@given(repeats=st.lists(st.sampled_from(EVERY), max_size=20))
def test_duplicates_do_not_change_what_is_grouped(repeats: list[str]) -> None:
    grown = gaps_of(EVERY + repeats)
    assert groups_in(gaps_of(EVERY)) <= groups_in(grown)
    assert grown.asked == len(EVERY) + len(repeats)


@settings(max_examples=40)
@given(texts=st.lists(st.one_of(st.sampled_from(EVERY), st.text(min_size=1, max_size=20)), max_size=25))
def test_every_query_served_badly_is_in_exactly_one_place(texts: list[str]) -> None:
    report = gaps_of(texts)
    placed = [key for gap in report.gaps for key in {key_of(text) for text in gap.queries}]
    placed += [key_of(text) for text in report.singletons]
    assert sorted(placed) == sorted({key_of(text) for text in texts})
    assert all(gap.count >= LEAST_QUERIES for gap in report.gaps)
    assert sum(gap.count for gap in report.gaps) <= report.badly_served == len(texts)


def test_ids_and_names_stay_when_a_week_is_added() -> None:
    first = gaps_of(EVERY)
    previous = first.to_dict()["gaps"]
    more = [*EVERY, "parking for bicycles", "where to park", "dog in the shop", "dog welcome"]
    second = gaps_of(more, previous=previous)
    kept = 0
    for gap in first.gaps:
        same = next(one for one in second.gaps if one.id == gap.id)
        assert set(gap.queries) & set(same.queries)
        if key_of(gap.name) in map(key_of, same.queries):
            assert same.name == gap.name
            kept += 1
    assert kept >= 3
    assert len({gap.id for gap in second.gaps}) == len(second.gaps)


def test_a_part_of_a_gap_is_not_the_gap() -> None:
    """Which goes on with the most of its questions, or with none; the part is new, and has its own name."""
    rent = [f"rent a tent {number}" for number in range(8)]
    stolen = [f"is my tent insured {number}" for number in range(2)]
    before = {
        "id": "gap-tents",
        "name": "Rent a tent",
        "queries": [*rent, *stolen],
        "representatives": rent[:3],
    }
    keys = [frozenset(map(key_of, stolen)), frozenset(map(key_of, rent))]
    centroids = np.stack([encode(stolen).mean(axis=0), encode(rent).mean(axis=0)])
    assert kept_identities(keys, centroids, [before], encode) == {1: ("gap-tents", "Rent a tent")}
    assert kept_identities(keys[:1], centroids[:1], [before], encode) == {}


def test_a_name_that_says_nothing_of_the_gap_any_more_is_not_kept() -> None:
    held = [f"parking for bicycles {number}" for number in range(4)]
    before = {"id": "gap-x", "name": "Dogs welcome", "queries": held, "representatives": held[:2]}
    found = kept_identities([frozenset(map(key_of, held))], encode(held).mean(axis=0)[None], [before], encode)
    assert found == {0: ("gap-x", None)}


def test_ids_come_from_the_questions_alone() -> None:
    assert [gap.id for gap in gaps_of(EVERY).gaps] == [gap.id for gap in gaps_of(EVERY[::-1]).gaps]


def test_a_question_in_capitals_is_the_same_question() -> None:
    (question,) = from_texts(["Refunds?", "refund", "REFUNDS"])
    assert question.count == 3


def test_what_is_answered_is_no_gap_and_what_is_not_is_missing(publish: Publish) -> None:
    engine = SearchEngine(publish())
    known = ["Can I cancel an order after paying for it?", "stop my order"]
    report = gaps_of([*known, *TOPICS["parking"] * 3], engine)
    assert report.gaps
    for gap in report.gaps:
        assert set(gap.queries) <= set(TOPICS["parking"])


def test_gaps_of_too_few_sessions_are_hidden() -> None:
    log = [asked(text, number=n, session="one") for n, text in enumerate(EVERY)]
    report = find_gaps(from_log(log), engine=None, encode=encode, period=Period(least_sessions=3))
    assert not report.gaps
    assert not report.singletons
    assert report.hidden > 0


def test_of_a_gap_nothing_is_quoted_that_one_person_alone_said() -> None:
    texts = [*TOPICS["dog"] * 3, "may I bring my dog, asks Walburga Zwiebel"]
    log = [asked(text, number=n) for n, text in enumerate(texts)]
    report = find_gaps(from_log(log), engine=None, encode=encode, period=Period(least_sessions=3))
    assert sum(gap.count for gap in report.gaps) >= len(texts) - 1
    assert "walburga" not in orjson.dumps(report.to_dict()).decode().casefold()
    lone = [asked(f"my dog Walburga{n}", number=n) for n in range(4)]
    report = find_gaps(from_log(lone), engine=None, encode=encode, period=Period(least_sessions=3))
    assert [(gap.name, gap.queries) for gap in report.gaps] == [("My dog …", ("my dog …",))]


def test_words_left_out_leave_nothing_that_says_nothing() -> None:
    texts = [*TOPICS["dog"] * 3, "is a dog Walburga allowed"]
    log = [asked(text, number=n) for n, text in enumerate(texts)]
    report = find_gaps(from_log(log), engine=None, encode=encode, period=Period(least_sessions=3))
    assert any("dog" in text for gap in report.gaps for text in gap.representatives)
    assert not any("…" in text for gap in report.gaps for text in gap.representatives)
    for text in ("what is {}", "{}", "please tell me: {}!"):
        lone = [asked(text.format(f"Walburga{n}"), number=n) for n in range(4)]
        report = find_gaps(from_log(lone), engine=None, encode=encode, period=Period(least_sessions=3))
        assert (report.badly_served, report.gaps, report.hidden) == (4, [], 1)


def test_a_query_without_a_session_is_one_of_its_own() -> None:
    log = [asked("dogs allowed", number=n, session=None) for n in range(2)]
    (question,) = from_log(log)
    assert len(question.sessions) == 2


def test_what_was_mended_since_is_counted_and_no_gap(publish: Publish) -> None:
    engine = SearchEngine(publish())
    log = [asked("Can I cancel an order after paying for it?", number=n) for n in range(4)]
    report = find_gaps(from_log(log), engine=engine, encode=encode)
    assert (report.mended, len(report.gaps)) == (4, 0)


def test_answers_that_were_voted_down_are_rejected(publish: Publish) -> None:
    engine = SearchEngine(publish())
    texts = ["Can I cancel an order after paying for it?", "cancel an order after paying"]
    log = []
    for number, text in enumerate(texts * 3):
        query = asked(text, number=number)
        log.append(asked(text, number=number, decision="answer", top_ids=("cancel",), feedback=(
            said(query, "click", entry_id="cancel", position=1), said(query, "helpful", helpful=False),
        )))  # fmt: skip
    (gap,) = find_gaps(from_log(log), engine=engine, encode=encode).gaps
    assert (gap.kind, gap.votes_down, gap.clicks, gap.entries[0]) == ("rejected", 6, 6, "cancel")


def voted(text: str, number: int, *, helpful: bool | None = None, **fields: Any) -> LoggedQuery:
    """A query that was answered with "cancel", read, and voted on or not."""
    query = asked(text, number=number, **{"decision": "answer", "top_ids": ("cancel", "agent"), **fields})
    click = said(query, "click", entry_id="cancel", position=1)
    vote = () if helpful is None else (said(query, "helpful", helpful=helpful),)
    return replace(query, feedback=(click, *vote))


def test_few_people_vote_and_a_click_is_no_vote(publish: Publish) -> None:
    engine = SearchEngine(publish())
    text = "Can I cancel an order after paying for it?"
    read = [voted(text, number) for number in range(16)]
    down = [voted(text, number, helpful=False) for number in range(16, 19)]
    up = [voted(text, number, helpful=True) for number in range(19, 23)]
    (gap,) = find_gaps(from_log(read + down), engine=engine, encode=encode).gaps
    assert (gap.kind, gap.votes_down, gap.entries[0]) == ("rejected", 3, "cancel")
    assert not find_gaps(from_log(read + down[:1]), engine=engine, encode=encode).gaps
    assert not find_gaps(from_log(read + down + up), engine=engine, encode=encode).gaps


def test_one_vote_is_enough_where_nothing_else_is_wrong(publish: Publish) -> None:
    """Else the entry would be proposed wordings that it answers surely already."""
    engine = SearchEngine(publish())
    texts = ["Can I cancel an order after paying for it?"] * 3 + ["cancel an order after paying"] * 3
    log = [
        voted(text, number, helpful=False if number in (0, 3) else None) for number, text in enumerate(texts)
    ]
    gaps = find_gaps(from_log(log), engine=engine, encode=encode).gaps
    assert gaps
    assert {(gap.kind, gap.entries[0], gap.variants) for gap in gaps} == {("rejected", "cancel", ())}


def test_what_got_no_answer_is_missing_whatever_was_voted(publish: Publish) -> None:
    engine = SearchEngine(publish())
    log = [
        voted(text, number, helpful=False, decision="no_answer")
        for number, text in enumerate(TOPICS["parking"] * 3)
    ]
    report = find_gaps(from_log(log), engine=engine, encode=encode)
    assert report.gaps
    assert "rejected" not in {gap.kind for gap in report.gaps}
    assert all(gap.votes_down == gap.count for gap in report.gaps)


def test_the_entry_that_was_voted_down_comes_first(publish: Publish) -> None:
    engine = SearchEngine(publish())
    texts = ["Can I cancel an order after paying for it?", "cancel an order after paying"]
    log = []
    for number, text in enumerate(texts * 3):
        query = asked(text, number=number, decision="answer", top_ids=("cancel", "agent"))
        no = said(query, "helpful", helpful=False, entry_id="agent")
        log.append(replace(query, feedback=(no,)))
    (gap,) = find_gaps(from_log(log), engine=engine, encode=encode).gaps
    assert (gap.kind, gap.entries[0]) == ("rejected", "agent")


def test_another_answer_named_is_a_rejection_and_a_change_of_mind_is_none() -> None:
    query = asked("refund", top_ids=("a",), decision="answer")
    named = asked("refund", top_ids=("a",), feedback=(said(query, "answer", entry_id="b"),))
    kept = asked("return", number=1, top_ids=("a",), feedback=(
        said(query, "helpful", helpful=False), said(query, "helpful", helpful=True),
    ))  # fmt: skip
    assert [question.rejected for question in from_log([named, kept])] == [1, 0]


def test_no_click_counts_only_where_clicks_are_sent() -> None:
    def log(source: str, *, clicks: bool) -> list[LoggedQuery]:
        found = []
        for number in range(60):
            text = "never opened" if number % 3 == 0 else f"opened {number}"
            query = asked(text, number=number, source=source, decision="answer", top_ids=("a",))
            feedback = (said(query, "click", entry_id="a", position=1),) if clicks and number % 3 else ()
            found.append(asked(text, number=number, source=source, decision="answer", top_ids=("a",),
                               feedback=feedback))  # fmt: skip
        return found

    def reasons(log: list[LoggedQuery]) -> dict[str, Question]:
        return {question.text: question for question in from_log(log)}

    assert reasons(log("widget", clicks=True))["never opened"].reasons["no_click"] == 1
    assert not reasons(log("api", clicks=False))["never opened"].reasons
    one_person = [replace(query, session="same") for query in log("widget", clicks=True)]
    assert not reasons(one_person)["never opened"].reasons


def test_two_entries_that_compete_are_named(publish: Publish) -> None:
    entries = [
        Entry(id="card", question="refund to my bank card please", answer=""),
        Entry(id="wallet", question="refund to my shop wallet please", answer=""),
        Entry(id="other", question="opening hours on sunday", answer=""),
    ]
    engine = SearchEngine(publish(entries))
    report = gaps_of(["refund to my please", "please refund to my", "my refund please to"], engine)
    kinds = {gap.kind for gap in report.gaps}
    assert kinds <= {"ambiguous", "missing"}
    for gap in report.gaps:
        assert set(gap.entries[:2]) == {"card", "wallet"}
        if gap.kind == "ambiguous":
            assert {"bank", "card"} & set(gap.rivals[0].words + gap.rivals[1].words)


def test_the_period_before_is_counted() -> None:
    before = from_texts([*TOPICS["dog"], *TOPICS["dog"]])
    report = find_gaps(from_texts(EVERY), engine=None, encode=encode, period=Period(before=before))
    assert sum(gap.before or 0 for gap in report.gaps) == 8
    (dog,) = [gap for gap in report.gaps if "bring my dog" in gap.queries]
    assert dog.before is not None
    assert dog.before >= 4


def test_the_trend_counts_what_a_gap_was_asked_as_before() -> None:
    first = gaps_of(EVERY)
    before = from_texts(EVERY)
    (dog,) = [gap for gap in first.gaps if "bring my dog" in gap.queries]
    texts = [*dog.queries[:2], "bring my dog please", *TOPICS["size"], *TOPICS["parking"]]
    now = gaps_of(texts, period=Period(before=before), previous=first.to_dict()["gaps"])
    (same,) = [gap for gap in now.gaps if gap.id == dog.id]
    assert same.before == dog.count
