"""Which words a tokenizer knows, for each way in which tokenizers mark where a word begins."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from tokenizers import Tokenizer
from tokenizers.models import BPE, Unigram, WordLevel, WordPiece

from index.encoders.known_words import known_words
from index.encoders.toy import ToyEncoder


def ids(*tokens: str) -> Mapping[str, int]:
    return {token: place for place, token in enumerate(tokens)}


def test_a_word_piece_that_goes_on_with_a_word_is_none() -> None:
    vocabulary = ids("[PAD]", "[UNK]", "the", "refund", "##ed", "##s", "a", "2nd", "wallet", "été", "▁")
    assert known_words(Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))) == (
        "the",
        "refund",
        "wallet",
        "été",
    )


def test_of_sentence_pieces_only_those_that_begin_a_word_are_words() -> None:
    pieces = [("<unk>", 0.0), ("▁", -1.0), ("▁The", -2.0), ("▁the", -3.0), ("fund", -4.0), ("▁straße", -5.0)]
    assert known_words(Tokenizer(Unigram(pieces, unk_id=0))) == ("the", "strasse")


def test_of_bytes_in_disguise_only_ascii_words_are_words() -> None:
    vocabulary = ids("Ġ", "Ġthe", "und", "ĠStraÃŁe", "ĠRefund", "Ġa", "Ġ42")
    assert known_words(Tokenizer(BPE(dict(vocabulary), []))) == ("the", "refund")


def test_the_order_is_the_vocabularys() -> None:
    vocabulary = {"parcel": 2, "back": 1, "money": 0}
    assert known_words(Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))) == ("money", "back", "parcel")


def test_tokens_added_to_a_model_are_no_words() -> None:
    tokenizer = Tokenizer(WordLevel(dict(ids("money")), unk_token="[UNK]"))
    tokenizer.add_special_tokens(["CLS"])
    tokenizer.add_tokens(["brandname"])
    assert known_words(tokenizer) == ("money",)


def test_the_toy_encoder_knows_no_language() -> None:
    assert ToyEncoder().known_words == ()


@pytest.mark.parametrize("vocabulary", [{}, {"[UNK]": 0}, {"##s": 0, "42": 1}])
def test_a_vocabulary_without_words_has_none(vocabulary: dict[str, int]) -> None:
    assert known_words(Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))) == ()
