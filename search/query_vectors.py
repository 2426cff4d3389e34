"""Vectors of queries, kept from one analysis of the log to the next: they are what costs.

A file for each query encoder in a hidden folder beside the snapshots. It holds no text, only digests, and can
be deleted at any time: whatever is wrong with it, it counts as empty.

    8 bytes   the format's name and version
    4 + 4     count and dimension, unsigned, little-endian
    32        SHA-256 of all that follows
    count × 16 bytes         digests of the texts, those used last at the end
    count × dimension × 4    their vectors, float32, little-endian
"""

from __future__ import annotations

import hashlib
import os
import struct
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from index.encoders import QueryEncoder, Vectors
from index.regular_file import open_regular
from index.snapshot import ENCODER, Snapshot

FOLDER: Final = ".queries"
MOST: Final = 50_000
"""Vectors that a file keeps: 75 MiB of the default model's."""
_MAGIC: Final = b"faqvec\x00\x01"
_HEAD: Final = struct.Struct("<8sII32s")
_DIGEST: Final = 16
_UNUSED: Final = 30 * 24 * 3600  # seconds after which an encoder's file is not expected to be used again
_WAIT: Final = 10.0  # seconds for another job that is saving


class QueryVectors:
    """A query encoder that knows the vectors of what it was asked before. Any thread may call it."""

    def __init__(self, encoder: QueryEncoder, file: Path) -> None:
        """file: is read here, and written by `save`; it need not exist."""
        self.dimension = encoder.dimension
        self.known_words = encoder.known_words
        self.encoded = 0
        self._encoder = encoder
        self._file = file
        self._kept = _read(file, encoder.dimension)
        self._used: dict[str, NDArray[np.float32]] = {}
        self._coming: dict[str, Future[NDArray[np.float32]]] = {}

    @classmethod
    def of(cls, snapshot: Snapshot, root: Path) -> QueryVectors:
        """Those of a snapshot's encoder. root: the folder of the snapshots."""
        return cls(snapshot.encoder, root / FOLDER / f"{_name(snapshot)}.vectors")

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
            with suppress(OSError):  # it was used: see _sweep
                os.utime(self._file)
            return True
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            _sweep(self._file.parent)
            with FileLock(self._file.with_suffix(".lock"), timeout=_WAIT, thread_local=False):
                used = {_digest(text): vector for text, vector in self._used.items()}
                others = _read(self._file, self.dimension)
                merged = [(d, v) for d, v in others.items() if d not in used] + list(used.items())
                _write(self._file, merged[-most:], self.dimension)
        except OSError:  # a full or read-only disk, or a lock that is held for long (a Timeout is one)
            return False
        self.encoded = 0
        return True


def _name(snapshot: Snapshot) -> str:
    """Names the bytes of an encoder: equal names give equal vectors."""
    files = sorted((n, f.sha256) for n, f in snapshot.manifest.files.items() if n.startswith(f"{ENCODER}/"))
    return hashlib.sha256(repr((snapshot.manifest.encoder.to_dict(), files)).encode()).hexdigest()[:32]


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()


def _read(file: Path, dimension: int) -> dict[bytes, NDArray[np.float32]]:
    """Vectors by digest; none where the file is missing, damaged or of another dimension."""
    try:
        with open_regular(file) as stream:
            head = stream.read(_HEAD.size)
            magic, count, found, expected = _HEAD.unpack(head)
            size = count * (_DIGEST + 4 * dimension)
            if (
                magic != _MAGIC
                or found != dimension
                or os.fstat(stream.fileno()).st_size != _HEAD.size + size
            ):
                return {}
            body = stream.read(size)
    except (OSError, struct.error):
        return {}
    if len(body) != size or hashlib.sha256(body).digest() != expected:
        return {}
    vectors: Vectors = np.frombuffer(body, dtype="<f4", offset=count * _DIGEST).astype(np.float32, copy=False)
    rows = vectors.reshape(count, dimension)
    return {body[_DIGEST * row : _DIGEST * (row + 1)]: rows[row] for row in range(count)}


def _write(file: Path, records: Sequence[tuple[bytes, NDArray[np.float32]]], dimension: int) -> None:
    """Replace the file by one rename: who reads it meanwhile has the old one. Raises OSError."""
    digests = b"".join(digest for digest, _ in records)
    rows = np.array([vector for _, vector in records], dtype="<f4").reshape(len(records), dimension)
    body = digests + rows.tobytes()
    head = _HEAD.pack(_MAGIC, len(records), dimension, hashlib.sha256(body).digest())
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".new-", delete=False) as stream:
        try:
            stream.write(head + body)
            stream.close()
            Path(stream.name).replace(file)
        except BaseException:
            with suppress(OSError):
                Path(stream.name).unlink()
            raise


def _sweep(folder: Path) -> None:
    """Remove what killed jobs left, and the files of encoders that were not used for long."""
    for left in folder.iterdir():
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _UNUSED:
                left.unlink()
