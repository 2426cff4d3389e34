"""Where the pages are, as others reach them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from starlette.requests import Request

_HOST: Final = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """origin: "https://shop.example". path: that all paths begin with, "" or such as "/faq"."""

    origin: str
    path: str = ""

    @classmethod
    def of(cls, request: Request, public_url: str | None) -> Site:
        """public_url: what is set, else the address that the request names."""
        if public_url:
            parts = urlsplit(public_url)
            return cls(origin=f"{parts.scheme}://{parts.netloc}", path=parts.path.rstrip("/"))
        host = request.headers.get("host", "")
        if not _HOST.fullmatch(host):
            host = "127.0.0.1:8000"
        scheme = "https" if request.url.scheme == "https" else "http"
        return cls(origin=f"{scheme}://{host}")

    def local(self, path: str) -> str:
        """A path of the service as a link of its pages has it."""
        return f"{self.path}{path}"

    def url(self, path: str) -> str:
        """The same with scheme and host."""
        return f"{self.origin}{self.path}{path}"


def collection_path(collection: str, *, locale: str | None = None, page: int = 1) -> str:
    """The path of a collection's page. page: its number, from 1, where there are several."""
    return f"/help/{quote(collection, safe='')}{_query(locale=locale, page=str(page) if page > 1 else None)}"


def entry_path(collection: str, entry_id: str, *, query_id: str | None = None) -> str:
    """The path of an entry's page. query_id: of the search that led there."""
    return f"/help/{quote(collection, safe='')}/{quote(entry_id, safe='')}{_query(**{'from': query_id})}"


def search_path(collection: str, **asked: str | None) -> str:
    """The path of a page of results."""
    return f"/help/{quote(collection, safe='')}/search{_query(**asked)}"


def _query(**asked: str | None) -> str:
    given = {name: value for name, value in asked.items() if value}
    return f"?{urlencode(given)}" if given else ""
