"""Words and stems: the one tokenizer that BM25, highlights and the toy encoder share.

A token is a run of letters, digits and marks; apostrophes inside a word belong to it ("don't"). Scripts that
are written without spaces (Han, Hiragana, Katakana, Thai, Lao, Khmer, Myanmar) are cut into single
characters with their marks, which BM25 can still match. Tokens are folded (NFKC, case, accents) and stemmed.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import regex
import Stemmer

VERSION: Final = 1
"""Kept in manifests: a snapshot's BM25 only answers tokens made by the same tokenizer."""

STEMMER: Final = "english"

_NO_SPACES: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_TOKEN = regex.compile(
    rf"[[{_NO_SPACES}]&&[\p{{L}}\p{{N}}]]\p{{M}}*"
    rf"|[[\p{{L}}\p{{N}}]--[{_NO_SPACES}]][[\p{{L}}\p{{M}}\p{{N}}]--[{_NO_SPACES}]]*"
    rf"(?:['’][\p{{L}}--[{_NO_SPACES}]][[\p{{L}}\p{{M}}]--[{_NO_SPACES}]]*)*",
    regex.V1,
)
# The same on ASCII, three times as fast.
_ASCII_TOKEN = re.compile(r"[A-Za-z0-9]+(?:'[A-Za-z]+)*")
# Accents and points that people leave out when they type. Other scripts' vowel signs are letters to a reader.
_LEFT_OUT = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]+")
_POSSESSIVE = re.compile(r"['’]s?$")
_local = threading.local()
_WORD_LENGTH: Final = 64  # of those whose stems are remembered: made-up words would fill the memory


def spans(text: str) -> list[tuple[str, tuple[int, int]]]:
    """(stem, (start, end)) of each token; text[start:end] is the token as written."""
    return [(_stem(match.group()), match.span()) for match in _tokens(text)]


def stems(text: str) -> list[str]:
    """The stems of a text, in order, with repetitions."""
    return [_stem(match.group()) for match in _tokens(text)]


def words(text: str) -> list[tuple[str, tuple[int, int]]]:
    """(word, (start, end)) of each token: folded as stems are, accents left out, but whole."""
    return [(_folded(match.group()), match.span()) for match in _tokens(text)]


def _tokens(text: str) -> Iterator[re.Match[str]]:
    pattern = _ASCII_TOKEN if text.isascii() else _TOKEN
    found: Iterator[re.Match[str]] = pattern.finditer(text)
    return found


def _stem(token: str) -> str:
    return _known_stem(token) if len(token) <= _WORD_LENGTH else _make_stem(token)


def _make_stem(token: str) -> str:
    folded = _fold(token)
    return str(_stemmer().stemWord(folded)) or folded


def _fold(token: str) -> str:
    bare = _LEFT_OUT.sub("", unicodedata.normalize("NFKD", token.casefold()))
    folded = unicodedata.normalize("NFKC", bare)
    return _POSSESSIVE.sub("", folded).replace("'", "").replace("’", "")


def _folded(token: str) -> str:
    return _known_fold(token) if len(token) <= _WORD_LENGTH else _fold(token)


_known_stem = lru_cache(maxsize=65_536)(_make_stem)
_known_fold = lru_cache(maxsize=65_536)(_fold)


def _stemmer() -> Stemmer.Stemmer:
    # A Stemmer keeps state while it works and must not be shared between threads.
    try:
        stemmer: Stemmer.Stemmer = _local.stemmer
    except AttributeError:
        stemmer = _local.stemmer = Stemmer.Stemmer(STEMMER, 0)  # without its own cache
    return stemmer


_FUNCTION_WORDS: Final = """
a about all am an and any are as at be been but by can could did do does for from get had has have he her his
how i if in into is it its just may me might must my need no not of on or our please shall she should so some
that the their them then there these they this those to us want was we were what when where which who why
will with would you your
"""
FUNCTION_STEMS: Final = frozenset(stems(_FUNCTION_WORDS))
"""Stems of English words that say little of what a text is about."""
