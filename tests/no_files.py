"""What can be where a file should be."""

from __future__ import annotations

import os
import socket
from pathlib import Path

NO_FILES = {
    "folder": "a folder",
    "pipe": "a named pipe",
    "link": "a link that leads nowhere",
    "socket": "a socket",
}


def hinder(path: Path, kind: str) -> None:
    """Put something that is no file there."""
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "link":
        path.symlink_to("nowhere")
    else:
        here = Path.cwd()
        os.chdir(path.parent)  # a socket's path has to be short
        try:
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(path.name)
        finally:
            os.chdir(here)
