"""What happens around every request: its id, the headers, the last resort for errors, log and metrics."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search.accesslog import AccessLog, choose_request_id
from search.metrics import UNMATCHED, Metrics
from search.problems import ProblemError, problem_response

log = logging.getLogger("faq.http")

REQUEST_ID: Final = "faq.request_id"
"""The request's id in the ASGI scope."""
HEAD: Final = "faq.head"
"""In the ASGI scope of a HEAD, which routes see as a GET."""
_DEFAULT_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


class LastResort:
    """The innermost middleware: what fails unforeseen is answered as a problem, and what is cancelled too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope[REQUEST_ID]
        started = False

        async def send_on(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, send_on)
            return
        except asyncio.CancelledError:  # by a server whose time for stopping is over
            if started:
                raise
            problem = ProblemError("not_ready", "The server is stopping. Send the request again.")
        except Exception:
            log.exception("request %s failed: %s %a", request_id, scope["method"], scope["path"][:200])
            if started:
                raise  # too late for another answer: the server has to cut the connection
            problem = ProblemError("internal", f"Something went wrong. The log has it as {request_id}.")
        await problem_response(problem, request_id=request_id)(scope, receive, send)


class OpenToOthers(CORSMiddleware):
    """Lets pages of other origins call the API, but nothing of the admin side."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(("/admin", "/v1/admin")):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class Compressed(GZipMiddleware):
    """Compresses what browsers load. What programs ask is left to a proxy: it would take their time."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(("/v1/", "/admin", "/metrics")):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class Surroundings:
    """The outermost middleware. HEAD is answered as GET without the body."""

    def __init__(self, app: ASGIApp, *, access_log: AccessLog, metrics: Metrics) -> None:
        self._app, self._log, self._metrics = app, access_log, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await _Exchange(scope, send).run(self._app, receive, self._log, self._metrics)


class _Exchange:
    def __init__(self, scope: Scope, send: Send) -> None:
        headers = dict(scope["headers"])  # of a repeated header the last, which will do here
        self.request_id = choose_request_id(headers.get(b"x-request-id"))
        self.user_agent = headers.get(b"user-agent")
        self.method: str = scope["method"]
        self.scope = scope
        self._send = send
        self.status: int | None = None
        self.sent = 0

    async def run(self, app: ASGIApp, receive: Receive, access_log: AccessLog, metrics: Metrics) -> None:
        began = time.perf_counter()
        scope = self.scope
        scope[REQUEST_ID] = self.request_id
        if self.method == "HEAD":  # in a copy: the server has to know that a HEAD's answer has no body
            scope = {**scope, "method": "GET", HEAD: True}
        try:
            await app(scope, receive, self.send)
        finally:
            seconds = time.perf_counter() - began
            route = getattr(scope.get("route"), "path", UNMATCHED)
            status = self.status or 500
            metrics.request(route=route, method=self.method, status=status, seconds=seconds)
            access_log.write(
                request_id=self.request_id,
                method=self.method,
                route=route,
                raw_path=scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass"),
                status=status,
                seconds=seconds,
                sent=self.sent,
                client=scope["client"][0] if scope.get("client") else None,
                user_agent=self.user_agent,
            )

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            headers["x-request-id"] = self.request_id
            for name, value in _DEFAULT_HEADERS.items():
                headers.setdefault(name, value)
        elif self.method == "HEAD":
            message = {**message, "body": b""}
        self.sent += len(message.get("body", b""))
        await self._send(message)
