"""The gate: a build that answers the golden set worse than the published snapshot is not published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from index.collection import GOLDEN_FILE, SETTINGS_FILE, Collection
from index.errors import GoldenWorse
from index.examination import Examine
from index.progress import Reporter
from index.snapshot import Snapshot
from index.text import shorten
from scripts.evaluation.answered import DEPTH, Answered, answer_all
from scripts.evaluation.comparison import Change, changes_between
from search.engine import SearchEngine

SHOWN: Final = 20
"""Judgements that got worse which a refusal names one by one."""
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How judgements were answered. unanswerable: how many of them no entry answers.

    mrr_at_10, r_at_1: means over the answerable ones, None where there are none. refused: the share of the
    unanswerable ones that got no answer, None where there are none.
    """

    judgements: int
    unanswerable: int
    mrr_at_10: float | None
    r_at_1: float | None
    refused: float | None


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
    )


def gate(collection: Collection, *, force: bool, reporter: Reporter) -> Examine:
    """What index.build asks before it publishes.

    The answer is what the manifest keeps: the Figures of the golden set; in "previous" the published
    snapshot's version and Figures, in "compared" the new one's, both of the judgements that the published one
    could answer, None where there is none; "tolerance"; and "forced", whether it was worse by more than that
    and published all the same.
    """

    def examine(new: Snapshot, published: Snapshot | None) -> Mapping[str, Any]:
        with reporter.bar("golden set", len(collection.golden)) as advance:
            answered = answer_all(SearchEngine(new), collection.golden, progress=advance)
        tolerance = collection.settings.golden_tolerance
        golden = {**asdict(figures_of(answered)), "previous": None, "compared": None}
        if published is None:
            return {**golden, "tolerance": tolerance, "forced": False}
        # A judgement of an entry that was not published yet says nothing of what a visitor loses.
        ids = {entry.id for entry in published.entries}
        asked = [
            (judgement, one)
            for judgement, one in zip(collection.golden, answered, strict=True)
            if not judgement.relevant or not ids.isdisjoint(judgement.relevant)
        ]
        with reporter.bar("the same, as published", len(asked)) as advance:
            before = answer_all(
                SearchEngine(published), [judgement for judgement, _ in asked], progress=advance
            )
        after = [one for _, one in asked]
        old, compared = figures_of(before), figures_of(after)
        worse = (old.mrr_at_10 or 0.0) - (compared.mrr_at_10 or 0.0) > tolerance + _ROUNDING
        if worse and not force:
            changes = changes_between(before, after)
            raise GoldenWorse(_refusal(collection, old, compared, changes, version=published.version))
        golden["previous"] = {"version": published.version, **asdict(old)}
        return {**golden, "compared": asdict(compared), "tolerance": tolerance, "forced": worse}

    return examine


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _refusal(
    collection: Collection, old: Figures, new: Figures, changes: Sequence[Change], *, version: str
) -> str:
    worse = [change for change in changes if change.gain < 0]
    folder = collection.name
    more = [f"  … and {len(worse) - SHOWN} more"] if len(worse) > SHOWN else []
    return "\n".join(
        [
            f"Nothing was published: {folder!r} would answer its golden set worse than now, by more than "
            f"{collection.settings.golden_tolerance:g} points of MRR@{DEPTH} "
            f"('golden_tolerance' in {folder}/{SETTINGS_FILE}).",
            f"  published {version}: {told(old)}",
            f"  this build: {told(new)}",
            f"Of {new.judgements} judgements, {len(worse)} got worse:",
            *(f"  {_told_change(change)}" for change in worse[:SHOWN]),
            *more,
            f"{version} goes on serving. Mend the entries, or the judgements in {folder}/{GOLDEN_FILE} where "
            f"these are wrong. 'faq rebuild {folder} --force' publishes all the same, and records it.",
        ]
    )


def told(figures: Figures) -> str:
    """The figures, for a person."""
    parts = []
    if figures.mrr_at_10 is not None and figures.r_at_1 is not None:
        parts += [f"MRR@{DEPTH} {figures.mrr_at_10:.3f}", f"R@1 {figures.r_at_1:.3f}"]
    if figures.refused is not None:
        parts.append(f"{figures.refused:.0%} of {figures.unanswerable} without an answer refused")
    return ", ".join(parts)


def _told_change(change: Change) -> str:
    if change.relevant:
        what = f"rank {change.old_rank or 'none'} → {change.new_rank or 'none'}"
    else:
        what = f"{change.old_decision} → {change.new_decision}"
    ids = shorten(", ".join(change.relevant), 80) if change.relevant else "nothing answers it"
    return f'{what:<18} "{shorten(change.query, 80)}" ({ids})'
