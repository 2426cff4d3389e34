"""The open engines, one a collection, kept up with what is published."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from index.errors import FaqError, SnapshotError, SnapshotMissing
from index.snapshot import Snapshot
from index.store import SnapshotStore
from search.engine import SearchEngine

log = logging.getLogger("faq.catalog")

RETRY_SECONDS: Final = 30.0
"""A refused snapshot is tried again after so long: its files may have been arriving still."""

OpenEngine = Callable[[Path], SearchEngine]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A published snapshot that can't be served. version: its name, or None where the pointer names none."""

    version: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a refresh did to a collection. version: what was loaded or refused."""

    kind: Literal["loaded", "refused"]
    collection: str
    version: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a collection stands. published: it is still in the store."""

    collection: str
    engine: SearchEngine | None
    refusal: Refusal | None
    published: bool


def open_engine(folder: Path) -> SearchEngine:
    """Open a snapshot and answer one query from it, so that no visitor pays for what the first one costs."""
    engine = SearchEngine(Snapshot.open(folder))
    engine.search("how do I get my money back", top=1)
    return engine


class Catalog:
    """Engines by collection.

    One thread at a time may call `refresh`; reading is safe from any thread at any time. A reader that took
    an engine keeps it for as long as it needs it; the last to let go of a replaced engine frees it.
    """

    def __init__(
        self,
        store: SnapshotStore,
        *,
        default: str | None = None,
        open_engine: OpenEngine = open_engine,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.default = default
        self._store, self._open, self._clock = store, open_engine, clock
        self._published: frozenset[str] = frozenset()
        # Never changed in place: a refresh puts another dict there by one assignment.
        self._engines: Mapping[str, SearchEngine] = {}
        self._refusals: Mapping[str, Refusal] = {}
        self._retry_at: dict[str, float] = {}

    @property
    def engines(self) -> Mapping[str, SearchEngine]:
        """The engines that answer now, by collection."""
        return self._engines

    @property
    def default_collection(self) -> str | None:
        """What answers a request that names no collection: the default, or the only one."""
        if self.default is not None:
            return self.default
        engines = self._engines
        return next(iter(engines)) if len(engines) == 1 else None

    def standings(self) -> list[Standing]:
        """Every collection that is served or published, by name."""
        engines, refusals, published = self._engines, self._refusals, self._published
        return [
            Standing(
                collection=name,
                engine=engines.get(name),
                refusal=refusals.get(name),
                published=name in published,
            )
            for name in sorted(published | engines.keys())
        ]

    @property
    def lacking(self) -> list[str]:
        """What has no engine and should have one: collections that are published, and the default one."""
        expected = self._published | ({self.default} if self.default is not None else set())
        return sorted(expected - self._engines.keys())

    @property
    def ready(self) -> bool:
        """Something is served and nothing is lacking; what is served may be of an older version."""
        return bool(self._engines) and not self.lacking

    def refresh(self) -> list[Change]:
        """Look at the store, open what is new and swap it in; returns what changed.

        A snapshot that can't be opened is refused and the old one stays; so does the engine of a collection
        that has gone from the store.
        """
        published = self._store.collections()
        changes = [change for name in published for change in self._refresh(name)]
        gone = self._published.difference(published)
        self._published = frozenset(published)
        for name in gone:
            log.warning("collection %s has gone from the store; its last snapshot stays in service", name)
            self._forget_refusal(name)
        return changes

    def _refresh(self, name: str) -> list[Change]:
        try:
            version = self._store.current_version(name)
        except SnapshotMissing:  # withdrawn since it was listed
            return []
        except SnapshotError as error:
            return self._refuse(name, None, str(error))
        serving = self._engines.get(name)
        if serving is not None and serving.snapshot.version == version:
            self._forget_refusal(name)
            return []
        refused = self._refusals.get(name)
        if refused is not None and refused.version == version and self._clock() < self._retry_at[name]:
            return []
        try:
            engine = self._store.open_current(name, self._open)
            if engine.snapshot.collection != name:
                return self._refuse(name, version, f"it is a snapshot of {engine.snapshot.collection!a}")
        except FaqError as error:
            return self._refuse(name, version, str(error))
        except Exception as error:  # whatever is wrong with it, the old one must go on serving
            log.exception("snapshot %s of %s can't be opened", version, name)
            return self._refuse(name, version, f"it can't be opened ({type(error).__name__}); see the log")
        self._engines = {**self._engines, name: engine}
        self._forget_refusal(name)
        log.info("serving snapshot %s of %s", engine.snapshot.version, name)
        return [Change(kind="loaded", collection=name, version=engine.snapshot.version)]

    def _refuse(self, name: str, version: str | None, reason: str) -> list[Change]:
        refusal = Refusal(version=version, reason=reason)
        self._retry_at[name] = self._clock() + RETRY_SECONDS
        known = self._refusals.get(name)
        self._refusals = {**self._refusals, name: refusal}
        if known is not None and known.version == version:
            return []
        log.error("refused snapshot %s of %s: %s", version or "(unnamed)", name, reason)
        return [Change(kind="refused", collection=name, version=version)]

    def _forget_refusal(self, name: str) -> None:
        if name in self._refusals:
            self._refusals = {key: value for key, value in self._refusals.items() if key != name}
