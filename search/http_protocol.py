"""What `faq serve` adds to uvicorn's HTTP: a bound on how much of a request is held before its body."""

from __future__ import annotations

from typing import Final

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from search.problems import CONTENT_TYPE, ProblemError, problem_body

MAX_HEAD: Final = 64 * 1024
"""Bytes of a request line and headers; what comes in one piece may be longer."""
_STATUS: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\n"


class BoundedHttp(HttpToolsProtocol):
    """Refuses a request whose head doesn't end: uvicorn would keep all of it in memory."""

    _held = 0  # bytes since a head, or a piece of a body, was last complete

    def data_received(self, data: bytes) -> None:
        self._held += len(data)
        super().data_received(data)
        if self._held > MAX_HEAD and not self.transport.is_closing():
            self._refuse()

    def on_headers_complete(self) -> None:
        self._held = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._held = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._held = 0
        super().on_message_complete()

    def _refuse(self) -> None:
        problem = ProblemError("headers_too_large", f"The headers have more than {MAX_HEAD} bytes.")
        body = orjson.dumps(problem_body(problem))
        headers = f"content-type: {CONTENT_TYPE}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n"
        self.transport.write(_STATUS + headers.encode() + b"\r\n" + body)
        self.transport.close()
