"""Vectors that are kept: the same bits, whatever happens to the file."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.encoders.toy import ToyEncoder
from search.disposable_file import FOLDER, dispose, folder_of
from search.query_vectors import QueryVectors
from tests.conftest import Publish


class Counting(ToyEncoder):
    """Remembers what it was asked, from any thread."""

    def __init__(self, *, dimension: int = 16) -> None:
        super().__init__(dimension=dimension)
        self.asked: list[str] = []
        self.threads: set[int] = set()

    def encode_query(self, text: str) -> NDArray[np.float32]:
        self.asked.append(text)
        self.threads.add(threading.get_ident())
        return super().encode_query(text)


TEXTS = ("where is my parcel", "refund", "größe?", "a" * 600)


def ask(vectors: QueryVectors, texts: Iterable[str], *, threads: int = 2) -> None:
    texts = list(texts)
    with vectors.ahead(texts, threads=threads):
        for text in texts:
            expected = ToyEncoder(dimension=vectors.dimension).encode_query(text)
            assert np.array_equal(vectors.encode_query(text), expected)


def kept(file: Path, texts: tuple[str, ...] = TEXTS) -> None:
    vectors = QueryVectors(ToyEncoder(dimension=16), file)
    ask(vectors, texts)
    assert vectors.save()


def sealed(content: bytes) -> bytes:
    return hashlib.sha256(content).digest() + content


def asked_again(file: Path, texts: tuple[str, ...] = TEXTS) -> list[str]:
    """Which of the texts have to be encoded; all come out right."""
    encoder = Counting()
    vectors = QueryVectors(encoder, file)
    for text in texts:
        assert np.array_equal(vectors.encode_query(text), ToyEncoder(dimension=16).encode_query(text))
    return encoder.asked


def test_what_was_saved_is_not_encoded_again(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "x.vectors"
    assert asked_again(file) == list(TEXTS)
    kept(file)
    assert asked_again(file) == []
    assert asked_again(file, ("new", *TEXTS)) == ["new"]


def test_a_text_is_encoded_once_on_other_threads(tmp_path: Path) -> None:
    encoder = Counting()
    vectors = QueryVectors(encoder, tmp_path / "x")
    ask(vectors, [*TEXTS, *TEXTS], threads=3)
    ask(vectors, TEXTS)
    assert sorted(encoder.asked) == sorted(TEXTS)
    assert threading.get_ident() not in encoder.threads


def test_what_was_not_asked_ahead_is_encoded_too(tmp_path: Path) -> None:
    vectors = QueryVectors(Counting(), tmp_path / "x")
    with vectors.ahead(["a"], threads=1):
        vectors.encode_query("b")
    ask(vectors, ["a", "b"])


def test_an_error_of_the_encoder_reaches_who_asks(tmp_path: Path) -> None:
    class Broken(Counting):
        def encode_query(self, text: str) -> NDArray[np.float32]:
            raise RuntimeError(text)

    vectors = QueryVectors(Broken(), tmp_path / "x")
    with vectors.ahead(["a", "b"], threads=1), pytest.raises(RuntimeError, match="b"):
        vectors.encode_query("b")


@pytest.mark.parametrize(
    "damage", ["cut", "flipped", "longer", "empty", "other", "folder", "head", "huge", "short"]
)
def test_a_damaged_file_counts_as_empty_and_is_replaced(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "x.vectors"
    kept(file)
    whole = file.read_bytes()
    changed = {
        "cut": whole[:-1],
        "flipped": whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:],
        "longer": whole + b"\0",
        "empty": b"",
        "other": b"\x80\x04cos\nsystem\n",
        "head": whole[:20],
        "huge": sealed(b"\xff" * 8 + whole[40:]),
        "short": sealed(b"\1"),
        "folder": None,
    }[damage]
    file.unlink()
    if changed is None:
        file.mkdir()
        assert asked_again(file) == list(TEXTS)
        vectors = QueryVectors(Counting(), file)
        vectors.encode_query("a")
        assert not vectors.save()
        return
    file.write_bytes(changed)
    assert asked_again(file) == list(TEXTS)
    kept(file)
    assert asked_again(file) == []


@given(st.data())
def test_no_flipped_bit_goes_unnoticed(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    file = tmp_path_factory.mktemp("vectors") / "x"
    kept(file, TEXTS[:2])
    whole = bytearray(file.read_bytes())
    place = data.draw(st.integers(0, 8 * len(whole) - 1))
    whole[place // 8] ^= 1 << place % 8
    file.write_bytes(whole)
    assert asked_again(file, TEXTS[:2]) == list(TEXTS[:2])


def test_another_dimension_is_another_encoder(tmp_path: Path) -> None:
    kept(tmp_path / "x")
    vectors = QueryVectors(ToyEncoder(dimension=32), tmp_path / "x")
    assert vectors.encode_query("refund").shape == (32,)


def test_jobs_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "x.vectors"
    ready = threading.Barrier(6)

    def job(number: int) -> bool:
        vectors = QueryVectors(ToyEncoder(dimension=16), file)
        ask(vectors, [f"text {number} {n}" for n in range(20)])
        ready.wait()
        return vectors.save()

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(job, range(6)))
    assert asked_again(file, tuple(f"text {m} {n}" for m in range(6) for n in range(20))) == []
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".new-")] == []


def test_it_keeps_what_was_used_last(tmp_path: Path) -> None:
    file = tmp_path / "x"
    kept(file, ("a", "b", "c"))
    vectors = QueryVectors(ToyEncoder(dimension=16), file)
    ask(vectors, ("a", "d"))
    assert vectors.save(most=3)
    assert asked_again(file, ("a", "c", "d")) == []
    assert asked_again(file, ("b",)) == ["b"]


def test_a_folder_that_can_not_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    vectors = QueryVectors(Counting(), tmp_path / "file" / "x")
    vectors.encode_query("a")
    assert not vectors.save()


def test_what_was_not_used_for_long_goes(tmp_path: Path) -> None:
    for name in ("old.vectors", ".new-abc"):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (time.time() - 40 * 86400,) * 2)
    kept(tmp_path / "x.vectors")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.vectors", "x.vectors.lock"]


def test_it_is_kept_beside_the_snapshots_where_nothing_takes_it_for_a_collection(
    publish: Publish,
) -> None:
    snapshot = publish()
    root = snapshot.folder.parents[1]
    vectors = QueryVectors.of(snapshot, root)
    vectors.encode_query("a")
    assert vectors.save()
    (file,) = (root / FOLDER).rglob("*.vectors")
    assert b"where" not in file.read_bytes()
    from index.store import SnapshotStore

    assert SnapshotStore(root).collections() == ["shop"]


def test_what_is_kept_is_begun_anew_every_month_and_can_be_disposed_of(tmp_path: Path) -> None:
    past = tmp_path / FOLDER / "2026-01" / "x.vectors"
    past.parent.mkdir(parents=True)
    stray = tmp_path / FOLDER / "y.vectors"
    past.touch()
    stray.touch()
    now = folder_of(tmp_path) / "x.vectors"
    assert not past.exists()
    assert not stray.exists()
    kept(now)
    assert asked_again(folder_of(tmp_path) / "x.vectors") == []
    dispose(tmp_path)
    assert asked_again(now) == list(TEXTS)
    dispose(tmp_path / "nowhere")
