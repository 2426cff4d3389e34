"""What holds of `faq lint` whatever the entries are."""

from __future__ import annotations

import time
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.collection import CollectionSettings
from index.entry import Entry
from index.lint_codes import LINT_CODES
from search.lint.examine import examine
from search.lint.findings import SEVERITIES
from search.lint.loading import make_subject

# Words that rules look for, so that made-up entries have something to find.
_WORDS: Final = st.sampled_from(
    [
        "delivery", "take", "How", "does", "long", "?", "3 days", "5 days", "€4",
        "not", "can", "free", "{{x}}",
        "[a](#b)", "see question 9", "mailto:",
        "\n\n", "## Why?", "Yes", "No", "%s", "and what", "Back to top",
    ]
)  # fmt: skip
_TEXT: Final = st.lists(_WORDS, min_size=1, max_size=8).map(" ".join) | st.text(min_size=1, max_size=40)
_ENTRIES: Final = st.lists(
    st.builds(
        Entry,
        id=st.sampled_from([f"e{n}" for n in range(8)] + ["a-en", "a-de"]),
        question=_TEXT,
        answer=_TEXT | st.just(""),
        variants=st.lists(_TEXT, max_size=2, unique=True).map(tuple),
        locale=st.sampled_from([None, "en", "de"]),
        url=st.sampled_from([None, "https://s.example/h#a", "https://s.example/h", "//[bad"]),
        related=st.sampled_from([(), ("e1",), ("gone",)]),
        source=st.sampled_from(["s/a.md:1", "s/a.md:20", "s/b.md:3"]),
    ),
    max_size=8,
    unique_by=lambda entry: entry.id,
)


@given(_ENTRIES, st.randoms())
def test_the_order_of_entries_changes_nothing(entries: list[Entry], random: object) -> None:
    other = list(entries)
    random.shuffle(other)  # type: ignore[attr-defined]
    assert examine(make_subject("s", entries)) == examine(make_subject("s", other))


@given(_ENTRIES, st.data())
def test_a_suppressed_finding_is_gone_and_nothing_else(entries: list[Entry], data: st.DataObject) -> None:
    found = examine(make_subject("s", entries)).findings
    if not found:
        return
    one = data.draw(st.sampled_from(found))
    whole = not one.entries or data.draw(st.booleans())
    name = one.code if whole else f"{one.code}:{one.entries[0]}"
    settings = CollectionSettings(lint_ignore=(name,))
    left = examine(make_subject("s", entries, own=settings))
    gone = [f for f in found if f.code == one.code and (whole or one.entries[0] in f.entries)]
    assert list(left.findings) == [f for f in found if f not in gone]
    assert left.suppressed == len(gone)


@given(_ENTRIES)
def test_findings_are_whole_and_in_order(entries: list[Entry]) -> None:
    ids = {entry.id for entry in entries}
    report = examine(make_subject("s", entries))
    assert [(f.file, f.line) for f in report.findings] == sorted((f.file, f.line) for f in report.findings)
    for finding in report.findings:
        assert finding.code in LINT_CODES
        assert finding.severity in SEVERITIES
        assert set(finding.entries) <= ids
        assert finding.reason
        assert finding.advice
        assert "\n" not in finding.reason


@pytest.mark.parametrize(
    "piece",
    ["[", "](", "{{", "[[", "{%", "<%", "`", "```\n", "~~~\n", "1.", "1,1", "three to ", "see question ",
     "what and ",
     "mailto:a@", "tel:+", "**", "# a?\n", "a.1", "cookies by using ",
     "home > ", "not ", "%(", "<your ", "?"],
)  # fmt: skip
def test_hostile_text_takes_no_longer_than_other_text(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * (length // len(piece) + 1))[:length]
        entries = [
            Entry(
                id=id_, question="Why is it so long?", answer=text, variants=("so long",), source="s/a.md:1"
            )
            for id_ in ("a", "b")
        ]
        subject = make_subject("s", entries)
        assert subject.answers  # rendering Markdown is not what is measured
        began = time.process_time()
        examine(subject)
        return time.process_time() - began

    seconds(1_000)
    # Four times the length may take four times as long; sixteen would be its square.
    assert seconds(40_000) < 8 * max(seconds(10_000), 0.05)
