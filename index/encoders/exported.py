"""A model's export, kept so that the next build needn't make it again. No torch.

float32.onnx     follows the model to the last digits
int8.onnx        a quarter of the size and half the time, where the model bears it
tokenizer.json
export.json      what it is, and the sums of the files; written last
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from index.checksum import sha256_of
from index.encoders import EncoderInfo, Vectors
from index.encoders.agreement import Samples, measure
from index.encoders.onnx import MODEL_FILE, TOKENIZER_FILE, OnnxQueryEncoder
from index.regular_file import open_regular

FLOAT32_FILE: Final = "float32.onnx"
INT8_FILE: Final = "int8.onnx"
_SEAL: Final = "export.json"
_VERSION: Final = 1  # of this layout and of how exports are made
_THREADS: Final = 4
_NEW: Final = ".new-"
_ABANDONED: Final = 24 * 3600  # seconds after which no export is still being made
_UNUSED: Final = 30 * 24 * 3600  # seconds after which a model's export is not expected to be used again

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """info: of the float32 export. folder: holds the files."""

    folder: Path
    info: EncoderInfo

    @classmethod
    def seal(cls, folder: Path, info: EncoderInfo) -> Exported:
        """Complete a folder whose other files are written."""
        sums = {file.name: sha256_of(file) for file in sorted(folder.iterdir())}
        record = {"version": _VERSION, "info": info.to_dict(), "files": sums}
        (folder / _SEAL).write_bytes(orjson.dumps(record))
        return cls(folder=folder, info=info)

    @classmethod
    def open(cls, folder: Path) -> Exported | None:
        """A kept export, or None where there is none, or not one that can be trusted."""
        try:
            with open_regular(folder / _SEAL) as stream:
                record: dict[str, Any] = orjson.loads(stream.read())
            sums: dict[str, str] = record["files"]
            intact = (
                record["version"] == _VERSION
                and FLOAT32_FILE in sums
                and all(sha256_of(folder / name) == expected for name, expected in sums.items())
            )
            if not intact:
                return None
            with suppress(OSError):  # of a folder that may only be read
                os.utime(folder)
            return cls(folder=folder, info=EncoderInfo.from_dict(record["info"]))
        except (OSError, KeyError, TypeError, AttributeError, ValueError):  # no JSON, or not what seal writes
            return None

    def place(self, target: Path, samples: Samples) -> EncoderInfo:
        """Write MODEL_FILE and TOKENIZER_FILE into an existing folder, and return what they are.

        int8 where it agrees well enough with the model on the samples, else float32 with a warning.
        """
        shutil.copyfile(self.folder / TOKENIZER_FILE, target / TOKENIZER_FILE)
        info = replace(self.info, precision="int8")
        if (self.folder / INT8_FILE).exists():
            agreement = measure(OnnxQueryEncoder(info, self.folder, model_file=INT8_FILE), samples)
            if agreement.sufficient:
                shutil.copyfile(self.folder / INT8_FILE, target / MODEL_FILE)
                return info
            reason = f"cosine {agreement.cosine_mean:.4f}, same nearest passage {agreement.top1:.1%}"
        else:
            reason = "the quantiser can't handle its graph"
        _log.warning(
            "int8 is not used for %s: %s. float32 is, at about twice the time.", self.info.name, reason
        )
        shutil.copyfile(self.folder / FLOAT32_FILE, target / MODEL_FILE)
        return self.info

    def encode(self, texts: list[str]) -> Vectors:
        """float32 (len(texts), dimension), as the model itself to about six digits."""
        encoder = OnnxQueryEncoder(self.info, self.folder, model_file=FLOAT32_FILE)
        with ThreadPoolExecutor(_THREADS) as pool:
            return np.stack(list(pool.map(encoder.encode_query, texts)))


def keep(target: Path, make: Callable[[Path], Exported]) -> Exported:
    """Make an export in a new folder beside `target`, and keep it there by one rename.

    Where another builder was quicker, its export is kept: it may be reading its files just now.
    """
    scratch = target.with_name(f"{_NEW}{secrets.token_hex(8)}")
    scratch.mkdir(parents=True)
    _sweep(target.parent)
    try:
        made = make(scratch)
        if quicker := Exported.open(target):
            return quicker
        shutil.rmtree(target, ignore_errors=True)  # of another version, or damaged
        try:
            scratch.rename(target)
        except OSError:
            if quicker := Exported.open(target):
                return quicker
            raise
        return replace(made, folder=target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what killed builders left, and exports that were not opened for long.

    Other builders may be at work beside it, so only what is old.
    """
    for left in folder.iterdir():
        with suppress(OSError):
            age = time.time() - left.stat().st_mtime
            if age > (_ABANDONED if left.name.startswith(_NEW) else _UNUSED):
                shutil.rmtree(left, ignore_errors=True)
