"""Whose figures flatter: those of judgements that a snapshot was calibrated with."""

from __future__ import annotations

from dataclasses import replace

from index.judgements import Judgement, judgements_digest
from scripts.evaluation.subject import calibrated_with
from tests.conftest import Publish

GOLDEN = (Judgement(query="stop my order", relevant=("cancel",)), Judgement(query="bicycles", relevant=()))


def test_judgements_that_a_snapshot_was_calibrated_with_are_known(publish: Publish) -> None:
    manifest = replace(
        publish().manifest, calibration={"version": 1}, golden={"digest": judgements_digest(GOLDEN)}
    )
    assert calibrated_with(manifest, GOLDEN)
    assert not calibrated_with(manifest, GOLDEN[:1])
    assert not calibrated_with(replace(manifest, calibration={}), GOLDEN)
    assert not calibrated_with(replace(manifest, golden={}), GOLDEN)
