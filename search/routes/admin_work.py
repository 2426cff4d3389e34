"""What the admin API and the admin pages both do; each raises ProblemError."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from fastapi import Request

from index.errors import BuildBusy, CallerError, FaqError, SnapshotError, SnapshotMissing
from index.extras import ExtraMissing
from index.names import COLLECTION_NAME
from search.engine import SearchEngine
from search.jobs.runner import Job
from search.problems import ProblemError
from search.querylog.period import DAYS, last_days
from search.services import services_of
from search.workbench.desk import Desk
from search.workbench.exports import FORMATS
from search.workbench.overview import Figures
from search.workbench.snapshots import Version, history, let_serve
from search.workbench.tables import OF_FIGURES, OF_REPORTS

MAX_BODY: Final = 8 * 1024 * 1024
"""Bytes of what is sent: whole source files too."""
T = TypeVar("T")


def desk_of(request: Request) -> Desk:
    """The desk, for a request that may use it. Raises ProblemError."""
    desk = services_of(request).desk
    desk.access.check(request)
    return desk


async def figures(request: Request, desk: Desk, collection: str | None, days: int = DAYS) -> Figures:
    """The figures of the last days."""
    engine = services_of(request).engine(collection)
    snapshot = engine.snapshot
    return await desk.log.figures(
        snapshot.collection,
        last_days(days),
        snapshot=snapshot.version,
        questions={entry.id: entry.question for entry in snapshot.entries},
    )


async def waited(job: Job, seconds: float) -> Job:
    """The job once it has ended, or after so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await job.ended.wait()
    except TimeoutError:
        pass
    return job


async def attended(request: Request, desk: Desk, job: Job, seconds: float) -> Job:
    """As `waited`, but a job whose client leaves meanwhile is ended: nobody else can see what comes of it,
    and it would keep others from starting one.
    """
    leaving = asyncio.create_task(_leaving(request))
    ended = asyncio.create_task(job.ended.wait())
    try:
        await asyncio.wait((leaving, ended), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if leaving.done() and not ended.done():
            await desk.jobs.end(job)
    finally:
        leaving.cancel()
        ended.cancel()
    return job


async def _leaving(request: Request) -> None:
    """Until the client has gone. The request's body was read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def versions(desk: Desk, collection: str) -> list[Version]:
    """The published versions, newest first."""
    return await _apart(lambda: history(desk.store, collection))


async def roll_back(desk: Desk, collection: str, version: str) -> str:
    """Let a version serve; its name. Servers notice within two seconds."""

    def work() -> str:
        try:
            return let_serve(desk.store, collection, version).version
        except SnapshotMissing as error:
            raise ProblemError("unknown_snapshot", str(error)) from None
        except (BuildBusy, SnapshotError) as error:
            raise ProblemError("change_refused", str(error)) from None

    if not COLLECTION_NAME.fullmatch(collection):
        raise ProblemError("unknown_collection", f"There is no collection {collection[:80]!a}.")
    return await _apart(work)


async def variants(
    desk: Desk, engine: SearchEngine, wanted: Sequence[tuple[str, str]], *, digest: str | None
) -> dict[str, Any]:
    """How variants.jsonl would change; or, with the digest of what was shown, what was written.

    wanted: (entry's id, variant).
    """
    from search.preview.accept import accept, propose  # reads FAQ files, which most servers never do
    from search.preview.change import ProposedVariant

    proposed = [ProposedVariant(entry=entry, variant=variant) for entry, variant in wanted]
    collection, entries = engine.snapshot.collection, engine.snapshot.entries

    def work() -> dict[str, Any]:
        folder = desk.settings.data_dir
        try:
            if digest is None:
                return propose(folder, collection, proposed, entries=entries).to_dict()
            return accept(folder, collection, proposed, entries=entries, digest=digest).to_dict()
        except FaqError as error:
            raise ProblemError("change_refused", str(error)) from None

    return await _apart(work)


async def export(
    request: Request, desk: Desk, collection: str | None, *, table: str, form: str, days: int
) -> tuple[str, str, bytes]:
    """A table as a file: its name, its media type, its bytes."""
    name = services_of(request).engine(collection).snapshot.collection
    made = FORMATS[form]
    if table in OF_FIGURES:
        held = OF_FIGURES[table](await figures(request, desk, collection, days))
    else:
        held = OF_REPORTS[table](await report(desk, table, name, days if table == "gaps" else None))
    try:
        content = await _apart(lambda: made.write(held))
    except ExtraMissing as error:
        raise ProblemError("extra_missing", str(error)) from None
    return f"{name}-{table}.{form}", made.media_type, content


async def report(desk: Desk, kind: Any, collection: str, days: int | None = None) -> dict[str, Any]:
    """The newest report, best of a period so long. Raises ProblemError `no_report` where there is none."""
    found = await desk.report(kind, collection, days)
    if found is None:
        raise ProblemError(
            "no_report", f"Nothing of kind {kind!r} was computed for {collection!r} yet. POST starts it."
        )
    return found


async def _apart(work: Callable[[], T]) -> T:
    """In a thread of its own: it reads and writes files."""
    try:
        return await asyncio.to_thread(work)
    except CallerError as error:
        raise ProblemError("change_refused", str(error)) from None
