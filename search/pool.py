"""The threads that search, and a bound on who may wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")

RETRY_AFTER: Final = 1
"""Seconds after which a client that was sent away may come back."""


class OverloadedError(Exception):
    """More work is waiting than is allowed."""


class SearchPool:
    """Runs calls on threads for an event loop. max_waiting: calls that may wait for a thread."""

    def __init__(self, *, threads: int, max_waiting: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="search")
        self._most = threads + max_waiting
        self._held = 0

    async def run(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """The results of all calls, in order; raises what the first failing one raised.

        Raises OverloadedError, and runs none of them, where they would not all find a place.
        """
        if self._held + len(calls) > self._most:
            raise OverloadedError
        loop = asyncio.get_running_loop()
        futures = []
        for call in calls:
            future = loop.run_in_executor(self._executor, call)
            self._held += 1
            future.add_done_callback(self._release)
            futures.append(future)
        if len(futures) == 1:
            return [await futures[0]]
        return list(await asyncio.gather(*futures))

    def close(self) -> None:
        """Wait for running calls; drop waiting ones, whose callers are gone when this is called."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _release(self, _future: asyncio.Future[T]) -> None:
        self._held -= 1
