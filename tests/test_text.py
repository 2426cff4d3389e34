import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.markdown import plain
from index.text import clean, clean_line, clean_markdown, shorten

NASTY = st.text(
    alphabet=st.characters() | st.sampled_from("\u200d\u200c\u200b\u00a0\u00ad\u202e\ufeff\r\n \t`~a")
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u00a0 b\t c ", "a b c"),
        ("\ufeffso\u00adft hy\u200bphen\x07", "soft hyphen"),
        ("one\r\n\r\n \r\n\r\ntwo\u2028three", "one\n\ntwo\nthree"),
        ("cafe\u0301", "café"),
        ("می\u200cخواهم \u200c", "می\u200cخواهم"),
        ("👩\u200d💻 x\u200d ", "👩\u200d💻 x"),
        ("a\u200d\u200db", "ab"),
        ("user\u202egnp.exe", "usergnp.exe"),
        ("half \ud800", "half \ufffd"),
    ],
)
def test_clean_keeps_what_people_see(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(NASTY)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert clean_markdown(clean_markdown(text)) == clean_markdown(text)
    assert "\n" not in clean_line(text)
    assert len(shorten(text, 20)) <= 20


def test_markdown_keeps_indentation_hard_breaks_and_code() -> None:
    text = "- a\n  - b\n\n\n\nline  \nnext   \n\n```\n\n\n  x\n```\n\n"
    assert clean_markdown(text) == "- a\n  - b\n\nline  \nnext\n\n```\n\n\n  x\n```".replace("next", "next  ")


@pytest.mark.parametrize("fence", ["````\n```", "~~~~\n~~~", "````\n~~~~", "```\n``` x"])
def test_only_a_fence_as_long_and_bare_closes_code(fence: str) -> None:
    text = f"{fence}\n\n\n\nx"
    assert clean_markdown(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0123456789", "0123456789"),
        ("0123456789a", "012345678…"),
        ("a\nb", "a b"),
        ("ab" + " " * 39 + "cd", "ab…"),
        ("  ab" + " " * 30, "ab"),
    ],
)
def test_what_is_cut_short_ends_so(text: str, expected: str) -> None:
    assert shorten(text, 10) == expected


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("See [the *guide*](https://x.example/a) now.", "See the guide now."),
        ("<https://x.example>", "https://x.example"),
        ("1. one\n2. two\n   - deep", "one\ntwo\ndeep"),
        ("# Title\n\ntext\nwrapped", "Title\n\ntext wrapped"),
        ("`code` and\n\n```\nblock\n```", "code and\n\nblock"),
        ("a <b>bold</b><script>x</script> ![a cat](c.png)", "a boldx a cat"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("a &amp; b \\*c\\*", "a & b *c*"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a b\n\n1 2"),
    ],
)
def test_plain_reads_as_a_person_does(markdown: str, expected: str) -> None:
    assert plain(markdown) == expected


@given(NASTY)
def test_plain_takes_any_text(text: str) -> None:
    assert plain(text) == clean(plain(text))
