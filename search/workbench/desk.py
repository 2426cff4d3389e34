"""The admin side's parts, of one app."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from index.store import SnapshotStore
from search.jobs.runner import Job, Jobs, Kind
from search.querylog.records import Report
from search.settings import Settings
from search.workbench.access import Access
from search.workbench.key import AdminKey
from search.workbench.reading import LogReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Made by `of` for an app's settings; closed with the app."""

    settings: Settings
    store: SnapshotStore
    access: Access
    log: LogReader
    jobs: Jobs

    @classmethod
    def of(cls, settings: Settings) -> Desk:
        """What the settings say."""
        key = settings.admin_key
        return cls(
            settings=settings,
            store=SnapshotStore(settings.snapshot_dir),
            access=Access(AdminKey(key.get_secret_value()) if key is not None else None),
            log=LogReader(settings),
            jobs=Jobs(settings),
        )

    def start(self, kind: Kind, request: Mapping[str, Any]) -> Job:
        """Begin a job; what lint finds is kept in the log, as gaps are by their own job.

        Raises ProblemError.
        """
        collection = str(request["collection"])

        async def keep(result: dict[str, Any]) -> None:
            if not self.log.off:
                body = orjson.dumps(result)
                await self.log.keep(
                    Report(collection=collection, kind=kind, at=datetime.now(UTC), body=body), make=True
                )

        return self.jobs.start(kind, request, then=keep if kind == "lint" else None)

    async def report(self, kind: Kind, collection: str, days: int | None = None) -> dict[str, Any] | None:
        """The newest result of a kind, best of a period so long: from the log, else of the last job here."""
        if not self.log.off and self.log.there:
            return await self.log.report(collection, kind, days)
        job = self.jobs.latest(kind, collection)
        if job is None or job.result is None:
            return None
        return {**job.result, "at": job.started.isoformat()}

    async def close(self) -> None:
        """End jobs and reading."""
        await self.jobs.close()
        self.log.close()
