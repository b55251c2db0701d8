"""What Retell sends over the websocket, read forgivingly: one odd field does not lose an event."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    GetCoreSchemaHandler,
    OnErrorOmit,
    StrictInt,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import CoreSchema, from_json
from pydantic_core.core_schema import (
    json_or_python_schema,
    no_info_before_validator_function,
    with_default_schema,
)

from voice_agent.dialogue.transcript import Speaker, Utterance

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST_ID = 2**53  # beyond this a JSON number is not safely an integer, and no column holds it
MOST_LINES = 5_000  # hours of talk; of a longer transcript only the end is read
MOST_CHARACTERS = 200_000
LARGEST_AT_ONCE = 250_000  # characters, half an hour of talk: of more, the end is taken out first
LONGEST_LINE = 2_000  # minutes without a breath, and as much as is understood; again the end
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_UPDATE = re.compile(r'\s*\{\s*"interaction_type"\s*:\s*"update_only"\s*[,}]')
_AGENTS_TURN = re.compile(r'"turntaking"\s*:\s*"agent_turn"')
_SURROGATE = re.compile("[\ud800-\udfff]")
_NO_CHARACTER = "\ufffd"
_NO_TEXT = re.compile(rf"[\x00-\x08\x0e-\x1f\x7f-\x9f{_NO_CHARACTER}]")  # nor fit for a column


class Unreadable(ValueError):
    """This message is none that the protocol knows."""


@dataclass(frozen=True, slots=True)
class OrElse:
    """Beside a type: what is odd is taken for absent, without a word of Python for what is fine."""

    absent: Callable[[], Any]

    def __get_pydantic_core_schema__(
        self, kind: object, schema_of: GetCoreSchemaHandler
    ) -> CoreSchema:
        """As pydantic asks for it."""
        return with_default_schema(schema_of(kind), default_factory=self.absent, on_error="default")


Forgiving = OrElse(lambda: None)


def _text_of(content: str) -> str:
    return _NO_TEXT.sub("", content)


def _marked(name: str) -> str:
    """A name with something odd in it stays odd: it must not become the name of another."""
    return _NO_TEXT.sub(_NO_CHARACTER, name)


Text = Annotated[str, AfterValidator(_text_of)]
Name = Annotated[str, AfterValidator(_marked)]


class LineFacts(BaseModel):
    """What Retell notes about one line of the transcript."""

    is_backchannel: Annotated[bool | None, Forgiving] = None


class TranscriptLine(BaseModel):
    """One line of the conversation so far; the roles beyond agent and user do not matter here."""

    role: str
    content: Text
    metadata: Annotated[LineFacts | None, Forgiving] = None

    @property
    def is_backchannel(self) -> bool:
        """A "mhm" of the agent's voice while the caller goes on speaking."""
        return bool(self.metadata and self.metadata.is_backchannel)


class LastLines:
    """Beside a list: of one that is read already, no more than a call can hold is looked at."""

    @classmethod
    def __get_pydantic_core_schema__(
        cls, kind: object, schema_of: GetCoreSchemaHandler
    ) -> CoreSchema:
        """As pydantic asks for it."""
        lines = schema_of(kind)
        return json_or_python_schema(lines, no_info_before_validator_function(_last, lines))


def _last(lines: object) -> object:
    return lines[-MOST_LINES:] if isinstance(lines, list) else lines


Transcript = Annotated[list[OnErrorOmit[TranscriptLine]], OrElse(list), LastLines]
"""Without the lines that are none; most of a message is words with their times, never looked at."""
_SPEAKERS = {"agent": Speaker.AGENT, "user": Speaker.CALLER}


def utterances(lines: list[TranscriptLine]) -> tuple[Utterance, ...]:
    """The lines of caller and agent, as the dialogue knows them; no more than a call can hold."""
    kept: list[Utterance] = []
    left = MOST_CHARACTERS
    for line in reversed(lines[-MOST_LINES:]):
        if line.role in _SPEAKERS and not line.is_backchannel:
            text = line.content[-LONGEST_LINE:]
            left -= len(text)
            if left < 0:
                break
            kept.append(Utterance(speaker=_SPEAKERS[line.role], text=text))
    return tuple(reversed(kept))


