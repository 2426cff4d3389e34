"""An ASGI app that does nothing but answer: how fast the load generator can be at most.

python -m benchmarks.trivial_service PORT
"""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final

import uvicorn

_HIT: Final = {"question": "How do I return an order?", "answer": "Pack it well. " * 25, "score": 0.5}
# About as large as a real answer with ten hits.
_BODY: Final = json.dumps({"query": "returns", "hits": [_HIT] * 10}).encode()
_HEADERS: Final = [(b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode())]


async def app(scope: dict[str, Any], _receive: object, send: Callable[[Any], Awaitable[None]]) -> None:
    """The same 200 for every request."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": _BODY})


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", lifespan="off")
