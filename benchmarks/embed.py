"""Embedding many short texts: our passage encoder against SentenceTransformer.encode at its best."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np

from benchmarks.figures import Figure, Section, Target
from benchmarks.processes import call
from benchmarks.texts import short_texts
from benchmarks.workplace import Workplace
from index.encoders import Vectors, open_passage_encoder
from index.errors import RunError
from index.extras import require

BATCH_SIZES: Final = (16, 32, 64, 128)
LOWEST_COSINE: Final = 0.9999
"""The two must make the same vectors, or their speeds can't be compared."""
_LIMIT: Final = 1800.0


def measure(place: Workplace) -> Section:
    """Runs as a program of its own."""
    count = 800 if place.quick else 10_000
    job = {
        "model": str(place.model),
        "cache": str(place.folder / "exports"),
        "texts": short_texts(place.collections, count),
        "sample": count // 8,
        "rounds": 2 if place.quick else 3,
        "threads": len(os.sched_getaffinity(0)),
    }
    place.tell(f"{count} texts, batch sizes first")
    result = call("embed", job, place.folder, limit_s=_LIMIT)
    if result["cosine"] < LOWEST_COSINE:
        raise RunError(f"The vectors differ: a cosine is {result['cosine']:.6f}, below {LOWEST_COSINE}.")
    figure = Figure(
        name=f"embedding {count:,} short texts",
        unit="texts/s",
        ours=tuple(count / seconds for seconds in result["ours"]),
        baseline=tuple(count / seconds for seconds in result["baseline"]),
        target=Target(bound="at least", limit=1.0),
    )
    tried = ", ".join(f"{size}: {rate:.0f}" for size, rate in result["tried"].items())
    return Section(
        title="embed",
        against=f"SentenceTransformer.encode, batch size {result['best']}",
        figures=(figure,),
        notes=(
            f"rounds: {job['rounds']}, in turn, {job['threads']} torch threads; texts have "
            f"{result['tokens']:.1f} tokens on average; texts/s by batch size on {job['sample']} of them: "
            f"{tried}; lowest cosine of the two vectors of a text {result['cosine']:.6f}.",
        ),
    )


def run(job: dict[str, Any]) -> dict[str, Any]:
    """The measurement itself: seconds of each round, and how far the vectors agree."""
    torch = require("torch", extra="build")
    torch.set_num_threads(job["threads"])
    model = require("sentence_transformers", extra="build").SentenceTransformer(job["model"], device="cpu")
    encoder = open_passage_encoder(job["model"], cache=Path(job["cache"]))
    texts, sample = job["texts"], job["texts"][: job["sample"]]

    def theirs(size: int) -> Callable[[Sequence[str]], Vectors]:
        return lambda part: model.encode(part, batch_size=size, show_progress_bar=False)

    for encode in (encoder.encode_passages, theirs(32)):  # unmeasured, to warm up
        encode(sample)
    rates: dict[int, list[float]] = {size: [] for size in BATCH_SIZES}
    for _ in range(2):
        for size in BATCH_SIZES:
            rates[size].append(len(sample) / _timed(theirs(size), sample)[0])
    tried = {size: median(values) for size, values in rates.items()}
    best = max(tried, key=lambda size: tried[size])
    sides = {"ours": encoder.encode_passages, "baseline": theirs(best)}
    taken: dict[str, list[float]] = {name: [] for name in sides}
    vectors: dict[str, Vectors] = {}
    for number in range(job["rounds"]):
        for name in sorted(sides, reverse=number % 2 == 0):  # taking turns in going first
            seconds, vectors[name] = _timed(sides[name], texts)
            taken[name].append(seconds)
            print(f"  round {number + 1}: {name} {seconds:.1f} s", file=sys.stderr, flush=True)
    lowest = float(np.einsum("ij,ij->i", vectors["ours"], vectors["baseline"]).min())
    lengths = [len(ids) for ids in model.tokenizer(texts)["input_ids"]]
    return {
        **taken,
        "best": best,
        "tried": tried,
        "cosine": lowest,
        "tokens": sum(lengths) / len(lengths),
    }


def _timed(encode: Callable[[Sequence[str]], Vectors], texts: Sequence[str]) -> tuple[float, Vectors]:
    began = time.perf_counter()
    vectors = encode(texts)
    return time.perf_counter() - began, vectors


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
