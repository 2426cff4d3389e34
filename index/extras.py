"""Optional dependencies fail with the line that installs them."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Final

from index.errors import RunError

INSTALL: Final = "pip install 'faq-search[{extra}]'"


class ExtraMissing(RunError):
    """A package of an optional extra is not installed; the text holds the exact install line."""


def require(module: str, *, extra: str) -> ModuleType:
    """Import and return `module`, or raise ExtraMissing naming the extra that brings it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or module.split(".")[0] != error.name.split(".")[0]:
            raise  # the module is there; something it needs is broken
        raise missing(module, extra=extra) from None


def missing(module: str, *, extra: str) -> ExtraMissing:
    """The error for a package that is not installed."""
    line = INSTALL.format(extra=extra)
    return ExtraMissing(f"This needs the package {module!r}, which is not installed. Run: {line}")
