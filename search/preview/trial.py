"""A change, tried: from what is published and what was asked to the result that is shown."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from index.encoders import EXPORTS
from index.progress import Reporter, Silent
from index.snapshot import Snapshot
from index.store import SnapshotStore
from search.preview.candidate import make_candidate
from search.preview.change import Change
from search.preview.golden import Judged, golden_effect
from search.preview.queries import AskedQuery
from search.preview.replay import Engines, Replayed
from search.preview.report import decisions, groups
from search.preview.sources import Changed, apply_change, apply_sources
from search.result import Verdict

TOP: Final = 20
"""Queries that are shown of each pair of entries."""
_LEARNED_ANEW: Final = (
    "Confidences are by the published calibration; a rebuild learns it anew, which moves them a little: "
    "about one query in a hundred, near a threshold, is then decided otherwise."
)
_ESTIMATE: Final = (
    "The model's export is not kept here, so new texts were embedded by the query encoder: an estimate."
)
_FIELDS: Final = ("question", "answer", "variants", "tags", "locale", "url", "related")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Where and how changes are tried.

    store, data_dir: of the snapshots and the collections' folders. threads: that encode. top: queries that
    are shown of each pair of entries. min_sessions: people below which a pair's queries are not shown.
    """

    store: SnapshotStore
    data_dir: Path
    threads: int
    top: int = TOP
    min_sessions: int = 1
    reporter: Reporter = field(default_factory=Silent)

    def run(self, collection: str, change: Change | None, asked: Sequence[AskedQuery]) -> dict[str, Any]:
        """Try a change, or, without one, the collection's folder as it is now. JSON-ready: docs/preview.md.

        Nothing is published; only vectors and verdicts of queries are kept beside the snapshots. Raises
        ChangeError, SourceError, CollectionError, SnapshotError.
        """
        clock = _Clock()
        published = self.store.open_current(collection, Snapshot.open)
        if change is None:
            changed = apply_sources(published, data_dir=self.data_dir)
        else:
            changed = apply_change(change, published, data_dir=self.data_dir)
        clock.lap("read")
        candidate = make_candidate(
            published,
            changed.entries,
            exports=self.store.root / EXPORTS,
            answering=changed.answering,
        )
        engines = Engines(published, candidate.snapshot, root=self.store.root)
        clock.lap("build")
        replayed, judged = self._ask(engines, asked, changed)
        encoded = engines.vectors.encoded
        engines.save()
        clock.lap("ask")
        changes = changed.changes
        shown = groups(
            replayed,
            top=self.top,
            min_sessions=self.min_sessions,
            known=(text for e in changed.entries for text in (e.question, *e.variants, e.answer)),
            edited={*changes.added, *changes.changed, *changes.removed},
        )
        golden = None
        if judged is not None:
            ids = {entry.id for entry in published.entries}
            golden = golden_effect(
                judged,
                published=ids,
                left={entry.id for entry in changed.entries},
                tolerance=changed.tolerance,
            )
        notes = [_ESTIMATE] if candidate.estimate else []
        if published.manifest.calibration and candidate.snapshot.passages != published.passages:
            notes.append(_LEARNED_ANEW)
        return {
            "collection": collection,
            "snapshot": published.version,
            "changes": _changes(changed, published),
            "texts": {"embedded": candidate.embedded, "estimate": candidate.estimate},
            "queries": {
                "asked": sum(one.asked.count for one in replayed),
                "distinct": len(replayed),
                "left_out": len(asked) - len(replayed),
                "encoded": encoded,
            },
            "decisions": decisions(replayed),
            "groups": shown,
            "golden": golden,
            "entries": _named(published, changed, shown, golden),
            "seconds": clock.seconds,
            "warnings": list(changed.warnings),
            "notes": notes,
        }

    def _ask(
        self, engines: Engines, asked: Sequence[AskedQuery], changed: Changed
    ) -> tuple[list[Replayed], list[Judged] | None]:
        """What became of the queries, and of the golden set, None where there is none to be had."""
        golden = changed.golden
        judgements = [AskedQuery(text=judgement.query) for judgement in golden or ()]
        with self.reporter.bar("queries", len(asked) + len(judgements)) as advance:
            replayed = engines.replay(asked, threads=self.threads, progress=advance)
            verdicts = engines.verdicts(judgements, threads=self.threads, progress=advance)
        if golden is None:
            return replayed, None
        nothing: tuple[Verdict | None, Verdict | None] = None, None
        pairs = [pair or nothing for pair in verdicts]
        return replayed, [
            Judged(judgement=judgement, before=before, after=after)
            for judgement, (before, after) in zip(golden, pairs, strict=True)
        ]


class _Clock:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, step: str) -> None:
        now = time.perf_counter()
        self.seconds[step], self._last = round(now - self._last, 3), now


def _changes(changed: Changed, published: Snapshot) -> dict[str, Any]:
    """Which entries, and the wordings that each gains and loses."""
    before = {entry.id: entry for entry in published.entries}
    after = {entry.id: entry for entry in changed.entries}
    changes = changed.changes
    details = []
    for id_ in changes.changed:
        old, new = before[id_], after[id_]
        fields = [name for name in _FIELDS if getattr(old, name) != getattr(new, name)]
        details.append(
            {
                "entry": id_,
                "fields": fields,
                "variants_added": [text for text in new.variants if text not in old.variants],
                "variants_removed": [text for text in old.variants if text not in new.variants],
            }
        )
    return {
        "added": list(changes.added),
        "changed": details,
        "removed": list(changes.removed),
        "unchanged": changes.unchanged,
    }


def _named(
    published: Snapshot, changed: Changed, shown: Mapping[str, Any], golden: Mapping[str, Any] | None
) -> dict[str, dict[str, str]]:
    """Question and state of every entry that the result names: the new question, or that of a removed one."""
    entries = {entry.id: entry for entry in (*published.entries, *changed.entries)}
    changes = changed.changes
    states = {
        **dict.fromkeys(changes.added, "new"),
        **dict.fromkeys(changes.changed, "changed"),
        **dict.fromkeys(changes.removed, "removed"),
    }
    wanted = {*states, *_ids(shown), *_ids(golden or {})}
    return {
        id_: {"question": entry.question, "state": states.get(id_, "same")}
        for id_, entry in entries.items()
        if id_ in wanted
    }


def _ids(value: Any) -> Iterator[str]:
    """Whatever stands under the names that hold ids."""
    if isinstance(value, Mapping):
        for key, held in value.items():
            if key == "entry" and isinstance(held, str):
                yield held
            elif key in ("choices", "relevant"):
                yield from held
            else:
                yield from _ids(held)
    elif isinstance(value, list):
        for held in value:
            yield from _ids(held)
