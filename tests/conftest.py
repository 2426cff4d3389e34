"""Shared fixtures: small collections built with the toy encoder, in milliseconds and without a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import settings

from index.build import build
from index.collection import Collection, CollectionSettings
from index.encoders.toy import ToyEncoder
from index.entry import Entry
from index.snapshot import Snapshot
from index.store import SnapshotStore
from tests.whole_run import (
    pytest_collection_modifyitems,
    pytest_sessionfinish,
    pytest_terminal_summary,
)

# A first example may pay for an import, and a machine may be busy: how long one takes says nothing.
settings.register_profile("patient", settings.get_profile(settings.get_current_profile_name()), deadline=None)
settings.load_profile("patient")

# Hooks work from here only.
__all__ = ["pytest_collection_modifyitems", "pytest_sessionfinish", "pytest_terminal_summary"]

SHOP = (
    Entry(
        id="cancel",
        question="Can I cancel an order after paying for it?",
        answer="Yes, **until it is dispatched**. Open the order and press *Cancel*.",
        variants=("stop my order", "I changed my mind about an order"),
        tags=("orders",),
        locale="en",
        url="https://shop.example/help#cancel",
        related=("refund-type",),
    ),
    Entry(
        id="refund-type",
        question="What does the refund type mean?",
        answer="The account that the money goes back to.\n\n- Balance: your wallet\n- Original: your card",
        tags=("refunds", "orders"),
        locale="en",
    ),
    Entry(
        id="agent",
        question="How can I contact a person?",
        answer="Use the chat, or call us on weekdays.",
        variants=("talk to a human",),
        tags=("contact",),
    ),
    Entry(
        id="lieferung",
        question="Wie lange dauert die Lieferung?",
        answer="Zwei bis drei Werktage.",
        tags=("shipping",),
        locale="de",
    ),
)


def collection_of(entries: Sequence[Entry], name: str = "shop", title: str | None = "The shop") -> Collection:
    """A collection in memory."""
    return Collection(
        name=name,
        settings=CollectionSettings(title=title),
        entries=tuple(entries),
        rejections=(),
        golden=(),
    )


Publish = Callable[..., Snapshot]


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    """An empty store."""
    return SnapshotStore(tmp_path / "snapshots")


@pytest.fixture
def publish(store: SnapshotStore) -> Publish:
    """publish(entries, name="shop", force=False) builds with the toy encoder into `store` and opens it."""

    def _publish(entries: Sequence[Entry] = SHOP, name: str = "shop", *, force: bool = False) -> Snapshot:
        build(collection_of(entries, name), store, ToyEncoder(), force=force)
        return Snapshot.open(store.current(name))

    return _publish
