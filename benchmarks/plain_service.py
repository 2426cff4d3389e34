"""The baseline: the FAQ search that a competent developer writes in an afternoon, and writes well.

sentence-transformers encodes, FAISS finds, FastAPI answers. Questions and their variants are embedded once
and kept on disk, the model is loaded once, the endpoint is synchronous and so runs in FastAPI's thread pool,
torch uses the threads that it wants. The access log is off.

    python -m benchmarks.plain_service build ENTRIES.jsonl FOLDER MODEL
    python -m benchmarks.plain_service serve FOLDER MODEL PORT
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Protocol

import faiss
import numpy as np
import uvicorn
from fastapi import FastAPI
from numpy.typing import NDArray

TOP = 10
# An entry is often found by several of its wordings: enough of them to fill the hits.
WORDINGS = 50


class Encoder(Protocol):
    """What of a SentenceTransformer is used."""

    def encode(self, sentences: Any, *, normalize_embeddings: bool) -> NDArray[np.float32]:
        """A text → float32 (dimension,), texts → float32 (n, dimension)."""


def build(entries: list[dict[str, Any]], encoder: Encoder, folder: Path) -> None:
    """Embed every question and variant, and write the index and what it needs to answer."""
    texts = [(row, text) for row, e in enumerate(entries) for text in (e["question"], *e["variants"])]
    vectors = encoder.encode([text for _, text in texts], normalize_embeddings=True)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(folder / "index.faiss"))
    (folder / "faq.json").write_text(
        json.dumps({"entries": entries, "entry_of": [row for row, _ in texts]}), encoding="utf-8"
    )


def create_app(encoder: Encoder, folder: Path) -> FastAPI:
    """The service over what `build` wrote."""
    index = faiss.read_index(str(folder / "index.faiss"))
    faq = json.loads((folder / "faq.json").read_text(encoding="utf-8"))
    entries, entry_of = faq["entries"], faq["entry_of"]
    app = FastAPI()

    @app.get("/search")
    def search(q: str) -> dict[str, Any]:
        vector = encoder.encode(q, normalize_embeddings=True)
        scores, rows = index.search(vector.reshape(1, -1), min(WORDINGS, index.ntotal))
        best: dict[int, float] = {}
        for score, row in zip(scores[0].tolist(), rows[0].tolist(), strict=True):
            best.setdefault(entry_of[row], score)
        hits = [
            {"question": entries[e]["question"], "answer": entries[e]["answer"], "score": score}
            for e, score in list(best.items())[:TOP]
        ]
        return {"query": q, "hits": hits}

    @app.get("/readyz")
    def ready() -> dict[str, str]:
        return {"status": "ready"}

    return app


def main(command: str, *arguments: str) -> None:
    """Run a command of the docstring above."""
    from sentence_transformers import SentenceTransformer

    if command == "build":
        file, folder, model = arguments
        lines = Path(file).read_text(encoding="utf-8").splitlines()
        build([json.loads(line) for line in lines], SentenceTransformer(model, device="cpu"), Path(folder))
    else:
        folder, model, port = arguments
        app = create_app(SentenceTransformer(model, device="cpu"), Path(folder))
        uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning")


if __name__ == "__main__":
    main(*sys.argv[1:])
