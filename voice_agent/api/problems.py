"""What goes wrong, as RFC 9457 has it: a code for machines, a German sentence, the details."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Mapping

MEDIA_TYPE: Final = "application/problem+json"
TYPE_BASE: Final = "/api/docs#problem-"


class Code(StrEnum):
    """Everything an answer can complain of; each has a status and a sentence."""

    MALFORMED = "malformed"
    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    RATE_LIMITED = "rate_limited"
    BRANCH_REQUIRED = "branch_required"
    KEY_REUSED = "key_reused"
    IN_PROGRESS = "in_progress"
    IF_MATCH_REQUIRED = "if_match_required"
    VERSION_MISMATCH = "version_mismatch"
    TOKEN_INVALID = "token_invalid"  # noqa: S105 - the code of a problem
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - the code of a problem
    HOLD_EXPIRED = "hold_expired"
    UNSUITABLE = "unsuitable"
    TAKEN = "taken"
    ALREADY_THERE = "already_there"
    TOO_LATE = "too_late"
    NOT_BOOKED = "not_booked"
    UNDER_WAY = "under_way"
    NO_EMAIL = "no_email"
    CALENDAR_UNAVAILABLE = "calendar_unavailable"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Kind:
    """What all problems of a code have in common."""

    status: int
    title: str
    detail: str


KINDS: Final[Mapping[Code, Kind]] = {
    Code.MALFORMED: Kind(400, "Malformed request", "Die Anfrage ist nicht lesbar."),
    Code.INVALID: Kind(422, "Invalid request", "Angaben in der Anfrage sind ungültig."),
    Code.UNAUTHENTICATED: Kind(
        401, "No valid token", "Es fehlt ein gültiges Token (Authorization: Bearer ...)."
    ),
    Code.FORBIDDEN: Kind(403, "Scope missing", "Dieses Token darf das nicht."),
    Code.NOT_FOUND: Kind(404, "Not found", "Das gibt es hier nicht."),
    Code.METHOD_NOT_ALLOWED: Kind(405, "Method not allowed", "Diese Methode gibt es hier nicht."),
    Code.TOO_LARGE: Kind(413, "Request too large", "Die Anfrage ist zu groß."),
    Code.UNSUPPORTED_MEDIA_TYPE: Kind(
        415, "Unsupported media type", "Die Anfrage muss JSON sein (application/json)."
    ),
    Code.RATE_LIMITED: Kind(429, "Too many requests", "Zu viele Anfragen; bitte kurz warten."),
    Code.BRANCH_REQUIRED: Kind(
        409, "Branch required", "Es gibt mehrere Filialen: bitte eine davon angeben."
    ),
    Code.KEY_REUSED: Kind(
        422,
        "Idempotency-Key reused",
        "Dieser Idempotency-Key gehört schon zu einer anderen Anfrage.",
    ),
    Code.IN_PROGRESS: Kind(
        409,
        "Request in progress",
        "Diese Anfrage wird gerade bearbeitet; bitte gleich noch einmal.",
    ),
    Code.IF_MATCH_REQUIRED: Kind(
        428, "If-Match required", "Es fehlt der Kopf If-Match mit dem ETag des Termins."
    ),
    Code.VERSION_MISMATCH: Kind(
        412,
        "Version mismatch",
        "Der Termin wurde inzwischen geändert; hier ist der aktuelle Stand.",
    ),
    Code.TOKEN_INVALID: Kind(
        409, "Offer token not valid", "Dieses Angebot stammt nicht von uns oder nicht von hier."
    ),
    Code.TOKEN_EXPIRED: Kind(
        409, "Offer expired", "Dieses Angebot ist abgelaufen; bitte neu nach freien Zeiten fragen."
    ),
    Code.HOLD_EXPIRED: Kind(
        409,
        "Hold expired",
        "Die Zeit wird nicht mehr gehalten; bitte neu nach freien Zeiten fragen.",
    ),
    Code.UNSUITABLE: Kind(409, "Not possible", "Das ist so nicht möglich."),
    Code.TAKEN: Kind(409, "Time taken", "Diese Zeit ist inzwischen vergeben."),
    Code.ALREADY_THERE: Kind(
        409,
        "Customer has a booking at that time",
        "Die Person hat zu dieser Zeit schon einen Termin (on_purpose, wenn es so gemeint ist).",
    ),
    Code.TOO_LATE: Kind(409, "Too late", "Dafür ist es zu spät; bitte im Salon anrufen."),
    Code.NOT_BOOKED: Kind(409, "Not booked", "Dieser Termin steht nicht (mehr)."),
    Code.UNDER_WAY: Kind(
        409, "Change under way", "Dieser Termin wird gerade geändert; bitte gleich noch einmal."
    ),
    Code.NO_EMAIL: Kind(409, "No e-mail address", "Zu diesem Termin gibt es keine E-Mail-Adresse."),
    Code.CALENDAR_UNAVAILABLE: Kind(
        503,
        "Calendar unavailable",
        "Der Kalender antwortet nicht; es ist nichts gebucht oder geändert.",
    ),
    Code.INTERNAL: Kind(500, "Internal error", "Da ist bei uns etwas schiefgegangen."),
}


class FieldProblem(BaseModel):
    """One thing that is wrong with one field."""

    field: str = Field(description="Where it is, e.g. `body.customer.name`.")
    code: str = Field(description="What is wrong with it, for machines.")
    message: str


class ProblemView(BaseModel):
    """RFC 9457 problem details. `code` is for machines, `detail` a German sentence for people."""

    model_config = ConfigDict(
        extra="allow",
        title="Problem",
        json_schema_extra={
            "examples": [
                {
                    "type": "/api/docs#problem-taken",
                    "title": "Time taken",
                    "status": 409,
                    "code": "taken",
                    "detail": "Diese Zeit ist inzwischen vergeben.",
                    "request_id": "5b1f0c62a4d94a0fb3d8d0a3b9f6f0d1",
                }
            ]
        },
    )

    type: str
    title: str
    status: int
    code: Code
    detail: str
    request_id: str
    errors: list[FieldProblem] | None = None
    facts: dict[str, Any] | None = Field(
        default=None, description="What else is known, e.g. `current` or `why_not`."
    )


class Problem(Exception):
    """Ends a request with an answer that says why."""

    def __init__(
        self,
        code: Code,
        detail: str | None = None,
        *,
        errors: list[FieldProblem] | None = None,
        headers: Mapping[str, str] | None = None,
        **facts: object,
    ) -> None:
        super().__init__(code.value)
        self.code = code
        self.kind = KINDS[code]
        self.detail = detail or self.kind.detail
        self.errors = errors
        self.headers = dict(headers or {})
        self.facts = facts or None

    def view(self, request_id: str) -> ProblemView:
        """As it is sent."""
        return ProblemView(
            type=TYPE_BASE + self.code.value,
            title=self.kind.title,
            status=self.kind.status,
            code=self.code,
            detail=self.detail,
            request_id=request_id,
            errors=self.errors,
            facts=self.facts,
        )
