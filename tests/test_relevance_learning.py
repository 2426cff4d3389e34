"""Learning the weights and the confidence, and measuring them, from evaluation sets on the disk."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks.relevance import learn, measure, sets
from benchmarks.relevance.confidence import first_hits, fit_confidence
from benchmarks.relevance.fit import fit, reciprocal_ranks, scores
from benchmarks.relevance.noise import KINDS
from benchmarks.relevance.sets import Task, off_topic_held_out, publish, read_sets, tasks_of
from benchmarks.relevance.tables import Table, table_of
from index.encoders.toy import ToyEncoder
from index.judgements import Judgement
from index.store import SnapshotStore
from scripts.evaluation.off_topic import off_topic_questions
from search.engine import SearchEngine
from search.learned import Ranker
from search.ranking import FEATURES

SUBJECTS = ("refund", "parcel", "invoice", "password", "voucher", "address")
ASKED = ("where is my {}", "my {} is missing", "I need help with a {}", "{} please")
QUERIES = ("can you find my {}", "no {} since days", "what about that {}")


def write_set(folder: Path, *, split: str = "test") -> None:
    folder.mkdir(parents=True)
    faq = [
        {
            "id": subject,
            "question": f"What is a {subject}?",
            "answer": f"The {subject} is explained here. Ask us for more.",
            "variants": [wording.format(subject) for wording in ASKED],
        }
        for subject in SUBJECTS
    ]
    queries = [
        {"query": wording.format(subject), "relevant": [subject], "split": split, "noisy": "no" in wording}
        for subject in SUBJECTS
        for wording in QUERIES
    ]
    queries += [
        {"query": "how tall is the tower", "relevant": [], "split": split, "oos_type": "far"},
        {"query": "never asked", "relevant": [], "split": "train"},
    ]
    for name, records in ((sets.FAQ_FILE, faq), (sets.QUERIES_FILE, queries)):
        (folder / name).write_text("".join(f"{json.dumps(record)}\n" for record in records), "utf-8")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two sets; no bundled ones beside them, which would take minutes."""
    for name in ("one", "two"):
        write_set(tmp_path / "data" / name)
    monkeypatch.setattr(sets, "bundled_sets", list)
    return tmp_path / "data"


@pytest.fixture
def tasks(data: Path, tmp_path: Path) -> list[Task]:
    found = read_sets(data)[0]
    return tasks_of(found, publish(found, SnapshotStore(tmp_path / "store"), ToyEncoder()))


def table(task: Task, useful: str, *, queries: int = 60, observations: int = 1_000_000) -> Table:
    """Random features, of which one tells what is relevant."""
    rng = np.random.default_rng(3)
    entries = 8
    right = rng.integers(entries, size=queries)
    features = rng.random((queries, entries, len(FEATURES))).astype(np.float32)
    features[np.arange(queries), right, FEATURES.index(useful)] += 1
    relevant = np.zeros((queries, entries), dtype=np.bool_)
    relevant[np.arange(queries), right] = True
    return Table(
        task=task,
        features=features,
        relevant=relevant,
        dense=features[:, :, 0],
        observations=observations,
        answered=1.0,
    )


def test_a_set_is_read_with_its_tags_and_without_other_splits(data: Path) -> None:
    found = read_sets(data)
    assert [one.name for one in found] == ["one", "two"]
    assert len(found[0].judgements) == len(SUBJECTS) * len(QUERIES) + 1
    assert found[0].judgements[1].tags == ("noisy",)
    assert found[0].judgements[-1] == Judgement(query="how tall is the tower", relevant=(), tags=("far",))
    assert found[0].entries[0].variants[0] == "where is my refund"


