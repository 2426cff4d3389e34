"""The job behind the page: a request on stdin, the result on stdout. See search/jobs/child.py."""

from __future__ import annotations

from typing import Any

from index.store import SnapshotStore
from search.jobs.child import main
from search.preview.logged import logged_queries
from search.preview.request import PreviewRequest
from search.preview.trial import Trial
from search.settings import Settings


def work(settings: Settings, request: dict[str, Any]) -> dict[str, Any]:
    """See PreviewRequest.from_dict and docs/preview.md. Raises FaqError."""
    wanted = PreviewRequest.from_dict(request)
    trial = Trial(
        store=SnapshotStore(settings.snapshot_dir),
        data_dir=settings.data_dir,
        threads=settings.threads,
        min_sessions=settings.log_min_sessions,
    )
    asked, warnings = logged_queries(settings, wanted.collection, wanted.period)
    result = trial.run(wanted.collection, wanted.change, asked)
    result["warnings"] = [*wanted.warnings, *warnings, *result["warnings"]]
    period = wanted.period
    return {**result, "since": period.since.isoformat(), "until": period.until.isoformat()}


if __name__ == "__main__":
    main(work)
