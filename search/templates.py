"""Pages from the templates in search/web. Everything put into them is escaped."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from starlette.responses import Response

from index.counting import counted

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_WITH_SCRIPT: Final = f"{_POLICY}; script-src 'self'; connect-src 'self'"


def page(template: str, *, status: int = 200, script: bool = False, **values: Any) -> Response:
    """A template with values as an HTML page that may load its own style sheet and nothing else.

    script: it may also load our scripts, and these may call our API.
    """
    return Response(
        html(template, **values), status_code=status, media_type="text/html", headers=policy(script=script)
    )


def html(template: str, **values: Any) -> str:
    """A template with values."""
    return _environment().get_template(template).render(values)


def policy(*, script: bool) -> dict[str, str]:
    """The header that says what a page may load; script: see `page`."""
    return {"content-security-policy": _WITH_SCRIPT if script else _POLICY}


def static(name: str, *, media_type: str) -> Response:
    """A file of search/web as it is."""
    return Response(_text(name), media_type=media_type, headers={"cache-control": "max-age=3600"})


@cache
def release() -> str:
    """Stands for all that this release makes pages of: its templates, and how trees become HTML."""
    digest = hashlib.sha256()
    for folder in ("web/help", "markup", "help", "widget"):
        files = resources.files("search").joinpath(folder)
        for file in sorted(files.iterdir(), key=lambda one: one.name) if files.is_dir() else ():
            if file.is_file():
                digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]


@cache
def _text(name: str) -> str:
    return resources.files("search").joinpath("web", name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["counted"] = counted
    return environment
