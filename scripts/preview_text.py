"""The result of trying a change, for a person who writes FAQ entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from index.counting import counted
from index.text import clean_line, shorten

Record = Mapping[str, Any]

_TITLES: Final = {
    "answered": "Now answered",
    "taken": "Taken from other entries",
    "lost": "Lost: answered before, and not any more",
    "changed": "Decided otherwise, without an answer before and after",
    "threshold": "At a threshold, and not about your entries",
}
_SAID: Final = {"answer": "answer", "clarify": "a choice", "no_answer": "no answer"}
_NAMED: Final = 10
_PAIRS: Final = 12
"""Pairs of entries that are shown of a group."""


def told(result: Record, *, of: str) -> list[str]:
    """Lines. of: whose queries were asked, or of when."""
    return [
        *_changes(result),
        *_shares(result, of=of),
        *(line for name in _TITLES for line in _group(name, result)),
        *_golden(result["golden"]),
        *(f"Note: {clean_line(note)}" for note in result["notes"]),
        *(f"Warning: {clean_line(warning)}" for warning in result["warnings"]),
        f"Nothing was published. {sum(result['seconds'].values()):.1f} s",
    ]


def _changes(result: Record) -> Iterator[str]:
    changes = result["changes"]
    parts = [
        f"{len(ids)} {what} ({_listed(ids)})"
        for what, ids in (
            ("changed", [one["entry"] for one in changes["changed"]]),
            ("new", changes["added"]),
            ("removed", changes["removed"]),
        )
        if ids
    ]
    yield f"{result['collection']}, published {result['snapshot']}"
    yield f"  entries: {', '.join(parts) or 'nothing would change'}"


def _shares(result: Record, *, of: str) -> Iterator[str]:
    queries, decisions = result["queries"], result["decisions"]
    total = queries["asked"]
    if not total:
        return
    yield f"  queries: {total:,} {of}, {queries['distinct']:,} different"
    for decision, said in (("answer", "answered"), ("clarify", "a choice"), ("no_answer", "no answer")):
        before, after = (decisions[when][decision] for when in ("before", "after"))
        change = f"  ({after - before:+,})" if after != before else ""
        yield f"    {said:<10} {before / total:6.1%} → {after / total:6.1%}{change}"
    yield f"  unchanged: {result['groups']['unchanged']['queries']:,}"
    if chance := result["groups"]["threshold"]["queries"]:
        yield f"  at a threshold, and not about your entries: {chance:,}"


def _group(name: str, result: Record) -> Iterator[str]:
    group = result["groups"][name]
    if not group["queries"]:
        return
    yield f"\n{_TITLES[name]}: {counted(group['queries'], 'query', 'queries')}"
    for pair in group["pairs"][:_PAIRS]:
        yield f"  {pair['queries']:>5}  {_side(pair['before'], result)} → {_side(pair['after'], result)}"
        for item in pair["items"]:
            times = f" ({item['count']} times)" if item["count"] > 1 else ""
            yield f'           {_sure(item)}  "{shorten(item["query"], 80)}"{times}'
        if pair["hidden"]:
            yield "           asked by so few people that their words are not shown"
        elif more := pair["queries"] - sum(item["count"] for item in pair["items"]):
            yield f"           … and {counted(more, 'query', 'queries')} more"
    if len(group["pairs"]) > _PAIRS:
        yield f"         … and {len(group['pairs']) - _PAIRS} more"


def _sure(item: Record) -> str:
    """Both confidences, with a third digit where two would show no difference."""
    texts: list[str] = []
    for digits in (2, 3):
        texts = [f"{item[when]['confidence']:.{digits}f}" for when in ("before", "after")]
        if texts[0] != texts[1]:
            break
    return " → ".join(texts)


def _side(side: Record, result: Record) -> str:
    if side["entry"] is None:
        return _SAID[side["decision"]]
    entry = result["entries"][side["entry"]]
    mark = "" if entry["state"] == "same" else f", {entry['state']}"
    return f'[{clean_line(side["entry"])}{mark}] "{shorten(entry["question"], 50)}"'


def _golden(golden: Record | None) -> Iterator[str]:
    if not golden or not (golden["judgements"] or golden["new"]):
        return
    before, after = golden["before"], golden["after"]
    figures = [
        f"{name} {before[key]:.3f} → {after[key]:.3f}"
        for name, key in (("MRR@10", "mrr_at_10"), ("R@1", "r_at_1"), ("refused", "refused"))
        if before[key] is not None
    ]
    yield f"\nGolden set, {golden['judgements']} judgements: {', '.join(figures)}"
    for name in ("worse", "better"):
        if golden[name]:
            yield f"  {len(golden[name])} {name}"
        for one in golden[name][:_NAMED]:
            answers = _listed(one["relevant"]) or "nothing answers it"
            yield f'    {_moved(one):<18} "{shorten(one["query"], 80)}" ({answers})'
        if len(golden[name]) > _NAMED:
            yield f"    … and {len(golden[name]) - _NAMED} more"
    if golden["new"]:
        yield f"  of new entries: {golden['new']}, the right one first for {golden['new_right']}"
    if golden["refused"]:
        yield f"  A rebuild would refuse this: it loses more than {golden['tolerance']:g} points of MRR@10."


def _moved(judgement: Record) -> str:
    before, after = judgement["before"], judgement["after"]
    if before["rank"] != after["rank"]:
        return f"rank {before['rank'] or 'none'} → {after['rank'] or 'none'}"
    return f"{_SAID[before['decision']]} → {_SAID[after['decision']]}"


def _listed(ids: list[str]) -> str:
    return clean_line(", ".join(ids[:_NAMED])) + (", …" if len(ids) > _NAMED else "")
