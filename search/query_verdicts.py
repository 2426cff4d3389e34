"""What a snapshot found for each query, kept: a report asks them all, and so does every change that is tried.

A disposable file for each snapshot and release of this program, which holds no query, only digests.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final, get_args

import orjson

from index.manifest import MANIFEST_FILE
from index.snapshot import Snapshot
from search.disposable_file import DisposableFile, folder_of
from search.engine import SearchEngine
from search.result import Decision, Verdict

MOST: Final = 50_000
"""Verdicts that a file keeps: about 20 MB."""
_PACKAGES: Final = ("search", "index")
_DIGEST: Final = 16
_DECISIONS: Final = get_args(Decision)


class QueryVerdicts:
    """An engine that remembers what it found."""

    def __init__(self, engine: SearchEngine, root: Path) -> None:
        """root: the folder of the snapshots."""
        self._engine = engine
        self._file = DisposableFile(folder_of(root) / f"{_name(engine.snapshot)}.verdicts")
        self._kept = _unpack(self._file.read())
        self._used: dict[str, Verdict] = {}
        self._new = False

    def knows(self, query: str, *, locale: str | None) -> bool:
        """Whether `verdict` need not ask the engine."""
        key = _digest(query, locale)
        return key in self._used or key in self._kept

    def verdict(self, query: str, *, locale: str | None = None) -> Verdict:
        """As SearchEngine.verdict. Raises QueryError."""
        key = _digest(query, locale)
        found = self._used.get(key) or self._kept.get(key)
        if found is None:
            found = self._engine.verdict(query, locale=locale)
            self._new = True
        self._used[key] = found
        return found

    def save(self, *, most: int = MOST) -> bool:
        """Keep them, as QueryVectors.save does."""
        if not self._new:
            self._file.touch()
            return True

        def merge(content: bytes | None) -> bytes:
            others = {key: one for key, one in _unpack(content).items() if key not in self._used}
            merged = list((others | self._used).items())[-most:]
            return orjson.dumps({key: _packed(one) for key, one in merged})

        self._new = not self._file.update(merge)
        return not self._new


def _name(snapshot: Snapshot) -> str:
    """Names all that decides a verdict: the snapshot's content and the program."""
    digest = hashlib.sha256((snapshot.folder / MANIFEST_FILE).read_bytes())
    digest.update(snapshot.version.encode() + _program())
    return f"{snapshot.collection}-{digest.hexdigest()[:24]}"


@lru_cache(maxsize=1)
def _program() -> bytes:
    """A digest of the code that searches, and of what it learned: another release may decide otherwise."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for package in _PACKAGES:
        for file in sorted([*(root / package).rglob("*.py"), *(root / package).glob("*.json")]):
            digest.update(file.read_bytes())
    return digest.digest()


def _digest(query: str, locale: str | None) -> str:
    text = f"{locale or ''}\n{query}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=_DIGEST).hexdigest()


def _packed(verdict: Verdict) -> list[object]:
    return [verdict.decision, verdict.ids, verdict.confidences, verdict.choices]


def _unpack(content: bytes | None) -> dict[str, Verdict]:
    """By digest; none where it is anything else."""
    try:
        records = orjson.loads(content or b"{}")
        return {
            key: Verdict(
                decision=_DECISIONS[_DECISIONS.index(decision)],
                ids=tuple(ids),
                confidences=tuple(confidences),
                choices=tuple(choices),
            )
            for key, (decision, ids, confidences, choices) in records.items()
        }
    except (ValueError, TypeError, AttributeError):  # another layout
        return {}
