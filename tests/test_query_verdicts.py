"""Verdicts that are kept: those of the engine, of one snapshot, for whoever asks next."""

from __future__ import annotations

import pytest

from index.entry import Entry
from index.store import SnapshotStore
from search.engine import SearchEngine
from search.gaps.job import gaps_of_log
from search.query_verdicts import QueryVerdicts
from search.querylog.store import QueryLog
from search.settings import load_settings
from tests.conftest import SHOP, Publish
from tests.test_gaps import EVERY, asked

QUERIES = [(text, locale) for text in EVERY for locale in (None, "en")]


def engine_of(publish: Publish, entries: list[Entry]) -> SearchEngine:
    return SearchEngine(publish(entries))


def test_what_is_kept_says_what_the_engine_says(publish: Publish, store: SnapshotStore) -> None:
    engine = engine_of(publish, [Entry(id="cancel", question="Cancel an order?", answer="Yes.", locale="en")])
    first = QueryVerdicts(engine, store.root)
    for query, locale in QUERIES:
        assert not first.knows(query, locale=locale)
        assert first.verdict(query, locale=locale) == engine.verdict(query, locale=locale)
    assert first.save()
    again = QueryVerdicts(engine, store.root)
    for query, locale in QUERIES:
        assert again.knows(query, locale=locale)
        assert again.verdict(query, locale=locale) == engine.verdict(query, locale=locale)
    assert first.save(most=1)
    other = QueryVerdicts(engine_of(publish, list(SHOP)), store.root)
    assert not other.knows(EVERY[0], locale=None)


def test_a_report_of_gaps_leaves_what_trying_a_change_needs(
    publish: Publish, store: SnapshotStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = SearchEngine(publish())
    url = f"sqlite:///{store.root.parent / 'log.sqlite3'}"
    with QueryLog.open(url) as log:
        log.add([asked(text, number=number) for number, text in enumerate(EVERY)])
    choices = {"log_url": url, "snapshot_dir": store.root, "log_min_sessions": 1, "threads": 1}
    settings = load_settings(choices)
    first = gaps_of_log(settings, collection="shop", since=asked("", number=0).at)
    known = QueryVerdicts(engine, store.root)
    assert all(known.knows(text, locale=None) for text in EVERY)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("asked again")

    monkeypatch.setattr(SearchEngine, "rank", never)
    again = gaps_of_log(settings, collection="shop", since=asked("", number=0).at)
    assert again.gaps == first.gaps
