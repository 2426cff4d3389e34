"""Settings as every command reads them: names that are probably misspelled are pointed out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from search.settings import Settings, load_settings, misspelled_settings


def read_settings(overrides: Mapping[str, Any] | None = None) -> Settings:
    """As `load_settings`, with a warning on stderr for each name that sets nothing and seems meant to."""
    settings = load_settings(overrides)
    for name, meant in misspelled_settings().items():
        click.echo(f"Warning: {name!a} sets nothing; did you mean {meant}?", err=True)
    return settings
