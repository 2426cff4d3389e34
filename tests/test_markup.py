"""Rendered Markdown: what it may hold, that it says what was written, and that nothing in it runs."""

from __future__ import annotations

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from search.markup.html import html_of
from search.markup.marks import SNIPPET, marked, marked_text, snippet
from search.markup.tree import TAGS, Node, attributes_of, children_of, safe_url, text_of, tree_of
from tests.payloads import PAYLOADS

PIECES = st.sampled_from(
    [
        *"*_`[]()<>!#-+|~\\&\n \"'",
        "\n\n",
        "    ",
        "1. ",
        "- ",
        "> ",
        "```",
        "http://a.b",
        "//h",
        "<b>",
        "<!--",
        "-->",
    ]
)
MARKDOWN = st.one_of(st.text(max_size=200), st.lists(st.one_of(PIECES, st.text(max_size=5))).map("".join))


def elements(nodes: list[Node]) -> list[list[object]]:
    found = []
    for node in nodes:
        if isinstance(node, list):
            found += [node, *elements(children_of(node))]
    return found


def parsed(shown: Markup) -> tuple[list[tuple[str, dict[str, str]]], str]:
    """The elements that a browser makes of HTML, with their attributes, and its text."""
    root = html5lib.parseFragment(f"<div>{shown}</div>", namespaceHTMLElements=False)
    made = [(element.tag, dict(element.attrib)) for element in root.iter()]
    return made[2:], "".join(root.itertext())


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        (
            "Yes, **until it is sent**. Press *Cancel*.",
            "<p>Yes, <strong>until it is sent</strong>. Press <em>Cancel</em>.</p>",
        ),
        ("a  \nb\nc", "<p>a<br>b c</p>"),
        ("- one\n- two\n  1. three", "<ul><li>one</li><li>two<ol><li>three</li></ol></li></ul>"),
        ("3. three", '<ol start="3"><li>three</li></ol>'),
        ("# Big\n\n###### Small", "<h3>Big</h3><h6>Small</h6>"),
        (
            "|a|b|\n|-|-|\n|1|2|",
            "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr>"
            "</tbody></table>",
        ),
        ("    code <b>", "<pre><code>code &lt;b&gt;</code></pre>"),
        ("> said\n\n---", "<blockquote><p>said</p></blockquote><hr>"),
        ("![a *red* tent](https://e.example/t.png)", "<p>a <em>red</em> tent</p>"),
        ("one <b>two</b><!-- three --> four", "<p>one two four</p>"),
        ("<div>\nfive\n</div>", "<p>five</p>"),
        ("Tom & \"Jerry\" 'x'", "<p>Tom &amp; &#34;Jerry&#34; &#39;x&#39;</p>"),
    ],
)
def test_markdown_becomes_elements(markdown: str, shown: str) -> None:
    assert html_of(tree_of(markdown)).replace("\n", "") == shown


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("https://e.example/a?b=c&d#e", "https://e.example/a?b=c&d#e"),
        ("HTTP://E.example", "HTTP://E.example"),
        ("//e.example/a", "https://e.example/a"),
        ("mailto:a@e.example", "mailto:a@e.example"),
        ("tel:+35312345", "tel:+35312345"),
        ("/help", "/help"),
        ("#top", "#top"),
        (" ht\ntps://e.example ", "https://e.example"),
    ],
)
def test_links_lead_to_the_web_to_mail_and_within_the_site(written: str, url: str) -> None:
    assert safe_url(written) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:x",
        "java\nscript:x",
        "\x01javascript:x",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc",
        "x",
        "blob:https://e.example",
        "/\\e.example",
        "\\\\e.example",
        "https:x",
        "ftp://e.example",
        "//\\e.example",
        "mailto:",
    ],
)
def test_other_links_lead_nowhere(url: str) -> None:
    assert safe_url(url) is None


def test_bare_addresses_are_links_and_words_with_a_point_are_none() -> None:
    shown = html_of(tree_of("See https://e.example/a. Our Socks.it are warm."))
    assert shown == (
        '<p>See <a href="https://e.example/a" rel="noopener nofollow">https://e.example/a</a>. '
        "Our Socks.it are warm.</p>"
    )


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_in_an_answer_runs(payload: str) -> None:
    around = (("", ""), ("Words before ", " and after"), ("- ", ""), ("# ", ""), ("|a|\n|-|\n|", "|"))
    for before, after in around:
        made, _ = parsed(html_of(marked(tree_of(before + payload + after), ["window", "x"])))
        for tag, attributes in made:
            assert tag in TAGS
            assert set(attributes) <= {"href", "rel", "start"}
            assert safe_url(attributes.get("href", "/")) is not None


@given(MARKDOWN)
def test_any_text_renders_to_allowed_elements_alone(markdown: str) -> None:
    tree = list(tree_of(markdown))
    for node in elements(tree):
        assert node[0] in TAGS
        allowed = {"a": {"href"}, "ol": {"start"}}.get(str(node[0]), set())
        assert set(attributes_of(node)) <= allowed
        if node[0] == "a":
            assert safe_url(attributes_of(node)["href"])


@given(MARKDOWN)
def test_a_browser_reads_of_the_html_what_the_tree_says(markdown: str) -> None:
    tree = tree_of(markdown)
    written = text_of(tree).replace("\r", "").replace("\x00", "").replace("\x0c", "")
    _, read = parsed(html_of(tree))
    assert "".join(read.split()) == "".join(written.split())


@given(MARKDOWN, st.lists(st.text(max_size=6), max_size=4))
def test_marks_change_nothing_of_the_text(markdown: str, stems: list[str]) -> None:
    tree = tree_of(markdown)
    before = html_of(tree)
    assert text_of(marked(tree, stems)) == text_of(tree)
    assert html_of(tree) == before, "the kept tree was changed"


def test_the_words_of_a_query_are_marked_but_not_in_code() -> None:
    shown = html_of(
        marked(tree_of("**Refunds** go to your [wallets](/wallets), not `wallet`."), ["refund", "wallet"])
    )
    assert shown == (
        "<p><strong><mark>Refunds</mark></strong> go to your "
        '<a href="/wallets" rel="noopener nofollow"><mark>wallets</mark></a>, not <code>wallet</code>.</p>'
    )
    assert marked_text("My wallet", ["wallet"]) == ["My ", ["mark", "wallet"]]


def test_a_snippet_is_the_beginning_or_what_stands_around_the_first_marked_word() -> None:
    answer = f"# Title\n\n{'word ' * 40}\n\n- the wallet\n- {'more ' * 40}"
    assert text_of(snippet(tree_of(answer))).startswith("Title word word")
    around = snippet(marked(tree_of(answer), ["wallet"]))
    assert text_of(around).startswith("…")
    assert ["mark", "wallet"] in around
    assert text_of(snippet(tree_of("short"))).strip() == "short"
    assert snippet(()) == []


@given(MARKDOWN, st.lists(st.text(max_size=6), max_size=4))
def test_a_snippet_is_one_short_line_of_the_text(markdown: str, stems: list[str]) -> None:
    line = text_of(snippet(marked(tree_of(markdown), stems)))
    assert len(line) <= SNIPPET + 2
    assert "\n" not in line


@pytest.mark.parametrize("piece", ["[", "*a ", "> ", "![", "- ", "`", "<", "|", "\\", "&#x"])
def test_deep_and_long_text_takes_no_time_that_a_visitor_would_notice(piece: str) -> None:
    tree_of(piece * 20_000)


def test_many_payloads_are_tried() -> None:
    assert len(set(PAYLOADS)) >= 50
