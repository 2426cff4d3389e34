"""The real path: sentence-transformers models, exported and compared with themselves."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.encoders import EncoderInfo, QueryEncoder, open_passage_encoder, open_query_encoder
from index.encoders.agreement import COSINE_FLOOR, FAITHFUL_COSINE, Samples, measure
from index.encoders.models import DEFAULT_MODEL, locate_model
from index.errors import ModelError, SnapshotDamaged
from tests import tiny_models

pytestmark = [
    pytest.mark.model,
    # The libraries' own deprecations are theirs to mend.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

TEXTS = (
    "How do I get my money back?",
    "money back to wallet",
    "Cancel an order after paying",
    "what is the refund type",
    "refund to card",
    "my card",
    "after paying, how do I cancel the order and get the money back to my wallet or my card? " * 3,
    "ORDER!",
)


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def exported(model: str, folder: Path) -> tuple[EncoderInfo, QueryEncoder, Samples]:
    encoder = open_passage_encoder(model, cache=folder / "exports")
    samples = Samples(
        texts=TEXTS, queries=encoder.encode_queries(TEXTS), passages=encoder.encode_passages(TEXTS)
    )
    target = folder / "encoder"
    target.mkdir(parents=True)
    info = encoder.export_query_encoder(target, samples=samples)
    return info, open_query_encoder(info, target, content=str(target)), samples


def test_the_default_model_is_served_as_int8_and_agrees_with_itself(tmp_path: Path) -> None:
    info, encoder, samples = exported(DEFAULT_MODEL, tmp_path)
    assert (info.precision, info.dimension, info.pooling, info.normalised) == ("int8", 384, "mean", True)
    assert info.symmetric
    agreement = measure(encoder, samples)
    assert agreement.cosine_mean >= COSINE_FLOOR
    assert agreement.sufficient
    assert (tmp_path / "encoder" / "model.onnx").stat().st_size < 30_000_000


@pytest.mark.parametrize(
    ("make", "pooling", "symmetric"),
    [
        (tiny_models.bert_with_prompts, "cls", False),
        (tiny_models.distilbert_mean_without_prompt, "mean", True),
        (tiny_models.static_embeddings, "mean", True),
    ],
)
def test_other_models_are_followed_in_every_setting(
    make: Callable[[Path], Path], pooling: str, symmetric: bool, tmp_path: Path
) -> None:
    info, encoder, samples = exported(str(make(tmp_path / "model")), tmp_path)
    assert (info.pooling, info.symmetric) == (pooling, symmetric)
    assert "/" not in info.name
    agreement = measure(encoder, samples)
    floor = COSINE_FLOOR if info.precision == "int8" else FAITHFUL_COSINE
    assert agreement.cosine_mean >= floor
    norms = np.linalg.norm([encoder.encode_query(text) for text in TEXTS], axis=1)
    assert np.allclose(norms, np.linalg.norm(samples.queries, axis=1), rtol=0.1)


def test_prompts_tell_queries_from_passages(tmp_path: Path) -> None:
    encoder = open_passage_encoder(str(tiny_models.bert_with_prompts(tmp_path / "model")), cache=tmp_path)
    queries, passages = encoder.encode_queries(TEXTS), encoder.encode_passages(TEXTS)
    assert not np.allclose(queries, passages)
    assert (encoder.info.query_prompt, encoder.info.passage_prompt) == ("what is ", "the ")
    assert encoder.info.max_tokens == 16


def test_a_poor_int8_export_gives_way_to_float32(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("index.encoders.agreement.COSINE_FLOOR", 1.01)  # no export reaches it
    with caplog.at_level(logging.WARNING):
        info, encoder, samples = exported(str(tiny_models.static_embeddings(tmp_path / "model")), tmp_path)
    assert info.precision == "float32"
    assert measure(encoder, samples).cosine_min >= FAITHFUL_COSINE
    assert "int8 is not used" in caplog.text


def test_vectors_are_those_of_encode_whatever_the_batches(tmp_path: Path) -> None:
    encoder = open_passage_encoder(DEFAULT_MODEL, cache=tmp_path)
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(locate_model(DEFAULT_MODEL).folder), device="cpu")
    texts = [f"{text} {n}" for n in range(40) for text in TEXTS]
    seen: list[int] = []
    vectors = encoder.encode_passages(texts, progress=seen.append)
    assert np.abs(vectors - reference.encode(texts)).max() < 1e-5
    assert sum(seen) == len(texts)


def test_a_kept_export_embeds_a_few_new_texts_as_the_model_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, samples = exported(DEFAULT_MODEL, tmp_path)
    later = open_passage_encoder(DEFAULT_MODEL, cache=tmp_path / "exports")
    monkeypatch.setattr("index.encoders.sentence_transformer._load", _never)
    vectors = later.encode_passages(TEXTS, known=True)
    assert np.abs(vectors - samples.passages).max() < 1e-5
    target = tmp_path / "again"
    target.mkdir()
    assert later.export_query_encoder(target, samples=samples).precision == "int8"


def test_a_kept_export_is_not_used_for_what_it_does_not_follow(tmp_path: Path) -> None:
    model = str(tiny_models.bert_with_prompts(tmp_path / "model"))
    _, _, samples = exported(model, tmp_path)
    later = open_passage_encoder(model, cache=tmp_path / "exports")
    vectors = later.encode_passages(TEXTS, known=True)  # an export holds the query's prompt only
    assert np.allclose(vectors, samples.passages, atol=1e-5)


def test_a_damaged_export_is_made_again(tmp_path: Path) -> None:
    model = str(tiny_models.static_embeddings(tmp_path / "model"))
    exported(model, tmp_path)
    encoder = open_passage_encoder(model, cache=tmp_path / "exports")
    kept = tmp_path / "exports" / encoder.fingerprint / "float32.onnx"
    content = kept.read_bytes()
    kept.write_bytes(content[:-1])
    target = tmp_path / "again"
    target.mkdir()
    vectors = encoder.encode_passages(TEXTS)
    samples = Samples(texts=TEXTS, queries=encoder.encode_queries(TEXTS), passages=vectors)
    encoder.export_query_encoder(target, samples=samples)
    assert len(kept.read_bytes()) == len(content)
    assert [path.name for path in (tmp_path / "exports").iterdir()] == [encoder.fingerprint]


def _never(*_arguments: object) -> None:
    raise AssertionError("the model was loaded")


def test_equal_files_make_equal_fingerprints_and_a_changed_weight_another(tmp_path: Path) -> None:
    folder = tiny_models.static_embeddings(tmp_path / "model")
    before = locate_model(str(folder)).fingerprint()
    assert before == locate_model(str(folder)).fingerprint()
    (folder / "README.md").write_text("changed")
    assert before == locate_model(str(folder)).fingerprint()
    weights = next(folder.rglob("*.safetensors"))
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert before != locate_model(str(folder)).fingerprint()


def test_a_model_that_is_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no-such/model"):
        locate_model("no-such/model")
    with pytest.raises(ModelError, match=r"modules\.json"):
        locate_model(str(tmp_path))
    (tmp_path / "modules.json").write_text("[]")
    (tmp_path / "config.json").write_text("not json")
    with pytest.raises(ModelError, match="can't be loaded"):
        open_passage_encoder(str(tmp_path), cache=tmp_path / "cache").encode_passages(["text"])


def test_tampered_default_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forged = tmp_path / "model.safetensors"
    forged.write_bytes(b"something else")

    class Package:
        files = (Path("model.safetensors"),)

        def locate_file(self, _file: object) -> Path:
            return forged

    monkeypatch.setattr("index.encoders.models.metadata.distribution", lambda _name: Package())
    with pytest.raises(ModelError, match="not the official"):
        locate_model(DEFAULT_MODEL)


def test_a_folder_that_is_no_encoder_is_damaged(tmp_path: Path) -> None:
    info, _, _ = exported(str(tiny_models.static_embeddings(tmp_path / "model")), tmp_path)
    target = tmp_path / "encoder"
    (target / "tokenizer.json").write_text("{}")
    with pytest.raises(SnapshotDamaged, match="tokenizer"):
        open_query_encoder(info, target, content="one")
    (target / "model.onnx").write_bytes(b"nothing")
    with pytest.raises(SnapshotDamaged, match=r"model\.onnx"):
        open_query_encoder(info, target, content="two")


def test_a_full_disk_is_not_taken_for_a_model_that_int8_does_not_suit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise ValueError("what a quantiser makes of a file cut short")

    monkeypatch.setattr("index.encoders.export._quantise", full)
    model = str(tiny_models.static_embeddings(tmp_path / "model"))
    info, _, _ = exported(model, tmp_path / "roomy")
    assert info.precision == "float32"
    monkeypatch.setattr("index.encoders.export.SPACE", 1 << 60)
    with pytest.raises(OSError, match="No space"):
        exported(model, tmp_path / "full")
    assert list((tmp_path / "full" / "exports").iterdir()) == []
