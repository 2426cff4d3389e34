"""Explanations add up, leave out what counts nothing, and speak of what a person can do."""

from __future__ import annotations

import numpy as np
import pytest

from index.entry import Entry
from search.engine import SearchEngine
from search.explain import explain_decision, explain_hit
from search.ranking import FEATURES
from search.result import Hit, Matched
from tests.conftest import SHOP, Publish


def hit(question: str, confidence: float) -> Hit:
    entry = Entry(id="a", question=question)
    return Hit(entry=entry, score=1.0, confidence=confidence, matched=Matched(kind="question", text=question))


def test_contributions_add_up_to_the_score(publish: Publish) -> None:
    engine = SearchEngine(publish())
    for query in ("cancel my order", "wallet", "zebra"):
        for found in engine.search(query, explain=True).hits:
            assert found.explanation is not None
            points = [part.points for part in found.explanation.contributions]
            assert sum(points) == pytest.approx(found.score, abs=0.01 * len(FEATURES))
            assert points == sorted(points, key=abs, reverse=True)
            assert all(part.text for part in found.explanation.contributions)


def test_without_asking_nothing_is_explained(publish: Publish) -> None:
    result = SearchEngine(publish()).search("cancel my order")
    assert result.reason is None
    assert [found.explanation for found in result.hits] == [None] * len(SHOP)


def test_what_adds_nothing_is_left_out() -> None:
    features = np.zeros(len(FEATURES), dtype=np.float32)
    features[:3] = (0.5, 0.0001, 0.25)
    told = explain_hit(features, np.arange(1, len(FEATURES) + 1, dtype=np.float32)).contributions
    assert [(part.feature, part.points) for part in told] == [("answer", 0.75), ("question", 0.5)]
    assert "0.25, counts 3.0-fold" in told[0].text


@pytest.mark.parametrize(
    ("decision", "confidences", "parts"),
    [
        ("answer", [0.9, 0.1], ["“Q0” is 90% sure to be right, enough for the 50%"]),
        ("answer", [0.6, 0.3], ["“Q1” is close behind with 30%"]),
        ("clarify", [0.4, 0.3], ["less than the 50%", "which", "join them"]),
        ("no_answer", [0.2, 0.01], ["less than the 50%", "other wordings", "write one"]),
        ("no_answer", [], ["No entry was found."]),
    ],
)
def test_the_reason_says_why_and_what_helps(
    decision: str, confidences: list[float], parts: list[str]
) -> None:
    hits = [hit(f"Q{n}", sure) for n, sure in enumerate(confidences)]
    told = explain_decision(decision, hits, needed=0.5)  # type: ignore[arg-type]
    for part in parts:
        assert part in told
    assert ("close behind" in told) == (len(hits) > 1 and 3 * confidences[1] >= confidences[0])


def test_long_questions_are_cut_and_mended_words_are_told() -> None:
    told = explain_decision("answer", [hit("long " * 40, 0.9)], needed=0.5, corrected="where is my parcel")
    assert told.startswith("Words were mended: searched for “where is my parcel”.")
    assert "…”" in told
    assert len(told) < 300
