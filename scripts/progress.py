"""Progress on a terminal: what, how many, how long yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from index.encoders import Progress
from index.extras import require


class TerminalReporter:
    """Writes to standard error, so that output can be piped."""

    def step(self, text: str) -> None:
        """One line."""
        click.echo(f"  {text}", err=True)

    @contextmanager
    def bar(self, what: str, total: int) -> Iterator[Progress]:
        """A bar with the count done, the count in all, the pace and the time left."""
        tqdm = require("tqdm", extra="build").tqdm
        with tqdm(total=total, desc=f"  {what}", unit=" texts", dynamic_ncols=True) as bar:
            yield bar.update
