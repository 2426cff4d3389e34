"""What the sections share: a temporary folder, the texts, and the two services, each built once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Final

import orjson

from benchmarks.processes import ROOT, Service, faq, python, timed
from index.collection import Collection, load_collection
from index.encoders.models import DEFAULT_MODEL, locate_model

SERVED: Final = "demo_store"
COLLECTIONS: Final = (SERVED, "cj_dropshipping")
_BUILD_LIMIT: Final = 900.0


class Workplace:
    """folder: empty, for everything that is written. quick: so small that figures say little.

    tell: is called with a line whenever a step begins.
    """

    def __init__(self, folder: Path, *, quick: bool, tell: Callable[[str], None]) -> None:
        self.folder, self.quick, self.tell = folder, quick, tell

    @cached_property
    def collections(self) -> tuple[Collection, ...]:
        """The bundled collections; the first is the one that is served."""
        return tuple(load_collection(ROOT / "faq_data", name) for name in COLLECTIONS)

    @cached_property
    def model(self) -> Path:
        """The folder of the default model. Raises ExtraMissing, ModelError."""
        return locate_model(DEFAULT_MODEL).folder

    @cached_property
    def snapshots(self) -> Path:
        """A store with a snapshot of SERVED, built by `faq rebuild` with the default model."""
        self.tell(f"building a snapshot of {SERVED}")
        root = self.folder / "snapshots"
        self._rebuild(root)
        return root

    def publish_again(self) -> None:
        """Another snapshot of SERVED, of the same entries."""
        self.tell(f"building a snapshot of {SERVED} once more")
        self._rebuild(self.snapshots, "--force")

    @cached_property
    def ours(self) -> Service:
        """`faq serve` with its defaults."""
        return our_service(self.snapshots, SERVED)

    @cached_property
    def plain(self) -> Service:
        """The plain service over the same entries, with its index built."""
        self.tell("building the plain service's index")
        folder = self.folder / "plain"
        folder.mkdir()
        entries = folder / "entries.jsonl"
        entries.write_bytes(b"".join(orjson.dumps(e.to_dict()) + b"\n" for e in self.collections[0].entries))
        module = ("-m", "benchmarks.plain_service")
        timed(
            python(*module, "build", str(entries), str(folder), str(self.model)),
            self.folder,
            limit_s=_BUILD_LIMIT,
        )
        return Service(
            name="plain service",
            command=python(*module, "serve", str(folder), str(self.model), "{port}"),
            search="/search?q={q}",
            environment={},
        )

    def _rebuild(self, root: Path, *options: str) -> None:
        folders = ("--data-dir", str(ROOT / "faq_data"), "--snapshot-dir", str(root))
        timed(faq("rebuild", SERVED, *folders, *options), self.folder, limit_s=_BUILD_LIMIT)


def our_service(snapshots: Path, collection: str) -> Service:
    """`faq serve` over a store, one process."""
    return Service(
        name="faq serve",
        command=faq("serve", "--host", "127.0.0.1", "--port", "{port}"),
        search=f"/v1/search?collection={collection}&top=10&q={{q}}",
        environment={
            "FAQ_SNAPSHOT_DIR": str(snapshots),
            "FAQ_LOG_URL": f"sqlite:///{snapshots.parent / 'query-log.sqlite3'}",
        },
    )


def trivial_service() -> Service:
    """The app that does nothing."""
    return Service(
        name="trivial app",
        command=python("-m", "benchmarks.trivial_service", "{port}"),
        search="/?q={q}",
        environment={},
    )
