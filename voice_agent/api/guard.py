"""What every request passes: who asks, how often, what for; and how it is answered."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import structlog
from aiohttp import web

from voice_agent.api import limits
from voice_agent.api.counter import COUNTER
from voice_agent.api.endpoint import Answer, AnyEndpoint, Ask, Nothing
from voice_agent.api.idempotency import KEPT, Answers, Kept, fingerprint
from voice_agent.api.problems import MEDIA_TYPE, Code, Problem
from voice_agent.api.reading import read_body, read_if_match, read_key, read_path, read_query
from voice_agent.api.tokens import ApiTokens

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from voice_agent.api.counter import Counter
    from voice_agent.api.tokens import ApiToken

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = structlog.get_logger(__name__)

REQUEST_ID: Final = web.RequestKey("request_id", str)
GIVEN_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
HTTP_CODES: Final = {
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    413: Code.TOO_LARGE,
}


@web.middleware
async def with_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, and answer what went wrong with a problem, never with a trace."""
    given = request.headers.get("X-Request-Id", "")
    request_id = given if GIVEN_ID.fullmatch(given) else uuid4().hex
    request[REQUEST_ID] = request_id
    try:
        response = await handler(request)
    except Problem as problem:
        response = problem_response(problem, request_id)
    except web.HTTPException as error:
        code = HTTP_CODES.get(error.status, Code.MALFORMED)
        allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        response = problem_response(Problem(code, headers=allow), request_id)
    except Exception:
        log.exception("api_request_broke", path=request.path, request_id=request_id)
        response = problem_response(Problem(Code.INTERNAL), request_id)
    if not response.prepared:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-Id"] = request_id
    return response


def served(endpoint: AnyEndpoint) -> Handler:
    """What serves an endpoint."""

    async def serve(request: web.Request) -> web.StreamResponse:
        counter: Counter = request.config_dict[COUNTER]
        token = await _bearer(request, counter)
        allowance = await limits.count(counter.redis, token.id, counter.requests_per_minute)
        try:
            response = await _answered(endpoint, request, counter, token)
        except Problem as problem:
            problem.headers |= allowance.headers
            raise
        response.headers.update(allowance.headers)
        return response

    return serve


def problem_response(problem: Problem, request_id: str) -> web.Response:
    """The problem as it is sent."""
    kept = _problem_kept(problem, request_id)
    return _response(kept)


async def _bearer(request: web.Request, counter: Counter) -> ApiToken:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    token = await ApiTokens(counter.engine).by_secret(secret.strip()) if secret else None
    if kind.lower() != "bearer" or token is None:
        raise Problem(Code.UNAUTHENTICATED, headers={"WWW-Authenticate": 'Bearer realm="api"'})
    return token


async def _answered(
    endpoint: AnyEndpoint, request: web.Request, counter: Counter, token: ApiToken
) -> web.Response:
    if not token.may(endpoint.scope):
        raise Problem(Code.FORBIDDEN, needs=endpoint.scope.value)
    ask = await _read(endpoint, request, counter, token)
    if not endpoint.keyed or getattr(ask.body, "dry_run", False):
        return _response(_kept(await endpoint.handle(ask)))
    request_id = request[REQUEST_ID]

    async def work(resumed: bool) -> Kept:  # noqa: FBT001 - called by `once` alone
        try:
            return _kept(await endpoint.handle(replace(ask, resumed=resumed)))
        except Problem as problem:
            if problem.code not in KEPT:
                raise
            return _problem_kept(problem, request_id)

    asked = fingerprint(
        endpoint.method,
        request.path,
        ask.query.model_dump_json(),
        ask.body.model_dump_json(),
        ask.if_match,
    )
    answers = Answers(counter.engine)
    return _response(await answers.once(token.company_id, ask.key, asked, work))


async def _read(
    endpoint: AnyEndpoint, request: web.Request, counter: Counter, token: ApiToken
) -> Ask[Any, Any, Any]:
    path = read_path(endpoint.path_model, request)
    query = read_query(endpoint.query, request)
    key = read_key(request) if endpoint.keyed else ""
    if_match = read_if_match(request) if endpoint.versioned else ""
    body = await read_body(endpoint.body, request) if endpoint.has_body else Nothing()
    return Ask(
        counter=counter,
        company_id=token.company_id,
        path=path,
        query=query,
        body=body,
        key=key,
        if_match=if_match,
    )


def _kept(answer: Answer) -> Kept:
    headers = dict(answer.headers)
    if answer.raw is not None:
        headers["Content-Type"] = f"{answer.media_type}; charset=utf-8"
        return Kept(status=answer.status, headers=headers, body=answer.raw)
    if answer.body is None:
        return Kept(status=answer.status, headers=headers, body=b"")
    headers["Content-Type"] = "application/json"
    return Kept(status=answer.status, headers=headers, body=answer.body.model_dump_json().encode())


def _problem_kept(problem: Problem, request_id: str) -> Kept:
    view = problem.view(request_id)
    body = view.model_dump_json(exclude_none=True).encode()
    headers = {**problem.headers, "Content-Type": MEDIA_TYPE}
    return Kept(status=problem.kind.status, headers=headers, body=body)


def _response(kept: Kept) -> web.Response:
    response = web.Response(status=kept.status, body=kept.body or None, headers=dict(kept.headers))
    if kept.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response
