"""Vectors of queries, kept from one analysis of the log to the next: they are what costs.

A disposable file for each query encoder, which holds no text, only digests:

    4 + 4                    count and dimension, unsigned, little-endian
    count × 16 bytes         digests of the texts, those used last at the end
    count × dimension × 4    their vectors, float32, little-endian
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.encoders import QueryEncoder, Vectors
from index.snapshot import ENCODER, Snapshot
from search.disposable_file import DisposableFile, folder_of

MOST: Final = 50_000
"""Vectors that a file keeps: 75 MiB of the default model's."""
_HEAD: Final = struct.Struct("<II")
_DIGEST: Final = 16


class QueryVectors:
    """A query encoder that knows the vectors of what it was asked before. Any thread may call it."""

    def __init__(self, encoder: QueryEncoder, file: Path) -> None:
        """file: is read here, and written by `save`; it need not exist."""
        self.dimension = encoder.dimension
        self.known_words = encoder.known_words
        self.encoded = 0
        self._encoder = encoder
        self._file = DisposableFile(file)
        self._kept = _unpack(self._file.read(), encoder.dimension)
        self._used: dict[str, NDArray[np.float32]] = {}
        self._coming: dict[str, Future[NDArray[np.float32]]] = {}

    @classmethod
    def of(cls, snapshot: Snapshot, root: Path) -> QueryVectors:
        """Those of a snapshot's encoder. root: the folder of the snapshots."""
        return cls(snapshot.encoder, folder_of(root) / f"{_name(snapshot)}.vectors")

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """float32 (dimension,), with the bits that the encoder gives."""
        found = self._used.get(text)
        if found is None:
            coming = self._coming.pop(text, None)
            found = self._find(text) if coming is None else coming.result()
            self._used[text] = found
        return found

    @contextmanager
    def ahead(self, texts: Iterable[str], *, threads: int) -> Iterator[None]:
        """Encode the texts that are not known on several threads meanwhile, in order.

        `encode_query` waits for those that it is asked for. What was not begun at the end is left.
        """
        waiting = [
            text
            for text in dict.fromkeys(texts)
            if text not in self._used and _digest(text) not in self._kept
        ]
        with ThreadPoolExecutor(threads) as pool:
            self._coming |= {text: pool.submit(self._find, text) for text in waiting}
            try:
                yield
            finally:
                self._coming.clear()
                pool.shutdown(cancel_futures=True)

    def _find(self, text: str) -> NDArray[np.float32]:
        found = self._kept.get(_digest(text))
        if found is None:
            found = self._encoder.encode_query(text)
            self.encoded += 1
        return found

    def save(self, *, most: int = MOST) -> bool:
        """Keep what was used, and of what was kept before what there is room for; whether that was possible.

        What another job saved meanwhile stays. It is a cache: nothing is raised where it can't be written.
        """
        if not self.encoded:
            self._file.touch()
            return True
        used = {_digest(text): vector for text, vector in self._used.items()}

        def merge(content: bytes | None) -> bytes:
            others = _unpack(content, self.dimension)
            merged = [(d, v) for d, v in others.items() if d not in used] + list(used.items())
            return _pack(merged[-most:], self.dimension)

        done = self._file.update(merge)
        if done:
            self.encoded = 0
        return done


def _name(snapshot: Snapshot) -> str:
    """Names the bytes of an encoder: equal names give equal vectors."""
    files = sorted((n, f.sha256) for n, f in snapshot.manifest.files.items() if n.startswith(f"{ENCODER}/"))
    return hashlib.sha256(repr((snapshot.manifest.encoder.to_dict(), files)).encode()).hexdigest()[:32]


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()


def _unpack(content: bytes | None, dimension: int) -> dict[bytes, NDArray[np.float32]]:
    """Vectors by digest; none where there is nothing, or something of another dimension."""
    if content is None or len(content) < _HEAD.size:
        return {}
    count, found = _HEAD.unpack_from(content)
    start = _HEAD.size + count * _DIGEST
    if found != dimension or len(content) != start + count * dimension * 4:
        return {}
    vectors: Vectors = np.frombuffer(content, dtype="<f4", offset=start).astype(np.float32, copy=False)
    rows = vectors.reshape(count, dimension)
    digests = content[_HEAD.size : start]
    return {digests[_DIGEST * row : _DIGEST * (row + 1)]: rows[row] for row in range(count)}


def _pack(records: Sequence[tuple[bytes, NDArray[np.float32]]], dimension: int) -> bytes:
    rows = np.array([vector for _, vector in records], dtype="<f4")
    digests = b"".join(digest for digest, _ in records)
    return _HEAD.pack(len(records), dimension) + digests + rows.tobytes()
