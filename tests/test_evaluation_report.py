"""Reports: nothing undefined is shown as a number, and no text of a visitor becomes markup."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from index.errors import CallerError
from index.text import clean_line
from scripts.evaluation.answered import Answered, ScoredHit
from scripts.evaluation.comparison import compare
from scripts.evaluation.failures import failures_of
from scripts.evaluation.figures import NAMES, measure_systems
from scripts.evaluation.outcomes import outcomes_of
from scripts.evaluation.reliability import plot, reliability
from scripts.evaluation.report import Evaluation, to_json, to_markdown, to_text, write_reports
from scripts.evaluation.tables import Table, as_markdown, as_text, escape

HOSTILE = (
    "<img src=x onerror=alert(1)> [a](http://evil.example) | `x` **b** $m$ www.evil.example ~s~ &lt; _i_"
)


def answered(query: str, relevant: tuple[str, ...], ids: str, confidence: float, tag: str = "") -> Answered:
    return Answered(
        query=query,
        relevant=relevant,
        tags=(tag,) if tag else (),
        decision="answer" if confidence > 0.5 else "no_answer",
        confidence=confidence,
        hits=tuple(ScoredHit(id=id_, score=1.0, confidence=confidence) for id_ in ids),
    )


OLD = [
    answered("fine", ("a",), "ab", 0.9),
    answered(HOSTILE, ("a",), "ab", 0.8),
    answered("no", (), "b", 0.1),
]
NEW = [
    answered("fine", ("a",), "ab", 0.9, "x"),
    answered(HOSTILE, ("a",), "ba", 0.7, HOSTILE),
    answered("no", (), "b", 0.1, "x"),
]


def evaluation_of(run: list[Answered], old: list[Answered] | None = None) -> Evaluation:
    outcomes = outcomes_of(run)
    tags = dict.fromkeys(tag for one in run for tag in one.tags)
    slices = {tag: np.array([tag in one.tags for one in run]) for tag in tags}
    return Evaluation(
        about={"entries": f"{HOSTILE}.jsonl", "golden": None, "seed": 0},
        systems=measure_systems({"faq": outcomes}, slices, resamples=100, seed=0),
        reliability=reliability(outcomes),
        failures=failures_of(run),
        problems=[one for one in run if one.problem],
        compared_with="old.jsonl" if old else None,
        comparison=compare(old, run, resamples=100, seed=0) if old else None,
    )


def shown_by(markdown: str) -> tuple[str, set[str]]:
    """The text that a reader of GitHub's Markdown sees, and the kinds of markup that it has."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    text, kinds = [], set()
    for token in parser.parse(markdown):
        kinds.add(token.type)
        for child in token.children or ():
            kinds.add(child.type)
            text.append(child.content)
    return "".join(text), kinds


@given(st.text(max_size=40))
def test_a_cell_shows_its_text_and_nothing_else(text: str) -> None:
    table = Table(title="T", header=("query",), rows=((text,),))
    shown, kinds = shown_by(as_markdown(table))
    assert clean_line(shown.removeprefix("Tquery")) == clean_line(text)
    assert not kinds & {"html_inline", "html_block", "link_open", "image", "code_inline", "em_open", "s_open"}
    assert as_text(table).count("\n") == 2


def test_what_github_makes_links_of_is_broken_up() -> None:
    assert escape("see www.evil.example") == r"see www\.evil.example"
    assert escape("at HTTPS://evil.example") == r"at HTTPS\://evil.example"
    assert escape("$x$ | a_b") == r"\$x\$ \| a\_b"


def test_the_page_shows_everything_and_takes_no_text_for_markup() -> None:
    page = to_markdown(evaluation_of(NEW, OLD), plot_name="r (1)-reliability.svg")
    text, kinds = shown_by(page)
    assert "html_inline" not in kinds
    assert "html_block" not in kinds
    assert "link_open" not in kinds
    assert "](r%20%281%29-reliability.svg)" in page
    for title in ("All queries", "Ranking by slice", "Confidence by slice", "Decisions by slice"):
        assert f"## {title}\n" in page
    assert "## Worse: 1 of 3 queries" in page
    assert "## Better" not in page
    assert HOSTILE[:50] in text
    assert "golden" not in page


