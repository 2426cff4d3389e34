"""Answers that a browser may keep: it asks again with their tag, and is told where nothing has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response


def cached(
    request: Request, response: Response, made_of: bytes, *, body: Callable[[], bytes] | None = None
) -> Response:
    """The response with an ETag, or 304 where the client has it already.

    made_of: what the response depends on; equal bytes stand for equal responses. body: makes the body of a
    response that has none yet, only where it is sent. The tag is weak: bodies are compressed on the way.
    """
    tag = f'W/"{hashlib.sha256(made_of).hexdigest()[:32]}"'
    response.headers["etag"] = tag
    given = request.headers.get("if-none-match", "")
    if tag in (one.strip() for one in given.split(",")) or given.strip() == "*":
        kept = {
            name: value
            for name, value in response.headers.items()
            if name not in ("content-length", "content-type")
        }
        return Response(status_code=304, headers=kept)
    if body is not None:
        response.body = body()
        response.headers["content-length"] = str(len(response.body))
    return response
