"""Requests become checked parameters, or a problem that names what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from search.problems import ProblemError

P = TypeVar("P", bound=BaseModel)

MAX_BODY: Final = 64 * 1024
"""Bytes of a body."""
MAX_QUERY_STRING: Final = 16 * 1024
"""Bytes of a query string: more than twice what the longest query and every filter come to."""
_MAX_FIELDS: Final = 100
_SHOWN: Final = 60  # characters of a wrong name or value that are shown


def read_query(request: Request, model: type[P]) -> P:
    """The query string as a model's fields: numbers and true or false are read, lists may be repeated or hold
    commas.

    Raises ProblemError.
    """
    raw: bytes = request.scope["query_string"]
    check_length(raw)
    try:
        pairs = parse_qsl(
            raw.decode(),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except UnicodeDecodeError:
        raise ProblemError("invalid_encoding", "The query string is not percent-encoded UTF-8.") from None
    except ValueError:
        raise ProblemError(
            "invalid_parameter", f"The query string has more than {_MAX_FIELDS} parameters."
        ) from None
    values: dict[str, Any] = {}
    for name, text in pairs:
        field = model.model_fields.get(name)
        if field is not None and _is_list(field.annotation):
            values.setdefault(name, []).extend(part.strip() for part in text.split(",") if part.strip())
        elif name in values:
            raise ProblemError(
                "repeated_parameter",
                f"The parameter {_short(name)} is given more than once.",
                errors=[(_short(name), "given more than once")],
            )
        elif field is not None and field.annotation in _READERS:
            values[name] = _READERS[field.annotation](text)
        elif text or field is None or field.is_required():  # an empty choice, as forms send it, is none
            values[name] = text
    return check(values, model)


def _whole(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def _decimal(text: str) -> float | str | None:
    # By its writing: float() also reads "nan", "1_0" and digits of every script.
    return float(text) if _NUMBER.fullmatch(text) else text or None


def _truth(text: str) -> bool | str:
    return {"true": True, "false": False}.get(text.lower(), text)


_NUMBER: Final = re.compile(r"-?[0-9]{0,30}\.?[0-9]{1,30}(?:[eE][+-]?[0-9]{1,4})?")
_READERS: Final[Mapping[Any, Callable[[str], object]]] = {
    int: _whole,
    float | None: _decimal,
    bool: _truth,
}
"""What is written to a value of a field's type, by that; text that is none stays, and is refused as such."""


def check_length(query_string: bytes) -> None:
    """Raises ProblemError for a query string that is too long to look at."""
    if len(query_string) > MAX_QUERY_STRING:
        raise ProblemError(
            "uri_too_long",
            f"The query string has {len(query_string)} bytes; at most {MAX_QUERY_STRING} are read. Use POST.",
        )


async def read_json(request: Request, *, most: int = MAX_BODY) -> dict[str, Any]:
    """The body as a JSON object. most: bytes of it. Raises ProblemError."""
    kind = request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != "application/json":
        raise ProblemError(
            "unsupported_media_type",
            f"Send the body as application/json, not {_short(kind)!a}.",
            headers=_ACCEPT,
        )
    body = await read_body(request, most=most)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        try:
            body.decode()
        except UnicodeDecodeError:
            raise ProblemError("invalid_encoding", "The body is not UTF-8.") from None
        raise ProblemError("malformed_json", f"The body is not valid JSON: {error}.") from None
    if not isinstance(value, dict):
        raise ProblemError("invalid_parameter", "The body has to be a JSON object.")
    return value


async def read_body(request: Request, *, most: int) -> bytes:
    """The body. most: bytes of it; however it is sent, no more is ever held. Raises ProblemError."""
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > most:
        raise _too_large(most)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise _too_large(most)
    except ClientDisconnect:
        raise ProblemError("malformed_json", "The connection ended before the body did.") from None
    return bytes(body)


def _too_large(most: int) -> ProblemError:
    return ProblemError("body_too_large", f"The body has more than {most} bytes.")


def check(values: dict[str, Any], model: type[P]) -> P:
    """Values as a model. Raises ProblemError that names every wrong one."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _refused(error, model) from None


_ACCEPT: Final = {"accept": "application/json"}
_CODES: Final = {"missing": "missing_parameter", "extra_forbidden": "unknown_parameter"}


def _refused(error: ValidationError, model: type[BaseModel]) -> ProblemError:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    allowed_here = f"Allowed here: {', '.join(model.model_fields) or 'none'}."
    errors = []
    for problem in problems:
        message = {
            "missing": "is missing",
            "extra_forbidden": "is not known",
            "bool_type": "has to be true or false",
            "float_type": "has to be a number, such as 0.5",
            "int_type": f"has to be a whole number{_range(model, problem['loc'])}",
        }.get(problem["type"], problem["msg"][:1].lower() + problem["msg"][1:])
        for ours in (" after validation", "value error, "):  # which are our own affair
            message = message.replace(ours, "")
        errors.append((_where(problem["loc"]), message))
    code = _CODES.get(problems[0]["type"], "invalid_parameter")
    where, message = errors[0]
    detail = f"{where}: {message}." if where else f"{message[:1].upper()}{message[1:]}."
    return ProblemError(
        code, f"{detail} {allowed_here}" if code == "unknown_parameter" else detail, errors=errors
    )


def _range(model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    """ " from 1 to 50", where a field of the model has both bounds."""
    field = model.model_fields.get(str(location[0])) if len(location) == 1 else None
    bounds: dict[str, Any] = {}
    for limit in field.metadata if field else ():
        bounds |= {name: getattr(limit, name) for name in ("ge", "le") if hasattr(limit, name)}
    return f" from {bounds['ge']} to {bounds['le']}" if len(bounds) == 2 else ""


def _where(location: tuple[int | str, ...]) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{_short(part)}" for part in location)
    return path.removeprefix(".")


def _is_list(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) is list


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
