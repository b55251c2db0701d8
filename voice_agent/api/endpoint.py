"""One endpoint: what it is asked with, what it answers, who may; the document says the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

from voice_agent.api.problems import Code
from voice_agent.api.shapes import Asked

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from uuid import UUID

    from pydantic import BaseModel

    from voice_agent.api.counter import Counter
    from voice_agent.api.tokens import Scope

P = TypeVar("P")
Q = TypeVar("Q")
B = TypeVar("B")
P_co = TypeVar("P_co", covariant=True)
Q_co = TypeVar("Q_co", covariant=True)
B_co = TypeVar("B_co", covariant=True)

OK, CREATED, ACCEPTED, NO_CONTENT = 200, 201, 202, 204


Content: TypeAlias = "type[BaseModel] | tuple[type[BaseModel], ...] | str | None"
"""A model, one of several, a media type, or nothing at all."""


class Nothing(Asked):
    """No parameters, or no body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Generic[P_co, Q_co, B_co]):
    """A request that has passed the door: who asks is known, what they ask is well-formed."""

    counter: Counter
    company_id: UUID
    path: P_co
    query: Q_co
    body: B_co
    key: str = ""
    """Idempotency-Key; empty where none is needed."""
    if_match: str = ""
    resumed: bool = False
    """Whether it was begun before under the same key, and nobody knows how far it got."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is sent back."""

    status: int = OK
    body: BaseModel | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """Instead of a body, with its media type."""
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint(Generic[P, Q, B]):
    """What is served at a method and a path."""

    method: str
    path: str
    """Below `/api/v2`, as in OpenAPI: `/bookings/{booking_id}`."""
    tag: str
    summary: str
    description: str = ""
    scope: Scope
    handle: Callable[[Ask[P, Q, B]], Awaitable[Answer]]
    path_model: type[P] = Nothing  # type: ignore[assignment]  # P is Nothing then
    query: type[Q] = Nothing  # type: ignore[assignment]  # Q is Nothing then
    body: type[B] = Nothing  # type: ignore[assignment]  # B is Nothing then
    answers: Mapping[int, Content]
    """By status."""
    problems: tuple[Code, ...] = ()
    """Beyond those that every endpoint has."""
    keyed: bool = False
    """Whether it needs an Idempotency-Key."""
    versioned: bool = False
    """Whether it needs If-Match."""

    @property
    def has_body(self) -> bool:
        """Whether a body is expected."""
        return self.body is not Nothing

    @property
    def codes(self) -> tuple[Code, ...]:
        """Every problem it may answer with."""
        found = [*ALWAYS, *self.problems]
        if self.has_body:
            found += WITH_BODY
        if self.has_body or self.keyed or self.query is not Nothing:
            found.append(Code.INVALID)
        if self.path_model is not Nothing:
            found.append(Code.NOT_FOUND)
        if self.keyed:
            found += WITH_KEY
        if self.versioned:
            found += WITH_VERSION
        return tuple(dict.fromkeys(found))


ALWAYS: Final = (Code.UNAUTHENTICATED, Code.FORBIDDEN, Code.RATE_LIMITED, Code.INTERNAL)
WITH_BODY: Final = (Code.MALFORMED, Code.TOO_LARGE, Code.UNSUPPORTED_MEDIA_TYPE)
WITH_KEY: Final = (Code.KEY_REUSED, Code.IN_PROGRESS)
WITH_VERSION: Final = (Code.IF_MATCH_REQUIRED, Code.VERSION_MISMATCH)

AnyEndpoint = Endpoint[Any, Any, Any]
