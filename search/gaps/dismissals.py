"""Gaps that the content team wants to see no more: noise, and what the FAQ is not about."""

from __future__ import annotations

from typing import Any, Final

import orjson

from index.errors import CallerError
from index.text import shorten
from search.querylog.store import QueryLog

KIND: Final = "gaps"
"""Of reports."""
KNOWN: Final = 20
"""Newest reports whose gaps can be dismissed: a page may show one of another period."""


class UnknownGap(CallerError):
    """No report of late has a gap with this id."""


def dismiss(log: QueryLog, collection: str, gap: str) -> None:
    """See a gap no more, in reports of before and to come. Raises UnknownGap, QueryLogError."""
    _check(log, collection, gap)
    log.dismiss(collection, gap)


def restore(log: QueryLog, collection: str, gap: str) -> None:
    """See a gap again. Raises UnknownGap, QueryLogError."""
    _check(log, collection, gap)
    log.restore(collection, gap)


def marked(report: dict[str, Any], dismissed: frozenset[str]) -> dict[str, Any]:
    """The report, each gap with whether it is `dismissed` by now, whatever it was when it was found."""
    return {**report, "gaps": [{**gap, "dismissed": gap["id"] in dismissed} for gap in report["gaps"]]}


def _check(log: QueryLog, collection: str, gap: str) -> None:
    reports = log.reports(collection=collection, kind=KIND, most=KNOWN)
    known = {held["id"] for kept in reports for held in orjson.loads(kept.body)["gaps"]}
    if gap not in known | log.dismissed(collection):
        shown = shorten(gap, 40)
        raise UnknownGap(
            f"No gap of {collection} has the id {shown!a}. 'faq gaps {collection}' shows the ids."
        )
