"""Accepting variants: into the collection's variants.jsonl, as a change of a file that a person has seen."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import unified_diff
from io import StringIO
from pathlib import Path
from typing import Any, Final

from index.added_variants import VARIANTS_FILE, parse_added_variants, variant_line
from index.durable import replace_text
from index.entry import Entry
from index.errors import CallerError, CollectionError, RunError
from index.names import COLLECTION_NAME
from index.sources import read_bytes
from index.sources.decoding import decode
from search.preview.change import Change, ChangeError, ProposedVariant, changed_entries

_MARK: Final = "\ufeff"  # of UTF-8, which some editors put first, and which stays
_NEXT: Final = "Review and commit the change, then run 'faq rebuild {}'."


class AcceptError(CallerError):
    """What is accepted is not what was shown: the file has changed meanwhile."""


class WriteError(RunError):
    """The file can't be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """How variants.jsonl would change.

    file: its name in messages. diff: a unified diff, to be shown, or applied with 'git apply' in the folder
    of collections. digest: of the file as it is now; `accept` wants it back. lines: where the variants would
    stand.
    """

    file: str
    diff: str
    digest: str
    lines: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"file": self.file, "diff": self.diff, "digest": self.digest, "lines": list(self.lines)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """file, lines: where the variants stand now. advice: what is to be done next."""

    file: str
    lines: tuple[int, ...]
    advice: str

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"file": self.file, "lines": list(self.lines), "advice": self.advice}


def propose(
    data_dir: Path, collection: str, variants: Sequence[ProposedVariant], *, entries: Sequence[Entry]
) -> Proposal:
    """What accepting the variants would change; nothing is written.

    entries: the published ones, or those of the folder. Raises ChangeError for an unknown id and a wording
    that an entry or the file has already, CollectionError where the folder isn't here.
    """
    path = _path(data_dir, collection)
    return _propose(_read(path, collection), f"{collection}/{VARIANTS_FILE}", variants, entries)[0]


def accept(
    data_dir: Path,
    collection: str,
    variants: Sequence[ProposedVariant],
    *,
    entries: Sequence[Entry],
    digest: str,
) -> Accepted:
    """Write what was proposed; one at a time, whoever does it.

    digest: of the proposal that a person has seen. Raises AcceptError where the file has changed since,
    WriteError where it can't be written, and as propose. Whatever happens, it is the old file or the new one.
    """
    path = _path(data_dir, collection)
    with _failures(path), _locked(path.parent):
        proposal, text = _propose(_read(path, collection), f"{collection}/{VARIANTS_FILE}", variants, entries)
        if proposal.digest != digest:
            raise AcceptError(
                f"{proposal.file} has changed since it was shown, so nothing was written. Look at the new "
                "proposal and accept that."
            )
        replace_text(path, text)
    return Accepted(file=proposal.file, lines=proposal.lines, advice=_NEXT.format(collection))


def _propose(
    old: str | None, name: str, variants: Sequence[ProposedVariant], entries: Sequence[Entry]
) -> tuple[Proposal, str]:
    """The proposal, and the text that the file would have. old: None where there is no file."""
    if not variants:
        raise ChangeError("There is no variant to accept.")
    text = old or ""
    present, _ = parse_added_variants(text.removeprefix(_MARK), name).add_to(entries)
    grown = {entry.id: entry for entry in changed_entries(Change(variants=tuple(variants)), present)}
    added: dict[str, Iterator[str]] = {}
    for entry in present:
        added[entry.id] = iter(grown[entry.id].variants[len(entry.variants) :])
    end = "\r\n" if "\r\n" in text else "\n"
    head = text if not text or text.endswith("\n") else text + end
    tail = [variant_line(one.entry, next(added[one.entry])) for one in variants]
    new = head + "".join(line + end for line in tail)
    first = head.count("\n") + 1
    proposal = Proposal(
        file=name,
        diff=_diff(old, new, name),
        digest=hashlib.sha256(b"none" if old is None else b"text " + text.encode()).hexdigest(),
        lines=tuple(range(first, first + len(tail))),
    )
    return proposal, new


def _diff(old: str | None, new: str, name: str) -> str:
    before = "/dev/null" if old is None else f"a/{name}"
    lines = unified_diff(_lines(old or ""), _lines(new), before, f"b/{name}")
    # As diff does: a last line without an end must not run into the next one.
    unended = "{}\n\\ No newline at end of file\n"
    return "".join(line if line.endswith("\n") else unended.format(line) for line in lines)


def _lines(text: str) -> list[str]:
    return StringIO(text, newline="\n").readlines()


def _path(data_dir: Path, collection: str) -> Path:
    if not COLLECTION_NAME.fullmatch(collection):
        raise CollectionError(f"{collection[:80]!a} is no collection name.")
    folder = data_dir / collection
    if not folder.is_dir():
        raise CollectionError(
            f"The folder of {collection!r} is not here ({folder}), so nothing can be accepted into it. Set "
            "FAQ_DATA_DIR, or apply the change where the FAQ files are kept."
        )
    return folder / VARIANTS_FILE


def _read(path: Path, collection: str) -> str | None:
    """The file's text, None where there is none. Raises SourceError."""
    name = f"{collection}/{VARIANTS_FILE}"
    if path.is_symlink():
        raise ChangeError(f"{name} is a link. Put the file itself there: it would be replaced.")
    if not path.exists():
        return None
    content = read_bytes(path, name)
    text = _MARK * content.startswith(_MARK.encode()) + decode(content, name)
    if text.encode() != content:
        raise ChangeError(f"{name} is not in UTF-8: all of it would be written anew. Save it as UTF-8 first.")
    return text


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's own lock, which leaves no file among the FAQ files. Raises OSError."""
    import fcntl  # which not every system has, and only who writes needs

    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _failures(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WriteError(
            f"{path} can't be written: {error.strerror or error}. Nothing was changed. Let this user write "
            "there, or save the proposal and apply it with 'git apply' where the FAQ files are kept."
        ) from error
