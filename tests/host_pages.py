"""Pages of other sites that show the search box, and a line to the service that can be slow or cut."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2

DEADLINE = 60.0
_NOT_PASSED_ON = frozenset(
    ("connection", "content-length", "transfer-encoding", "content-encoding", "date", "host")
)


@dataclass(kw_only=True)
class Site:
    """A site on a port of its own. pages: bodies by path, which may be changed. headers: of every page."""

    url: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def show(self, body: str, *, path: str = "/", head: str = "", lang: str = "en", dir: str = "ltr") -> str:
        """Put a page there; its address."""
        self.pages[path] = (
            f'<!doctype html><html lang="{lang}" dir="{dir}"><head><meta charset="utf-8">'
            '<title>A shop</title><link rel="icon" href="data:,">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">{head}</head>'
            f"<body><main><h1>Help</h1>{body}</main></body></html>"
        )
        return f"{self.url}{path}"


@contextmanager
def site(**headers: str) -> Iterator[Site]:
    """A site that serves nothing yet."""
    served = Site(headers={name.replace("_", "-"): value for name, value in headers.items()})

    class Handler(_Quiet):
        def do_GET(self) -> None:
            body = served.pages.get(self.path.partition("?")[0])
            self.send_response(200 if body is not None else 404)
            for name, value in served.headers.items():
                self.send_header(name, value)
            kind = "text/javascript" if self.path.endswith(".js") else "text/html"
            self.answer((body or "").encode(), f"{kind}; charset=utf-8")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.do_GET()

    with _served(Handler) as served.url:
        yield served


@dataclass(kw_only=True)
class Line:
    """A line to a service. delay: seconds that the answer to a path waits. cut: nothing comes through. asked:
    paths in the order in which they were asked. gone: those whose asker did not wait for the answer."""

    url: str = ""
    delay: Callable[[str], float] = lambda _path: 0.0
    cut: bool = False
    asked: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    def queries(self) -> list[str]:
        """What was searched for or completed."""
        paths = [path for path in self.asked if path.startswith(("/v1/search", "/v1/suggest"))]
        return [httpx2.URL(path).params["q"] for path in paths]


@contextmanager
def line(service: str) -> Iterator[Line]:
    """A line to a service at an address."""
    opened = Line()

    class Handler(_Quiet):
        def pass_on(self) -> None:
            opened.asked.append(self.path)
            if opened.cut:
                self.close_connection = True
                self.connection.close()
                return
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            response = httpx2.request(
                self.command, f"{service}{self.path}", content=body, headers=headers, timeout=DEADLINE
            )
            time.sleep(opened.delay(self.path))
            try:
                self.send_response(response.status_code)
                for name, value in response.headers.items():
                    if name.lower() not in _NOT_PASSED_ON:
                        self.send_header(name, value)
                self.answer(response.content, None)
                # An asker that has gone is noticed when it is spoken to again.
                self.wfile.flush()
            except OSError:
                opened.gone.append(self.path)

        do_GET = do_POST = do_OPTIONS = pass_on  # noqa: N815 (http.server's names)

    with _served(Handler) as opened.url:
        yield opened


class _Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, body: bytes, kind: str | None) -> None:
        if kind is not None:
            self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: tests read the requests themselves."""

    def handle(self) -> None:
        with suppress(OSError):  # the browser has gone
            super().handle()


@contextmanager
def _served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(DEADLINE)
