"""Passages through sentence-transformers. Only the offline side imports this module: it needs torch."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.encoders import UNLIMITED, EncoderInfo, Progress, Vectors
from index.encoders.agreement import Samples
from index.encoders.export import export
from index.encoders.exported import Exported, keep
from index.encoders.models import ModelFiles, locate_model
from index.errors import ModelError
from index.extras import require

# Measured best on two cores: batches of one length waste no work on padding, and about this many tokens
# keep the matrix products large without leaving the cache.
BATCH_TOKENS: Final = 2048
BATCH_TEXTS: Final = 256

FEW: Final = 512
"""Texts that the kept export embeds faster than torch is loaded."""


class SentenceTransformerEncoder:
    """Any sentence-transformers text model, by folder or name.

    torch and the model are loaded when they are first needed: a rebuild that reuses every vector never pays
    for them, and one with few new texts embeds them with the kept export.
    """

    def __init__(self, model: str, *, cache: Path) -> None:
        """cache: a folder, made when needed, that keeps exports from build to build.

        Raises ModelError where the model can't be found, ExtraMissing without the build extra.
        """
        self._files = locate_model(model)
        self._cache = cache
        self._loaded: Any = None
        self._export: Exported | None = None
        self.fingerprint = self._files.fingerprint()

    @cached_property
    def info(self) -> EncoderInfo:
        """`precision` is that of passages, float32."""
        kept = self._kept()
        return kept.info if kept else _describe(self._model, self._files, self.fingerprint)

    def encode_passages(
        self, texts: Sequence[str], *, progress: Progress | None = None, known: bool = False
    ) -> Vectors:
        """Texts → float32 (len(texts), dimension), embedded in batches of like length.

        A few texts for a collection that the model has seen are embedded with its export, which was found
        to follow it when it was made: that takes a second, and loading torch ten.
        """
        kept = self._kept() if known and len(texts) <= FEW else None
        if kept is None or not kept.info.symmetric:
            return self._encode(texts, self._model.encode_document, progress)
        vectors = kept.encode(list(texts))
        if progress:
            progress(len(texts))
        return vectors

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """As encode_passages, with the model's prompt for queries."""
        return self._encode(texts, self._model.encode_query, None)

    def export_query_encoder(self, folder: Path, *, samples: Samples) -> EncoderInfo:
        """Write model.onnx and tokenizer.json. Raises ModelError where the model can't be exported."""

        def make(scratch: Path) -> Exported:
            return export(self._model, _backend_tokenizer(self._model), self.info, scratch, samples)

        self._export = self._kept() or keep(self._cache / self.fingerprint, make)
        return self._export.place(folder, samples)

    def _kept(self) -> Exported | None:
        if self._export is None:
            self._export = Exported.open(self._cache / self.fingerprint)
        return self._export

    @property
    def _model(self) -> Any:
        if self._loaded is None:
            self._loaded = _load(self._files)
        return self._loaded

    def _encode(self, texts: Sequence[str], encode: Any, progress: Progress | None) -> Vectors:
        vectors = np.zeros((len(texts), self.info.dimension), dtype=np.float32)
        for rows in _batches(self._lengths(texts)):
            batch = [texts[row] for row in rows]
            vectors[rows] = encode(batch, batch_size=len(batch), show_progress_bar=False)
            if progress:
                progress(len(batch))
        return vectors

    def _lengths(self, texts: Sequence[str]) -> NDArray[np.int64]:
        tokenizer = _backend_tokenizer(self._model)
        encodings = tokenizer.encode_batch_fast(list(texts))
        return np.array([len(encoding) for encoding in encodings], dtype=np.int64)


def _describe(model: Any, files: ModelFiles, fingerprint: str) -> EncoderInfo:
    pooling = next((m for m in model if type(m).__name__ == "Pooling"), None)
    modes = getattr(pooling, "pooling_mode", "mean")
    query, passage = _prompt(model, "query"), _prompt(model, "document", "passage", "corpus")
    return EncoderInfo(
        kind="onnx",
        name=files.name,
        revision=files.revision,
        fingerprint=fingerprint,
        dimension=int(model.get_embedding_dimension()),
        pooling=modes if isinstance(modes, str) else "+".join(modes),
        normalised=any(type(module).__name__ == "Normalize" for module in model),
        symmetric=query == passage and not any(type(module).__name__ == "Router" for module in model),
        precision="float32",
        max_tokens=_max_tokens(model),
        query_prompt=query,
        passage_prompt=passage,
    )


def _prompt(model: Any, *names: str) -> str:
    """The prompt that encode_query and encode_document would take: the first name known, else the default."""
    name = next((name for name in names if name in model.prompts), model.default_prompt_name)
    return model.prompts.get(name) or ""


def _max_tokens(model: Any) -> int:
    length = model.max_seq_length
    return UNLIMITED if length is None or length > UNLIMITED else int(length)


def _load(files: ModelFiles) -> Any:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    sentence_transformers = require("sentence_transformers", extra="build")
    logging = require("transformers", extra="build").utils.logging
    logging.disable_progress_bar()  # our own bar tells of the work; loading is not worth a second one
    try:
        model = sentence_transformers.SentenceTransformer(
            str(files.folder), device="cpu", local_files_only=True, model_kwargs={"dtype": "float32"}
        )
    except Exception as error:  # whatever a broken model makes torch or transformers raise
        raise ModelError(
            f"The model {files.name} can't be loaded: {type(error).__name__}: {error}"
        ) from error
    model.eval()
    return model


def _backend_tokenizer(model: Any) -> Any:
    """A copy of the model's fast tokenizer that cuts as the model does and never pads."""
    tokenizers = require("tokenizers", extra="build")
    tokenizer = getattr(model.tokenizer, "backend_tokenizer", model.tokenizer)
    if not isinstance(tokenizer, tokenizers.Tokenizer):
        raise ModelError(
            "The model has no fast tokenizer (tokenizer.json); convert it with transformers first."
        )
    copy = tokenizers.Tokenizer.from_str(tokenizer.to_str())
    copy.no_padding()
    copy.enable_truncation(_max_tokens(model))
    return copy


def _batches(lengths: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Row numbers in batches of like length, longest first, so that memory runs out at once or never."""
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        longest = max(1, int(lengths[order[start]]))
        size = min(BATCH_TEXTS, max(1, BATCH_TOKENS // longest))
        yield order[start : start + size]
        start += size
