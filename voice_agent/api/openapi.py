"""The OpenAPI document, made of the very models that requests and answers pass through."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pydantic.json_schema import models_json_schema

from voice_agent.api.endpoint import AnyEndpoint, Nothing
from voice_agent.api.problems import KINDS, MEDIA_TYPE, TYPE_BASE, Code, ProblemView
from voice_agent.api.routes import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel
    from pydantic.json_schema import JsonSchemaMode

    from voice_agent.api.endpoint import Content

Json = dict[str, Any]
References = dict[Any, Json]
"""How each model is referred to."""

BASE: Final = "/api/v2"
REF: Final = "#/components/schemas/{model}"
DESCRIPTION: Final = """\
Booking visits that consist of segments, for other systems: the same core as the telephone.

* **Tokens** belong to one company and have scopes: `read`, `book` (includes `read`), `admin`
  (includes both). They are sent as `Authorization: Bearer va_...`.
* **Times** are ISO 8601 with an offset; one without is refused. Durations are minutes.
* **Idempotency**: what creates, changes or cancels needs an `Idempotency-Key`. The same key with
  the same request has the same answer for at least 24 hours, also after an error; with another
  request it is refused (422). What is refused before anything was tried does not use it up.
* **Versions**: what changes a booking needs `If-Match` with its `ETag`; another version is
  answered with 412 and the current state.
* **Problems** are RFC 9457 with a `code` for machines and a German `detail` for people.
* **Rate limits** are told in `RateLimit-*`; too much is answered with 429 and `Retry-After`.
* **Webhooks** are signed: `Webhook-Signature: v1=` + HMAC-SHA256 (hexadecimal) of
  `<Webhook-Timestamp>.<body>` with the subscription's secret. `Webhook-Id` is the event's id;
  an event may come more than once. Any 2xx answer within 10 s is success.
"""


@cache
def document() -> Json:
    """The whole document; whoever changes it changes it for everybody."""
    schemas, definitions = _schemas()
    paths: Json = {}
    for endpoint in ENDPOINTS:
        operation = _operation(endpoint, schemas)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Salon booking",
            "version": "2.0.0",
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": BASE}],
        "security": [{"token": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(one.tag for one in ENDPOINTS)],
        "paths": paths,
        "components": {
            "schemas": definitions,
            "responses": {f"Problem{status}": _problem(status) for status in _statuses()},
            "headers": HEADERS,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`voice-agent api token create` makes one.",
                }
            },
        },
    }


HEADERS: Final[Json] = {
    "RequestId": {"schema": {"type": "string"}, "description": "As sent, or a new one."},
    "ETag": {"schema": {"type": "string"}, "description": "The version, for `If-Match`."},
    "Location": {"schema": {"type": "string"}, "description": "Where it is from now on."},
    "RetryAfter": {"schema": {"type": "integer"}, "description": "Seconds."},
}


def _models(endpoint: AnyEndpoint) -> Iterable[tuple[type[BaseModel], JsonSchemaMode]]:
    if endpoint.has_body:
        yield endpoint.body, "validation"
    for content in endpoint.answers.values():
        for model in _told(content):
            yield model, "serialization"


def _told(content: Content) -> tuple[type[BaseModel], ...]:
    if isinstance(content, tuple):
        return content
    return (content,) if isinstance(content, type) else ()


def _schemas() -> tuple[References, Json]:
    """How each model is referred to, and all definitions."""
    wanted = dict.fromkeys(one for endpoint in ENDPOINTS for one in _models(endpoint))
    wanted[ProblemView, "serialization"] = None
    refs, defined = models_json_schema(list(wanted), ref_template=REF)
    by_model = {model: _plain(schema) for (model, _), schema in refs.items()}
    return by_model, _plain(defined["$defs"])


def _plain(schema: Any) -> Any:  # noqa: ANN401 - JSON is what it is
    """Without the titles that only repeat a name."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _plain(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str))
    }


def _operation(endpoint: AnyEndpoint, schemas: References) -> Json:
    operation: Json = {
        "operationId": operation_id(endpoint),
        "tags": [endpoint.tag],
        "summary": endpoint.summary,
        "description": f"{endpoint.description}\n\nScope: `{endpoint.scope}`.".strip(),
        "parameters": [*_parameters(endpoint)],
        "responses": {
            **{str(s): _answer(s, c, endpoint, schemas) for s, c in endpoint.answers.items()},
            **{str(status): _refused(status, endpoint) for status in _problem_statuses(endpoint)},
        },
    }
    if endpoint.has_body:
        schema = schemas[endpoint.body]
        body = {"application/json": {"schema": schema, "examples": _examples(endpoint)}}
        operation["requestBody"] = {"required": True, "content": body}
    return operation


def operation_id(endpoint: AnyEndpoint) -> str:
    """The name of the function that serves it."""
    return endpoint.handle.__name__


