"""Why a build is published, or would be."""

from __future__ import annotations

from collections.abc import Iterator

from index.changes import Changes
from index.collection import Collection, entries_digest
from index.judgements import judgements_digest
from index.manifest import Manifest


def reasons_to_publish(
    collection: Collection,
    published: Manifest,
    changes: Changes,
    *,
    same_model: bool,
    generator: str,
    calibration: str | None,
) -> Iterator[str]:
    """How a collection differs from its published snapshot; none where it doesn't.

    changes: of the entries. generator: this release. calibration: the version that a build would be
    calibrated with, None where it would not be.
    """
    if published.entries["digest"] != entries_digest(collection.entries):
        edited = changes.added or changes.changed or changes.removed
        yield "the entries changed" if edited else "the order of the entries changed"
    if published.title != collection.settings.title:
        yield "the title changed"
    if published.answering != collection.settings.answering:
        yield "the settings of answers changed"
    if not same_model:
        yield "built with another model"
    if published.generator != generator:  # another one may cut passages otherwise
        yield "built by another release"
    if published.golden.get("digest") != judgements_digest(collection.golden):
        asked = "digest" in published.golden
        yield "the golden set changed" if asked else "the golden set was not asked yet"
    if calibration is not None and published.calibration.get("version") != calibration:
        yield "calibrated otherwise" if published.calibration else "not calibrated yet"
