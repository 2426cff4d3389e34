"""Rebuilding a collection in which a few entries changed, against building it for the first time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import orjson

from benchmarks.figures import Figure, Section, Target
from benchmarks.processes import faq, timed
from benchmarks.texts import edited, generated_entries
from benchmarks.workplace import Workplace
from index.entry import Entry
from index.errors import RunError

CHANGED: Final = 10
_NAME: Final = "generated"
_LIMIT: Final = 3600.0
_TEXTS: Final = re.compile(r"texts: (\d+), of them (\d+) to embed")


def measure(place: Workplace) -> Section:
    """Whole processes of `faq rebuild`, imports included."""
    count, rounds = (500, 1) if place.quick else (10_000, 3)
    entries = generated_entries(place.collections, count)
    place.tell(f"first build of {count} entries")
    first, texts, _ = _rebuild(place.folder, entries)
    later, embedded = [], 0
    for number in range(rounds):
        place.tell(f"rebuild {number + 1} of {rounds}, {CHANGED} entries changed")
        entries = edited(entries, CHANGED, edition=number + 1)
        seconds, _, embedded = _rebuild(place.folder, entries)
        later.append(seconds)
    figure = Figure(
        name=f"rebuild with {CHANGED} of {count:,} entries changed",
        unit="s",
        ours=tuple(later),
        baseline=(first,),
        target=Target(bound="at most", limit=0.05),
    )
    return Section(
        title="rebuild",
        against="the first build",
        figures=(figure,),
        notes=(
            f"whole processes of faq rebuild; rebuilds: {rounds}, after one first build; {texts:,} texts, of "
            f"which the last rebuild embedded {embedded}.",
        ),
    )


def _rebuild(folder: Path, entries: Sequence[Entry]) -> tuple[float, int, int]:
    """Seconds, texts, texts embedded. Raises RunError where nothing was published."""
    source = folder / "faq_data" / _NAME / "entries.jsonl"
    source.parent.mkdir(parents=True, exist_ok=True)
    fields = ("id", "question", "variants", "answer")
    records = ({name: getattr(entry, name) for name in fields} for entry in entries)
    source.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))
    folders = ("--data-dir", str(source.parent.parent), "--snapshot-dir", str(folder / "rebuilt"))
    output, seconds = timed(faq("rebuild", _NAME, *folders), folder, limit_s=_LIMIT)
    counts = _TEXTS.search(output)
    if counts is None or "published " not in output:
        raise RunError(f"faq rebuild published nothing:\n{output}")
    return seconds, int(counts[1]), int(counts[2])
