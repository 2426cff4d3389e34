"""The side of the query log that searching sees: it takes what was asked, and never waits, fails or slows.

A thread writes it down. While the database can't be written, what comes waits in a queue; when that is full,
it is dropped, and counted.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from index.errors import FaqError
from search.querylog.records import Asked, Feedback, LoggedQuery

if TYPE_CHECKING:
    from search.querylog.store import QueryLog

log = logging.getLogger("faq.querylog")

CAPACITY: Final = 10_000
"""Records that may wait for the database."""
FLUSH_SECONDS: Final = 0.5
"""How long a record waits where the database can be written: a crash loses less than a second."""
BATCH: Final = 500
"""Records written at a time."""
CLOSE_SECONDS: Final = 5.0
"""How long a stopping server waits for what is still to be written."""
PURGE_SECONDS: Final = 3600.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0  # seconds after a failure

Count = Callable[[str, int], None]
"""Told an outcome, "written", "dropped" or "failed" (attempts), and how many."""


class LogWriter:
    """Writes to the log at a URL from a thread of its own, from `start` to `close`.

    days: after which queries are removed.
    """

    def __init__(self, url: str, *, days: int, count: Count, capacity: int = CAPACITY) -> None:
        self._url, self._days, self._count = url, days, count
        self._waiting: deque[Asked | Feedback] = deque()
        self._capacity = capacity
        self._dropping = False
        self._trouble = ""  # the last that was told of
        self._pause = _FIRST_PAUSE
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write."""
        self._closing.clear()
        self._thread = threading.Thread(target=self._run, name="query log", daemon=True)
        self._thread.start()

    def put(self, record: Asked | Feedback) -> bool:
        """Take a record to be written; whether there was room for it. Never waits and never raises."""
        # Anybody may send feedback without asking anything: it must leave room for queries.
        most = max(1, self._capacity // 2) if isinstance(record, Feedback) else self._capacity
        if len(self._waiting) >= most:
            self._count("dropped", 1)
            if not self._dropping:
                self._dropping = True
                log.error("the query log can't keep up: what is asked from now on is not in it")
            return False
        self._waiting.append(record)
        return True

    def close(self, *, seconds: float = CLOSE_SECONDS) -> None:
        """Write what waits, for as long as `seconds`, and end."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(seconds)
        if left := len(self._waiting):
            self._count("dropped", left)
            log.error("%d records could not be written to the query log before the end", left)

    def _run(self) -> None:
        from search.querylog.store import QueryLog  # what it imports would hold up a server's start

        while True:
            try:
                with QueryLog.open(self._url) as opened:
                    self._write(opened)
                    return
            except Exception as error:  # a database may fail in any way: searching goes on
                self._count("failed", 1)
                reason = str(error) if isinstance(error, FaqError) else f"{type(error).__name__}: {error}"
                if reason != self._trouble:
                    log.error("%s Searching goes on.", reason)
                    self._trouble = reason
            if self._closing.wait(self._pause):
                return
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def _write(self, opened: QueryLog) -> None:
        """Write until it is closed. Raises what the log raises; nothing taken from the queue is lost then."""
        purge_at = time.monotonic()
        while True:
            ending = self._closing.wait(FLUSH_SECONDS) if len(self._waiting) < BATCH else False
            while self._waiting:
                self._write_some(opened)
            if ending:
                return
            if time.monotonic() >= purge_at:
                removed = opened.purge(before=datetime.now(UTC) - timedelta(days=self._days), most=BATCH)
                if removed < BATCH:  # else more after what was asked meanwhile is written
                    purge_at = time.monotonic() + PURGE_SECONDS
                self._works()

    def _works(self) -> None:
        if self._trouble:
            log.warning("the query log can be written again")
        self._trouble, self._pause = "", _FIRST_PAUSE

    def _write_some(self, opened: QueryLog) -> None:
        count = min(len(self._waiting), BATCH)
        # They stay in the queue until they are written; only this thread takes any away.
        ready = [_masked(self._waiting[position], opened) for position in range(count)]
        written = _add(opened, [record for record in ready if record is not None])
        for _ in range(count):
            self._waiting.popleft()
        self._count("written", written)
        if lost := count - written:
            self._count("dropped", lost)
        self._works()
        if self._dropping and len(self._waiting) < self._capacity:
            self._dropping = False
            log.warning("the query log keeps up again")


def _add(opened: QueryLog, records: list[LoggedQuery | Feedback]) -> int:
    """Write records together; those that the database refuses are left out. How many were written."""
    from search.querylog.errors import RecordRefused

    try:
        opened.add(
            [record for record in records if isinstance(record, LoggedQuery)],
            [record for record in records if isinstance(record, Feedback)],
        )
    except RecordRefused as error:
        if len(records) > 1:  # one of them must not hold up the others
            return sum(_add(opened, [record]) for record in records)
        log.error("a record of query %s is left out of the query log: %s", records[0].query_id, error)
        return 0
    return len(records)


def _masked(record: Asked | Feedback, opened: QueryLog) -> LoggedQuery | Feedback | None:
    from search.querylog.masked import masked_feedback, masked_query

    try:
        if isinstance(record, Asked):
            return masked_query(record, session_hash=opened.session_hash)
        return masked_feedback(record)
    except Exception:  # one that can't be masked must neither be written nor hold up the others
        log.exception("a record of query %s is left out of the query log", record.query_id)
        return None