def _examples(endpoint: AnyEndpoint) -> Json:
    extra = endpoint.body.model_config.get("json_schema_extra") or {}
    examples = extra.get("examples", []) if isinstance(extra, dict) else []
    return {f"example{n}": {"value": value} for n, value in enumerate(examples, 1)}


def _parameters(endpoint: AnyEndpoint) -> Iterable[Json]:
    yield from _of_model(endpoint.path_model, "path")
    yield from _of_model(endpoint.query, "query")
    if endpoint.keyed:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "description": "Names this very request; 1 to 255 visible characters.",
            "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
            "example": "order-4711-1",
        }
    if endpoint.versioned:
        yield {
            "name": "If-Match",
            "in": "header",
            "required": True,
            "description": "The ETag of the version that is meant.",
            "schema": {"type": "string", "pattern": '^"[0-9]{1,9}-[a-z]+"$'},
            "example": '"1-booked"',
        }


def _of_model(model: type[BaseModel], where: str) -> Iterable[Json]:
    if model is Nothing:
        return
    schema = model.model_json_schema(ref_template=REF)
    definitions = schema.get("$defs", {})
    required = schema.get("required", [])
    for name, raw in schema["properties"].items():
        inlined = _inlined(_without_null(raw), definitions)
        yield {
            "name": name,
            "in": where,
            "required": where == "path" or name in required,
            "description": inlined.pop("description", ""),
            "schema": _plain(inlined),
        }


def _without_null(schema: Json) -> Json:
    """A parameter that is left out is not there; it is never null."""
    variants = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    rest = {k: v for k, v in schema.items() if k not in {"anyOf", "default"} or not variants}
    if schema.get("default", ...) is None:
        rest.pop("default", None)
    return {**variants[0], **rest} if len(variants) == 1 else rest


def _inlined(schema: Any, definitions: Json) -> Any:  # noqa: ANN401 - JSON is what it is
    if isinstance(schema, list):
        return [_inlined(one, definitions) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        found = definitions[schema["$ref"].rsplit("/", 1)[-1]]
        rest = {k: v for k, v in schema.items() if k != "$ref"}
        return {**_inlined(found, definitions), **rest}
    return {key: _inlined(value, definitions) for key, value in schema.items()}


def _answer(status: int, content: Content, endpoint: AnyEndpoint, schemas: References) -> Json:
    told = _told(content)
    answer: Json = {"description": _title(status), "headers": _headers(status, told, endpoint)}
    if isinstance(content, str):
        answer["content"] = {content: {"schema": {"type": "string"}}}
    elif told:
        found = [schemas[model] for model in told]
        schema = found[0] if len(found) == 1 else {"anyOf": found}
        answer["content"] = {"application/json": {"schema": schema}}
    return answer


def _headers(status: int, told: tuple[type[BaseModel], ...], endpoint: AnyEndpoint) -> Json:
    names = {"X-Request-Id": "RequestId"}
    if status == 201 and endpoint.tag != "Callbacks":  # noqa: PLR2004 - Created
        names["Location"] = "Location"
    if [model.__name__ for model in told] == ["BookingView"]:
        names["ETag"] = "ETag"
    return {name: {"$ref": f"#/components/headers/{ref}"} for name, ref in names.items()}


def _title(status: int) -> str:
    titles = {200: "As asked.", 201: "Made.", 202: "Accepted.", 204: "Gone."}
    return titles[status]


def _statuses() -> list[int]:
    return sorted({kind.status for kind in KINDS.values()})


def _problem_statuses(endpoint: AnyEndpoint) -> list[int]:
    return sorted({KINDS[code].status for code in endpoint.codes})


def _refused(status: int, endpoint: AnyEndpoint) -> Json:
    """The problems of this endpoint with this status, each with an example."""
    codes = [code for code in endpoint.codes if KINDS[code].status == status]
    listed = ", ".join(f"`{code.value}`" for code in codes)
    return {**_problem(status), "description": f"{listed}.", **_with_examples(codes)}


def _with_examples(codes: list[Code]) -> Json:
    examples = {code.value: {"value": example_of(code)} for code in codes}
    schema = {"$ref": REF.format(model="ProblemView")}
    return {"content": {MEDIA_TYPE: {"schema": schema, "examples": examples}}}


def _problem(status: int) -> Json:
    codes = [code for code, kind in KINDS.items() if kind.status == status]
    answer: Json = {
        "description": ", ".join(KINDS[code].title for code in codes),
        "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
    }
    if status == KINDS[Code.RATE_LIMITED].status:
        answer["headers"]["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}
    return answer | _with_examples(codes)


def example_of(code: Code) -> Json:
    """A problem as it is sent."""
    kind = KINDS[code]
    return {
        "type": TYPE_BASE + code.value,
        "title": kind.title,
        "status": kind.status,
        "code": code.value,
        "detail": kind.detail,
        "request_id": "5b1f0c62a4d94a0fb3d8d0a3b9f6f0d1",
    }
