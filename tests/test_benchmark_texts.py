"""The texts that are measured with: distinct, the same everywhere, changed where they should be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.texts import edited, generated_entries, golden_queries, short_texts
from index.entry import Entry
from index.judgements import Judgement
from tests.conftest import SHOP, collection_of

GOLDEN = tuple(Judgement(query=q, relevant=()) for q in ("money back", "Money Back", "wie lange"))
SHOPS = (replace(collection_of(SHOP), golden=GOLDEN),)


def test_short_texts_are_distinct_and_no_golden_query() -> None:
    texts = short_texts(SHOPS, 200)
    assert len({text.casefold() for text in texts}) == 200
    assert not {text.casefold() for text in texts} & {query.casefold() for query in golden_queries(SHOPS)}


def test_short_texts_depend_on_the_seed_alone() -> None:
    assert short_texts(SHOPS, 50) == short_texts(SHOPS, 50)
    assert short_texts(SHOPS, 50) == short_texts(SHOPS, 60)[:50]
    assert short_texts(SHOPS, 50) != short_texts(SHOPS, 50, seed=1)


def test_too_few_bases_are_refused() -> None:
    with pytest.raises(ValueError, match="not 5000"):
        short_texts(SHOPS, 5000)


def test_golden_queries_come_once() -> None:
    assert golden_queries((*SHOPS, *SHOPS)) == ["money back", "wie lange"]


def test_generated_entries_have_all_that_a_build_embeds() -> None:
    entries = generated_entries(SHOPS, 100)
    assert len({entry.id for entry in entries}) == 100
    texts = [text for entry in entries for text in (entry.question, *entry.variants)]
    assert len(set(texts)) == 200
    assert all(len(entry.variants) == 1 and entry.answer for entry in entries)
    assert entries == generated_entries(SHOPS, 100)


def test_an_edition_changes_as_many_entries_as_asked_and_each_edition_others() -> None:
    entries = generated_entries(SHOPS, 100)
    first = edited(entries, 10, edition=1)
    second = edited(first, 10, edition=2)

    def changed(old: list[Entry], new: list[Entry]) -> set[str]:
        return {a.id for a, b in zip(old, new, strict=True) if a != b}

    assert len(changed(entries, first)) == len(changed(first, second)) == 10
    assert not changed(entries, first) & changed(first, second)
    assert [entry.id for entry in second] == [entry.id for entry in entries]
