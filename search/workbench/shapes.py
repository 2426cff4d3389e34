"""Requests and answers of `/v1/admin/`, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from search.querylog.period import DAYS, LONGEST


class AdminParameters(BaseModel):
    """Of which collection."""

    model_config = ConfigDict(extra="forbid", strict=True)

    collection: str | None = Field(
        default=None, max_length=64, description="The collection, by default the only one."
    )


class PeriodParameters(AdminParameters):
    """Of which time."""

    days: int = Field(
        default=DAYS, ge=1, le=LONGEST, description="The last so many days in UTC, today is one of them."
    )


class ExportParameters(PeriodParameters):
    """Which table, and how it is written."""

    table: Literal["traffic", "queries", "entries", "gaps", "lint"] = Field(description="The table.")
    format: Literal["csv", "xlsx", "md", "json"] = Field(description="The file's format.")


class JobParameters(AdminParameters):
    """wait: for the result."""

    wait: float | None = Field(
        default=None,
        ge=0,
        le=120,
        description="Seconds that the answer may wait for the job to end, 10 if left out.",
    )


class GapsParameters(JobParameters):
    """Of which time."""

    since: str | None = Field(
        default=None, max_length=40, description="From when, in ISO format; 7 days ago."
    )
    until: str | None = Field(default=None, max_length=40, description="Until when, in ISO format; now.")


class DismissParameters(AdminParameters):
    """A gap that is to be seen no more, or again."""

    gap: str = Field(max_length=64, description="The gap's id.")
    dismissed: bool = Field(default=True, description="False takes a dismissal back.")


class Wording(BaseModel):
    """Another wording of an entry's question."""

    model_config = ConfigDict(extra="forbid", strict=True)

    entry: str = Field(max_length=128, description="The entry's id.")
    variant: str = Field(min_length=1, max_length=2000, description="The wording.")


class FileText(BaseModel):
    """A whole source file with its new text."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(max_length=512, description="Its path in the collection's folder.")
    text: str = Field(description="Its new text.")


class PreviewParameters(GapsParameters):
    """A change to be tried."""

    entries: list[dict[str, Any]] = Field(
        default_factory=list,
        max_length=1000,
        description="Changed or new entries, as /v1/entries shows them.",
    )
    removed: list[str] = Field(default_factory=list, max_length=1000, description="Ids of entries that go.")
    variants: list[Wording] = Field(default_factory=list, max_length=1000, description="Further variants.")
    file: FileText | None = Field(default=None, description="An edited source file.")


class VariantsParameters(AdminParameters):
    """Variants to be added to the collection's variants.jsonl."""

    variants: list[Wording] = Field(min_length=1, max_length=1000, description="The variants.")
    digest: str | None = Field(
        default=None,
        max_length=64,
        description="Of the proposal that a person has seen: it is written. Without it, it is only shown.",
    )


class RollbackParameters(AdminParameters):
    """The version that is to serve."""

    version: str = Field(max_length=64, description="The snapshot's version.")


class JobAnswer(BaseModel):
    """A job of its own process."""

    id: str = Field(description="Finds it under /v1/admin/jobs/{id}.")
    kind: Literal["gaps", "preview", "lint"] = Field(description="What it does.")
    collection: str = Field(description="The collection.")
    state: Literal["running", "done", "failed"] = Field(description="How far it is.")
    started: str = Field(description="When, in UTC.")
    seconds: float | None = Field(description="How long it took; null while it runs.")
    result: dict[str, Any] | None = Field(description="What it found; null unless it is done.")
    problem: dict[str, Any] | None = Field(description="Why it failed, as problems have it; else null.")


class OverviewAnswer(BaseModel):
    """Figures of a period, and of the one before."""

    collection: str = Field(description="The collection.")
    since: str = Field(description="From when, in UTC.")
    until: str = Field(description="Until when, in UTC.")
    cut: bool = Field(description="Whether only the newest queries were read, as there are too many.")
    traffic: dict[str, Any] = Field(
        description="Queries by decision, sessions, clicks, votes, sources, latency in ms."
    )
    before: dict[str, Any] = Field(description="The same of the period before, which is as long.")
    days: list[dict[str, Any]] = Field(description="Queries by decision for each day in UTC.")
    reliability: list[dict[str, Any]] = Field(
        description="What feedback says of first hits, by confidence; null where too few were judged."
    )


class RowsAnswer(BaseModel):
    """A table of a period."""

    collection: str = Field(description="The collection.")
    since: str = Field(description="From when, in UTC.")
    until: str = Field(description="Until when, in UTC.")
    rows: list[dict[str, Any]] = Field(description="Its rows.")


class DismissedAnswer(BaseModel):
    """Whether a gap is seen."""

    collection: str = Field(description="The collection.")
    gap: str = Field(description="The gap's id.")
    dismissed: bool = Field(description="Whether it is dismissed now.")


class ReportAnswer(BaseModel):
    """A report that a job computed."""

    model_config = ConfigDict(extra="allow")

    at: str = Field(description="When it was computed, in UTC.")


class VariantsAnswer(BaseModel):
    """A proposal, or what was written."""

    file: str = Field(description="The file, from the folder of collections.")
    lines: list[int] = Field(description="The lines where the variants stand.")
    diff: str | None = Field(default=None, description="Of a proposal: a unified diff.")
    digest: str | None = Field(default=None, description="Of a proposal: to be sent back to accept it.")
    advice: str | None = Field(default=None, description="Of what was written: what to do next.")


class SnapshotsAnswer(BaseModel):
    """The published versions of a collection."""

    collection: str = Field(description="The collection.")
    snapshots: list[dict[str, Any]] = Field(
        description="The newest first: version, current, created, entries, golden, calibration, damage."
    )


class ServesAnswer(BaseModel):
    """What serves now."""

    collection: str = Field(description="The collection.")
    version: str = Field(description="The version that serves within two seconds.")
