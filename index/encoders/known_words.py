"""The words that a model's tokenizer has whole: words of its language, the most common first."""

from __future__ import annotations

from typing import Final

from tokenizers import Tokenizer

_BYTES_MARK, _PIECES_MARK = "Ġ", "▁"
"""What byte-level BPE and SentencePiece put where a word begins; WordPiece marks how one goes on instead."""
_MARKS: Final = (_BYTES_MARK, _PIECES_MARK)


def known_words(tokenizer: Tokenizer) -> tuple[str, ...]:
    """Folded words of two letters and more, without repetitions, in the vocabulary's order.

    Vocabularies are made from the most common on, so the order stands for how common a word is.
    """
    vocabulary = tokenizer.get_vocab(with_added_tokens=False)
    tokens = sorted(vocabulary, key=lambda token: (vocabulary[token], token))
    if any(token.startswith(_MARKS) and token[1:].isalpha() for token in tokens):
        tokens = [token[1:] for token in tokens if _begins_a_word(token)]
    words = (token.casefold() for token in tokens if len(token) >= 2 and token.isalpha())
    return tuple(dict.fromkeys(words))


def _begins_a_word(token: str) -> bool:
    # Beyond ASCII, letters of byte-level tokens are bytes in disguise.
    return token.startswith(_PIECES_MARK) or (token.startswith(_BYTES_MARK) and token[1:].isascii())
