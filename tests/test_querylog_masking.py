"""Nothing that tells who somebody is gets into the query log, and nothing else gets lost."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn

from search.querylog.masking import mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("I am jane.doe+shop@example.co.uk, help", "I am [email], help"),
        ("write to JANE@intern or jörg@bücher.example!", "write to [email] or [email]!"),
        ("https://shop.example/order?token=abc&mail=x#top broke", "https://shop.example/order broke"),
        ("https://jane:secret@shop.example/a", "https://shop.example/a"),
        ("www.shop.example/track?nr=ZX81 says no", "www.shop.example/track says no"),
        ("call +49 30 901820 please", "call [phone] please"),
        ("call (415) 555-2671", "call [phone]"),
        ("my number is 07911 123456", "my number is [phone]"),
        ("card 4111 1111 1111 1111 refused", "card [card] refused"),
        ("card 5500-0055-5555-5559 refused", "card [card] refused"),
        ("refund to DE89 3704 0044 0532 0130 00 please", "refund to [iban] please"),
        ("refund to gb82west12345698765432", "refund to [iban]"),
        ("order 555010000000 is late", "order [number] is late"),
        ("order 5550-1000-0000 is late", "order [number] is late"),
        ("card 4111–1111–1111–1111 refused", "card [card] refused"),  # as phones write a hyphen
        ("card 4111 - 1111 - 1111 - 1111", "card [card]"),
        ("card 4111,1111,1111,1111", "card [card]"),
        ("4111_1111_1111_1111", "[card]"),
        ("reach me on 555 0199", "reach me on [number]"),
        ("call (415) 555-2671 x9 now", "call [phone] now"),
        ("(order 5550100)", "(order [number])"),
        ("(5550100)", "([number])"),
        ("my mail is jane@", "my mail is [email]"),  # half typed
        ("mail jane＠shop.example", "mail [email]"),
        ("order ٥٥٥٠١٠٠٠٠", "order [number]"),
        ("order ⑤⑤⑤⓪①⓪⓪⓪⓪", "order [number]"),
        ("mail jane﹫shop.example", "mail [email]"),
        ("mail jane @ shop.example now", "mail [email] now"),
        ("mail (jane.doe (at) shop.example)", "mail ([email])"),
        ("jane[AT]shop.example", "[email]"),
        ("https://shop.com/cart;jsessionid=4F2A broke", "https://shop.com/cart broke"),
        ("www.shop.example/reset#token=abc broke", "www.shop.example/reset broke"),
        ("ruf 079'123'45'67 an", "ruf [number] an"),
        ("4111|1111|1111|1111 or 4111·1111·1111·1111", "[card] or [card]"),
        ("appelle 01 02 03 04 05", "appelle [number]"),
    ],
)  # fmt: skip
def test_what_tells_who_somebody_is_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "money back to wallet?",
        "does order 123456 ship on 2026-11-02?",
        "iphone 15 pro 256 gb for 1,299.00 €",
        "is 24/7 support free @ weekends",
        "3 for 2, 50 % off, size 42-44",
        "https://shop.example/help#",
        "DE rates 2026",
        "do you have sizes 36 37 38 39 40?",
        "is it cheaper than in 2023 2024 2025?",
        "bestellt am 05.11.2026, bezahlt 7.11.2026",
        "paid on 11/25/2026",
        "a million is 1,000,000 or 1.000.000",
        "1'250'000 in Zürich, ½ off, 5 m² for 20 ㎏",
        "we meet at shop.example @ 8",
        "100 x 200 cm, 2.5 kg",
        "ISO 9001, C# and F#, #1",
        "follow @shop",
        "",
    ],
)
def test_what_tells_nothing_of_the_kind_stays(text: str) -> None:
    assert mask(text) == text.removesuffix("#")


def test_numbers_of_the_querys_own_country_are_known() -> None:
    assert mask("ruf 01 5137 an", locale="de-AT") in ("ruf 01 5137 an", "ruf [phone] an")
    assert mask("ruf 0664 123 456 7 an", locale="de-AT") == "ruf [phone] an"


def _card(digits: str) -> str:
    return digits + luhn.calc_check_digit(digits)


def _in_groups(digits: str, size: int, separator: str) -> str:
    return separator.join(digits[at : at + size] for at in range(0, len(digits), size))


def _iban(account: str) -> str:
    return "DE" + iban.calc_check_digits(f"DE00{account}") + account


SECRETS = st.one_of(
    st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.(com|de|museum|internal)", fullmatch=True),
    st.from_regex(r"[1-9][0-9]{14}", fullmatch=True).map(_card),
    st.from_regex(r"[1-9][0-9]{6,17}", fullmatch=True),
    st.from_regex(r"[0-9]{18}", fullmatch=True).map(
        lambda bban: "DE" + iban.calc_check_digits(f"DE00{bban}") + bban
    ),
    st.from_regex(r"\+49 30 90[1-9][0-9]{3}", fullmatch=True),
    st.builds(
        _in_groups,
        st.from_regex(r"4[0-9]{14}", fullmatch=True).map(_card),
        st.sampled_from([3, 4, 6]),
        st.sampled_from([" ", "-", "–", " - ", ".", "/", ",", "_"]),
    ),
    st.builds(_in_groups, st.from_regex(r"[0-9]{18}", fullmatch=True).map(_iban), st.just(4), st.just(" ")),
)
WORDS = st.lists(st.text(st.characters(categories=["L", "Zs", "P", "Nd"]), max_size=12), max_size=4).map(
    " ".join
)


@given(WORDS, SECRETS, WORDS)
def test_no_secret_is_left_wherever_it_stands(before: str, secret: str, after: str) -> None:
    assert secret not in mask(f"{before} {secret} {after}")


@given(st.one_of(st.text(max_size=80), st.text("0123456789 -./()@:?#aDE+", max_size=80)))
def test_masked_text_stays_what_it_is(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize(
    "text",
    [
        "1" * 512,
        "1 " * 256,
        "+1" * 256,
        "(1)" * 170,
        "a@" * 256,
        "/@" * 256,
        "a" * 511 + "@",
        "?a" * 256,
        "http://" * 73,
        "a.b" * 170 + "@x",
        "DE89" * 128,
        "DE89 3704 0044 0532 0130 01 " * 18,
        "+49 30 1234 " * 42,
        "a1" * 256,
        "12345678 ab " * 42,
        "030 901820 x " * 40,
        "1.2.3.4/5?6@" * 42,
        "a @ " * 128,
        "a(at)" * 100,
        "a @ b" + ".b" * 250,
        "①" * 512,
    ],
)
def test_no_text_holds_up_the_thread_that_writes(text: str) -> None:
    text = text[:512]
    mask(text)  # what is loaded once
    took = []
    for _ in range(5):
        began = time.perf_counter()
        mask(text)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.01  # each takes 2 ms at most on an idle machine, and did take 20
