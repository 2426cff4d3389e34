"""Responses of plain values."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.responses import Response


def json_response(value: Any, *, status: int = 200) -> Response:
    """A value as JSON; it is not checked against the schema that describes it, tests do that."""
    return Response(orjson.dumps(value), status_code=status, media_type="application/json")
