"""The admin key, and the cookie that stands for it: a signed time at which it ends, never the key."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

COOKIE: Final = "faq_admin"
COOKIE_SECONDS: Final = 12 * 3600
_PURPOSE: Final = b"faq admin cookie 1"
_LONGEST: Final = 200  # characters of a cookie, of which 90 are needed


class AdminKey:
    """The key that the settings name. It appears in no text that is made of this."""

    def __init__(self, key: str, *, clock: Callable[[], float] = time.time) -> None:
        self._digest = hashlib.sha256(key.encode()).digest()
        self._secret = hmac.digest(key.encode(), _PURPOSE, "sha256")
        self._clock = clock

    def is_key(self, given: str) -> bool:
        """Whether it is the key. Takes as long whatever is given."""
        digest = hashlib.sha256(given.encode("utf-8", "surrogatepass")).digest()
        return hmac.compare_digest(digest, self._digest)

    def make_cookie(self) -> str:
        """A value that is good for COOKIE_SECONDS in every process that has this key."""
        body = f"{int(self._clock()) + COOKIE_SECONDS}.{secrets.token_hex(8)}"
        return f"{body}.{self._sign(body)}"

    def is_cookie(self, given: str) -> bool:
        """Whether this key signed it, and it has not ended."""
        if len(given) > _LONGEST or not given.isascii():
            return False
        body, _, mac = given.rpartition(".")
        if not hmac.compare_digest(mac.encode(), self._sign(body).encode()):
            return False
        return int(body.partition(".")[0]) > self._clock()

    def _sign(self, body: str) -> str:
        return hmac.new(self._secret, body.encode(), "sha256").hexdigest()


class WrongKeys:
    """How often clients came with a wrong key of late; who does so too often has to wait.

    It forgets those that were quiet longest, so that it never grows, and each client waits for itself.
    """

    def __init__(
        self,
        *,
        most: int = 5,
        seconds: float = 60.0,
        clients: int = 1024,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._seconds, self._clients, self._clock = most, seconds, clients, clock
        self._seen: OrderedDict[str, list[float]] = OrderedDict()

    def wait(self, client: str) -> int:
        """Whole seconds until a client may try again; 0 where it may now."""
        recent = self._recent(client)
        if len(recent) < self._most:
            return 0
        return int(recent[-self._most] + self._seconds - self._clock()) + 1

    def add(self, client: str) -> None:
        """A client came with a wrong key."""
        self._seen[client] = [*self._recent(client), self._clock()][-self._most :]
        self._seen.move_to_end(client)
        while len(self._seen) > self._clients:
            self._seen.popitem(last=False)

    def _recent(self, client: str) -> list[float]:
        now = self._clock()
        return [at for at in self._seen.get(client, ()) if now - at < self._seconds]
