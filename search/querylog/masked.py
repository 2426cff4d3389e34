"""What comes from requests becomes what may be written down."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from search.querylog.folding import normalise
from search.querylog.masking import mask
from search.querylog.records import Asked, Feedback, LoggedQuery

_LOCALE: Final = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,6}){0,3}")


def masked_query(asked: Asked, *, session_hash: Callable[[str], str]) -> LoggedQuery:
    """The query without personal data, its session hashed."""
    # A search takes any text for a locale where entries have none.
    locale = asked.locale if asked.locale and _LOCALE.fullmatch(asked.locale) else None
    text = mask(asked.query, locale=locale)
    return LoggedQuery(
        query_id=asked.query_id,
        at=asked.at,
        session=None if asked.session is None else session_hash(asked.session),
        collection=asked.collection,
        snapshot=asked.snapshot,
        source=asked.source,
        locale=locale,
        asked=text,
        normalised=normalise(text),
        decision=asked.decision,
        confidence=asked.confidence,
        top_ids=asked.top_ids,
        milliseconds=asked.milliseconds,
    )


def masked_feedback(said: Feedback) -> Feedback:
    """The feedback without personal data in its reason."""
    return said if said.reason is None else replace(said, reason=mask(said.reason))
