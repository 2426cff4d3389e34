"""The query log keeps what it is given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from search.querylog.records import Feedback, LoggedQuery, Report
from search.querylog.store import QueryLog

NOON = datetime(2026, 11, 2, 12, 0, 0, 123456, tzinfo=UTC)


def logged(query_id: str = "q1", at: datetime = NOON, *, collection: str = "shop") -> LoggedQuery:
    return LoggedQuery(
        query_id=query_id,
        at=at,
        session="5e55",
        collection=collection,
        snapshot="20261101T000000Z-0123456789ab",
        source="widget",
        locale=None,
        asked="Money back to wallet?",
        normalised="money back to wallet",
        decision="answer",
        confidence=0.87,
        top_ids=("13", "14"),
        milliseconds=3.25,
    )


def test_what_was_logged_is_read_with_its_feedback(tmp_path: Path) -> None:
    click = Feedback(query_id="q1", at=NOON + timedelta(seconds=2), kind="click", entry_id="13", position=1)
    vote = Feedback(
        query_id="q1", at=NOON + timedelta(seconds=9), kind="helpful", helpful=False, reason="too long"
    )
    with QueryLog.open(f"sqlite:///{tmp_path / 'log.sqlite3'}") as log:
        log.add([logged("q2", NOON + timedelta(seconds=5)), logged("q1")], [vote, click])
        log.add([logged("q3", NOON + timedelta(hours=1)), logged("q4", collection="other")])
        read = log.read(collection="shop", since=NOON, until=NOON + timedelta(hours=1))
    assert [query.query_id for query in read] == ["q1", "q2"]
    assert read[0].feedback == (click, vote)
    assert read[0].at == NOON
    assert read[0].top_ids == ("13", "14")
    assert read[1].feedback == ()


def test_the_newest_reports_come_first(tmp_path: Path) -> None:
    kept = [
        Report(collection="shop", kind="gaps", at=NOON + timedelta(hours=hour), body=b"%d" % hour)
        for hour in range(3)
    ]
    with QueryLog.open(f"sqlite:///{tmp_path / 'log.sqlite3'}") as log:
        for report in kept:
            log.keep_report(report)
        assert log.reports(collection="shop", kind="gaps", most=2) == [kept[2], kept[1]]
        assert log.reports(collection="shop", kind="lint") == []
