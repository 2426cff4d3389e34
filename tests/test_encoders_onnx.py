"""The query encoder that servers run, over graphs made by hand: no model, no torch."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from index.encoders import EncoderInfo, Vectors, open_query_encoder
from index.encoders.agreement import Samples, measure
from index.encoders.exported import FLOAT32_FILE, Exported, keep
from index.encoders.onnx import MODEL_FILE, TOKENIZER_FILE

WORDS = {"money": 0, "back": 1, "parcel": 2}
INFO = EncoderInfo(
    kind="onnx",
    name="words",
    revision=None,
    fingerprint="0" * 64,
    dimension=3,
    pooling="mean",
    normalised=False,
    symmetric=True,
    precision="float32",
    max_tokens=16,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An encoder whose vectors are the mean of a unit vector a word; other words are no tokens."""
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "tokens"])
    vector = helper.make_tensor_value_info("sentence_vector", TensorProto.FLOAT, [1, 3])
    nodes = [
        helper.make_node("Gather", ["weights", "input_ids"], ["words"]),
        helper.make_node("ReduceMean", ["words"], ["sentence_vector"], axes=[1], keepdims=0),
    ]
    weights = numpy_helper.from_array(np.eye(3, dtype=np.float32), "weights")
    graph = helper.make_graph(nodes, "words", [ids], [vector], [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, tmp_path / MODEL_FILE)
    tokenizer = Tokenizer(WordLevel(WORDS, unk_token="[UNK]"))  # which the vocabulary doesn't hold
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(tmp_path / TOKENIZER_FILE))
    return tmp_path


def test_a_query_without_any_token_is_zeros_and_no_nan(folder: Path) -> None:
    encoder = open_query_encoder(INFO, folder, content="no tokens")
    assert encoder.encode_query("money back").tolist() == [0.5, 0.5, 0.0]
    assert encoder.encode_query("   ").tolist() == [0.0, 0.0, 0.0]


def test_models_that_differ_in_their_prompt_alone_are_not_shared(folder: Path) -> None:
    plain = open_query_encoder(INFO, folder, content="same files")
    prompted = open_query_encoder(replace(INFO, query_prompt="parcel "), folder, content="same files")
    assert open_query_encoder(INFO, folder, content="same files") is plain
    assert plain.encode_query("money").tolist() == [1.0, 0.0, 0.0]
    assert prompted.encode_query("money").tolist() == [0.5, 0.0, 0.5]


class Turned:
    """A query encoder whose texts are angles, which it takes for a little larger than they are."""

    dimension = 2

    def encode_query(self, text: str) -> Vectors:
        vector: Vectors = directions(float(text) + 0.2)[0]
        return vector


def directions(*angles: float) -> Vectors:
    """float32 (len(angles), 2), unit vectors."""
    turns = np.radians(angles)
    return np.stack([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32)


@pytest.mark.parametrize(("angles", "top1"), [((0, 5, 10.1), 0.666667), ((0, 5, 20), 1.0)])
def test_an_encoder_is_held_against_what_it_finds_first_too(angles: tuple[float, ...], top1: float) -> None:
    own = directions(*angles)
    texts = tuple(str(angle) for angle in angles)
    agreement = measure(Turned(), Samples(texts=texts, queries=own, passages=own))
    assert agreement.cosine_min > 0.9999
    assert agreement.top1 == top1
    assert agreement.sufficient is (top1 == 1.0)


def export(scratch: Path) -> Exported:
    (scratch / FLOAT32_FILE).write_bytes(b"graph")
    return Exported.seal(scratch, INFO)


def test_two_builders_that_export_one_model_at_a_time_both_keep_it(tmp_path: Path) -> None:
    target = tmp_path / "exports" / "model"

    def overtaken(scratch: Path) -> Exported:
        keep(target, export)  # another builder, which is quicker and may be reading its files now
        (scratch / FLOAT32_FILE).write_bytes(b"the slower one's")
        return Exported.seal(scratch, INFO)

    kept = keep(target, overtaken)
    assert kept.folder == target
    assert (target / FLOAT32_FILE).read_bytes() == b"graph"
    assert Exported.open(target) == kept
    assert [path.name for path in target.parent.iterdir()] == ["model"]


def test_what_nobody_needs_any_more_is_removed(tmp_path: Path) -> None:
    def aged(name: str, hours: int) -> None:
        written = time.time() - hours * 3600
        os.utime(tmp_path / name, (written, written))

    for name, hours in ((".new-old", 25), (".new-fresh", 1)):
        (tmp_path / name).mkdir()
        (tmp_path / name / FLOAT32_FILE).write_bytes(b"part of a gra")
        aged(name, hours)
    for name in ("last-week", "last-quarter", "last-quarter-and-today"):
        keep(tmp_path / name, export)
    for name, days in (("last-week", 7), ("last-quarter", 90), ("last-quarter-and-today", 90)):
        aged(name, days * 24)
    assert Exported.open(tmp_path / "last-quarter-and-today")
    keep(tmp_path / "model", export)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {".new-fresh", "last-week", "last-quarter-and-today", "model"}
