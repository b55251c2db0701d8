"""The shapes in which Cal.com says no.

ApiError        the envelope {"status": "error", "error": {code, message, details}}
├── ZodError    without details, code BAD_REQUEST: thrown by the booking schema
BareError       {"statusCode", "message"}: thrown inside the booking library, not caught by v2
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from booking_core.adapters.calcom.sandbox.times import stamp

if TYPE_CHECKING:
    from datetime import datetime

    from booking_core.adapters.calcom.sandbox.records import Json

NAMES = {
    400: ("BadRequestException", "Bad Request"),
    401: ("UnauthorizedException", "Unauthorized"),
    403: ("ForbiddenException", "Forbidden"),
    404: ("NotFoundException", "Not Found"),
    409: ("ConflictException", "Conflict"),
    422: ("UnprocessableEntityException", "Unprocessable Entity"),
}


class ApiError(Exception):
    """A refusal in the envelope."""

    def __init__(self, status: int, message: str, **details: Any) -> None:  # noqa: ANN401 - JSON
        super().__init__(message)
        self.status = status
        self.message = message
        self.extra = details

    @property
    def code(self) -> str:
        """The name of the exception class over there."""
        return NAMES[self.status][0]

    def details(self) -> object:
        """What stands beside the message; None = nothing."""
        if self.extra:
            return self.extra
        return {"message": self.message, "error": NAMES[self.status][1], "statusCode": self.status}

    def response(self, request: web.Request, now: datetime) -> web.Response:
        """The answer."""
        error: Json = {"code": self.code, "message": self.message}
        if (details := self.details()) is not None:
            error["details"] = details
        body = {"status": "error", "timestamp": stamp(now), "path": request.path_qs, "error": error}
        return web.json_response(body, status=self.status)


class ZodError(ApiError):
    """The booking schema found something wrong."""

    def __init__(self, message: str, code: str = "BAD_REQUEST", status: int = 400) -> None:
        super().__init__(status, message)
        self._code = code

    @property
    def code(self) -> str:
        """A code that is no class name."""
        return self._code

    def details(self) -> object:
        """Nothing, ever."""
        return None


class TooManyRequests(ApiError):
    """The rate limiter refuses."""

    def __init__(self) -> None:
        super().__init__(429, "CustomThrottlerGuard - Too many requests. Please try again later.")

    @property
    def code(self) -> str:
        """The throttler's own."""
        return "ThrottlerException"

    def details(self) -> object:
        """The same text once more."""
        return self.message


class BareError(Exception):
    """A refusal without the envelope."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def response(self) -> web.Response:
        """The answer."""
        body = {"statusCode": self.status, "message": self.message}
        return web.json_response(body, status=self.status)


def database_down() -> ApiError:
    """What every route but /health says while the database is away."""
    return ZodError("There was an error, please try again later.", "INTERNAL_SERVER_ERROR", 500)


def not_routed(request: web.Request) -> ApiError:
    """What an unknown path, or a known one under another version, says."""
    return ApiError(404, f"Cannot {request.method} {request.path_qs}")


TAKEN = "User either already has booking at this time or is not available"
TEAM_TAKEN = "One of the hosts either already has booking at this time or is not available"
