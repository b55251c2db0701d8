"""Retell's management API, through its official SDK; errors say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from retell import APIConnectionError, APIStatusError, AsyncRetell, NotFoundError

from voice_agent.retell.agent_settings import Kind
from voice_agent.retell.deploying.errors import RetellRefused

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from types import TracebackType

    from pydantic import BaseModel

Json = dict[str, Any]
_T = TypeVar("_T")


class Remote:
    """What is at Retell, as plain JSON with all that the SDK does not know."""

    def __init__(self, *, api_key: str, base_url: str | None = None) -> None:
        self._client = AsyncRetell(api_key=api_key, base_url=base_url)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.close()

    async def agent(self, agent_id: str) -> Json | None:
        """Its newest version; None = there is no such agent."""
        return await _found(self._client.agent.retrieve(agent_id))

    async def agent_named(self, name: str) -> Json | None:
        """The agent of that name, if there is just one."""
        listed = await _told(self._client.agent.list(limit=1000))
        ids = {one["agent_id"] for one in listed["items"] if one.get("agent_name") == name}
        if len(ids) > 1:
            raise RetellRefused(
                f"{len(ids)} agents at Retell are called {name}; rename all but one"
            )
        return await self.agent(ids.pop()) if ids else None

    async def create_agent(self, body: Json) -> Json:
        """A new one, as a draft of its first version."""
        return await _told(self._client.agent.create(**body))

    async def new_version(self, agent_id: str, base: int) -> Json:
        """A draft that begins as the version it is based on, with an engine of its own."""
        return await _told(self._client.agent.create_version(agent_id, base_version=base))

    async def update_agent(self, agent_id: str, version: int, changes: Json) -> Json:
        """Change this draft."""
        return await _told(self._client.agent.update(agent_id, version=version, **changes))

    async def publish(self, agent_id: str, version: int, title: str) -> None:
        """From now on this version stays as it is."""
        await _asked(self._client.agent.publish(agent_id, version=version, version_title=title))

    async def engine(self, kind: Kind, engine_id: str, version: int | None) -> Json | None:
        """The prompt or the flow of that version."""
        at: Json = {} if version is None else {"version": version}
        if kind is Kind.RETELL_LLM:
            return await _found(self._client.llm.retrieve(engine_id, **at))
        return await _found(self._client.conversation_flow.retrieve(engine_id, **at))

    async def create_engine(self, kind: Kind, body: Json) -> Json:
        """A new prompt or flow."""
        if kind is Kind.RETELL_LLM:
            return await _told(self._client.llm.create(**body))
        return await _told(self._client.conversation_flow.create(**body))

    async def update_engine(self, kind: Kind, engine_id: str, version: int, changes: Json) -> Json:
        """Change the prompt or the flow of a draft."""
        if kind is Kind.RETELL_LLM:
            return await _told(self._client.llm.update(engine_id, version=version, **changes))
        return await _told(
            self._client.conversation_flow.update(engine_id, version=version, **changes)
        )

    async def number(self, number: str) -> Json | None:
        """How calls to this number are answered; None = Retell does not have it."""
        return await _found(self._client.phone_number.retrieve(number))

    async def update_number(self, number: str, changes: Json) -> Json:
        """Change how calls to this number are answered."""
        return await _told(self._client.phone_number.update(number, **changes))

    async def import_number(self, number: str, trunk: Json) -> Json:
        """Take over a number that comes in over a SIP trunk."""
        return await _told(self._client.phone_number.import_(phone_number=number, **trunk))


async def _found(asked: Awaitable[BaseModel]) -> Json | None:
    try:
        return await _told(asked)
    except RetellRefused as error:
        if isinstance(error.__cause__, NotFoundError):
            return None
        raise


async def _told(asked: Awaitable[BaseModel]) -> Json:
    answer = await _asked(asked)
    told = answer.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return {key: _whole(value) for key, value in told.items()}


def _whole(value: object) -> object:
    """The SDK makes 3.0 of a 3, which is no version any more when it is sent back."""
    match value:
        case dict():
            return {key: _whole(one) for key, one in value.items()}
        case list():
            return [_whole(one) for one in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


async def _asked(asked: Awaitable[_T]) -> _T:
    try:
        return await asked
    except APIConnectionError as error:
        raise RetellRefused(
            "Retell does not answer: look at the network and at RETELL_BASE_URL"
        ) from error
    except APIStatusError as error:
        raise RetellRefused(_why(error)) from error


_REASONS = {
    401: "the key is not accepted: set RETELL_API_KEY to one of the workspace",
    402: "the workspace has no credit left",
    403: "the key may not do this: use one that may manage agents",
    429: "too many requests: try again in a minute; what was done so far is kept",
}


def _why(error: APIStatusError) -> str:
    told = error.body.get("message") if isinstance(error.body, dict) else None
    reason = _REASONS.get(error.status_code, str(told or error.message))
    return f"{error.request.method} {error.request.url.path}: {error.status_code}, {reason}"
