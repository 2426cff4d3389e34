"""Encoders turn texts into vectors.

There are two sides, and they are two types, so that a forgotten prompt can't be written:

* a `PassageEncoder` works offline, where sentence-transformers and torch are. It embeds passages, and
  leaves behind a folder with the query encoder that matches them;
* a `QueryEncoder` works online, from that folder alone.

`toy` is a real encoder too: deterministic, made of arithmetic only, good enough to test a whole service.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import SnapshotDamaged

if TYPE_CHECKING:
    from index.encoders.agreement import Samples

Vectors = NDArray[np.float32]
"""float32 (n, dimension); rows are as the model gives them, of unit length where it normalises."""

Progress = Callable[[int], None]
"""Called with the number of texts just embedded."""

TOY: Final = "toy"
"""The model name that selects the toy encoder."""

EXPORTS: Final = ".exports"
"""In the folder of snapshots: what builds keep for each other. Can be deleted at any time."""

UNLIMITED: Final = 1_000_000
"""`max_tokens` of an encoder that reads texts of any length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderInfo:
    """What a manifest says of the encoder that made its vectors.

    kind: "onnx" or "toy". name: as the model was asked for, never a path of the building machine.
    revision: the hub's commit, or None. fingerprint: sha256 over everything that decides a vector (weights,
    tokenizer, configuration): equal fingerprints make equal vectors. dimension: of a vector.
    pooling: the model's pooling mode. normalised: rows have unit length. symmetric: a text has the same
    vector as a query and as a passage. precision: "int8" or "float32", of the query side; passages are
    always embedded in float32. max_tokens: longer texts are cut.
    query_prompt, passage_prompt: text put before every query and passage.
    """

    kind: str
    name: str
    revision: str | None
    fingerprint: str
    dimension: int
    pooling: str
    normalised: bool
    symmetric: bool
    precision: str
    max_tokens: int
    query_prompt: str = ""
    passage_prompt: str = ""

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> EncoderInfo:
        """The inverse of to_dict; unknown keys are ignored. TypeError where one is missing."""
        return cls(**{key: record[key] for key in cls.__slots__ if key in record})


class QueryEncoder(Protocol):
    """The online side."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def known_words(self) -> Sequence[str]:
        """Words of its language, folded, the most common first; none where it doesn't know any."""

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """One query → float32 (dimension,). Safe to call from several threads.

        The same text gives the same bits whatever else is encoded at the time: queries are never
        batched, because int8 scales are taken over a whole batch.
        """


class PassageEncoder(Protocol):
    """The offline side."""

    @property
    def fingerprint(self) -> str:
        """That of `info`, known without loading a model."""

    @property
    def info(self) -> EncoderInfo:
        """What the manifest will say; `precision` is settled by `export_query_encoder`."""

    def encode_passages(
        self, texts: Sequence[str], *, progress: Progress | None = None, known: bool = False
    ) -> Vectors:
        """Texts → float32 (len(texts), dimension), in the order given.

        known: the collection has been embedded with this encoder before, and these are its new texts.
        """

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """As encode_passages, with the model's prompt for queries."""

    def export_query_encoder(self, folder: Path, *, samples: Samples) -> EncoderInfo:
        """Write the matching query encoder into an existing, empty folder and return what it is.

        samples: texts of the collection, on which the export is compared with the model itself.
        """


def open_query_encoder(info: EncoderInfo, folder: Path, *, content: str) -> QueryEncoder:
    """The query encoder that a snapshot carries in `folder`.

    content: a digest of the folder's files; encoders of equal infos and contents are opened once and shared.
    Raises SnapshotDamaged for a kind that is unknown or files that are no encoder.
    """
    if info.kind == TOY:
        from index.encoders.toy import ToyEncoder

        return ToyEncoder(dimension=info.dimension)
    if info.kind == "onnx":
        from index.encoders.onnx import OnnxQueryEncoder

        return OnnxQueryEncoder.open(info, folder, content=content)
    raise SnapshotDamaged(str(folder), expected="an encoder of kind onnx or toy", found=info.kind)


def open_passage_encoder(model: str, *, cache: Path) -> PassageEncoder:
    """The offline side of a model: TOY, a folder, or a name that sentence-transformers knows.

    cache: a folder that keeps what can be used again from build to build; it is made when needed.
    Raises ModelError where it can't be found, ExtraMissing without the build extra.
    """
    if model == TOY:
        from index.encoders.toy import ToyEncoder

        return ToyEncoder()
    from index.encoders.sentence_transformer import SentenceTransformerEncoder

    return SentenceTransformerEncoder(model, cache=cache)
