"""The store of published snapshots: versions side by side, and a pointer to the one that serves.

<root>/<collection>/CURRENT                        the serving version's name, replaced by rename
<root>/<collection>/20260131T235959Z-0123456789ab/ a version: when it was published, and its content's hash
<root>/<collection>/.stage-*, .gone-*              a version being written, or removed: never looked at
<root>/<collection>/.lock, .lock.holder            held by whoever changes the collection, and who that is

A version gets its name, by one rename, only when it is complete, verified and on the disk, and loses it the
same way before it is removed. So whatever is killed when: a name that can be seen stands for a whole version.
"""

from __future__ import annotations

import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from index.build_lock import hold_lock
from index.durable import make_folders, partial_file, replace_text, seal_tree, sync
from index.errors import CollectionError, PublishError, SnapshotDamaged, SnapshotError, SnapshotMissing
from index.manifest import MANIFEST_FILE
from index.names import COLLECTION_NAME
from index.publish_failures import publish_failures
from index.regular_file import NotAFile, open_regular
from index.version import next_version, version_time

POINTER: Final = "CURRENT"
STEPS: Final = ("stage", "write", "verify", "sync", "rename", "point", "done")
_STAGE: Final = ".stage-"
_GONE: Final = ".gone-"
_IN_THE_WAY: Final = "it is a folder, and should be a file. Remove it or move it away."
_POINTER_LIMIT: Final = 256  # bytes read of a pointer, which holds 30

_Opened = TypeVar("_Opened")


def _ignore(_step: str) -> None:
    """Report no progress."""


