"""Reading the log for the admin side: in one thread of its own, so much at most, kept for a minute."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final, TypeVar

import orjson

from index.errors import FaqError
from search.gaps import dismissals
from search.gaps.dismissals import KIND, KNOWN, UnknownGap, marked
from search.problems import ProblemError
from search.querylog.folding import typists
from search.querylog.period import Period
from search.querylog.reading import no_log
from search.querylog.records import LoggedQuery, Report
from search.querylog.store import QueryLog
from search.settings import Settings
from search.workbench.overview import Figures, figures_of

MOST: Final = 200_000
"""Queries of a period that are read, and of the one before."""
KEPT_SECONDS: Final = 60.0
_KEPT: Final = 8
_STEP: Final = timedelta(days=1)
T = TypeVar("T")


class LogReader:
    """What the admin side knows of the log. Its calls raise ProblemError `log_off` and `log_unreadable`."""

    def __init__(
        self, settings: Settings, *, most: int = MOST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._url, self._min_sessions = settings.log_url, settings.log_min_sessions
        self._most, self._clock = most, clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="log-reader")
        self._known: dict[tuple[str, str, Period], tuple[float, Figures]] = {}

    @property
    def off(self) -> bool:
        """Whether nothing is logged."""
        return not self._settings.logs

    @property
    def there(self) -> bool:
        """Whether a log was begun."""
        return no_log(self._settings) is None

    async def figures(
        self, collection: str, period: Period, *, snapshot: str, questions: Mapping[str, str]
    ) -> Figures:
        """The figures of a period. questions: of the snapshot's entries by id."""

        def work() -> Figures:
            key = (collection, snapshot, period)
            known = self._known.get(key)
            if known is not None and self._clock() - known[0] < KEPT_SECONDS:
                return known[1]
            with QueryLog.open(self._url) as log:
                queries, cut = self._read(log, collection, period)
                before, _ = self._read(log, collection, period.before)
            made = figures_of(
                queries,
                before,
                collection=collection,
                period=period,
                questions=questions,
                min_sessions=self._min_sessions,
                cut=cut,
            )
            self._known.pop(key, None)
            while len(self._known) >= _KEPT:
                del self._known[next(iter(self._known))]
            self._known[key] = (self._clock(), made)
            return made

        return await self._run(work)

    async def report(self, collection: str, kind: str, days: int | None = None) -> dict[str, Any] | None:
        """The newest report of a kind, with the time it was made as "at"; None where there is none.

        days: of a period so long, if there is one among the newest.
        """

        def work() -> dict[str, Any] | None:
            with QueryLog.open(self._url) as log:
                kept = log.reports(collection=collection, kind=kind, most=1 if days is None else KNOWN)
                dismissed = log.dismissed(collection) if kind == KIND else None
            found = ({**orjson.loads(one.body), "at": one.at.isoformat()} for one in kept)
            wanted = first = next(found, None)
            if first is not None and days is not None and first.get("days") != days:
                wanted = next((one for one in found if one.get("days") == days), first)
            return wanted if wanted is None or dismissed is None else marked(wanted, dismissed)

        return await self._run(work)

    async def dismiss(self, collection: str, gap: str, *, restore: bool = False) -> None:
        """See a gap no more, or again. Raises ProblemError `unknown_gap`, too."""

        def work() -> None:
            with QueryLog.open(self._url) as log:
                try:
                    (dismissals.restore if restore else dismissals.dismiss)(log, collection, gap)
                except UnknownGap as error:
                    raise ProblemError("unknown_gap", str(error)) from None

        await self._run(work)

    async def keep(self, report: Report, *, make: bool = False) -> None:
        """Write a report down. make: the log, where there is none yet."""

        def work() -> None:
            with QueryLog.open(self._url) as log:
                log.keep_report(report)

        await self._run(work, make=make)

    def close(self) -> None:
        """Wait for nothing: what is being read is let go."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _read(self, log: QueryLog, collection: str, period: Period) -> tuple[list[LoggedQuery], bool]:
        """The newest queries of a period, oldest first, day by day until there are enough."""
        parts: list[list[LoggedQuery]] = []
        held, until = 0, period.until
        while until > period.since:
            since = max(period.since, until - _STEP)
            parts.append(typists(log.read(collection=collection, since=since, until=until)))
            held, until = held + len(parts[-1]), since
            if held >= self._most:
                break
        queries = [query for part in reversed(parts) for query in part]
        return queries[-self._most :], held > self._most or until > period.since

    async def _run(self, work: Callable[[], T], *, make: bool = False) -> T:
        if self.off:
            raise ProblemError(
                "log_off", "Nothing is logged, as FAQ_LOG_URL is off. Set it, and restart the server."
            )

        def translated() -> T:
            try:
                if not make and no_log(self._settings):
                    raise ProblemError(
                        "log_off",
                        "There is no query log yet. It begins with the first search; to try these pages "
                        "out, run 'faq demo-traffic'.",
                    )
                return work()
            except FaqError as error:
                raise ProblemError("log_unreadable", str(error)) from None

        return await asyncio.get_running_loop().run_in_executor(self._thread, translated)
