"""From a loaded sentence-transformers model to the query encoder that a snapshot carries.

The whole model is exported, not just its transformer: pooling, dense layers, normalisation, truncation and a
prompt left out of the pooling are then in the graph as the model's own configuration says, and the online
side has nothing to imitate. Offline only: needs torch.
"""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from index.encoders import EncoderInfo
from index.encoders.agreement import FAITHFUL_COSINE, Samples, measure
from index.encoders.exported import FLOAT32_FILE, INT8_FILE, Exported
from index.encoders.onnx import TOKENIZER_FILE, OnnxQueryEncoder
from index.errors import ModelError
from index.extras import require

OPSET: Final = 17
SPACE: Final = 1 << 29
"""Free bytes under which a failed export is put down to the disk: a small model's takes this much."""
_log = logging.getLogger(__name__)


def export(model: Any, tokenizer: Any, info: EncoderInfo, folder: Path, samples: Samples) -> Exported:
    """Export into an existing, empty folder.

    Raises ModelError where the model can't be exported, or its float32 export doesn't follow it; OSError
    where the disk is full.
    """
    (folder / TOKENIZER_FILE).write_text(tokenizer.to_str(), encoding="utf-8")
    with _quiet():
        _export_float32(model, info, folder, samples)
        try:
            _quantise(folder / FLOAT32_FILE, folder / INT8_FILE)
        except Exception:  # a graph that the quantiser can't handle is served as float32
            _check_space(folder)
            (folder / INT8_FILE).unlink(missing_ok=True)
    return Exported.seal(folder, info)


def _check_space(folder: Path) -> None:
    """Raise OSError on a full disk, which exporters report as whatever broke first."""
    if shutil.disk_usage(folder).free < SPACE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def _export_float32(model: Any, info: EncoderInfo, folder: Path, samples: Samples) -> None:
    """Write FLOAT32_FILE: the fastest float32 graph that follows the model."""
    lowest = 0.0
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        plain = Path(scratch) / "plain.onnx"
        _trace(model, info, samples.texts, plain)
        for graph in (_fuse(model, plain), plain):
            if graph is None:
                continue
            graph.replace(folder / FLOAT32_FILE)
            encoder = OnnxQueryEncoder(info, folder, model_file=FLOAT32_FILE)
            lowest = measure(encoder, samples).cosine_min
            if lowest >= FAITHFUL_COSINE:
                return
    raise ModelError(
        f"The export of {info.name} to ONNX doesn't follow the model: lowest cosine {lowest:.4f}, "
        f"needed {FAITHFUL_COSINE}. Please report the model's name; another model works meanwhile."
    )


def _trace(model: Any, info: EncoderInfo, texts: Sequence[str], file: Path) -> None:
    torch = require("torch", extra="build")
    for module in model.modules():
        # Only eager attention is written in operators that ONNX has.
        if hasattr(module, "set_attn_implementation"):
            module.set_attn_implementation("eager")
    features = model.preprocess([max(texts, key=len)], prompt=info.query_prompt or None, task="query")
    names, wrapper = _wrap(torch, model, features, info.dimension)
    arguments = {
        "input_names": names,
        "output_names": ["sentence_vector"],
    }
    try:
        torch.onnx.export(
            wrapper,
            tuple(features[name] for name in names),
            str(file),
            dynamo=False,
            opset_version=OPSET,
            dynamic_axes={name: {1: "tokens"} for name in names},
            **arguments,
        )
    except Exception as first:
        try:  # torch's newer exporter knows operators that its older one doesn't, and the other way round
            program = torch.onnx.export(
                wrapper,
                tuple(features[name] for name in names),
                dynamo=True,
                dynamic_shapes=(tuple({1: torch.export.Dim.DYNAMIC} for _ in names),),
                verbose=False,
                **arguments,
            )
            program.save(str(file))
        except Exception as second:
            _check_space(file.parent)
            raise ModelError(
                f"The model {info.name} can't be exported to ONNX: {first}; and by torch.export: {second}"
            ) from second


def _wrap(torch: Any, model: Any, features: Any, dimension: int) -> tuple[list[str], Any]:
    """Input names, and a module from those (1, tokens) tensors to the vector (1, dimension)."""
    constants = {key: value for key, value in features.items() if not isinstance(value, torch.Tensor)}
    static = "offsets" in features  # a bag of static embeddings, which has no batch axis
    if static:
        features["input_ids"] = features["input_ids"].unsqueeze(0)
    names = [n for n in ("input_ids", "attention_mask", "token_type_ids") if n in features]

    class Whole(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: Any) -> Any:
            inputs = {**constants, **dict(zip(names, tensors, strict=True))}
            modules = list(self.model)
            if static:
                weights = modules.pop(0).embedding.weight
                inputs["sentence_embedding"] = weights[inputs["input_ids"]].mean(dim=1)
            for module in modules:
                takes_task = type(module).__name__ == "Router"
                inputs = module(inputs, task="query") if takes_task else module(inputs)
            return inputs["sentence_embedding"][:, :dimension]

    return names, Whole().eval()


def _fuse(model: Any, plain: Path) -> Path | None:
    """The graph with attention, layer norms and activations as single operators, or None.

    Half of a small model's time goes into many tiny operators; fusing takes them together.
    """
    optimizer = require("onnxruntime.transformers.optimizer", extra="build")
    config = getattr(getattr(model[0], "auto_model", None), "config", None)
    heads, hidden = getattr(config, "num_attention_heads", 0), getattr(config, "hidden_size", 0)
    try:
        fused = optimizer.optimize_model(
            str(plain), model_type="bert", num_heads=heads, hidden_size=hidden, opt_level=0
        )
        file = plain.with_name("fused.onnx")
        fused.save_model_to_file(str(file))
    except Exception:  # the fuser knows some architectures; the others run unfused
        _log.info("The exported graph is served unfused.", exc_info=True)
        return None
    return file


def _quantise(exact: Path, file: Path) -> None:
    quantization = require("onnxruntime.quantization", extra="build")
    onnx = require("onnx", extra="build")
    quantization.quantize_dynamic(
        str(exact),
        str(file),
        # One scale a column: measured .993 mean cosine, against .969 with one a matrix.
        per_channel=True,
        weight_type=quantization.QuantType.QInt8,
        # Shapes can't be inferred through fused operators; everything that is quantised is float.
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Exporters print and warn about their own insides; what matters is measured afterwards."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            with contextlib.redirect_stderr(io.StringIO()):
                yield
    finally:
        logging.disable(before)
