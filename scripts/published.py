"""Which collection a command means."""

from __future__ import annotations

from index.collection import list_collections
from index.errors import CollectionError
from index.store import SnapshotStore
from search.settings import Settings


def check_collection(settings: Settings, collection: str) -> None:
    """Raises CollectionError for a name that nothing has: no snapshot, and no folder of a collection.

    A collection that is there and not published is another matter: nobody mistook its name.
    """
    store = SnapshotStore(settings.snapshot_dir)
    versions = store.versions(collection)  # which tells what a name may be
    if versions or collection in (*store.collections(), *list_collections(settings.data_dir)):
        return
    published = ", ".join(store.collections()) or "none"
    raise CollectionError(
        f"There is no collection {collection!r} in {settings.data_dir}, and nothing is published of it in "
        f"{settings.snapshot_dir}. Published are: {published}."
    )
