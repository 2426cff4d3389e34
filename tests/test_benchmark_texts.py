"""The texts that are measured with: distinct, the same everywhere, changed where they should be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.texts import edited, generated_entries, golden_queries, short_texts
from benchmarks.wide_texts import ENTRIES_A_NAME, VARIANTS, wide_entries, wide_queries
from index.entry import Entry
from index.judgements import Judgement
from index.markdown import plain
from index.passages import split
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


def test_wide_entries_have_variants_and_answers_of_several_pieces() -> None:
    entries = wide_entries(SHOPS, 200)
    assert entries == wide_entries(SHOPS, 200)
    assert len({entry.id for entry in entries}) == 200
    assert sum(len(entry.variants) == VARIANTS for entry in entries) > 150
    assert all(entry.question not in entry.variants for entry in entries)
    assert all(2 <= len(split(plain(entry.answer))) <= 3 for entry in entries)


def test_wide_queries_name_what_the_entries_are_about() -> None:
    names = {entry.question.split()[-1] for entry in wide_entries(SHOPS, 200)}
    queries = wide_queries(SHOPS, 100, entries=200)
    assert len(names) <= 200 / ENTRIES_A_NAME
    assert sum(query.split()[-1] in names for query in queries) > 90
