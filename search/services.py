"""What the routes share: the open engines, the threads that search, the numbers, and the query log."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar, cast

from starlette.requests import Request

from index.errors import QueryError
from search.answer import answer_of
from search.catalog import Catalog
from search.engine import SearchEngine
from search.metrics import Metrics
from search.pool import RETRY_AFTER, OverloadedError, SearchPool
from search.problems import ProblemError
from search.query import normalise_query
from search.querylog.records import Asked
from search.querylog.writer import LogWriter
from search.rendering import render_answer
from search.schemas import SearchChoices
from search.suggest.popular import Popular
from search.suggest.suggesting import suggestions
from search.visit import Visit
from search.workbench.desk import Desk

T = TypeVar("T")
_MOMENT: Final = timedelta(microseconds=1)
"""Between the queries of a batch: it keeps their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """One app's parts; made by create_app and found by `services_of`."""

    catalog: Catalog
    pool: SearchPool
    metrics: Metrics
    desk: Desk
    popular: Popular
    public_url: str | None = None
    log: LogWriter | None = None

    def engine(self, collection: str | None) -> SearchEngine:
        """The engine of a collection, or of the default one. Raises ProblemError."""
        engines = self.catalog.engines
        name = collection if collection is not None else self.catalog.default_collection
        if name is not None and name in engines:
            return engines[name]
        served = ", ".join(sorted(engines))
        if not engines or (collection is None and name is not None):
            what = f"The default collection {name!a} has no snapshot" if name else "Nothing is published"
            raise ProblemError("not_ready", f"{what}. {how_to_publish(name)}")
        if name is None:
            raise ProblemError("collection_required", f"Name a collection. Served: {served}.")
        if name in self.catalog.lacking:
            raise ProblemError("not_ready", f"{name!a} has no usable snapshot. {how_to_publish(name)}")
        raise ProblemError("unknown_collection", f"There is no collection {name!a}. Served: {served}.")

    async def suggest(
        self, typed: str, *, engine: SearchEngine, top: int, locale: str | None, tags: Sequence[str]
    ) -> dict[str, Any]:
        """`suggestions` and `words` for what was typed. Raises ProblemError."""
        _check_query(typed, where="q")
        asked = partial(
            suggestions,
            typed,
            engine=engine,
            popular=self.popular.of(engine),
            top=top,
            locale=locale,
            tags=tags,
        )
        # With twenty thousand entries it takes milliseconds, in which the loop would answer nobody else.
        [found] = await self._run([asked])
        return found

    async def _run(self, work: Sequence[Callable[[], T]]) -> list[T]:
        """What the pool's threads make of it. Raises ProblemError."""
        try:
            return await self.pool.run(work)
        except QueryError as error:
            raise ProblemError(error.code, str(error)) from None
        except OverloadedError:
            raise ProblemError(
                "overloaded",
                f"Too many searches are waiting. Try again in {RETRY_AFTER} s.",
                headers={"retry-after": str(RETRY_AFTER)},
            ) from None

    async def search(
        self,
        queries: Mapping[str, str],
        *,
        engine: SearchEngine,
        choices: SearchChoices,
        visit: Visit | None,
    ) -> list[dict[str, Any]]:
        """The answers to all queries, each as the API shows it. queries: by where the request holds them.
        visit: that they are logged with, or None.

        Raises ProblemError.
        """
        began, at = time.perf_counter(), datetime.now(UTC)
        for where, query in queries.items():
            _check_query(query, where=where)
        search = partial(
            engine.search,
            top=choices.top,
            locale=choices.locale,
            tags=choices.tags,
            min_confidence=choices.min_confidence,
            correct=choices.correct,
            explain=choices.explain,
        )
        results = await self._run([partial(search, query) for query in queries.values()])
        for result in results:
            self.metrics.search(
                collection=engine.snapshot.collection, decision=result.decision, stages=result.seconds
            )
        took = milliseconds_since(began)
        answers = [answer_of(result, snapshot=engine.snapshot, took_ms=took) for result in results]
        if choices.render:  # what goes with an entry is looked for among all of them
            await self._run([partial(render_answer, answer, engine) for answer in answers])
            took = milliseconds_since(began)
            answers = [answer | {"took_ms": took} for answer in answers]
        if visit is not None and self.log is not None:
            for position, answer in enumerate(answers):
                moment = at + position * _MOMENT
                self.log.put(_asked(answer, at=moment, visit=visit, locale=choices.locale))
        return answers


def _asked(answer: dict[str, Any], *, at: datetime, visit: Visit, locale: str | None) -> Asked:
    return Asked(
        query_id=answer["query_id"],
        at=at,
        session=visit.session,
        collection=answer["collection"],
        snapshot=answer["snapshot"],
        source=visit.source,
        locale=locale,
        query=answer["query"],
        decision=answer["decision"],
        confidence=answer["confidence"],
        top_ids=tuple(hit["id"] for hit in answer["hits"]),
        milliseconds=answer["took_ms"],
    )


def services_of(request: Request) -> Services:
    """The services of the app that got a request."""
    return cast(Services, request.app.state.services)


def milliseconds_since(began: float) -> float:
    """began: a reading of time.perf_counter()."""
    return round((time.perf_counter() - began) * 1000, 2)


def how_to_publish(collection: str | None) -> str:
    """What to run so that a collection is served."""
    return f"Run 'faq rebuild {collection or '<collection>'}'; the server picks it up by itself."


def _check_query(query: str, *, where: str) -> None:
    try:
        normalise_query(query)
    except QueryError as error:
        raise ProblemError(error.code, str(error), errors=[(where, str(error))]) from None
