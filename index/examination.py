"""What a build lets others do with a snapshot before it is published: calibrate it, and examine it.

Both need the search, which this package never imports, so they come as functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from index.collection import Collection
from index.snapshot import Snapshot

Examine = Callable[[Snapshot, Snapshot | None], Mapping[str, Any]]
"""(new, published) → figures of the golden set for the manifest, JSON-ready.

new: as it would be published, calibrated. published: what serves now, or None where nothing usable does.
Raises GoldenWorse where the new one must not be published.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How a snapshot's confidence is calibrated.

    version: changes whenever the same snapshot would be calibrated otherwise; it is kept in the manifest.
    make: (uncalibrated snapshot, its collection) → what the manifest keeps besides, JSON-ready.
    """

    version: str
    make: Callable[[Snapshot, Collection], Mapping[str, Any]]
