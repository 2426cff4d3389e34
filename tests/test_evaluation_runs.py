"""What was answered to judgements, and the file that keeps it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import SourceError
from index.judgements import Judgement
from scripts.evaluation.answered import Answered, ScoredHit, answer_all, load_run, run_lines
from scripts.evaluation.outcomes import DECISIONS, outcomes_of
from search.engine import SearchEngine
from tests.conftest import Publish

TEXTS = st.text(max_size=12)
SHARES = st.floats(0, 1)
HITS = st.lists(
    st.builds(ScoredHit, id=TEXTS, score=st.floats(allow_nan=False, allow_infinity=False), confidence=SHARES),
    max_size=4,
    unique_by=lambda hit: hit.id,
)
ANSWERED = st.builds(
    Answered,
    query=TEXTS,
    relevant=st.lists(TEXTS, max_size=3).map(tuple),
    decision=st.sampled_from(DECISIONS),
    confidence=SHARES,
    hits=HITS.map(tuple),
    tags=st.just(()),
    problem=st.none(),
)
LINE = {
    "query": "q",
    "relevant": ["a"],
    "decision": "answer",
    "confidence": 0.5,
    "hits": [{"id": "a", "score": 1, "confidence": 0.5}],
}


def test_the_engine_is_asked_in_order(publish: Publish) -> None:
    engine = SearchEngine(publish())
    counted: list[int] = []
    answered = answer_all(
        engine,
        [
            Judgement(query="stop my order", relevant=("cancel",), tags=("keyword",)),
            Judgement(query="x" * 600, relevant=("agent",)),
            Judgement(query="who won the world cup", relevant=()),
        ],
        top=2,
        progress=counted.append,
    )
    first, too_long, nothing = answered
    expected = engine.search("stop my order", top=2)
    assert [(hit.id, hit.score, hit.confidence) for hit in first.hits] == [
        (hit.entry.id, hit.score, hit.confidence) for hit in expected.hits
    ]
    assert (first.decision, first.confidence, first.tags) == (
        expected.decision,
        expected.confidence,
        ("keyword",),
    )
    assert first.rank == 1
    assert (too_long.decision, too_long.confidence, too_long.hits) == ("no_answer", 0.0, ())
    assert too_long.rank is None
    assert "600 characters" in (too_long.problem or "")
    assert nothing.rank is None
    assert nothing.problem is None
    assert counted == [1, 1, 1]


def test_outcomes_are_what_was_answered() -> None:
    hits = tuple(ScoredHit(id=id_, score=1.0, confidence=c) for id_, c in (("a", 0.7), ("b", 0.2)))
    run = [
        Answered(query="1", relevant=("b", "c"), decision="clarify", confidence=0.7, hits=hits),
        Answered(query="2", relevant=(), decision="no_answer", confidence=0.0, hits=()),
        Answered(query="3", relevant=("a",), decision="answer", confidence=0.7, hits=hits),
    ]
    outcomes = outcomes_of(run)
    assert outcomes.ranks.tolist() == [2, 0, 1]
    assert outcomes.answerable.tolist() == [True, False, True]
    assert outcomes.right.tolist() == [False, False, True]
    assert outcomes.certainty.tolist() == [0.7, 0.0, 0.7]
    assert outcomes.decisions is not None
    assert [DECISIONS[row] for row in outcomes.decisions] == ["clarify", "no_answer", "answer"]


@given(st.lists(ANSWERED, min_size=1, max_size=3))
def test_a_run_reads_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, run: list[Answered]) -> None:
    file = tmp_path_factory.getbasetemp() / "any.jsonl"
    file.write_bytes(run_lines(run))
    assert load_run(file) == run


def test_a_run_is_a_line_a_query_with_these_fields(tmp_path: Path) -> None:
    file = tmp_path / "run.jsonl"
    run = [Answered.from_dict(LINE), Answered.from_dict({**LINE, "query": "z\u2028z", "hits": []})]
    file.write_bytes(run_lines(run))
    assert load_run(file) == run
    assert json.loads(file.read_bytes().split(b"\n")[0]) == LINE
    file.write_text("\n" + json.dumps({**LINE, "more": 1}) + "\r\n\n")
    assert load_run(file) == run[:1]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "line of a run"),
        ("[]", "a line must be an object"),
        ('{"query": "q", "query": "r"}', "stands twice"),
        (json.dumps({**LINE, "query": None}), "'query' must be a text"),
        (json.dumps({**LINE, "relevant": "a"}), "'relevant' must be a list of ids"),
        (json.dumps({**LINE, "decision": "maybe"}), "'decision' must be one of answer, clarify, no_answer"),
        (json.dumps({**LINE, "decision": ["answer"]}), "'decision' must be one of"),
        (json.dumps({**LINE, "confidence": 1.5}), "'confidence' must lie between 0 and 1"),
        (json.dumps({**LINE, "confidence": True}), "'confidence' must be a number"),
        (json.dumps({**LINE, "hits": None}), "'hits' must be a list"),
        (json.dumps({**LINE, "hits": ["a"]}), "a hit must be an object with an 'id'"),
        (json.dumps({**LINE, "hits": [{"id": "a", "confidence": 0}]}), "'score' must be a number"),
        (json.dumps({**LINE, "hits": LINE["hits"] * 2}), "an id stands twice"),  # type: ignore[operator]
    ],
)
def test_a_line_that_is_none_of_a_run_is_told(tmp_path: Path, line: str, reason: str) -> None:
    file = tmp_path / "run.jsonl"
    file.write_text(f"{json.dumps(LINE)}\n{line}\n")
    with pytest.raises(SourceError, match=reason) as raised:
        load_run(file)
    assert str(raised.value).startswith(f"{file}:2: this is no line of a run: ")
    assert "'faq evaluate --run FILE' writes such files." in str(raised.value)


def test_an_empty_run_is_none(tmp_path: Path) -> None:
    file = tmp_path / "run.jsonl"
    file.write_text("\n")
    with pytest.raises(SourceError, match="the file is empty"):
        load_run(file)
