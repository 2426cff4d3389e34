"""The workbench's figures, computed by hand, and the laws that they obey."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.gaps.questions import from_log
from search.querylog.period import last_days
from search.workbench.charts import FOOT, TOP, decisions_chart, nice_above, traffic_chart
from search.workbench.entry_table import Stolen, entry_table
from search.workbench.reliability import first_was_right, reliability, wilson
from search.workbench.top_queries import top_queries
from search.workbench.traffic import MOST_SOURCES, Day, days_of, percentiles, traffic_of
from tests.logged import NOW, logged

CLICK_FIRST = {"kind": "click", "entry_id": "refund", "position": 1}
CLICK_BELOW = {"kind": "click", "entry_id": "returns", "position": 2}
YES, NO = {"kind": "helpful", "helpful": True}, {"kind": "helpful", "helpful": False}
THIS = {"kind": "answer", "entry_id": "returns"}


def test_traffic_counts_decisions_sessions_votes_and_clicks() -> None:
    found = traffic_of(
        [
            logged(session="a"),
            logged("b", CLICK_FIRST, CLICK_BELOW, YES, session="a"),
            logged("c", NO, decision="no_answer"),
            logged("d", decision="clarify", source="widget"),
        ]
    )
    assert (found.queries, found.sessions, found.clicked) == (4, 3, 1)
    assert (found.answered, found.clarified, found.unanswered) == (2, 1, 1)
    assert (found.helpful, found.unhelpful) == (1, 1)
    assert found.sources == (("api", 3), ("widget", 1))
    assert found.share(found.answered) == 0.5
    assert traffic_of([]).share(0) is None


def test_sources_that_few_name_are_not_shown() -> None:
    queries = [logged(session=session, source="widget") for session in "abc"]
    queries += [logged(session="a", source=f"call-0171-234567-{n % 2}") for n in range(9)]
    assert traffic_of(queries, min_sessions=3).sources == (("others", 9), ("widget", 3))
    many = [logged(source=f"s{n}") for n in range(1000)]
    assert traffic_of(many).sources[0] == ("others", 1000 - MOST_SOURCES)
    assert len(traffic_of(many).sources) == MOST_SOURCES + 1


def test_a_visitor_who_votes_again_and_again_has_one_vote() -> None:
    queries = [logged("money back", NO, {**NO, "entry_id": "refund"}, NO, session="a") for _ in range(100)]
    queries += [logged("a refund", NO, session="a"), logged("money back", YES, session="b")]
    found = traffic_of(queries)
    assert (found.helpful, found.unhelpful) == (1, 2)
    [refund, _] = entry_table(queries, questions=dict.fromkeys(("refund", "returns"), "?"), min_sessions=1)
    assert (refund.helpful, refund.unhelpful) == (1, 2)
    changed = [*queries, logged("money back", {**YES, "at": NOW + timedelta(1)}, session="a")]
    assert traffic_of(changed).unhelpful == 1
    assert sum(one.judged for one in reliability(queries, min_sessions=1)) == 3
    assert from_log(queries)[1].rejected == 1


def test_days_are_of_utc_and_empty_ones_are_there() -> None:
    since, until = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 3, 0, 1, tzinfo=UTC)
    late = datetime.fromisoformat("2026-03-02T01:30:00+02:00")  # still the first in UTC
    assert days_of([logged(at=late)], since=since, until=until) == [
        Day(day=date(2026, 3, 1), answered=1),
        Day(day=date(2026, 3, 2)),
        Day(day=date(2026, 3, 3)),
    ]


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentiles([float(n) for n in range(1, 101)]) == {50: 50.0, 95: 95.0, 99: 99.0}
    assert percentiles([7.0]) == {50: 7.0, 95: 7.0, 99: 7.0}
    assert percentiles([]) == {}


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ([], None),
        ([CLICK_FIRST], True),
        ([CLICK_BELOW], False),
        ([CLICK_BELOW, CLICK_FIRST], True),
        ([CLICK_FIRST, NO], False),
        ([NO, THIS], False),
        ([YES, {"kind": "answer", "entry_id": "refund"}], True),
        ([{"kind": "helpful", "helpful": False, "entry_id": "returns"}], None),
        ([NO, YES], True),
    ],
)
def test_feedback_tells_whether_the_first_hit_was_right(
    said: list[dict[str, Any]], right: bool | None
) -> None:
    assert first_was_right(logged("a", *said)) is right
    assert first_was_right(logged("a", *said, top_ids=())) is None


def test_a_bin_tells_something_once_enough_was_judged() -> None:
    held = [logged("a", CLICK_FIRST if n < 6 else CLICK_BELOW) for n in range(10)]
    bins = reliability(held, min_sessions=3)
    assert bins[5].right == 0.6
    assert bins[5].stated == pytest.approx(0.55)
    assert bins[5].least == pytest.approx(0.3127, abs=1e-4)  # Wilson's interval of 6 of 10, from tables
    assert bins[5].most == pytest.approx(0.8318, abs=1e-4)
    assert reliability(held[:9], min_sessions=3)[5].right is None
    one_person = [logged("a", CLICK_FIRST, session="s") for _ in range(50)]
    assert reliability(one_person, min_sessions=3)[5].right is None


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share(pair: tuple[int, int]) -> None:
    hits, of = pair
    low, high = wilson(hits, of)
    assert 0 <= low <= hits / of + 1e-12
    assert hits / of - 1e-12 <= high <= 1


def test_top_queries_show_nothing_that_few_asked() -> None:
    held = [logged("Refund?", session=s) for s in "abc"] + [logged("refund?", session="a")]
    secret = [logged("my own secret", session="a") for _ in range(9)]
    [one] = top_queries(held + secret, before=held[:2], min_sessions=3)
    assert (one.query, one.count, one.sessions, one.before, one.entry) == ("Refund?", 4, 3, 2, "refund")


@given(
    st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from([None, "a", "b", "c", "d"]))),
    st.integers(1, 5),
)
def test_a_higher_minimum_never_shows_more(asked: list[tuple[str, str | None]], least: int) -> None:
    held = [logged(text, session=session) for text, session in asked]
    shown = {one.query for one in top_queries(held, min_sessions=least)}
    assert {one.query for one in top_queries(held, min_sessions=least + 1)} <= shown


def test_the_entry_table_counts_and_names_thieves() -> None:
    held = [logged("money back", THIS, CLICK_FIRST, session=s) for s in "abc"]
    held += [logged("only me", CLICK_BELOW, NO, session="a")]
    questions = {"returns": "How?", "refund": "When?", "idle": "What?"}
    rows = {one.id: one for one in entry_table(held, questions=questions, min_sessions=3)}
    assert (rows["refund"].shown, rows["refund"].first, rows["refund"].clicked) == (4, 4, 3)
    assert rows["refund"].unhelpful == 1
    assert rows["returns"].click_rate == 0.25
    assert rows["returns"].stolen == (
        Stolen(query="money back", by="refund", count=3),
        Stolen(query=None, by="refund", count=1),
    )
    assert (rows["idle"].shown, rows["idle"].click_rate) == (0, None)


def test_who_changes_their_mind_has_one_vote() -> None:
    held = [logged("a", NO, YES, NO | {"entry_id": "returns"}), logged("b", YES, NO | {"entry_id": "refund"})]
    found = traffic_of(held)
    assert (found.helpful, found.unhelpful) == (1, 2)
    rows = {one.id: one for one in entry_table(held, questions={}, min_sessions=1)}
    assert (rows["refund"].helpful, rows["refund"].unhelpful) == (1, 1)
    assert (rows["returns"].helpful, rows["returns"].unhelpful) == (0, 1)


def test_an_entry_that_is_gone_is_told() -> None:
    assert [(one.id, one.question) for one in entry_table([logged()], questions={}, min_sessions=1)] == [
        ("refund", None),
        ("returns", None),
    ]


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1)), st.integers(1, 366))  # noqa: DTZ001
def test_a_period_ends_now_and_the_one_before_is_as_long(now: datetime, days: int) -> None:
    period = last_days(days, now=lambda: now)
    assert period.since <= now < period.until <= now + timedelta(minutes=1)
    assert period.before.until - period.before.since == period.until - period.since
    assert period.before.until <= now


@given(st.lists(st.tuples(*[st.integers(0, 10**6)] * 3), max_size=90))
def test_bars_stay_within_the_plot_and_say_every_count(counts: list[tuple[int, int, int]]) -> None:
    days = [
        Day(day=date(2026, 1, 1) + timedelta(days=n), answered=a, clarified=c, unanswered=u)
        for n, (a, c, u) in enumerate(counts)
    ]
    for chart in (traffic_chart(days), decisions_chart(days)):
        assert len(chart.bars) == sum(count > 0 for day in counts for count in day)
        assert all(bar.y >= TOP - 0.1 and bar.y + bar.height <= FOOT + 0.1 for bar in chart.bars)


@given(st.integers(0, 10**9))
def test_a_scale_ends_just_above(value: int) -> None:
    top = nice_above(value)
    assert top >= value
    assert top % 4 == 0
    assert top <= max(4, 2.5 * value)
