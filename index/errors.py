"""Every error this project raises on purpose; those with a file's name live beside what raises them.

FaqError                      something a person can act on; its text says what, where, how to mend it
├── CallerError               the caller's mistake: nothing was wrong with the machine
│   ├── SourceError           a FAQ file can't be read (file, line, reason, advice)
│   ├── CollectionError       a collection is missing, or contradicts itself
│   ├── QueryError            a query or filter can't be answered (code)
│   ├── ModelError            a model can't be found, verified or exported
│   ├── LogUrlError           no query log can be where FAQ_LOG_URL says (search/querylog/errors.py)
│   ├── SettingsError         a setting has a value that it can't have (search/settings.py)
│   ├── ChangeError           a change that is to be tried can't be made (search/preview/change.py)
│   └── AcceptError           what is accepted is not what was shown (search/preview/accept.py)
├── GoldenWorse               a build answers its golden set worse than what is published: a person decides
└── RunError                  failed at run time, through no fault of the caller
    ├── BuildBusy             another builder holds the lock
    ├── PublishError          a snapshot could not be written; the old one still serves
    ├── ExtraMissing          a package of an optional extra is not installed (index/extras.py)
    ├── WriteError            accepted variants could not be written (search/preview/accept.py)
    ├── QueryLogError         the query log can't be read or written (search/querylog/errors.py)
    └── SnapshotError
        ├── SnapshotMissing       nothing is published, or a version is not there
        ├── SnapshotDamaged       a file is not what the manifest says (file, expected, found)
        └── SnapshotIncompatible  a format this program can't read (found, readable, advice)
"""

from __future__ import annotations


class FaqError(Exception):
    """Base of all errors that a person can act on."""


class CallerError(FaqError):
    """The caller's mistake."""


class SourceError(CallerError):
    """A FAQ file can't be read.

    file: the file's name as the caller gave it; line: 1-based, or None where no line is at fault.
    """

    def __init__(self, file: str, reason: str, *, line: int | None = None, advice: str = "") -> None:
        self.file, self.line, self.reason, self.advice = file, line, reason, advice
        where = file if line is None else f"{file}:{line}"
        super().__init__(f"{where}: {reason}" + (f" {advice}" if advice else ""))


class CollectionError(CallerError):
    """A collection is missing, is badly named, or contradicts itself."""


class QueryError(CallerError):
    """A query can't be answered; `code` is stable and part of the HTTP API."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        super().__init__(detail)


class ModelError(CallerError):
    """A model can't be found, is not the one expected, or can't be exported."""


class GoldenWorse(FaqError):
    """A build was not published, because it answers its golden set worse than the published snapshot.

    Nobody's mistake and no failure: it was built, and whether it is right is for a person to say.
    """


class RunError(FaqError):
    """Failed at run time."""


class BuildBusy(RunError):
    """Another builder holds the collection's lock."""


class PublishError(RunError):
    """A snapshot could not be written (disk full, no permission); what was published still serves."""


class SnapshotError(RunError):
    """A snapshot can't be opened."""


class SnapshotMissing(SnapshotError):
    """Nothing is published there, or the version named does not exist."""


class SnapshotDamaged(SnapshotError):
    """A file of a snapshot is not what its manifest says."""

    def __init__(self, file: str, *, expected: str, found: str) -> None:
        self.file, self.expected, self.found = file, expected, found
        super().__init__(
            f"{file}: expected {expected}, found {found}. "
            "Rebuild the collection, or go back with 'faq snapshots rollback'."
        )


class SnapshotIncompatible(SnapshotError):
    """A snapshot in a format that this program can't read."""

    def __init__(self, file: str, *, found: object, readable: str, advice: str) -> None:
        self.file, self.found, self.readable, self.advice = file, found, readable, advice
        super().__init__(f"{file}: format {found}, this program reads {readable}. {advice}")
