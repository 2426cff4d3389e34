"""What the tests of the HTTP service share: a small collection, published, and an app that serves it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from index.build import build
from index.encoders.toy import ToyEncoder
from index.entry import Entry
from index.store import SnapshotStore
from search.app import create_app
from search.catalog import Catalog
from search.problems import CONTENT_TYPE, KINDS
from search.settings import Settings
from tests.conftest import collection_of

ENTRIES = (
    Entry(
        id="returns",
        question="How do I return an order?",
        answer="Pack it well.\n\nSend it back within 30 days.",
        variants=("send something back", "return policy"),
        tags=("Returns", "orders"),
        locale="en",
        url="https://shop.example/returns",
        related=("refund",),
        source="shop/faq.md:3",
    ),
    Entry(
        id="refund",
        question="When do I get my refund?",
        answer="Five days after we got the parcel. Refunds go to your wallet.",
        tags=("returns", "money"),
        locale="en-GB",
        source="shop/faq.md:9",
    ),
    Entry(
        id="versand",
        question="Wie lange dauert der Versand?",
        answer="<script>alert(1)</script> Zwei bis drei Tage.",
        tags=("Versand",),
        locale="de",
        url="javascript:alert(1)",
        source="shop/faq.md:15",
    ),
    Entry(id="gift-card", question="Do you sell gift cards?", answer="Yes.", source="shop/faq.md:21"),
)


def publish(
    root: Path, name: str = "shop", entries: Sequence[Entry] = ENTRIES, *, title: str | None = None
) -> str:
    """Build and publish entries with the toy encoder; the version's name."""
    collection = collection_of(entries, name, title)
    version = build(collection, SnapshotStore(root), ToyEncoder(), force=True).version
    assert version is not None
    return version


def settings_for(root: Path, **values: Any) -> Settings:
    """Settings that no environment and no file of the machine reaches."""
    return Settings.model_construct(**{"snapshot_dir": root, "threads": 2, "log_url": "off", **values})


@contextmanager
def serving(root: Path, *, catalog: Catalog | None = None, **values: Any) -> Iterator[TestClient]:
    """A client of an app that runs. Its access log is `client.app.state.log`, a StringIO."""
    app = logged_app(root, catalog=catalog, **values)
    with TestClient(app) as client:
        yield client


def logged_app(root: Path, *, catalog: Catalog | None = None, **values: Any) -> FastAPI:
    """An app whose access log goes to `app.state.log`."""
    log = io.StringIO()
    app = create_app(settings_for(root, **values), catalog=catalog, access_log=log)
    app.state.log = log
    return app


def assert_problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The response is a problem of RFC 9457 with this status and code; returns its members."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == CONTENT_TYPE
    body: dict[str, Any] = response.json()
    assert body["code"] == code, body
    assert body["status"] == status == KINDS[code].status
    assert body["title"] == KINDS[code].title
    assert body["type"] == f"/docs#{code}"
    assert body["detail"].strip()
    assert body["request_id"] == response.headers["x-request-id"]
    assert all(set(error) == {"where", "message"} for error in body.get("errors", []))
    return body
