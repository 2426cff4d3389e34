"""Small sentence-transformers models with random weights, of shapes unlike the default model's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

WORDS = "how do i get my money back to wallet cancel an order after paying what is the refund type card"


def bert_with_prompts(folder: Path) -> Path:
    """CLS pooling, a dense layer, no normalisation, prompts left out of nothing, sixteen tokens at most."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Dense, Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    base = folder.with_name(folder.name + "-base")
    config = BertConfig(
        vocab_size=_vocabulary(base),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    _save(base, BertModel(config), BertTokenizerFast(vocab=str(base / "vocab.txt")))
    transformer = Transformer(str(base), max_seq_length=16)
    model = SentenceTransformer(
        modules=[transformer, Pooling(32, pooling_mode="cls"), Dense(32, 24)],
        prompts={"query": "what is ", "document": "the "},
        device="cpu",
    )
    model.save_pretrained(str(folder))
    return folder


def distilbert_mean_without_prompt(folder: Path) -> Path:
    """Mean pooling that leaves the prompt out, normalised, no token types, one prompt for both sides."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Normalize, Pooling, Transformer
    from transformers import BertTokenizerFast, DistilBertConfig, DistilBertModel

    base = folder.with_name(folder.name + "-base")
    config = DistilBertConfig(
        vocab_size=_vocabulary(base), dim=32, n_layers=2, n_heads=2, hidden_dim=48, max_position_embeddings=64
    )
    tokenizer = BertTokenizerFast(
        vocab=str(base / "vocab.txt"), model_input_names=["input_ids", "attention_mask"]
    )
    _save(base, DistilBertModel(config), tokenizer)
    transformer = Transformer(str(base), max_seq_length=32)
    model = SentenceTransformer(
        modules=[transformer, Pooling(32, pooling_mode="mean", include_prompt=False), Normalize()],
        prompts={"both": "how do i "},
        default_prompt_name="both",
        device="cpu",
    )
    model.save_pretrained(str(folder))
    return folder


def static_embeddings(folder: Path) -> Path:
    """No transformer at all: a bag of word vectors."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import StaticEmbedding
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.normalizers import Lowercase
    from tokenizers.pre_tokenizers import Whitespace

    vocabulary = {word: n for n, word in enumerate(["[UNK]", *dict.fromkeys(WORDS.split())])}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = Lowercase(), Whitespace()
    model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=16)], device="cpu")
    model.save_pretrained(str(folder))
    return folder


def _vocabulary(base: Path) -> int:
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *dict.fromkeys(WORDS.split())]
    pieces += [f"{prefix}{letter}" for prefix in ("", "##") for letter in "abcdefghijklmnopqrstuvwxyz?"]
    pieces = list(dict.fromkeys(pieces))
    base.mkdir(parents=True)
    (base / "vocab.txt").write_text("\n".join(pieces))
    return len(pieces)


def _save(base: Path, model: Any, tokenizer: Any) -> None:
    model.save_pretrained(base)
    tokenizer.save_pretrained(base)
