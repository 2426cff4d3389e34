"""Logged queries made by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from search.querylog.records import Feedback, LoggedQuery

NOW = datetime.now(UTC)
_numbers = count()


def logged(asked: str = "money back", *said: dict[str, Any], **values: Any) -> LoggedQuery:
    """A query of an hour ago by nobody in particular; said: its feedback."""
    id_ = f"q{next(_numbers)}"
    known: dict[str, Any] = {
        "query_id": id_,
        "at": NOW - timedelta(hours=1),
        "session": None,
        "collection": "shop",
        "snapshot": "v",
        "source": "api",
        "locale": None,
        "asked": asked,
        "normalised": asked.lower(),
        "decision": "answer",
        "confidence": 0.55,
        "top_ids": ("refund", "returns"),
        "milliseconds": 3.0,
        "feedback": tuple(Feedback(**{"query_id": id_, "at": NOW, **one}) for one in said),
    }
    return LoggedQuery(**known | values)
