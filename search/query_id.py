"""Names of answered queries: unique, and in the order of time."""

from __future__ import annotations

import os
import time
from typing import Final
from uuid import UUID

QUERY_ID_PATTERN: Final = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"


def new_query_id() -> str:
    """One of the present."""
    return query_id(time.time_ns() // 1_000_000, os.urandom(10))


def query_id(milliseconds: int, random: bytes) -> str:
    """A UUID of version 7 (RFC 9562): the first 48 bits are the time since 1970, the rest is random.

    random: ten bytes.
    """
    value = (milliseconds & (1 << 48) - 1) << 80 | int.from_bytes(random)
    value = value & ~(0xF << 76) | 7 << 76
    return str(UUID(int=value & ~(0b11 << 62) | 0b10 << 62))
