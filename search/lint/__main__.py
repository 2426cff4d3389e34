"""The job behind the page's lint results: {"collection"} in, the report out."""

from __future__ import annotations

from typing import Any

from index.errors import CollectionError
from index.extras import missing
from search.jobs.child import main
from search.settings import Settings


def work(settings: Settings, request: dict[str, Any]) -> dict[str, Any]:
    """Look at a collection. Raises FaqError."""
    collection = request.get("collection")
    if not isinstance(collection, str):
        raise CollectionError("The request names no 'collection'.")
    try:
        from search.lint.examine import examine
        from search.lint.loading import load_subject
    except ModuleNotFoundError as error:  # of what reads FAQ files, all is in one extra
        raise missing(str(error.name), extra="build") from None
    return examine(load_subject(settings, collection)).to_dict()


if __name__ == "__main__":
    main(work)