class PingPong(BaseModel):
    """Retell asks whether we are there; the answer repeats its time."""

    interaction_type: Literal["ping_pong"]
    timestamp: Annotated[StrictInt, Field(ge=0)]


class Call(BaseModel):
    """What the call object tells the server; all of it may be absent, as in web calls."""

    call_id: Annotated[Name | None, Forgiving] = None
    call_type: Annotated[Name | None, Forgiving] = None
    direction: Annotated[Name | None, Forgiving] = None
    from_number: Annotated[Name | None, Forgiving] = None
    to_number: Annotated[Name | None, Forgiving] = None
    agent_version: Annotated[StrictInt | None, Forgiving] = None

    @property
    def caller(self) -> str | None:
        """Who calls; None when withheld, or when it is not a number but a SIP name."""
        return e164(self.from_number)

    @property
    def is_outbound(self) -> bool:
        """Whether the salon has called: then the numbers are the other way round."""
        return self.direction == "outbound"

    @property
    def dialled(self) -> str | None:
        """Which of our numbers was called, as it stands if it is none; None for web calls."""
        return e164(self.to_number) or self.to_number or None


def e164(number: str | None) -> str | None:
    """The number without its blanks; None when it is none, but "anonymous" or a SIP name."""
    compact = re.sub(r"[\s()/-]", "", number or "")
    return compact if _E164.fullmatch(compact) else None


class CallDetails(BaseModel):
    """The call object, once, right after the configuration that asked for it."""

    interaction_type: Literal["call_details"]
    call: Call


class UpdateOnly(BaseModel):
    """The transcript changed or the turn passed; nothing is to be said."""

    interaction_type: Literal["update_only"]
    transcript: Transcript = []
    turntaking: Annotated[Literal["agent_turn", "user_turn"] | None, Forgiving] = None


class ResponseRequired(BaseModel):
    """The caller sounds finished: the agent's next words are wanted, under this id."""

    interaction_type: Literal["response_required"]
    response_id: Annotated[StrictInt, Field(ge=0, le=LARGEST_ID)]
    transcript: Transcript = []


class ReminderRequired(BaseModel):
    """The caller has been silent for a while; the same rules as for a response."""

    interaction_type: Literal["reminder_required"]
    response_id: Annotated[StrictInt, Field(ge=0, le=LARGEST_ID)]
    transcript: Transcript = []


FromRetell = PingPong | CallDetails | UpdateOnly | ResponseRequired | ReminderRequired
_EVENT: TypeAdapter[FromRetell] = TypeAdapter(
    Annotated[FromRetell, Field(discriminator="interaction_type")]
)


def is_update(message: str) -> bool:
    """Whether its first words say that nothing is wanted: most messages need no further reading."""
    return _UPDATE.match(message) is not None


def is_agents_turn(update: str) -> bool:
    """Whether an update says that the agent is about to speak: the caller has said all there is."""
    return _AGENTS_TURN.search(update) is not None


def read(message: str) -> FromRetell:
    """The event in this message; Unreadable, with a reason free of content, when there is none."""
    try:
        return _read_at_once(message) or _EVENT.validate_python(content_of(message))
    except ValidationError as error:
        # The first part of a place is the kind of event; without one it is none that is known.
        places = {".".join(map(str, problem["loc"][1:])) for problem in error.errors()} - {""}
        what = f"unusable: {', '.join(sorted(places))}" if places else "no event of the protocol"
        raise Unreadable(what) from None


def _read_at_once(message: str) -> FromRetell | None:
    """The event, at half the price; None where the message has to be taken apart first."""
    if len(message) > LARGEST_AT_ONCE:
        return None
    try:
        return _EVENT.validate_json(message)
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            return None
        raise


def content_of(message: str) -> Any:  # noqa: ANN401 - JSON
    """What this JSON says, even where it escapes half a character, as an emoji cut in two."""
    try:
        return _content(message)
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None


def _content(message: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return from_json(message)
    except ValueError:
        lenient = json.dumps(json.loads(message), ensure_ascii=False)
        return from_json(_SURROGATE.sub(_NO_CHARACTER, lenient))
