"""Numbers and places as a sentence has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from index.counting import counted, empty_queries, lines_named, to_the_minute


def test_one_and_many() -> None:
    assert [counted(n, "gap") for n in (0, 1, 2_000)] == ["0 gaps", "1 gap", "2,000 gaps"]
    assert [counted(n, "entry", "entries") for n in (1, 2)] == ["1 entry", "2 entries"]


def test_lines_are_named_up_to_ten() -> None:
    assert lines_named([4]) == "line 4"
    assert lines_named(range(1, 11)) == "lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"
    assert lines_named(range(1, 12)).endswith("9, 10, …")
    assert empty_queries([4]) == "1 empty query was left out (line 4)."
    assert empty_queries([4, 6]) == "2 empty queries were left out (lines 4, 6)."


def test_times_are_told_to_the_minute_in_utc() -> None:
    assert to_the_minute(datetime(2026, 3, 1, 1, 30, 59, tzinfo=timezone(timedelta(hours=2)))) == (
        "2026-02-28 23:30 UTC"
    )
    first = datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))
    assert to_the_minute(first) == "0001-01-01 00:00+14:00"
    assert to_the_minute(datetime(1, 1, 1, tzinfo=UTC)).endswith("01-01 00:00 UTC")
