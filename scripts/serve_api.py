"""`faq serve`: run the HTTP service."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, NoReturn

import click
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from index.errors import RunError
from index.store import SnapshotStore
from scripts.cli import run
from scripts.settings import read_settings
from search.http_protocol import BoundedHttp
from search.settings import MULTIPROCESS_VARIABLE, Settings
from search.widget import tag

FACTORY: Final = "search.app:app_from_environment"
_BACKLOG: Final = 2048
_HUNG_AFTER: Final = 30  # seconds in which a worker must answer its supervisor, its imports included
_LOGGING: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s [%(process)d] %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
    "loggers": {"faq": {"level": "INFO"}},
}
_told_to_end: Final = threading.Event()


@click.command("serve")
@click.option("--host", help="The address to listen on [FAQ_HOST, 127.0.0.1].")
@click.option("--port", help="The port to listen on, 0 for a free one [FAQ_PORT, 8000].")
@click.option("--workers", help="Server processes [FAQ_WORKERS, 1].")
@click.option("--collection", help="What answers where none is named [FAQ_DEFAULT_COLLECTION].")
def command(host: str | None, port: str | None, workers: str | None, collection: str | None) -> None:
    """Serve the published snapshots over HTTP until SIGTERM or Ctrl+C.

    Newly published snapshots are picked up while it runs. The access log goes to stdout, one JSON line a
    request, everything else to stderr.
    """
    # Until the server has its own handlers, and again after it, a signal ends the program well.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _exit_well)
    settings = read_settings(
        {"host": host, "port": port, "workers": workers, "default_collection": collection}
    )
    listener = _listen(settings.host, settings.port)
    port_taken = listener.getsockname()[1]
    os.environ.update(settings.to_environment())  # what worker processes read
    _announce(settings, port_taken)
    try:
        with listener:
            _serve(settings, listener)
    except Exception:
        # A library that was being loaded as the signal came makes an error of its own of the way out.
        if _told_to_end.is_set():
            sys.exit(0)
        raise


def _serve(settings: Settings, listener: socket.socket) -> None:
    config = uvicorn.Config(
        FACTORY,
        factory=True,
        workers=settings.workers,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        http=BoundedHttp,
        ws="none",
        access_log=False,
        log_config=_LOGGING,
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=settings.shutdown_seconds,
        timeout_worker_healthcheck=_HUNG_AFTER,
    )
    if settings.workers == 1:
        server = uvicorn.Server(config)
        server.run([listener])
        failed = not server.started
    else:
        with _shared_metrics():
            supervisor = _Supervisor(config, [listener])
            supervisor.run()
            failed = any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes)
    if failed:
        raise RunError("The server could not start; the log above says why.")


class _Supervisor(Multiprocess):
    def terminate_all(self) -> None:
        # As long as anyone holds it open, the kernel queues connections that no worker accepts any more.
        for listener in self.sockets:
            listener.close()
        super().terminate_all()


@contextmanager
def _shared_metrics() -> Iterator[None]:
    """A fresh folder in which worker processes share their metrics."""
    folder = tempfile.mkdtemp(prefix="faq-metrics-")
    os.environ[MULTIPROCESS_VARIABLE] = folder
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket, bound before anything slow begins. Raises RunError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        where = f"{host}, port {port}"
        if error.errno == errno.EADDRINUSE:
            raise RunError(
                f"{where} is in use by another program. Choose another port with --port."
            ) from None
        if error.errno == errno.EACCES:
            raise RunError(
                f"{where} may only be used by root. Choose a port above 1023 with --port."
            ) from None
        raise RunError(f"Can't listen on {where}: {error.strerror or error}.") from None
    listener.set_inheritable(True)
    return listener


def _announce(settings: Settings, port: int) -> None:
    host = settings.host
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (compared, not bound)
    url = f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"
    collections = SnapshotStore(settings.snapshot_dir).collections()
    shown = ", ".join(collections) or "none yet; publish one with 'faq rebuild <collection>'"
    named = settings.default_collection or (collections[0] if collections else None)
    asked = f"&collection={named}" if len(collections) > 1 and settings.default_collection is None else ""
    click.echo(
        f"Listening on {url} ({settings.workers} {'process' if settings.workers == 1 else 'processes'})\n"
        f"Collections: {shown}\n"
        f"Try: curl '{url}/v1/search?q=where+is+my+order{asked}'\n"
        f"Search box: {tag(settings.public_url or url, named)}\n"
        f"  for pages of {', '.join(settings.cors_origins) or 'this server only; others: FAQ_CORS_ORIGINS'}\n"
        f"Pages: {url}/, {url}/demo and {url}/docs",
        err=True,
    )


def _exit_well(_number: int, _frame: FrameType | None) -> NoReturn:
    _told_to_end.set()
    raise SystemExit(0)


if __name__ == "__main__":
    run(command)