def test_the_text_is_aligned_and_undefined_figures_are_dashes() -> None:
    text = to_text(evaluation_of([answered("only right", ("a",), "a", 0.9)]))
    lines = {line.split("  ")[1]: line for line in text.splitlines() if line.startswith("  ")}
    assert lines["AUROC"].endswith(" –")
    assert lines["unanswerable: answer"].endswith(" –")
    assert lines["MRR@10"].endswith("1.000 (1.000 to 1.000)")
    assert len({len(line) for line in lines.values()}) == 1
    assert "nan " not in text.lower()
    assert "slice" not in text


def test_many_slices_and_changes_are_cut_on_the_terminal_only() -> None:
    new = [answered(f"query {n}", ("a",), "ab", 0.9, f"tag {n}") for n in range(25)]
    old = [answered(f"query {n}", ("a",), "ba", 0.9) for n in range(25)]
    evaluation = evaluation_of(new, old)
    assert "… and 5 smaller slices" in to_text(evaluation)
    assert "… and 5 smaller changes" in to_text(evaluation)
    page = to_markdown(evaluation, plot_name="p.svg")
    assert "…" not in page
    assert page.count("| tag ") == 3 * 25
    assert page.count("| query ") == 25 + 1


FAILING = [
    answered("right", ("a",), "ab", 0.9),
    answered("unsure", ("a",), "ab", 0.2),
    answered("surely wrong", ("b", "z"), "cb", 0.8),
    answered(f"{HOSTILE} \x1b[2J\u202e", ("z",), "ab", 0.3),
    answered("not found", ("a",), "", 0.0),
    answered("refused", (), "ab", 0.3),
    answered("made up", (), "ba", 0.7),
    replace(answered("too long", ("a",), "", 0.0), problem="it is too long"),
]


def test_what_fails_is_listed_the_surest_mistakes_first() -> None:
    text = to_text(evaluation_of(FAILING))
    lines = text.splitlines()
    at = lines.index("An entry answers, but is not first: 3")
    assert [line.split() for line in (lines[at + 1], lines[at + 2], lines[at + 4])] == [
        ["query", "expected", "first", "confidence", "rank", "decision"],
        ["surely", "wrong", "b,", "z", "c", "0.80", "2", "answer"],
        ["not", "found", "a", "–", "0.00", ">10", "no_answer"],
    ]
    at = lines.index("Right, but not given as the answer: 1")
    assert lines[at + 2].split() == ["unsure", "a", "0.20", "no_answer"]
    at = lines.index("Answered, though nothing answers: 1")
    assert lines[at + 2].split() == ["made", "up", "b", "0.70"]
    assert all(line.isprintable() for line in lines)
    found = json.loads(to_json(evaluation_of(FAILING)))["failures"]
    assert [one["query"] for one in found["not_first"]] == ["surely wrong", FAILING[3].query, "not found"]
    assert found["not_first"][0] == {
        "query": "surely wrong",
        "relevant": ["b", "z"],
        "rank": 2,
        "first": {"id": "c", "confidence": 0.8},
        "decision": "answer",
    }
    assert [one["query"] for one in found["not_answered"]] == ["unsure"]
    assert [one["query"] for one in found["wrongly_answered"]] == ["made up"]
    page = to_markdown(evaluation_of(FAILING), plot_name="p.svg")
    shown, kinds = shown_by(page)
    assert clean_line(FAILING[3].query) in shown
    assert not kinds & {"html_inline", "html_block", "link_open"}
    assert "expected" not in to_text(evaluation_of([FAILING[0]]))


def test_many_failures_are_cut_on_the_terminal_only() -> None:
    evaluation = evaluation_of([answered(f"query {n}" + "x" * 80, ("a",), "ba", 0.9) for n in range(25)])
    assert "… and 5 more: --report or --json shows them." in to_text(evaluation)
    page = to_markdown(evaluation, plot_name="p.svg")
    assert page.count("x" * 80) == 25
    assert "…" not in page


