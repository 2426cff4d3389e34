"""The adapted metric: what it learns, what it is compared by, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.adaptation import Adaptation, learn
from index.errors import SnapshotDamaged
from index.passages import Passage
from search.candidates import Layout
from search.evidence import AdaptedEvidence

RNG = np.random.default_rng(5)
KINDS = ("question", "variant", "variant", "question_answer", "answer")
PASSAGES = [Passage(row, kind, f"{row} {n}") for row in range(6) for n, kind in enumerate(KINDS)]  # type: ignore[arg-type]


def unit(rows: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def noisy_vectors() -> np.ndarray:  # type: ignore[type-arg]
    """Entries differ in the first eight dimensions, wordings of one only in the last two."""
    subjects = np.repeat(RNG.normal(size=(6, 8)), len(KINDS), axis=0)
    return unit(np.concatenate([subjects, 3 * RNG.normal(size=(len(PASSAGES), 2))], axis=1))


def test_directions_in_which_wordings_differ_count_less() -> None:
    learned = learn(noisy_vectors(), PASSAGES, entries=6)
    strength = np.diag(learned.metric)
    assert strength[8:].max() < strength[:8].min()
    assert learned.observations == 12
    assert np.allclose(learned.metric, learned.metric.T, atol=1e-4)


def test_without_variants_the_metric_is_round() -> None:
    questions = [Passage(row, "question", str(row)) for row in range(4)]
    learned = learn(unit(RNG.normal(size=(4, 6))), questions, entries=4)
    assert learned.observations == 0
    assert np.allclose(learned.metric, learned.metric[0, 0] * np.eye(6), rtol=1e-5)
    assert not learned.answer_norms.any()


def test_scores_are_cosines_in_the_metric() -> None:
    vectors = noisy_vectors()
    learned = learn(vectors, PASSAGES, entries=6)
    layout = Layout(
        np.array([p.entry for p in PASSAGES], dtype=np.int64), np.array([p.kind for p in PASSAGES]), entries=6
    )
    query = unit(RNG.normal(size=(1, 10)))[0]
    found = AdaptedEvidence(learned, vectors, layout).of(query, layout.everything)

    def cosine(a: np.ndarray, b: np.ndarray) -> float:  # type: ignore[type-arg]
        metric = learned.metric.astype(np.float64)
        a, b = a - learned.centre, b - learned.centre
        return float(a @ metric @ b / np.sqrt((a @ metric @ a) * (b @ metric @ b)))

    for row in range(6):
        first = row * len(KINDS)
        assert found.question[row] == pytest.approx(
            cosine(query, vectors[first : first + 3].mean(axis=0)), abs=1e-4
        )
        assert found.question_answer[row] == pytest.approx(cosine(query, vectors[first + 3]), abs=1e-4)


def test_an_entry_without_an_answer_is_judged_by_its_question() -> None:
    passages = [Passage(0, "question", "a"), Passage(0, "variant", "b"), Passage(1, "question", "c")]
    vectors = unit(RNG.normal(size=(3, 5)))
    layout = Layout(np.array([0, 0, 1], dtype=np.int64), np.array([p.kind for p in passages]), entries=2)
    evidence = AdaptedEvidence(learn(vectors, passages, entries=2), vectors, layout)
    found = evidence.of(vectors[2], layout.everything)
    assert found.question_answer.tolist() == found.question.tolist()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    learned = learn(noisy_vectors(), PASSAGES, entries=6)
    file = tmp_path / "adaptation.npz"
    learned.save(file)
    again = Adaptation.open(file, dimension=10, entries=6)
    assert again.observations == learned.observations
    for name in ("metric", "centre", "question_norms", "answer_norms"):
        assert np.array_equal(getattr(again, name), getattr(learned, name))
    learned.save(tmp_path / "other.npz")
    assert (tmp_path / "other.npz").read_bytes() == file.read_bytes()


@pytest.mark.parametrize(("dimension", "entries"), [(9, 6), (10, 5)])
def test_another_size_is_damage(tmp_path: Path, dimension: int, entries: int) -> None:
    file = tmp_path / "adaptation.npz"
    learn(noisy_vectors(), PASSAGES, entries=6).save(file)
    with pytest.raises(SnapshotDamaged, match="float32"):
        Adaptation.open(file, dimension=dimension, entries=entries)


def test_other_contents_are_damage_and_nothing_is_unpickled(tmp_path: Path) -> None:
    file = tmp_path / "adaptation.npz"
    arrays = {name: np.zeros((1, 1), dtype=np.float32) for name in ("centre", "question_norms")}
    with file.open("wb") as stream:
        np.savez(stream, metric=np.array([{"a": 1}], dtype=object), **arrays)
    for content in (file.read_bytes(), b"", b"PK\x03\x04 no archive"):
        file.write_bytes(content)
        with pytest.raises(SnapshotDamaged):
            Adaptation.open(file, dimension=1, entries=1)


@pytest.mark.parametrize("observations", [np.int64(-1), np.float32(2), np.array([3])])
def test_observations_have_to_be_a_count(tmp_path: Path, observations: object) -> None:
    file = tmp_path / "adaptation.npz"
    learned = learn(noisy_vectors(), PASSAGES, entries=6)
    arrays = {n: getattr(learned, n) for n in ("metric", "centre", "question_norms", "answer_norms")}
    with file.open("wb") as stream:
        np.savez(stream, observations=observations, **arrays)  # type: ignore[arg-type]
    with pytest.raises(SnapshotDamaged, match="observations"):
        Adaptation.open(file, dimension=10, entries=6)