def test_of_a_large_set_the_same_part_is_asked_every_time(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets, "MOST_QUERIES", 5)
    first, second = (read_sets(data)[0].judgements for _ in range(2))
    assert len(first) == 5
    assert first == second


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"query": "a"}', "queries.jsonl:1: a record has query, relevant"),
        ("[", "queries.jsonl:1: this is no"),
    ],
)
def test_a_set_that_cant_be_read_is_named(data: Path, content: str, told: str) -> None:
    (data / "one" / sets.QUERIES_FILE).write_text(content, "utf-8")
    shown = CliRunner().invoke(measure.command, [str(data)])
    assert shown.exit_code == 1
    assert told in shown.stderr


def test_a_folder_without_sets_is_named(tmp_path: Path) -> None:
    for command in (measure.command, learn.command):
        shown = CliRunner().invoke(command, [str(tmp_path)])
        assert shown.exit_code == 1
        assert f"{tmp_path}: no folder in it has a queries.jsonl" in shown.stderr


def test_collections_with_fewer_variants_are_derived(tasks: list[Task]) -> None:
    assert [task.variants for task in tasks] == [None, 0, 1, 3]
    for task in tasks[1:]:
        held = [passage.entry for passage in task.snapshot.passages if passage.kind == "variant"]
        assert np.bincount(held, minlength=len(SUBJECTS)).tolist() == [task.variants] * len(SUBJECTS)
        assert len(task.snapshot.vectors.vectors) == len(task.snapshot.passages)
        assert SearchEngine(task.snapshot).observations == (task.variants or 0) * len(SUBJECTS)


def test_a_table_holds_what_the_engine_ranks_by(tasks: list[Task]) -> None:
    task = tasks[0]
    found = table_of(task)
    engine = SearchEngine(task.snapshot)
    assert found.features.shape == (len(task.judgements), len(SUBJECTS), len(FEATURES))
    for row, judgement in enumerate(task.judgements):
        ranking = engine.rank(judgement.query)
        assert np.array_equal(found.features[row], ranking.features)
        asked = {task.snapshot.entries[entry].id for entry in np.flatnonzero(found.relevant[row])}
        assert asked == set(judgement.relevant)
    assert found.answerable.tolist() == [True] * (len(task.judgements) - 1) + [False]


@pytest.mark.parametrize("useful", ["question", "coverage", "adapted_question_answer"])
def test_the_feature_that_tells_most_gets_the_highest_weight(tasks: list[Task], useful: str) -> None:
    found = table(tasks[0], useful)
    ranker = fit([found])
    assert FEATURES[int(ranker.variants.argmax())] == useful
    best = reciprocal_ranks(scores(found, ranker), found.relevant).mean()
    assert best > reciprocal_ranks(found.features.mean(axis=2), found.relevant).mean()
    for weights in (ranker.questions, ranker.answers, ranker.variants):
        assert (weights >= 0).all()


def test_without_variants_an_adapted_metric_counts_nothing_where_there_are_answers(
    tasks: list[Task],
) -> None:
    ranker = fit([table(tasks[0], "adapted_question", observations=0)])
    adapted = [name.startswith("adapted") for name in FEATURES]
    assert not ranker.answers[adapted].any()


def test_every_set_counts_alike_however_many_queries_it_has(tasks: list[Task]) -> None:
    few = table(tasks[0], "question", queries=40)
    many = table(tasks[0], "coverage", queries=40)
    other = replace(tasks[0], set_name="another")
    even = fit([few, replace(many, task=other)])
    repeated = replace(
        many,
        task=other,
        features=np.repeat(many.features, 3, axis=0),
        relevant=np.repeat(many.relevant, 3, axis=0),
    )
    assert fit([few, repeated]).variants == pytest.approx(even.variants, abs=0.05)


def test_reciprocal_ranks_by_hand() -> None:
    found = np.array([[3, 2, 1, 0], [3, 3, 1, 0], [0, 0, 0, 1], [1, 2, 3, 4]], dtype=np.float32)
    relevant = np.array([[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0]], dtype=np.bool_)
    assert reciprocal_ranks(found, relevant).tolist() == [1.0, 0.5, 0.25, 0.25]
    assert reciprocal_ranks(found, relevant, top=3).tolist() == [1.0, 0.5, 0.0, 0.0]


