"""The side of a job that works: a program that reads a request and writes a result, both a JSON object.

Everything else that it has to say goes to stderr. What a person can act on is the result {"error": text},
with exit code 1; a fault ends it with a stack trace on stderr, which is for the log.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from threading import Thread
from typing import Any, Final, NoReturn

import orjson

from index.errors import FaqError
from search.settings import Settings, load_settings

_NICE: Final = 10
_LOOK_SECONDS: Final = 0.5

Work = Callable[[Settings, dict[str, Any]], dict[str, Any]]
"""Settings and the request; the result. Raises FaqError where a person has to act."""


def main(work: Work) -> NoReturn:
    """Do the work of the request on stdin, after everything that searches."""
    if hasattr(os, "nice"):
        os.nice(_NICE)
    if hasattr(os, "getsid") and os.getsid(0) == os.getpid():  # as the runner starts it; not so by hand
        Thread(target=_end_with, args=(os.getppid(),), name="parent", daemon=True).start()
    try:
        result, code = work(load_settings(), orjson.loads(sys.stdin.buffer.read())), 0
    except FaqError as error:
        result, code = {"error": str(error)}, 1
    sys.stdout.buffer.write(orjson.dumps(result))
    sys.stdout.buffer.flush()
    sys.exit(code)


def _end_with(parent: int) -> None:
    """Killed, a server can end no job: it would work on for nobody, without the limit that the server set."""
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os.killpg(0, signal.SIGKILL)
