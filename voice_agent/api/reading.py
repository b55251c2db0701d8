"""From bytes to what an endpoint is asked: path, query, headers and body, each by its model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_origin

from pydantic import BaseModel, ValidationError

from voice_agent.api.problems import Code, FieldProblem, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiohttp import web

M = TypeVar("M", bound=BaseModel)

BODY_BYTES: Final = 64 * 1024
KEY: Final = re.compile(r"[!-~]{1,255}")
GERMAN: Final[Mapping[str, str]] = {
    "missing": "fehlt",
    "extra_forbidden": "ist hier unbekannt",
    "timezone_aware": "braucht einen Zeitversatz, z. B. +01:00",
    "uuid_parsing": "ist keine gültige Id",
    "string_too_short": "ist zu kurz",
    "string_too_long": "ist zu lang",
    "string_pattern_mismatch": "hat nicht die richtige Form",
    "string_type": "muss Text sein",
    "int_type": "muss eine ganze Zahl sein",
    "int_parsing": "muss eine ganze Zahl sein",
    "bool_type": "muss true oder false sein",
    "enum": "hat keinen der erlaubten Werte",
    "literal_error": "hat keinen der erlaubten Werte",
    "too_short": "hat zu wenige Einträge",
    "too_long": "hat zu viele Einträge",
    "greater_than_equal": "ist zu klein",
    "less_than_equal": "ist zu groß",
}


def read_path(model: type[M], request: web.Request) -> M:
    """The ids of the path; one that cannot be an id is one that does not exist."""
    try:
        return model.model_validate(dict(request.match_info))
    except ValidationError:
        raise Problem(Code.NOT_FOUND) from None


def read_query(model: type[M], request: web.Request) -> M:
    """The parameters behind the question mark; one that may not be repeated stands there once."""
    lists = {name for name, one in model.model_fields.items() if get_origin(one.annotation) is list}
    values: dict[str, Any] = {}
    for name in dict.fromkeys(request.query):
        found = request.query.getall(name)
        if name not in lists and len(found) > 1:
            raise _invalid([_field(f"query.{name}", "repeated", "steht mehrfach da")])
        values[name] = found if name in lists else found[0]
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _invalid(_problems("query", error)) from None


async def read_body(model: type[M], request: web.Request) -> M:
    """The JSON of the body."""
    if request.content_type != "application/json":
        raise Problem(Code.UNSUPPORTED_MEDIA_TYPE)
    raw = await _bytes(request)
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        if any(one["type"] == "json_invalid" for one in error.errors(include_url=False)):
            raise Problem(Code.MALFORMED) from None
        raise _invalid(_problems("body", error)) from None
    except ValueError:  # digits without end, say
        raise Problem(Code.MALFORMED) from None


def read_key(request: web.Request) -> str:
    """The Idempotency-Key; Problem where none is sent, or one that is none."""
    found = request.headers.getall("Idempotency-Key", [])
    if len(found) != 1:
        code, message = ("missing", "fehlt") if not found else ("repeated", "steht mehrfach da")
        raise _invalid([_field("header.Idempotency-Key", code, message)])
    if not KEY.fullmatch(found[0]):
        problem = "hat 1 bis 255 sichtbare ASCII-Zeichen ohne Leerzeichen"
        raise _invalid([_field("header.Idempotency-Key", "string_pattern_mismatch", problem)])
    return found[0]


def read_if_match(request: web.Request) -> str:
    """The version that is meant; Problem where none is named."""
    found = request.headers.get("If-Match", "").strip()
    if not found:
        raise Problem(Code.IF_MATCH_REQUIRED)
    return found


async def _bytes(request: web.Request) -> bytes:
    """The body, and no more of it than we are willing to read."""
    if request.content_length is not None and request.content_length > BODY_BYTES:
        raise Problem(Code.TOO_LARGE)
    raw = bytearray()
    async for chunk in request.content.iter_any():
        raw += chunk
        if len(raw) > BODY_BYTES:
            raise Problem(Code.TOO_LARGE)
    return bytes(raw)


def _problems(where: str, error: ValidationError) -> list[FieldProblem]:
    """What is wrong where; never what was sent, which may be a customer's."""
    return [
        _field(
            ".".join([where, *map(str, one["loc"])]),
            one["type"],
            GERMAN.get(one["type"], one["msg"]),
        )
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    ]


def _invalid(errors: Iterable[FieldProblem]) -> Problem:
    return Problem(Code.INVALID, errors=list(errors))


def invalid(field: str, message: str, *, code: str = "value_error") -> Problem:
    """What no single field can know: `to` before `from`, say."""
    return _invalid([_field(field, code, message)])


def _field(field: str, code: str, message: str) -> FieldProblem:
    return FieldProblem(field=field, code=code, message=message)
