"""Prometheus metrics of one app. Label values are bounded: never a raw path, query or unknown method."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from search.catalog import Catalog, Change

METHODS: Final = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
UNMATCHED: Final = "unmatched"
"""The route label of requests that no route matched."""
_REQUEST_BUCKETS: Final = (0.001, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.125, 0.25, 0.5, 1.0, 2.5, 5.0)
_STAGE_BUCKETS: Final = (0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.125, 0.25, 1.0)


class _Snapshots(Collector):
    """What is served by the process that is asked."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def collect(self) -> Iterable[Metric]:
        created = GaugeMetricFamily(
            "faq_snapshot_created_timestamp_seconds",
            "When the snapshot that is served was built, in seconds since 1970.",
            labels=["collection"],
        )
        entries = GaugeMetricFamily(
            "faq_entries", "Entries of the snapshot that is served.", labels=["collection"]
        )
        for name, engine in self._catalog.engines.items():
            created.add_metric([name], engine.snapshot.manifest.created.timestamp())
            entries.add_metric([name], len(engine.snapshot.entries))
        return [created, entries]


class Metrics:
    """multiprocess_dir: where worker processes share their numbers (PROMETHEUS_MULTIPROC_DIR), or None."""

    def __init__(self, catalog: Catalog, *, multiprocess_dir: str | None = None) -> None:
        own = CollectorRegistry()
        self._requests = Counter(
            "faq_requests", "Requests answered.", ["route", "method", "status"], registry=own
        )
        self._request_seconds = Histogram(
            "faq_request_seconds",
            "Time from a request's arrival to the end of its answer.",
            ["route"],
            buckets=_REQUEST_BUCKETS,
            registry=own,
        )
        self._stage_seconds = Histogram(
            "faq_search_stage_seconds",
            "Time of a search, by stage.",
            ["collection", "stage"],
            buckets=_STAGE_BUCKETS,
            registry=own,
        )
        self._decisions = Counter(
            "faq_decisions", "Searches answered, by decision.", ["collection", "decision"], registry=own
        )
        self._loads = Counter(
            "faq_snapshot_loads", "Snapshots put into service.", ["collection"], registry=own
        )
        self._refused = Counter(
            "faq_snapshot_refused",
            "Published snapshots that could not be opened.",
            ["collection"],
            registry=own,
        )
        self._logged = Counter(
            "faq_query_log_records",
            "Queries and feedback for the query log, by what became of them; and failed attempts to write.",
            ["outcome"],
            registry=own,
        )
        if multiprocess_dir is None:
            ProcessCollector(registry=own)
            self._shown = own
        else:
            self._shown = CollectorRegistry()
            MultiProcessCollector(self._shown, path=multiprocess_dir)  # type: ignore[no-untyped-call]
        self._shown.register(_Snapshots(catalog))

    def request(self, *, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answered request; route is its template, or UNMATCHED."""
        self._requests.labels(route, method if method in METHODS else "other", str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def search(self, *, collection: str, decision: str, stages: Mapping[str, float]) -> None:
        """Count an answered search; stages: seconds by name."""
        self._decisions.labels(collection, decision).inc()
        for stage, seconds in stages.items():
            self._stage_seconds.labels(collection, stage).observe(seconds)

    def changed(self, changes: Iterable[Change]) -> None:
        """Count what a refresh of the catalog did."""
        for change in changes:
            counter = self._loads if change.kind == "loaded" else self._refused
            counter.labels(change.collection).inc()

    def logged(self, outcome: str, count: int) -> None:
        """Count what the query log's writer did."""
        self._logged.labels(outcome).inc(count)

    def exposition(self) -> bytes:
        """All metrics in Prometheus's text format."""
        return generate_latest(self._shown)
