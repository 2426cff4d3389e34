"""Answers that a browser may keep: it asks again with their tag, and is told where nothing has changed."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

MOST_BYTES: Final = 16 * 1024 * 1024
"""Of bodies that are remembered."""


class Bodies:
    """Bodies by their tags, the last ones asked for; made again after that. For one thread."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        """most: bytes of all bodies together."""
        self._most, self._held = most, 0
        self._bodies: OrderedDict[str, bytes] = OrderedDict()

    def get(self, tag: str, make: Callable[[], bytes]) -> bytes:
        """The body of a tag."""
        body = self._bodies.pop(tag, None)
        if body is None:
            body = make()
            self._held += len(body)
        self._bodies[tag] = body
        while self._held > self._most and len(self._bodies) > 1:
            _, dropped = self._bodies.popitem(last=False)
            self._held -= len(dropped)
        return body


def cached(
    request: Request,
    made_of: bytes,
    make: Callable[[], bytes],
    *,
    media_type: str,
    headers: Mapping[str, str],
    bodies: Bodies | None = None,
) -> Response:
    """A response with an ETag, or 304 where the client has it already.

    made_of: what the body depends on; equal bytes stand for equal bodies. make: makes it, only where it is
    sent and isn't among `bodies`. The tag is weak: bodies are compressed on the way.
    """
    digest = hashlib.sha256(made_of).hexdigest()[:32]
    tag = f'W/"{digest}"'
    given = request.headers.get("if-none-match", "")
    if tag in (one.strip() for one in given.split(",")) or given.strip() == "*":
        return Response(status_code=304, headers={**headers, "etag": tag})
    body = bodies.get(digest, make) if bodies is not None else make()
    return Response(body, media_type=media_type, headers={**headers, "etag": tag})
