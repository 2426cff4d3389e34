"""The gate: a build that answers the golden set worse than the published snapshot is not published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import compress
from typing import Any, Final

from index.collection import GOLDEN_FILE, SETTINGS_FILE, Collection
from index.errors import GoldenWorse
from index.examination import Examine
from index.judgements import Judgement
from index.progress import Reporter
from index.snapshot import Snapshot
from index.text import shorten
from scripts.evaluation.answered import DEPTH, Answered, answer_all
from scripts.evaluation.comparison import changes_between
from search.engine import SearchEngine
from search.judged import Change

SHOWN: Final = 20
"""Judgements that got worse which a refusal names one by one."""
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How judgements were answered. unanswerable: how many of them no entry answers.

    mrr_at_10, r_at_1, answered: means over the answerable ones, None where there are none; answered is the
    share that was given an answer, also None in manifests of releases that didn't count it. refused: the
    share of the unanswerable ones that got no answer, None where there are none.
    """

    judgements: int
    unanswerable: int
    mrr_at_10: float | None
    r_at_1: float | None
    refused: float | None
    answered: float | None = None


def figures_of(answered: Sequence[Answered]) -> Figures:
    """Those of the answers to a golden set."""
    ranks = [one.rank for one in answered if one.relevant]
    decisions = [one.decision for one in answered if not one.relevant]
    return Figures(
        judgements=len(answered),
        unanswerable=len(decisions),
        mrr_at_10=_mean([1 / rank if rank else 0.0 for rank in ranks]),
        r_at_1=_mean([float(rank == 1) for rank in ranks]),
        refused=_mean([float(decision == "no_answer") for decision in decisions]),
        answered=_mean([float(one.decision == "answer") for one in answered if one.relevant]),
    )


def gate(collection: Collection, *, force: bool, reporter: Reporter) -> Examine:
    """What index.build asks before it publishes.

    The answer is what the manifest keeps: the Figures of the golden set; "previous" and "compared", None
    where nothing usable is published; "tolerance"; and "forced", whether it was worse by more than that and
    published all the same. "previous" has the published snapshot's version and Figures; "compared" the new
    one's Figures, the numbers of "better" and "worse" judgements, and the SHOWN "worst" as Changes. Both are
    of the judgements that the published snapshot could answer.
    """

    def ask(what: str, snapshot: Snapshot, judgements: Sequence[Judgement]) -> list[Answered]:
        with reporter.bar(what, len(judgements)) as advance:
            return answer_all(SearchEngine(snapshot), judgements, progress=advance)

    def examine(new: Snapshot, published: Snapshot | None) -> Mapping[str, Any]:
        tolerance = collection.settings.golden_tolerance
        answered = ask("golden set", new, collection.golden)
        golden = {**asdict(figures_of(answered)), "tolerance": tolerance}
        if published is None:
            return {**golden, "previous": None, "compared": None, "forced": False}
        # A judgement of entries that were not published yet says nothing of what a visitor loses.
        ids = {entry.id for entry in published.entries}
        known = [not one.relevant or not ids.isdisjoint(one.relevant) for one in collection.golden]
        before = ask("the same, as published", published, list(compress(collection.golden, known)))
        after = list(compress(answered, known))
        old, compared, changes = figures_of(before), figures_of(after), changes_between(before, after)
        worse = (old.mrr_at_10 or 0.0) - (compared.mrr_at_10 or 0.0) > tolerance + _ROUNDING
        if worse and not force:
            raise GoldenWorse(_refusal(collection, old, compared, changes, version=published.version))
        return {
            **golden,
            "previous": {"version": published.version, **asdict(old)},
            "compared": {**asdict(compared), **_summary(changes)},
            "forced": worse,
        }

    return examine


def _summary(changes: Sequence[Change]) -> dict[str, Any]:
    worse = [change for change in changes if change.gain < 0]
    return {
        "better": sum(change.gain > 0 for change in changes),
        "worse": len(worse),
        "worst": [{**asdict(change), "relevant": list(change.relevant)} for change in worse[:SHOWN]],
    }


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _refusal(
    collection: Collection, old: Figures, new: Figures, changes: Sequence[Change], *, version: str
) -> str:
    worse = [change for change in changes if change.gain < 0]
    folder = collection.name
    return "\n".join(
        [
            f"Nothing was published: {folder!r} would answer its golden set worse than now, by more than "
            f"{collection.settings.golden_tolerance:g} points of MRR@{DEPTH} "
            f"('golden_tolerance' in {folder}/{SETTINGS_FILE}).",
            f"  published {version}: {told(old)}",
            f"  this build: {told(new)}",
            f"Of {new.judgements} judgements, {len(worse)} got worse:",
            *told_changes(worse[:SHOWN], count=len(worse)),
            f"{version} goes on serving. Mend the entries, or the judgements in {folder}/{GOLDEN_FILE} where "
            f"these are wrong. 'faq rebuild {folder} --force' publishes all the same, and records it.",
        ]
    )


def told(figures: Figures) -> str:
    """The figures, for a person."""
    parts = []
    if figures.mrr_at_10 is not None and figures.r_at_1 is not None:
        parts += [f"MRR@{DEPTH} {figures.mrr_at_10:.3f}", f"R@1 {figures.r_at_1:.3f}"]
    if figures.answered is not None:
        answerable = figures.judgements - figures.unanswerable
        parts.append(f"{figures.answered:.0%} of {answerable} answerable given an answer")
    if figures.refused is not None:
        parts.append(f"{figures.refused:.0%} of {figures.unanswerable} without an answer refused")
    return ", ".join(parts)


def told_changes(changes: Sequence[Change], *, count: int) -> list[str]:
    """A line each, for a person. count: how many there are in all."""
    more = [f"  … and {count - len(changes)} more"] if count > len(changes) else []
    return [*(f"  {_told_change(change)}" for change in changes), *more]


def _told_change(change: Change) -> str:
    if change.old_rank != change.new_rank:
        what = f"rank {change.old_rank or 'none'} → {change.new_rank or 'none'}"
    else:
        what = f"{change.old_decision} → {change.new_decision}"
    ids = shorten(", ".join(change.relevant), 80) if change.relevant else "nothing answers it"
    return f'{what:<18} "{shorten(change.query, 80)}" ({ids})'
