"""What became of queries, and how it is grouped and counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.preview_text import told
from search.preview.queries import AskedQuery
from search.preview.replay import Replayed
from search.preview.report import GROUPS, decisions, groups
from search.result import Decision, Verdict


def verdict(decision: Decision, *ids: str, sure: float = 0.6, choices: Sequence[str] = ()) -> Verdict:
    return Verdict(decision=decision, ids=ids, confidences=(sure,) * len(ids), choices=tuple(choices))


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        (verdict("no_answer", "a"), verdict("answer", "b"), "answered"),
        (verdict("clarify", "a", choices="ab"), verdict("answer", "a"), "answered"),
        (verdict("answer", "a"), verdict("answer", "b"), "taken"),
        (verdict("answer", "a"), verdict("answer", "a", sure=0.9), "unchanged"),
        (verdict("answer", "a"), verdict("clarify", "b", choices="ab"), "lost"),
        (verdict("answer", "a"), verdict("no_answer"), "lost"),
        (verdict("no_answer", "a"), verdict("clarify", "a", choices="ab"), "changed"),
        (verdict("clarify", "a", choices="ab"), verdict("no_answer", "a"), "changed"),
        (verdict("clarify", "a", choices="ab"), verdict("clarify", "a", choices="ac"), "changed"),
        (verdict("clarify", "a", choices="ab"), verdict("clarify", "b", choices="ba"), "unchanged"),
        (verdict("no_answer", "a"), verdict("no_answer", "b"), "unchanged"),
        (verdict("no_answer"), verdict("no_answer"), "unchanged"),
    ],
)
def test_outcomes(before: Verdict, after: Verdict, outcome: str) -> None:
    assert Replayed(asked=AskedQuery(text="x"), before=before, after=after).outcome == outcome


@pytest.mark.parametrize(
    ("before", "after", "edited", "expected"),
    [
        (verdict("answer", "a", sure=0.505), verdict("no_answer", "a", sure=0.495), "e", "threshold"),
        (verdict("no_answer", "a", sure=0.495), verdict("answer", "a", sure=0.505), "e", "threshold"),
        (verdict("clarify", "a", choices="ab"), verdict("no_answer", "a"), "e", "threshold"),
        (verdict("answer", "a", sure=0.505), verdict("no_answer", "a", sure=0.495), "a", "lost"),
        (verdict("answer", "a", sure=0.52), verdict("no_answer", "a", sure=0.49), "e", "lost"),
        (verdict("answer", "a"), verdict("clarify", "a", choices="ae"), "e", "lost"),
        (verdict("clarify", "a", choices="ae"), verdict("answer", "a"), "e", "answered"),
        (verdict("answer", "a"), verdict("answer", "b"), "e", "taken"),
        (verdict("answer", "a"), verdict("answer", "a"), "e", "unchanged"),
    ],
)
def test_what_stands_at_a_threshold_is_no_effect_of_an_edit(
    before: Verdict, after: Verdict, edited: str, expected: str
) -> None:
    one = Replayed(asked=AskedQuery(text="x"), before=before, after=after)
    found = groups([one], top=1, min_sessions=1, edited={edited})
    assert [name for name, group in found.items() if group["queries"]] == [expected]


def test_a_person_sees_what_stands_at_a_threshold_and_by_how_little_it_moved() -> None:
    one = Replayed(
        asked=AskedQuery(text="a tent by the month"),
        before=verdict("answer", "tent", sure=0.5012),
        after=verdict("clarify", "tent", sure=0.4996, choices=("tent", "sale")),
    )
    result = {
        "collection": "shop",
        "snapshot": "v1",
        "changes": {"added": [], "changed": [{"entry": "refund"}], "removed": []},
        "queries": {"asked": 1, "distinct": 1},
        "decisions": decisions([one]),
        "groups": groups([one], top=1, min_sessions=1, edited={"refund"}),
        "golden": None,
        "entries": {"tent": {"question": "Which tent?", "state": "same"}},
        "notes": [],
        "warnings": [],
        "seconds": {"ask": 1.0},
    }
    lines = told(result, of="of a file")
    assert "  at a threshold, and not about your entries: 1" in lines
    assert "\nAt a threshold, and not about your entries: 1 query" in lines
    assert '           0.501 → 0.500  "a tent by the month"' in lines
    assert not any("Lost" in line for line in lines)


_VERDICTS = st.builds(
    verdict,
    st.sampled_from(["answer", "clarify", "no_answer"]),
    st.sampled_from("abc"),
    choices=st.sampled_from(["ab", "ac"]),
)
_ASKED = st.builds(
    AskedQuery,
    text=st.text(min_size=1, max_size=5),
    count=st.integers(1, 9),
    sessions=st.none() | st.frozensets(st.sampled_from("xyz"), min_size=1),
)


@given(
    st.lists(st.builds(Replayed, asked=_ASKED, before=_VERDICTS, after=_VERDICTS), max_size=20),
    st.integers(0, 3),
    st.integers(1, 3),
)
def test_every_query_is_counted_once_and_nobody_is_told_of_alone(
    replayed: list[Replayed], top: int, least: int
) -> None:
    found = groups(replayed, top=top, min_sessions=least)
    assert list(found) == list(GROUPS)
    assert sum(group["queries"] for group in found.values()) == sum(one.asked.count for one in replayed)
    assert sum(group["distinct"] for group in found.values()) == len(replayed)
    assert set(found["unchanged"]) == {"queries", "distinct"}
    for name in GROUPS[:-1]:
        pairs = found[name]["pairs"]
        assert sum(pair["queries"] for pair in pairs) == found[name]["queries"]
        assert [pair["queries"] for pair in pairs] == sorted((p["queries"] for p in pairs), reverse=True)
        for pair in pairs:
            assert pair["hidden"] == (pair["sessions"] is not None and pair["sessions"] < least)
            whole = _whole(replayed, least, name, pair)
            assert pair["items"] == whole[:top]
            if not pair["hidden"]:
                assert sum(item["count"] for item in whole) == pair["queries"]
                told_of = [(item["query"], str(item["before"]), str(item["after"])) for item in whole]
                assert len(set(told_of)) == len(told_of)
            else:
                assert not whole


def _whole(replayed: list[Replayed], least: int, name: str, pair: dict[str, Any]) -> list[dict[str, Any]]:
    """All items of a pair."""
    pairs = groups(replayed, top=len(replayed), min_sessions=least)[name]["pairs"]
    (found,) = (one for one in pairs if (one["before"], one["after"]) == (pair["before"], pair["after"]))
    items: list[dict[str, Any]] = found["items"]
    return items


def test_what_was_asked_alike_in_several_locales_stands_once() -> None:
    asked = [
        AskedQuery(text="dwr", locale="en", count=2),
        AskedQuery(text="dwr"),
        AskedQuery(text="zip", locale="en"),
    ]
    replayed = [
        Replayed(asked=one, before=verdict("no_answer", "a"), after=verdict("answer", "a")) for one in asked
    ]
    (pair,) = groups(replayed, top=9, min_sessions=1, edited={"a"})["answered"]["pairs"]
    assert [(item["query"], item["locale"], item["count"]) for item in pair["items"]] == [
        ("dwr", None, 3),
        ("zip", "en", 1),
    ]
    assert pair["distinct"] == 3


def test_of_a_pair_nothing_is_quoted_that_one_person_alone_said() -> None:
    texts = {"my parcel": "xyz", "my parcel, Walburga": "x"}
    asked = [AskedQuery(text=text, sessions=frozenset(who)) for text, who in texts.items()]
    asked.append(AskedQuery(text="Walburga of a file"))
    replayed = [
        Replayed(asked=one, before=verdict("answer", "a"), after=verdict("answer", first))
        for one, first in zip(asked, "bbc", strict=True)
    ]
    pairs = groups(replayed, top=9, min_sessions=3)["taken"]["pairs"]
    said = [[item["query"] for item in pair["items"]] for pair in pairs]
    assert said == [["my parcel", "my parcel, …"], ["Walburga of a file"]]
