"""What a change does to what people asked, as JSON-ready dicts: all that a page shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from typing import Any, Final

import orjson

from search.preview.replay import Replayed
from search.querylog.quoting import Quotes
from search.result import Verdict

GROUPS: Final = ("answered", "taken", "lost", "changed", "threshold", "unchanged")
"""The outcomes; "threshold" are those that an edit is not the reason of: see Replayed.at_threshold."""


def groups(
    replayed: Sequence[Replayed],
    *,
    top: int,
    min_sessions: int,
    known: Iterable[str] = (),
    edited: Container[str] = (),
) -> dict[str, Any]:
    """By outcome: how many queries, and which entries they go from and to; of what is unchanged, how many.

    Of each group: "queries", weighed by how often they were asked, "distinct", and "pairs", the largest
    first: {"before", "after", "queries", "distinct", "sessions", "hidden", "items"}. Before and after are the
    decisions, with the entry that answers where one does. top: items of a pair. Those of a pair that fewer
    than `min_sessions` people asked are hidden: they may tell who asked. Of the others, words are left out
    that fewer used. known: texts that are nobody's secret. edited: ids of the entries that are new, changed
    or removed.
    """
    asked = ((one.asked.text, one.asked.sessions or ()) for one in replayed)
    quotes = Quotes(asked, least=min_sessions, known=known)
    held: defaultdict[str, list[Replayed]] = defaultdict(list)
    for one in replayed:
        held["threshold" if one.at_threshold(edited) else one.outcome].append(one)
    return {
        name: _counts(held[name])
        if name == "unchanged"
        else _counts(held[name])
        | {"pairs": _pairs(held[name], top=top, min_sessions=min_sessions, quotes=quotes)}
        for name in GROUPS
    }


def decisions(replayed: Iterable[Replayed]) -> dict[str, dict[str, int]]:
    """How many queries get which decision, before and after."""
    counts = {when: dict.fromkeys(("answer", "clarify", "no_answer"), 0) for when in ("before", "after")}
    for one in replayed:
        counts["before"][one.before.decision] += one.asked.count
        counts["after"][one.after.decision] += one.asked.count
    return counts


def _counts(replayed: Sequence[Replayed]) -> dict[str, int]:
    return {"queries": sum(one.asked.count for one in replayed), "distinct": len(replayed)}


def _pairs(
    replayed: Sequence[Replayed], *, top: int, min_sessions: int, quotes: Quotes
) -> list[dict[str, Any]]:
    by_pair: defaultdict[tuple[str, str | None, str, str | None], list[Replayed]] = defaultdict(list)
    for one in replayed:
        by_pair[*_side(one.before), *_side(one.after)].append(one)
    pairs = []
    for (decided, first, decides, then), held in by_pair.items():
        sessions = _sessions(held)
        hidden = sessions is not None and sessions < min_sessions
        pairs.append(
            {
                "before": {"decision": decided, "entry": first},
                "after": {"decision": decides, "entry": then},
                **_counts(held),
                "sessions": sessions,
                "hidden": hidden,
                "items": [] if hidden else _items(held, quotes)[:top],
            }
        )
    return sorted(pairs, key=lambda pair: -pair["queries"])


def _sessions(replayed: Sequence[Replayed]) -> int | None:
    """How many people asked; None where that is nobody's secret."""
    known = [one.asked.sessions for one in replayed]
    if any(sessions is None for sessions in known):
        return None
    return len(frozenset().union(*(sessions for sessions in known if sessions)))


def _side(verdict: Verdict) -> tuple[str, str | None]:
    return verdict.decision, verdict.first if verdict.decision == "answer" else None


def _items(replayed: Sequence[Replayed], quotes: Quotes) -> list[dict[str, Any]]:
    """As they may be quoted, the most frequent first. What reads and fares alike in several locales stands
    once, without a locale.
    """
    items: dict[bytes, dict[str, Any]] = {}
    for one in replayed:
        secret = one.asked.sessions is not None
        told = {
            "query": quotes.quoted(one.asked.text) if secret else one.asked.text,
            "before": _verdict(one.before),
            "after": _verdict(one.after),
        }
        new = {"query": told["query"], "locale": one.asked.locale, "count": 0, **told}
        item = items.setdefault(orjson.dumps(told), new)
        item["count"] += one.asked.count
        if item["locale"] != one.asked.locale:
            item["locale"] = None
    return sorted(items.values(), key=lambda item: -item["count"])


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "decision": verdict.decision,
        "entry": verdict.first,
        "confidence": round(verdict.confidence, 6),
        "choices": list(verdict.choices),
    }