class SnapshotStore:
    """The published snapshots under a folder, which need not exist yet.

    What a version folder holds is the caller's business, but for its manifest, which makes it complete.
    Reading needs no lock. `publish`, `activate` and `prune` must be called within `lock`.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._held: set[str] = set()

    def collections(self) -> list[str]:
        """The collections with a pointer, whatever it is, sorted, and those that can't be looked into.

        Raises SnapshotMissing where the root is no folder, SnapshotError where it can't be read.
        """
        self._check_root()
        return [name for name in self._collection_names() if _exists(self.root / name / POINTER)]

    def without_pointer(self) -> list[str]:
        """The collections with versions of which none can serve, because the pointer is gone, sorted."""
        self._check_root()
        return [
            name
            for name in self._collection_names()
            if not _exists(self.root / name / POINTER) and self._version_names(name)
        ]

    def pointer(self, collection: str) -> Path:
        """The file that names the serving version. Raises CollectionError for a bad name."""
        return self._home(collection) / POINTER

    def current_version(self, collection: str) -> str:
        """The name in the pointer.

        Raises SnapshotMissing where nothing is published, SnapshotDamaged where it holds anything else.
        """
        pointer = self.pointer(collection)
        try:
            with open_regular(pointer) as stream:
                content = stream.read(_POINTER_LIMIT)
        except (FileNotFoundError, NotADirectoryError):
            raise self._nothing_serves(collection) from None
        except NotAFile as error:
            if pointer.is_dir():
                raise SnapshotError(f"{pointer} can't be read: {_IN_THE_WAY}") from None
            raise SnapshotDamaged(str(pointer), expected="a file", found=str(error.strerror)) from None
        except OSError as error:
            raise _unreadable(pointer, error) from error
        name = content.decode("utf-8", errors="replace").removesuffix("\n")
        if version_time(name) is None:
            raise SnapshotDamaged(str(pointer), expected="the name of a version", found=ascii(name))
        return name

    def check_pointer(self, collection: str) -> None:
        """Raises PublishError where the pointer can't be replaced, because a folder is in its place."""
        pointer = self.pointer(collection)
        with suppress(OSError):  # which says more where it is met again
            if stat.S_ISDIR(pointer.lstat().st_mode):  # not a link to one, which can be replaced
                raise PublishError(f"'{collection}' can't be published: {pointer}: {_IN_THE_WAY}")

    def current(self, collection: str) -> Path:
        """The serving version's folder. Raises as current_version, and SnapshotMissing where it is gone."""
        return self.folder(collection, self.current_version(collection))

    def open_current(self, collection: str, opener: Callable[[Path], _Opened]) -> _Opened:
        """Open the serving version, whatever is published and pruned meanwhile.

        Between reading the pointer and the version's last file, newer ones may be published and that one
        pruned. Then opening fails, but the pointer has moved on, and opening starts again from there.
        """
        while True:
            version = self.current_version(collection)
            try:
                return opener(self.folder(collection, version))
            except (SnapshotError, OSError):
                if self.current_version(collection) == version:
                    raise

    def versions(self, collection: str) -> list[str]:
        """The published versions, oldest first."""
        home = self._home(collection)
        names = self._version_names(collection)
        return [name for name in names if _is(stat.S_IFREG, home / name / MANIFEST_FILE)]

    def incomplete(self, collection: str) -> list[str]:
        """Versions that lost their manifest after they were published, oldest first."""
        complete = set(self.versions(collection))
        return [name for name in self._version_names(collection) if name not in complete]

    def folder(self, collection: str, version: str) -> Path:
        """A version's folder. Raises SnapshotMissing where there is none."""
        folder = self._home(collection) / version
        if version_time(version) is None or not _is(stat.S_IFDIR, folder):
            raise SnapshotMissing(
                f"'{collection}' has no version {version!a} in {self.root}. "
                f"'faq snapshots list {collection}' shows those there are."
            )
        return folder

    @contextmanager
    def lock(self, collection: str) -> Iterator[None]:
        """Keep everyone else from changing a collection; the kernel frees it when its holder dies.

        Raises BuildBusy, at once, where another holds it, and PublishError where it can't be made, or as
        check_pointer: what can't end well should not begin.
        """
        home = self._home(collection)
        with publish_failures(f"'{collection}' can't be locked", home):
            make_folders(home)
        with hold_lock(home / ".lock", collection):
            self.check_pointer(collection)
            self._held.add(collection)
            try:
                yield
            finally:
                self._held.discard(collection)

    def publish(
        self,
        collection: str,
        *,
        content_hash: str,
        write: Callable[[Path], None],
        verify: Callable[[Path], None],
        on_step: Callable[[str], None] = _ignore,
    ) -> str:
        """Write a version, make it the serving one, and return its name.

        content_hash: at least 12 lower-case hex digits. write: fills an empty folder, the manifest last;
        files and folders only. verify: raises if the folder is not as it should be. on_step: is told each of
        STEPS just before it begins; "done" comes after all.

        Until the pointer is replaced nothing that serves is touched, and on any exception what was written is
        removed. Raises PublishError for an OSError; other exceptions pass through.
        """
        home = self._home_held(collection)
        version = self._next_version(collection, content_hash)
        stage = home / f"{_STAGE}{secrets.token_hex(8)}"
        try:
            with publish_failures(f"A snapshot of '{collection}' can't be published", home):
                on_step("stage")
                self._sweep(collection)
                stage.mkdir()
                on_step("write")
                write(stage)
                on_step("verify")
                verify(stage)
                if not (stage / MANIFEST_FILE).is_file():
                    raise ValueError(f"the writer left no {MANIFEST_FILE} in {stage}")
                on_step("sync")
                seal_tree(stage)
                on_step("rename")
                stage.rename(home / version)
                sync(home)
                on_step("point")
                self._point(collection, version)
        except BaseException:
            shutil.rmtree(stage, ignore_errors=True)
            self._withdraw(collection, version)
            raise
        on_step("done")
        return version

    def activate(self, collection: str, version: str) -> None:
        """Make a published version the serving one; that it can be opened is the caller's to check.

        Raises SnapshotMissing where there is no such version, SnapshotDamaged where it has no manifest, and
        PublishError where the pointer can't be written.
        """
        home = self._home_held(collection)
        if not (self.folder(collection, version) / MANIFEST_FILE).is_file():
            raise SnapshotDamaged(str(home / version / MANIFEST_FILE), expected="a manifest", found="no file")
        with publish_failures(f"'{collection}' can't be switched to {version}", home):
            self._point(collection, version)

    def prunable(self, collection: str, *, keep: int) -> list[str]:
        """What `prune` would remove: all but the newest `keep` (1 or more) and the serving one, oldest first.

        A version newer than the serving one, left by a rollback or a crash, counts as any other. One that has
        lost its manifest is of no use to anyone and does not count. Raises SnapshotDamaged where the pointer
        is nonsense, because then what serves is not known.
        """
        if keep < 1:
            raise ValueError(f"keep must be 1 or more, not {keep}")
        kept = set(self.versions(collection)[-keep:])
        with suppress(SnapshotMissing):
            kept.add(self.current_version(collection))
        return [name for name in self._version_names(collection) if name not in kept]

    def prune(self, collection: str, *, keep: int) -> list[str]:
        """Remove the `prunable` versions and what killed builders left; return the versions removed.

        Raises as prunable, and PublishError where something can't be removed.
        """
        home = self._home_held(collection)
        prunable = self.prunable(collection, keep=keep)
        with publish_failures(f"Old snapshots of '{collection}' can't be removed", home):
            for version in prunable:
                shutil.rmtree(self._hide(collection, version))
            self._sweep(collection)
        return prunable

    def _check_root(self) -> None:
        if _exists(self.root) and not _is(stat.S_IFDIR, self.root):
            raise SnapshotMissing(
                f"{self.root} is no folder. Set FAQ_SNAPSHOT_DIR to the folder of snapshots."
            )

    def _collection_names(self) -> list[str]:
        return [name for name in _names(self.root) if COLLECTION_NAME.fullmatch(name)]

    def _nothing_serves(self, collection: str) -> SnapshotMissing:
        """Why there is no pointer, and what to do."""
        self._check_root()
        versions = self.versions(collection)
        if versions:
            return SnapshotMissing(
                f"No version of '{collection}' serves: {self.pointer(collection)} is gone. Let one serve "
                f"with 'faq snapshots rollback {collection} {versions[-1]}', or build anew with "
                f"'faq rebuild {collection}'."
            )
        others = ", ".join(self.collections())
        there = f", only of {others}" if others else ""
        return SnapshotMissing(
            f"Nothing is published of '{collection}' in {self.root}{there}. "
            f"Build it with 'faq rebuild {collection}', or set FAQ_SNAPSHOT_DIR to where it is."
        )

    def _home(self, collection: str) -> Path:
        if not COLLECTION_NAME.fullmatch(collection):
            raise CollectionError(
                f"{collection!a} is not the name of a collection: use 1 to 64 of a-z, 0-9, '-' and '_', "
                "and begin with a letter or a digit."
            )
        return self.root / collection

    def _home_held(self, collection: str) -> Path:
        home = self._home(collection)
        if collection not in self._held:
            raise RuntimeError(f"'{collection}' is changed without its lock")
        return home

    def _version_names(self, collection: str) -> list[str]:
        home = self._home(collection)
        return [name for name in _names(home) if version_time(name) and _is(stat.S_IFDIR, home / name)]

    def _next_version(self, collection: str, content_hash: str) -> str:
        taken = self._version_names(collection)
        with suppress(SnapshotMissing, SnapshotDamaged):
            taken.append(self.current_version(collection))
        return next_version(taken, content_hash=content_hash, now=datetime.now(UTC))

    def _point(self, collection: str, version: str) -> None:
        replace_text(self.pointer(collection), f"{version}\n")

    def _hide(self, collection: str, version: str) -> Path:
        home = self._home(collection)
        hidden = home / f"{_GONE}{version}-{secrets.token_hex(4)}"
        (home / version).rename(hidden)
        return hidden

    def _withdraw(self, collection: str, version: str) -> None:
        """Remove a version that got its name but could not be pointed to, lest retries fill a disk."""
        with suppress(OSError, SnapshotError):
            if not self._serves(collection, version):
                shutil.rmtree(self._hide(collection, version), ignore_errors=True)

    def _serves(self, collection: str, version: str) -> bool:
        try:
            return self.current_version(collection) == version
        except (SnapshotMissing, SnapshotDamaged):
            return False

    def _sweep(self, collection: str) -> None:
        """Remove what killed builders left; nobody else is at work, because the lock is held."""
        home = self._home(collection)
        for name in _names(home):
            if name.startswith((_STAGE, _GONE)):
                shutil.rmtree(home / name, ignore_errors=True)
        with suppress(OSError):
            partial_file(home / POINTER).unlink()


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _unreadable(folder, error) from error


def _is(kind: int, path: Path) -> bool:
    """Whether a file (S_IFREG) or folder (S_IFDIR) is there, or what can't be looked at: opening says why."""
    try:
        return stat.S_IFMT(path.stat().st_mode) == kind
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def _exists(path: Path) -> bool:
    """Whether anything is there, a link to nowhere included, or what can't be looked at."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _unreadable(path: Path, error: OSError) -> SnapshotError:
    return SnapshotError(f"{path} can't be read: {error.strerror or error}. Give this user access to it.")
