"""Equal questions become equal texts, and what was typed on the way to a question is folded into it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import regex
from rapidfuzz.distance import OSA

from search.querylog.records import LoggedQuery

GROWING: Final = timedelta(seconds=6)
"""How long one may pause before typing on."""
CHANGING: Final = timedelta(seconds=2)
"""How long one may pause before deleting or mending: after longer, the answer was looked at."""
TYPING: Final = timedelta(milliseconds=1)
"""What comes quicker was not typed: it is a batch."""
TYPIST: Final = "#"
"""How the names of sessions begin that no client named."""
_GROWTH: Final = 16  # characters that are typed between two requests
_SLIPS: Final = 2
_FROM: Final = 6  # characters from which texts that differ by slips are one
_NO_WORD: Final = regex.compile(r"[^\w\p{M}]+|_+")
_DIGITS: Final = regex.compile(r"\d+")


def normalise(text: str) -> str:
    """The words of a text, case-folded and in NFKC, with single spaces between; the folded text itself where
    it has no words.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(_NO_WORD.sub(" ", folded).split()) or " ".join(folded.split())


def folded_away(queries: Sequence[LoggedQuery]) -> set[str]:
    """The ids of queries that were only typed on the way to another one of these. In any order."""
    by_session: dict[tuple[str, str], list[LoggedQuery]] = {}
    for query in sorted(queries, key=lambda query: (query.at, query.query_id)):
        if query.session is not None:
            by_session.setdefault((query.session, query.collection), []).append(query)
    return {
        earlier.query_id
        for asked in by_session.values()
        for position, earlier in enumerate(asked)
        if not earlier.feedback and any(_goes_on(earlier, later) for later in asked[position + 1 :])
    }


def typists(queries: Sequence[LoggedQuery]) -> list[LoggedQuery]:
    """The queries, those without a session that grew letter by letter as of one session: each would count as
    a person's of its own, and one person would be many. Its name begins with TYPIST. In the order of time.

    Of two people, one may chance to go on where the other stopped; that they count as one tells of nobody.
    """
    found = sorted(queries, key=lambda query: (query.at, query.query_id))
    known: dict[tuple[str, str, str], int] = {}  # positions
    for position, query in enumerate(found):
        if query.session is not None:
            continue
        place, text = (query.collection, query.source), query.normalised
        for end in range(len(text) - 1, 0, -1)[:_GROWTH]:
            before = known.get((*place, text[:end]))
            if before is not None and query.at - found[before].at <= GROWING:
                session = found[before].session or f"{TYPIST}{found[before].query_id}"
                found[before] = replace(found[before], session=session)
                found[position] = replace(query, session=session)
                break
        known[*place, text] = position
    return found


def _goes_on(earlier: LoggedQuery, later: LoggedQuery) -> bool:
    """Whether the later query is what the earlier one was on the way to."""
    pause = later.at - earlier.at
    if not TYPING < pause <= GROWING:
        return False
    before, after = earlier.normalised, later.normalised
    if after.startswith(before):
        return True
    if pause > CHANGING:
        return False
    if before.startswith(after):
        return True
    return (
        min(len(before), len(after)) >= _FROM
        and _DIGITS.findall(before) == _DIGITS.findall(after)  # another number is another question
        and OSA.distance(before, after, score_cutoff=_SLIPS) <= _SLIPS
    )
