"""A process that changes a store and is broken on the way; run as `python -m tests.store_child`.

It reads commands, a JSON array each, and runs each in a fork of itself: a thousand deaths cost one start.

    ACTION ROOT exit POINT     leaves by os._exit at one of payload.POINTS
    ACTION ROOT kill POINT     sends itself SIGKILL there
    ACTION ROOT wait POINT     says "reached" there, and waits to be killed from outside
    ACTION ROOT operation N    sends itself SIGKILL before its N-th operation on files

ACTION is publish (LABEL), prune (all but the newest) or activate (the oldest). It answers "started PID",
and at the end "ended STATUS", the exit status as Popen.returncode has it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from itertools import count
from pathlib import Path
from typing import Any, Final

from index.store import SnapshotStore
from tests.payload import COLLECTION, publish

EXITED: Final = 9
LABEL: Final = "new"
_OPERATIONS: Final = frozenset(
    ("open", "os.chmod", "os.listdir", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.scandir")
)


def main() -> None:
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _act(*json.loads(line))
            os._exit(0)
        _say(f"started {pid}")
        _, status = os.waitpid(pid, 0)
        _say(f"ended {os.waitstatus_to_exitcode(status)}")


def _act(action: str, root: str, how: str, where: str) -> None:
    store = SnapshotStore(Path(root))
    if how == "operation":
        _die_before_operation(int(where))

    def at(point: str) -> None:
        if point != where:
            return
        if how == "exit":
            os._exit(EXITED)
        if how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        _say("reached")
        os.read(sys.stdin.fileno(), 1)  # ends with the one who should have killed us
        os._exit(EXITED)

    if action == "publish":
        publish(store, LABEL, at=at)
        return
    with store.lock(COLLECTION):
        if action == "prune":
            store.prune(COLLECTION, keep=1)
        else:
            store.activate(COLLECTION, store.versions(COLLECTION)[0])


def _die_before_operation(number: int) -> None:
    seen = count()

    def hook(event: str, _args: tuple[Any, ...]) -> None:
        if event in _OPERATIONS and next(seen) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def _say(text: str) -> None:
    os.write(sys.stdout.fileno(), f"{text}\n".encode())


if __name__ == "__main__":
    main()
