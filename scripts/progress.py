"""Progress on a terminal: what, how many, how long yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click

from index.encoders import Progress
from index.extras import require

_OF_TEXTS: Final = frozenset({"embedding"})
"""Bars that count texts; all others count queries."""


class TerminalReporter:
    """Writes to standard error, so that output can be piped."""

    def step(self, text: str) -> None:
        """One line."""
        click.echo(f"  {text}", err=True)

    @contextmanager
    def bar(self, what: str, total: int) -> Iterator[Progress]:
        """A bar with the count done, the count in all, the pace and the time left."""
        tqdm = require("tqdm", extra="build").tqdm
        unit = " texts" if what in _OF_TEXTS else " queries"
        with tqdm(total=total, desc=f"  {what}", unit=unit, dynamic_ncols=True) as bar:
            yield bar.update
