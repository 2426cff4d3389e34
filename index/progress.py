"""How a long job tells how far it is: what, how many, and of how many."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from index.encoders import Progress


class Reporter(Protocol):
    """Shown by the command line, silent elsewhere."""

    def step(self, text: str) -> None:
        """A step begins that is too short for a bar."""

    def bar(self, what: str, total: int) -> AbstractContextManager[Progress]:
        """A countable step begins; the value is called with the number of items just done."""


class Silent:
    """Reports nothing."""

    def step(self, text: str) -> None:
        """Ignored."""

    def bar(self, what: str, total: int) -> AbstractContextManager[Progress]:  # noqa: ARG002
        """Ignored."""
        return nullcontext(lambda _count: None)
