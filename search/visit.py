"""Who asked, as far as the query log may know."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from search.middleware import HEAD
from search.problems import ProblemError
from search.schemas import MAX_NAME, SearchChoices

LOG_HEADER: Final = "x-faq-log"
SESSION_HEADER: Final = "x-faq-session"
_OFF: Final = frozenset({"off", "false", "0", "no"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """session: what the client sent to tie its searches together, or None. source: where it was asked."""

    session: str | None
    source: str


def visit_of(request: Request, choices: SearchChoices) -> Visit | None:
    """The visit that a search belongs to; None where it is to stay out of the query log.

    What a header says counts where the parameter says nothing, and either can keep a search out. A HEAD is
    asked by machines that look whether something is there. Raises ProblemError.
    """
    if not choices.log or request.headers.get(LOG_HEADER, "").strip().lower() in _OFF:
        return None
    if request.scope.get(HEAD):
        return None
    return Visit(session=choices.session or _session(request), source=choices.source)


def _session(request: Request) -> str | None:
    """What the header names, read as a query string would be. Raises ProblemError."""
    named = request.headers.get(SESSION_HEADER, "").strip()
    with suppress(UnicodeDecodeError):  # else it is Latin-1, as headers once were
        named = named.encode("latin-1").decode()
    if len(named) > MAX_NAME:  # cut, those of different visitors might be one
        message = f"has more than {MAX_NAME} characters"
        raise ProblemError(
            "invalid_parameter",
            f"The header {SESSION_HEADER} {message}.",
            errors=[(SESSION_HEADER, message)],
        )
    return named or None
