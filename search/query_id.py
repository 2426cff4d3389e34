"""Names of answered queries: unique, and in the order of time."""

from __future__ import annotations

import os
import time
from typing import Final
from uuid import UUID

QUERY_ID_PATTERN: Final = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"


def new_query_id() -> str:
    """A UUID of version 7 (RFC 9562): the first 48 bits are the time in milliseconds, the rest is random."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    value = (milliseconds & (1 << 48) - 1) << 80 | random
    value = value & ~(0xF << 76) | 7 << 76
    return str(UUID(int=value & ~(0b11 << 62) | 0b10 << 62))
