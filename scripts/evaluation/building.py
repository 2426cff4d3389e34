"""Building with the search at hand: `faq rebuild` and `faq evaluate` build alike."""

from __future__ import annotations

from index.build import KEEP, BuildReport, build
from index.collection import Collection
from index.encoders import PassageEncoder
from index.progress import Reporter, Silent
from index.store import SnapshotStore
from scripts.evaluation.calibration import calibration
from scripts.evaluation.gate import gate


def build_gated(
    collection: Collection,
    store: SnapshotStore,
    encoder: PassageEncoder,
    *,
    force: bool = False,
    dry_run: bool = False,
    keep: int = KEEP,
    reporter: Reporter | None = None,
) -> BuildReport:
    """As index.build.build, calibrated, and refused where the golden set is answered worse than now.

    force: publish even where nothing changed, or where it is worse. Raises GoldenWorse, and as build does.
    """
    reporter = reporter or Silent()
    return build(
        collection,
        store,
        encoder,
        force=force,
        dry_run=dry_run,
        keep=keep,
        reporter=reporter,
        calibration=calibration(),
        examine=gate(collection, force=force, reporter=reporter),
    )
