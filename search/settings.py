"""Settings: from the command line, else FAQ_* in the environment, else a `.env` file, else the defaults.

They are read once, by whoever starts a program, and handed on as a frozen value.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    SettingsConfigDict,
)

from index.errors import CallerError
from index.names import COLLECTION_NAME

PREFIX: Final = "FAQ_"
ENV_FILE: Final = ".env"
MULTIPROCESS_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Prometheus's own, set by whoever starts several workers: where they share their numbers."""
MAX_THREADS: Final = 256
LEAST_KEY: Final = 16
"""Characters of the admin key."""
_SECRET: Final = frozenset(("admin_key",))  # whose values no message shows
_ALIKE: Final = 0.8  # FAQ_SNAPSHOTS_DIR is .97 like FAQ_SNAPSHOT_DIR, FAQ_SERVICE_PORT .67 like FAQ_PORT
_PUBLIC_URL: Final = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)*/?")
_ORIGIN: Final = re.compile(r"\*|https?://[A-Za-z0-9.\-\[\]:_]+")


class SettingsError(CallerError):
    """A setting has a value that it can't have."""


def _cores() -> int:
    """The cores that this process may use, which in a container are fewer than the machine has."""
    return max(
        1,
        min(
            len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
            MAX_THREADS,
        ),
    )


class Settings(BaseSettings):
    """Everything that can be set, with what it means; docs/api.md lists them for people."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILE, env_file_encoding="utf-8", frozen=True, extra="ignore"
    )

    data_dir: Path = Field(default=Path("faq_data"), description="The folder of the collections' FAQ files.")
    snapshot_dir: Path = Field(
        default=Path("snapshots"), description="The folder of the published snapshots."
    )
    default_collection: str | None = Field(
        default=None, description="The collection that answers a request that names none."
    )
    model: str = Field(
        default="all-MiniLM-L6-v2",
        min_length=1,
        description="The sentence-transformers model, a name or a folder, that `faq rebuild` uses.",
    )
    log_url: str = Field(
        default="sqlite:///query-log.sqlite3",
        description="The query log's database, a URL of SQLAlchemy's; empty or `off` for none.",
    )
    log_days: int = Field(
        default=90, ge=1, le=36_500, description="Days after which logged queries are removed."
    )
    log_min_sessions: int = Field(
        default=3,
        ge=1,
        le=1000,
        description="Sessions that must have asked something before a report shows it.",
    )
    admin_key: SecretStr | None = Field(
        default=None,
        description="The key of `/admin` and `/v1/admin/`, 16 characters or more; without one they are off.",
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="The address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="The port to listen on; 0 picks a free one.")
    workers: int = Field(default=1, ge=1, le=64, description="Server processes.")
    threads: int = Field(
        default_factory=_cores, ge=1, le=MAX_THREADS, description="Searches that a process runs at a time."
    )
    max_waiting: int = Field(
        default=256,
        ge=64,
        le=100_000,
        description="Searches that may wait for a thread in a process; more are answered 503 `overloaded`.",
    )
    shutdown_seconds: int = Field(
        default=20, ge=1, le=3600, description="How long a stopping server waits for running requests."
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Origins whose pages may call the API from a browser, separated by commas, or `*`.",
    )

    public_url: str | None = Field(
        default=None,
        description="The address of the service for others, such as `https://help.shop.example`, perhaps "
        "with a path; left out, the address that each request names.",
    )

    @field_validator("public_url", mode="before")
    @classmethod
    def _check_public_url(cls, value: Any) -> Any:
        if value in (None, ""):
            return None
        if not isinstance(value, str) or not _PUBLIC_URL.fullmatch(value):
            raise ValueError("use an address such as https://help.shop.example, without ? and #")
        return value.rstrip("/")

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(origin.strip().rstrip("/") for origin in value.split(",") if origin.strip())

    @field_validator("cors_origins")
    @classmethod
    def _check_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!a} is no origin such as https://shop.example, nor *")
        return value

    @field_validator("data_dir", "snapshot_dir", mode="before")
    @classmethod
    def _check_folder(cls, value: Any) -> Any:
        if value == "":  # it would be the working directory
            raise ValueError("name a folder, or leave the setting out")
        return value

    @property
    def logs(self) -> bool:
        """Whether there is a query log."""
        return self.log_url.strip().lower() not in ("", "off")

    @field_validator("admin_key", mode="before")
    @classmethod
    def _check_key(cls, value: Any) -> Any:
        if value in (None, ""):
            return None
        text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        if len(text) < LEAST_KEY or not text.isprintable() or not text.isascii() or " " in text:
            advice = "as `openssl rand -hex 16` prints"
            raise ValueError(f"use {LEAST_KEY} or more letters, digits and signs of ASCII, {advice}")
        return value

    @field_validator("default_collection", mode="before")
    @classmethod
    def _check_collection(cls, value: Any) -> Any:
        if value in (None, ""):
            return None
        if not isinstance(value, str) or not COLLECTION_NAME.fullmatch(value):
            raise ValueError("use 1 to 64 of a-z, 0-9, '-' and '_', and begin with a letter or a digit")
        return value

    def to_environment(self) -> dict[str, str]:
        """The variables that make another process read these very settings."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        shown = {name: _written(value) for name, value in values.items() if value is not None}
        return {f"{PREFIX}{name.upper()}": value for name, value in shown.items()}


def load_settings(overrides: Mapping[str, Any] | None = None) -> Settings:
    """Read the settings; overrides by field name come first, those that are None count as not given.

    Raises SettingsError that names each wrong setting, its value and what is allowed.
    """
    given = {name: value for name, value in (overrides or {}).items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        raise SettingsError(" ".join(_complaint(problem) for problem in error.errors())) from None
    except UnicodeDecodeError:
        raise SettingsError(f"The file {ENV_FILE} is not UTF-8.") from None


def misspelled_settings() -> dict[str, str]:
    """Names in the environment and the `.env` file that set nothing, by the setting that each is like.

    Those that are like none may belong to another program: Kubernetes sets some for a service named `faq`.
    To be called after load_settings, which has found the file readable.
    """
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    sources = (EnvSettingsSource(Settings), DotEnvSettingsSource(Settings))
    given = {name.upper() for source in sources for name in source.env_vars}
    unknown = sorted(name for name in given - set(known) if name.startswith(PREFIX))
    near = {name: get_close_matches(name, known, n=1, cutoff=_ALIKE) for name in unknown}
    return {name: matches[0] for name, matches in near.items() if matches}


def _written(value: Any) -> str:
    """As the environment holds it."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _complaint(problem: ErrorDetails) -> str:
    name = str(problem["loc"][0])
    if name in _SECRET:
        reason = problem["msg"].removeprefix("Value error, ")
        return f"{PREFIX}{name.upper()} can't be used: {reason}."
    value = f"{PREFIX}{name.upper()} is {str(problem['input'])[:100]!a}."
    field = Settings.model_fields[name]
    if field.annotation is int:
        limits = {
            key: getattr(bound, key)
            for bound in field.metadata
            for key in ("ge", "le")
            if hasattr(bound, key)
        }
        return f"{value} Allowed: a whole number from {limits['ge']} to {limits['le']}."
    reason = problem["msg"].removeprefix("Value error, ")
    return f"{value} {reason[:1].upper()}{reason[1:]}."