def test_what_is_undefined_for_a_whole_row_or_column_is_left_out() -> None:
    run = [
        answered("found", ("a",), "ab", 0.9, "asked"),
        answered("missed", ("a",), "ba", 0.8, "asked"),
        answered("no", (), "b", 0.1, "far"),
    ]
    ours = outcomes_of(run)
    slices = {"asked": np.array([True, True, False]), "far": np.array([False, False, True])}
    evaluation = replace(
        evaluation_of(run),
        systems=measure_systems(
            {"faq": ours, "dense": replace(ours, decisions=None)}, slices, resamples=100, seed=0
        ),
    )
    page = to_markdown(evaluation, plot_name="p.svg")
    tables = {part.split("\n")[0]: part.split("\n")[2:] for part in page.split("## ")}
    cells = {
        name: [[cell.strip() for cell in row.strip("|").split("|")] for row in tables[name] if row]
        for name in ("Ranking by slice", "Confidence by slice", "Decisions by slice")
    }
    assert [row[:2] for row in cells["Ranking by slice"][2:]] == [["asked", "faq"], ["asked", "dense"]]
    # No decisions of dense, so no column that tells whose they are.
    assert [row[0] for row in cells["Decisions by slice"]] == ["slice", "---", "asked", "far"]
    assert cells["Confidence by slice"][0][4:] == ["AUROC", "ECE", "refused at 95 %"]
    asked, far = (cells["Confidence by slice"][row] for row in (2, 4))
    assert (asked[:2], far[:2]) == (["asked", "faq"], ["far", "faq"])
    assert (asked[6], far[4]) == ("–", "–")  # undefined here, but not everywhere
    only_far = evaluation_of(run[2:])
    assert "Ranking by slice" not in to_markdown(only_far, plot_name="p.svg")
    assert "MRR@10  " not in to_text(only_far).split("by slice")[1]


def test_json_has_every_figure_and_null_for_none() -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    document = json.loads(to_json(evaluation_of(NEW, OLD)), parse_constant=refuse)
    assert set(document) == {"about", "systems", "reliability", "failures", "not_asked", "comparison"}
    measured = document["systems"]["faq"]
    assert set(measured["overall"]["figures"]) == set(NAMES)
    assert set(measured["slices"]) == {"x", HOSTILE}
    assert measured["slices"][HOSTILE]["figures"]["auroc"] is None
    assert measured["slices"][HOSTILE]["queries"] == 1
    assert set(measured["overall"]["figures"]["mrr@10"]) == {"value", "low", "high"}
    assert document["comparison"]["with"] == "old.jsonl"
    assert document["comparison"]["worse"][0] == {
        "query": HOSTILE,
        "relevant": ["a"],
        "old_rank": 1,
        "new_rank": 2,
        "old_decision": "answer",
        "new_decision": "answer",
    }
    assert json.loads(to_json(evaluation_of(NEW)))["comparison"] is None


def test_reliability_by_hand() -> None:
    bins = reliability(outcomes_of([*NEW, answered("sure", ("a",), "a", 1.0)]))
    assert [(bin_.low, bin_.queries) for bin_ in bins if bin_.queries] == [(0.1, 1), (0.7, 1), (0.9, 2)]
    assert (bins[9].confidence, bins[9].right) == (0.95, 1.0)
    assert (bins[7].confidence, bins[7].right) == (0.7, 0.0)
    assert (bins[0].confidence, bins[0].right) == (None, None)


def test_the_plot_has_a_bar_a_dot_and_a_count_for_each_bin() -> None:
    root = ElementTree.fromstring(plot(reliability(outcomes_of(NEW))))
    name = "{http://www.w3.org/2000/svg}"
    bars = [part for part in root.iter(f"{name}rect") if part.get("class") == "bar"]
    heights = [float(bar.attrib["height"]) for bar in bars]
    assert heights == [0.0, 0.0, 320.0]
    assert len(list(root.iter(f"{name}circle"))) == 3
    counts = [part.text for part in root.iter(f"{name}text") if part.get("y") == "32"]
    assert counts == ["0", "1", "0", "0", "0", "0", "0", "1", "0", "1"]


def test_reports_are_written_by_their_suffix(tmp_path: Path) -> None:
    evaluation = evaluation_of(NEW)
    page, document = tmp_path / "page.MD", tmp_path / "all.json"
    image = tmp_path / "page-reliability.svg"
    assert write_reports(evaluation, [page, document]) == [page, image, document]
    assert page.read_text(encoding="utf-8") == to_markdown(evaluation, plot_name=image.name)
    assert document.read_bytes() == to_json(evaluation)
    assert image.read_text(encoding="utf-8").startswith("<svg ")


def test_a_report_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(CallerError, match=r"gone/page\.md can't be written: No such file or directory"):
        write_reports(evaluation_of(NEW), [tmp_path / "gone" / "page.md"])
