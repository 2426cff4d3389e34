"""Who may use the admin side: whoever sends the key, or, from our own pages, the cookie."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from search.problems import ProblemError
from search.workbench.key import COOKIE, AdminKey, WrongKeys

_SAFE: Final = frozenset(("GET", "HEAD"))
_OFF: Final = (
    "The admin side is off. To switch it on, set FAQ_ADMIN_KEY to a secret of 16 characters or more and "
    "restart the server."
)


class Access:
    """key: None where the admin side is off."""

    def __init__(self, key: AdminKey | None, *, wrong: WrongKeys | None = None) -> None:
        self._key = key
        self._wrong = wrong or WrongKeys()

    def check_on(self) -> None:
        """Raises ProblemError `admin_off` where there is no admin side."""
        self._required()

    def check(self, request: Request) -> None:
        """Raises ProblemError for a request that may not be answered.

        What changes something must come from our own pages, unless it carries the key itself, which no other
        site has.
        """
        key = self._required()
        given = request.headers.get("authorization")
        if given is not None:
            scheme, _, token = given.partition(" ")
            self.try_key(request, token.strip() if scheme.lower() == "bearer" else "")
            return
        if not key.is_cookie(request.cookies.get(COOKIE, "")):
            raise _unknown("Send 'Authorization: Bearer KEY', or sign in at /admin/login.")
        if request.method not in _SAFE:
            check_origin(request)

    def try_key(self, request: Request, given: str) -> None:
        """Raises ProblemError where it is not the key, and tells a client to wait that came with many such.

        The right key never has to wait: behind a proxy all clients may share an address, and one of them
        could keep the others out. What can't be guessed needs no lock.
        """
        if self._required().is_key(given):
            return
        client = request.client.host if request.client else ""
        if wait := self._wrong.wait(client):
            raise ProblemError(
                "too_many_attempts",
                f"Too many wrong keys came from {client}. Try again in {wait} s.",
                headers={"retry-after": str(wait)},
            )
        self._wrong.add(client)
        raise _unknown("This is not the key that FAQ_ADMIN_KEY names.")

    def cookie(self) -> str:
        """A cookie's value for who has shown the key."""
        return self._required().make_cookie()

    @property
    def on(self) -> bool:
        """Whether there is an admin side."""
        return self._key is not None

    def signed_in(self, request: Request) -> bool:
        """Whether the request has a cookie of ours."""
        return self._required().is_cookie(request.cookies.get(COOKIE, ""))

    def _required(self) -> AdminKey:
        if self._key is None:
            raise ProblemError("admin_off", _OFF)
        return self._key


def check_origin(request: Request) -> None:
    """Raises ProblemError for a request that a page of another site made, or that doesn't say which did."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site != "same-origin":
        raise _foreign()
    if origin is not None:
        # By host alone: behind a proxy that ends TLS we don't know the scheme that the browser sees.
        if origin == "null" or urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower():
            raise _foreign()
    elif site is None:
        raise _foreign()


def _foreign() -> ProblemError:
    return ProblemError(
        "other_origin", "Only our own pages may change something with the cookie. Use the key."
    )


def _unknown(detail: str) -> ProblemError:
    return ProblemError("admin_key_required", detail, headers={"www-authenticate": "Bearer"})
