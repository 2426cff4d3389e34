"""The gaps of a logged period: read, found, and kept as a report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import orjson

from index.counting import to_the_minute
from index.errors import CallerError
from index.progress import Reporter, Silent
from index.snapshot import Snapshot
from index.store import SnapshotStore
from search.engine import SearchEngine
from search.gaps.analysis import Period, find_gaps
from search.gaps.dismissals import KIND
from search.gaps.features import Floats
from search.gaps.questions import from_log
from search.gaps.report import GapReport
from search.query_vectors import QueryVectors
from search.query_verdicts import QueryVerdicts
from search.querylog.folding import typists
from search.querylog.period import DAYS, beginning
from search.querylog.reading import no_log
from search.querylog.records import Report
from search.querylog.store import QueryLog
from search.settings import Settings

REPORTS: Final = 8
"""Kept reports whose gaps keep their ids and names: a gap may be away for some weeks, and a look at one day
holds few of them.
"""
_FIRST: Final = datetime.min.replace(tzinfo=UTC)


class LogOff(CallerError):
    """There is no query log to be read."""


class RequestWrong(CallerError):
    """A request names no collection, or a period that is none."""


def gaps_of_log(
    settings: Settings,
    *,
    collection: str,
    since: datetime | None = None,
    until: datetime | None = None,
    keep: bool = True,
    reporter: Reporter | None = None,
) -> GapReport:
    """Find the gaps of a period, and keep them as a report of kind KIND in the log.

    since, until: since ≤ at < until; until now, and for DAYS, where left out. The period before is as long.
    keep: unless False, the pages show this report until there is a newer one.

    Raises LogOff, RequestWrong, and SnapshotError where nothing that can be read is published.
    """
    if missing := no_log(settings):
        raise LogOff(missing)
    until = until or datetime.now(UTC)
    since = since or beginning(until, DAYS)
    if since >= until:
        raise RequestWrong(
            f"The period ends {to_the_minute(until)}, before it begins, {to_the_minute(since)}."
        )
    reporter = reporter or Silent()
    snapshot = SnapshotStore(settings.snapshot_dir).open_current(collection, Snapshot.open)
    vectors = QueryVectors.of(snapshot, settings.snapshot_dir)  # of which most were asked last week, too
    engine = SearchEngine(replace(snapshot, encoder=vectors))
    verdicts = QueryVerdicts(engine, settings.snapshot_dir)  # so that changes are tried at once

    def encode(texts: Sequence[str]) -> Floats:
        return np.stack([vectors.encode_query(text) for text in texts])

    with QueryLog.open(settings.log_url) as log:
        reporter.step("reading the log")
        questions = from_log(typists(log.read(collection=collection, since=since, until=until)))
        first = earlier(since, until - since)
        before = from_log(typists(log.read(collection=collection, since=first, until=since)))
        report = find_gaps(
            questions,
            engine=engine,
            verdicts=verdicts,
            encode=encode,
            period=Period(before=before or None, least_sessions=settings.log_min_sessions),
            previous=_gaps_before(log, collection),
            about={
                "collection": collection,
                "snapshot": engine.snapshot.version,
                "since": since.isoformat(),
                "until": until.isoformat(),
                "days": math.ceil((until - since) / timedelta(days=1)),
            },
            threads=settings.threads,
            reporter=reporter,
        )
        dismissed = log.dismissed(collection)
        gaps = [replace(gap, dismissed=gap.id in dismissed) for gap in report.gaps]
        report = replace(report, gaps=gaps)
        if keep:
            body = orjson.dumps(report.to_dict())
            log.keep_report(Report(collection=collection, kind=KIND, at=datetime.now(UTC), body=body))
    vectors.save()
    verdicts.save()
    return report


def moment(text: str) -> datetime:
    """An ISO date or time, of UTC where it names no zone. Raises RequestWrong."""
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):  # of the first and the last day that there are, some are none in UTC
        raise RequestWrong(f"{text[:40]!a} is no time. Write 2026-03-31 or 2026-03-31T08:00+02:00.") from None


def earlier(at: datetime, by: timedelta) -> datetime:
    """The time that is so much earlier, or the first that there is."""
    try:
        return at - by
    except OverflowError:
        return _FIRST


def _gaps_before(log: QueryLog, collection: str) -> Sequence[Mapping[str, Any]]:
    """Those of the newest reports, each as it was last."""
    found: dict[str, dict[str, Any]] = {}
    for kept in log.reports(collection=collection, kind=KIND, most=REPORTS):
        for gap in orjson.loads(kept.body)["gaps"]:
            found.setdefault(gap["id"], gap)
    return list(found.values())