def test_hidden_entries_leave_their_places_to_the_next() -> None:
    found = np.array([[5, 3, 1], [2, 4, 1]], dtype=np.float32)
    relevant = np.array([[1, 0, 0], [0, 0, 0]], dtype=np.bool_)
    _, right = first_hits(found, relevant, highest=5.0, hidden=False)
    assert right.tolist() == [True, False, False, False, False, False]
    evidence, right = first_hits(found, relevant, highest=5.0, hidden=True)
    assert not right.any()
    assert evidence[:, 1].tolist() == pytest.approx([3 / 5, 1 / 5])  # of the query that something answers


def test_the_confidence_learned_says_how_often_a_hit_is_right(tasks: list[Task]) -> None:
    found = table(tasks[0], "question", queries=400)
    ranker = fit([found])
    confidence = fit_confidence([found], ranker)
    assert confidence.lead > 0
    highest = float(ranker.weights(observations=found.observations, answered=1.0).sum())
    evidence, right = first_hits(
        scores(found, ranker), found.relevant, highest=highest, hidden=False, ranks=1
    )
    assert confidence.of(evidence).mean() == pytest.approx(right.mean(), abs=0.15)


def test_questions_off_the_topic_that_are_measured_were_not_calibrated_with() -> None:
    known = {question.casefold() for question in off_topic_questions()}
    held_out = [question.casefold() for question in off_topic_held_out()]
    assert len(held_out) > 100
    assert not known & set(held_out)


def test_sets_of_one_trade_are_left_out_together() -> None:
    assert learn.kin("dstc11-banking") == learn.kin("banking77-oos")
    assert learn.kin("stackfaq") == "stackfaq"


def test_learning_and_measuring_from_the_command_line(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "learned.json"
    shown = CliRunner().invoke(learn.command, [str(data), "--model", "toy", "--out", str(out)])
    assert shown.exit_code == 0, shown.output
    record = json.loads(out.read_text("utf-8"))
    for part in ("questions", "answers", "variants"):
        assert list(record["ranker"][part]) == list(FEATURES)
    assert [one["set"] for one in record["learned_from"]][:2] == ["one", "one, 0 variants"]

    results = tmp_path / "results"
    shown = CliRunner().invoke(measure.command, [str(data), "--model", "toy", "--out", str(results)])
    assert shown.exit_code == 0, shown.output
    written = (results / "relevance.md").read_text("utf-8")
    assert written in shown.stdout
    measured = json.loads((results / "relevance.json").read_bytes())["tasks"]
    assert [(one["set"], one["variants"]) for one in measured][:4] == [
        ("one", None),
        *(("one", variants) for variants in (0, 1, 3)),
    ]
    whole = measured[0]
    assert set(whole["systems"]) == {"ours", "dense", "bm25", "rrf"}
    assert set(whole["disturbed"]) >= {"clean", "as typed", "last word begun", *KINDS}
    assert 0 <= whole["refused_off_topic"] <= 1
    assert "| one, 3 variants | 6 | 18 |" in written
    for title in ("Ranking", "Confidence and decision", "By kind of query", "R@1 of noisy"):
        assert f"## {title}" in written


def test_weights_are_mixed_by_what_a_collection_has() -> None:
    questions, answers, variants = (np.full(len(FEATURES), value, np.float32) for value in (0, 2, 4))
    ranker = Ranker(name="mixed", half=10.0, questions=questions, answers=answers, variants=variants)
    for observations, answered, expected in ((0, 0.0, 0.0), (0, 1.0, 2.0), (10, 0.5, 2.5), (10**9, 0.5, 4.0)):
        assert ranker.weights(observations=observations, answered=answered) == pytest.approx(expected)
