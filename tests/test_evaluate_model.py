"""`faq evaluate` with a model of sentence-transformers: what it exports, and where that is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from index.encoders import EXPORTS
from scripts.cli import cli
from tests import tiny_models

pytestmark = [
    pytest.mark.model,
    # The libraries' own deprecations are theirs to mend.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


def test_exports_are_kept_only_where_they_are_kept_already(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    model = tiny_models.static_embeddings(tmp_path / "model")
    entries = (
        {"id": "a", "question": "How do I cancel an order?"},
        {"id": "b", "question": "the refund type"},
    )
    Path("E.jsonl").write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))
    Path("Q.jsonl").write_text('{"query": "what is the refund type", "relevant": ["b"]}\n')

    def evaluate() -> float:
        options = ("--entries", "E.jsonl", "--queries", "Q.jsonl", "--model", str(model), "--baselines")
        ran = CliRunner().invoke(cli, ["evaluate", *options, "--resamples", "100", "--json"])
        assert ran.exit_code == 0, ran.output
        document = json.loads(ran.stdout)
        assert document["about"]["model"] == "model"
        assert document["systems"]["dense"]["overall"]["figures"]["r@1"]["value"] == 1.0
        value: float = document["systems"]["faq"]["overall"]["figures"]["mrr@10"]["value"]
        return value

    first = evaluate()
    assert not Path("snapshots").exists()
    kept = Path("snapshots", EXPORTS)
    kept.mkdir(parents=True)
    assert evaluate() == first
    assert len(list(kept.iterdir())) == 1
    assert [path.name for path in Path("snapshots").iterdir()] == [EXPORTS]
    assert evaluate() == first  # with what was kept
