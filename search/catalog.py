"""The open engines, one a collection, kept up with what is published."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
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
    """Open a snapshot and answer from it once, so that no visitor pays for what the first answer costs."""
    engine = SearchEngine(Snapshot.open(folder))
    engine.search("how do I get my money back", top=1)
    engine.completer.complete("how do I get my mnoey b", top=1)
    engine.words.continuations("mon")
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
        self._complete = False

    @property
    def engines(self) -> Mapping[str, SearchEngine]:
        """The engines that answer now, by collection."""
        return self._engines

    @property
    def default_collection(self) -> str | None:
        """What answers a request that names no collection: the default, or the only one that there is."""
        if self.default is not None:
            return self.default
        known = self._published | self._engines.keys()
        return next(iter(known)) if len(known) == 1 else None

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
        """Something is served and, once, nothing was lacking; what is served may be of an older version.

        A process that starts without a collection should not take over from one that has it. Later a new
        collection that can't be opened is no reason to take the others out of service.
        """
        return self._complete

    def refresh(self) -> list[Change]:
        """Look at the store, open what is new and swap it in; returns what changed.

        A snapshot that can't be opened is refused and the old one stays, or at a start the newest older one
        that opens is taken; the engine of a collection that has gone from the store stays too.
        """
        published = self._store.collections()
        changes = [change for name in published for change in self._refresh(name)]
        gone = self._published.difference(published)
        self._published = frozenset(published)
        for name in gone:
            log.warning("collection %s has gone from the store; its last snapshot stays in service", name)
            self._forget_refusal(name)
        self._complete = self._complete or (bool(self._engines) and not self.lacking)
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
        engine = self._opened(name, partial(self._store.open_current, name, self._open))
        if isinstance(engine, str):
            refused_now = self._refuse(name, version, engine)
            return [*refused_now, *(self._fall_back(name, version) if serving is None else ())]
        self._forget_refusal(name)
        return self._serve(name, engine)

    def _opened(self, name: str, opener: Callable[[], SearchEngine]) -> SearchEngine | str:
        """The engine, or why there is none."""
        try:
            engine = opener()
        except FaqError as error:
            return str(error)
        except Exception as error:  # whatever is wrong with it, what answers now must go on
            log.exception("a snapshot of %s can't be opened", name)
            return f"it can't be opened ({type(error).__name__}); see the log"
        found = engine.snapshot.collection
        return engine if found == name else f"it is a snapshot of {found!a}"

    def _fall_back(self, name: str, refused: str) -> list[Change]:
        """Serve the newest older snapshot that opens: a restart must not lose what a running server keeps.

        Never a newer one than the pointer's: somebody may have gone back from it on purpose.
        """
        try:
            versions = self._store.versions(name)
        except SnapshotError:
            return []
        for version in reversed(versions):
            if version < refused:
                engine = self._opened(name, partial(self._open_version, name, version))
                if not isinstance(engine, str):
                    return self._serve(name, engine)
        return []

    def _open_version(self, name: str, version: str) -> SearchEngine:
        return self._open(self._store.folder(name, version))

    def _serve(self, name: str, engine: SearchEngine) -> list[Change]:
        self._engines = {**self._engines, name: engine}
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
