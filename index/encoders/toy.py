"""A deterministic encoder without a model: hashed stems and character trigrams.

It knows no synonyms, but near wordings and typos come out near, so everything around it can be tested in
milliseconds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from index.encoders import TOY, UNLIMITED, EncoderInfo, Progress, Vectors
from index.encoders.agreement import Samples
from index.tokenizer import stems

VERSION = 1
_STEM_WEIGHT, _TRIGRAM_WEIGHT = 1.0, 0.35


class ToyEncoder:
    """Both sides in one: queries and passages are embedded alike, into rows of unit length."""

    known_words: tuple[str, ...] = ()

    def __init__(self, *, dimension: int = 256) -> None:
        self.dimension = dimension

    @property
    def fingerprint(self) -> str:
        """Holds the version of this file's arithmetic and the dimension."""
        return hashlib.sha256(f"toy/{VERSION}/{self.dimension}".encode()).hexdigest()

    @property
    def info(self) -> EncoderInfo:
        """What the manifest will say."""
        return EncoderInfo(
            kind=TOY,
            name=TOY,
            revision=None,
            fingerprint=self.fingerprint,
            dimension=self.dimension,
            pooling="sum",
            normalised=True,
            symmetric=True,
            precision="float32",
            max_tokens=UNLIMITED,
        )

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """Text → float32 (dimension,), unit length; a text without letters gives the first unit vector."""
        vector = np.zeros(self.dimension, dtype=np.float32)
        for feature, weight in _features(text):
            code = crc32(feature.encode("utf-8", "surrogatepass"))
            vector[code % self.dimension] += weight if code & 0x8000_0000 else -weight
        length = float(np.linalg.norm(vector))
        if length == 0.0:
            vector[0], length = 1.0, 1.0
        return vector / np.float32(length)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Texts → float32 (len(texts), dimension)."""
        return self.encode_passages(texts)

    def encode_passages(
        self,
        texts: Sequence[str],
        *,
        progress: Progress | None = None,
        known: bool = False,  # noqa: ARG002 (the same either way)
    ) -> Vectors:
        """Texts → float32 (len(texts), dimension)."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self.encode_query(text)
            if progress:
                progress(1)
        return vectors

    def export_query_encoder(self, folder: Path, *, samples: Samples) -> EncoderInfo:  # noqa: ARG002
        """Nothing to write: the manifest's `dimension` is all there is."""
        return self.info


def _features(text: str) -> Iterator[tuple[str, float]]:
    for stem in stems(text):
        yield stem, _STEM_WEIGHT
        padded = f"^{stem}$"
        for start in range(len(padded) - 2):
            yield padded[start : start + 3], _TRIGRAM_WEIGHT
