"""How a collection answers: from which confidence on, and what it says where nothing does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """What is said where nothing answers. text: Markdown of the content team. url: a link that is safe to
    show (http, https, mailto, or a path that begins with "/"), or None.
    """

    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """min_confidence: from which the first hit is given as the answer, 0 to 1, None for the product's own.
    fallback: None where the collection has none.
    """

    min_confidence: float | None = None
    fallback: Fallback | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Answering:
        """The inverse of to_dict; unknown fields are ignored, missing ones are None.

        Raises TypeError or ValueError where a value is not of its kind.
        """
        least, fallback = record.get("min_confidence"), record.get("fallback")
        if least is not None and (type(least) not in (int, float) or not 0 <= least <= 1):
            raise ValueError(f"min_confidence is {least!a}, not a number from 0 to 1")
        if fallback is None:
            return cls(min_confidence=least)
        text, url = fallback.get("text"), fallback.get("url")
        if type(text) is not str or type(url) not in (str, type(None)):
            raise TypeError("fallback has no text, or its url is none")
        return cls(min_confidence=least, fallback=Fallback(text=text, url=url))
