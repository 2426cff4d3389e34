"""What queries are compared by: their vectors, and the words that they share.

An embedding alone holds "close my account" next to "transfer my funds"; the words tell them apart.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from index import tokenizer

Floats = NDArray[np.float32]

LEXICAL: Final = 0.2
"""Share of the words in a similarity, the embedding having the rest. On open sets .1 to .2 did best."""
CENTRE_WEIGHT: Final = 20.0
"""Queries that say nothing of their centre: the mean of a few is more their subject than the collection's."""
WORD_DIMENSIONS: Final = 256


def features(texts: Sequence[str], vectors: Floats) -> Floats:
    """Rows whose inner products are similarities, float32 (n, dimension + WORD_DIMENSIONS), of unit length.

    texts: n queries, as they were understood. vectors: theirs, float32 (n, dimension). The common direction
    of all queries is taken out of the vectors: what a whole collection is about tells no topics apart.
    """
    if not len(texts):
        return np.zeros((0, vectors.shape[1] + WORD_DIMENSIONS), dtype=np.float32)
    centre = vectors.sum(axis=0) / np.float32(len(vectors) + CENTRE_WEIGHT)
    meaning = unit(vectors - centre) * np.float32(math.sqrt(1 - LEXICAL))
    words = _words(texts) * np.float32(math.sqrt(LEXICAL))
    return unit(np.hstack([meaning, words]))


def unit(rows: Floats) -> Floats:
    """Each row divided by its length; rows without one stay zero."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    scaled: Floats = rows / np.maximum(lengths, np.float32(1e-9))
    return scaled


def content_stems(text: str) -> list[str]:
    """The stems that say what a text is about, each once, in order."""
    return [stem for stem in dict.fromkeys(tokenizer.stems(text)) if stem not in tokenizer.FUNCTION_STEMS]


def _words(texts: Sequence[str]) -> Floats:
    """Content stems weighted by idf among the texts and hashed into a few dimensions, rows of unit length.

    A stem of a single text is left out: nothing else shares it. Weinberger et al. 2009, "Feature Hashing for
    Large Scale Multitask Learning": signed hashing leaves inner products as they are but for a little noise.
    """
    stems = [content_stems(text) for text in texts]
    held = Counter(stem for of_text in stems for stem in of_text)
    places = {
        stem: (crc32(stem.encode()) % WORD_DIMENSIONS, _sign(stem) * math.log(len(texts) / count))
        for stem, count in held.items()
        if count > 1
    }
    rows = np.zeros((len(texts), WORD_DIMENSIONS), dtype=np.float32)
    for row, of_text in enumerate(stems):
        for stem in of_text:
            if stem in places:
                place, weight = places[stem]
                rows[row, place] += weight
    return unit(rows)


def _sign(stem: str) -> float:
    # A hash of its own: the bits of the place say nothing of it.
    return 1.0 if crc32(stem.encode(), 0x9E3779B9) & 0x100 else -1.0
