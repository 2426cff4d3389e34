"""The query encoder that snapshots carry: ONNX Runtime and the model's own tokenizer, no torch."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, Final
from weakref import WeakValueDictionary

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.encoders import EncoderInfo
from index.encoders.known_words import known_words
from index.errors import SnapshotDamaged

MODEL_FILE: Final = "model.onnx"
TOKENIZER_FILE: Final = "tokenizer.json"

_open: WeakValueDictionary[tuple[str, EncoderInfo], OnnxQueryEncoder] = WeakValueDictionary()


class OnnxQueryEncoder:
    """Encodes one query at a time on the calling thread; use several threads for several cores."""

    def __init__(self, info: EncoderInfo, folder: Path, *, model_file: str = MODEL_FILE) -> None:
        """Raises SnapshotDamaged where a file is no ONNX model or no tokenizer."""
        self.dimension = info.dimension
        self._prompt = info.query_prompt
        self._session = open_session(folder / model_file)
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        except Exception as error:  # the library raises a bare Exception
            raise SnapshotDamaged(
                str(folder / TOKENIZER_FILE), expected="a tokenizer", found=str(error)
            ) from error
        self._tokenizer.no_padding()
        self._inputs = [graph_input.name for graph_input in self._session.get_inputs()]

    @classmethod
    def open(cls, info: EncoderInfo, folder: Path, *, content: str) -> OnnxQueryEncoder:
        """As the constructor, but an encoder that is open in this process is shared.

        Snapshots and collections of one model then cost its memory once, and a swap needs no reload.
        content: names the bytes of the folder; with equal settings, equal contents are the same encoder.
        """
        key = content, info  # a prompt is no file: two models may differ in nothing else
        encoder = _open.get(key)
        if encoder is None:
            encoder = _open[key] = cls(info, folder)
        return encoder

    @cached_property
    def known_words(self) -> tuple[str, ...]:
        """The words of its language, folded, the most common first."""
        return known_words(self._tokenizer)

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """Text → float32 (dimension,), zeros without a token. Longer texts than the model takes are cut."""
        encoding = self._tokenizer.encode(self._prompt + text)
        if not encoding.ids:  # the mean over nothing would be no number
            return np.zeros(self.dimension, dtype=np.float32)
        ids = np.array([encoding.ids], dtype=np.int64)
        features = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.array([encoding.type_ids], dtype=np.int64),
        }
        (vectors,) = self._session.run(None, {name: features[name] for name in self._inputs})
        vector: NDArray[np.float32] = vectors[0].astype(np.float32, copy=False)
        return vector


def open_session(file: Path) -> Any:
    """An ONNX Runtime session that works on the calling thread. Raises SnapshotDamaged for no model."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors share no public base class
        raise SnapshotDamaged(str(file), expected="an ONNX model", found=str(error)[:200]) from error
