"""What a change does to the golden set."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any, Final

from index.judgements import Judgement
from search.judged import Change, in_order
from search.result import Verdict

DEPTH: Final = 10
"""Hits among which a relevant one is looked for."""
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A judgement, and what was found for its query before and after; None where it can't be asked."""

    judgement: Judgement
    before: Verdict | None
    after: Verdict | None


def golden_effect(
    judged: Sequence[Judged], *, published: Collection[str], left: Collection[str], tolerance: float
) -> dict[str, Any]:
    """JSON-ready: figures before and after, which judgements get better or worse, what the gate would say.

    published: ids of the published entries. left: of those after the change; "gone" says how many judgements
    name others, at which a rebuild stops. As at the gate of a rebuild, judgements that name only others are
    no part of it, as they could not be answered before: "new" says how many, "new_right" for how many of them
    a right entry is first. tolerance: points of MRR@10 that may be lost; "refused" says whether it were more.
    """
    known = [_is_known(one.judgement, published) for one in judged]
    compared = list(compress(judged, known))
    others = [one for one, is_known in zip(judged, known, strict=True) if not is_known]
    before = _figures([one.judgement for one in compared], [one.before for one in compared])
    after = _figures([one.judgement for one in compared], [one.after for one in compared])
    changes = in_order(_change(one) for one in compared)
    lost = (before["mrr_at_10"] or 0.0) - (after["mrr_at_10"] or 0.0)
    return {
        "judgements": len(compared),
        "before": before,
        "after": after,
        "better": [_told(change) for change in changes if change.gain > 0],
        "worse": [_told(change) for change in changes if change.gain < 0],
        "new": len(others),
        "new_right": sum(_rank(one.judgement, one.after) == 1 for one in others),
        "tolerance": tolerance,
        "refused": lost > tolerance + _ROUNDING,
        "gone": sum(any(id_ not in left for id_ in one.judgement.relevant) for one in judged),
    }


def _figures(judgements: Sequence[Judgement], verdicts: Sequence[Verdict | None]) -> dict[str, float | None]:
    """MRR@10, R@1 and the share given an answer over what something answers; else the share refused."""
    pairs = list(zip(judgements, verdicts, strict=True))
    ranks = [_rank(judgement, verdict) for judgement, verdict in pairs if judgement.relevant]
    given = [verdict is not None and verdict.decision == "answer" for one, verdict in pairs if one.relevant]
    unanswerable = [verdict for judgement, verdict in pairs if not judgement.relevant]
    refused = [verdict is None or verdict.decision == "no_answer" for verdict in unanswerable]
    return {
        "mrr_at_10": _mean([1 / rank if rank else 0.0 for rank in ranks]),
        "r_at_1": _mean([float(rank == 1) for rank in ranks]),
        "answered": _mean([float(one) for one in given]),
        "refused": _mean([float(one) for one in refused]),
    }


def _is_known(judgement: Judgement, published: Collection[str]) -> bool:
    return not judgement.relevant or any(id_ in published for id_ in judgement.relevant)


def _rank(judgement: Judgement, verdict: Verdict | None) -> int | None:
    ids = verdict.ids[:DEPTH] if verdict else ()
    return next((rank for rank, id_ in enumerate(ids, start=1) if id_ in judgement.relevant), None)


def _change(one: Judged) -> Change:
    return Change(
        query=one.judgement.query,
        relevant=one.judgement.relevant,
        old_rank=_rank(one.judgement, one.before),
        new_rank=_rank(one.judgement, one.after),
        old_decision=one.before.decision if one.before else "no_answer",
        new_decision=one.after.decision if one.after else "no_answer",
    )


def _told(change: Change) -> dict[str, Any]:
    return {
        "query": change.query,
        "relevant": list(change.relevant),
        "before": {"rank": change.old_rank, "decision": change.old_decision},
        "after": {"rank": change.new_rank, "decision": change.new_decision},
    }


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
