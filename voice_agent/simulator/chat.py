"""You are the caller: type a line, hear the agent, over the same websocket that Retell uses."""

from __future__ import annotations

import asyncio
import sys
from threading import Thread
from typing import TYPE_CHECKING, TextIO

from rich.text import Text

from voice_agent.simulator.line import Ending
from voice_agent.simulator.report import agent_line, note_lines
from voice_agent.simulator.retell import Habits, RetellCall

if TYPE_CHECKING:
    from rich.console import Console

    from voice_agent.simulator.phone import PhoneCall
    from voice_agent.simulator.states import TurnNotes

HINT = "Type what you say. Enter alone = silence, /break = the line breaks, Ctrl-D = hang up."
BREAK = "/break"
YOU = Text("you     ", "bold cyan")
ENDINGS = {
    Ending.USER_HANGUP: "You hung up.",
    Ending.AGENT_HANGUP: "The agent hung up.",
    Ending.CALL_TRANSFER: "The agent put you through to somebody else.",
    Ending.SOCKET_NEVER_OPENED: "Nobody answers there.",
}


async def chat(
    phone: PhoneCall,
    console: Console,
    *,
    source: TextIO | None = None,
    notes: TurnNotes | None = None,
) -> bool:
    """One call, typed, each turn with its note; whether the line behaved."""
    source = source or sys.stdin
    lines = _lines(source)
    call = RetellCall(phone, Habits(partials=False))
    console.print(Text(HINT, "dim"))
    console.print(agent_line(await call.start()))
    while call.ending is None:
        if source.isatty():
            console.print(YOU, end="")
        line = await _next_line(lines, call)
        if line is None:
            await call.hang_up()
            break
        if not source.isatty():
            console.print(YOU + Text(line))
        await _say(call, line, console, notes)
    if call.ending is not None:
        console.print(Text(f"\n{ENDINGS.get(call.ending, call.ending.value)}", "dim"))
    for finding in call.findings:
        console.print(Text(f"- {finding}", "red"))
    return not call.findings


async def _say(call: RetellCall, line: str, console: Console, notes: TurnNotes | None) -> None:
    if line == BREAK:
        await call.lose_connection()
        return
    answer = await (call.say(line) if line else call.stay_silent())
    await call.listen()
    console.print(agent_line(answer))
    for label, words in note_lines(await notes.of(call, answer)) if notes else ():
        console.print(Text(f"        {label}: {words}", "dim"))


async def _next_line(lines: asyncio.Queue[str | None], call: RetellCall) -> str | None:
    """What is typed next; None at the end of the input or of the call."""
    typing = asyncio.ensure_future(lines.get())
    ending = asyncio.ensure_future(call.ended())
    await asyncio.wait({typing, ending}, return_when=asyncio.FIRST_COMPLETED)
    ending.cancel()
    if typing.done():
        return typing.result()
    typing.cancel()
    return None


def _lines(source: TextIO) -> asyncio.Queue[str | None]:
    """Lines as they are typed; a daemon thread reads, so that Ctrl-C never waits for Enter."""
    loop, lines = asyncio.get_running_loop(), asyncio.Queue[str | None]()

    def put(line: str | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(lines.put_nowait, line)

    def read() -> None:
        for line in source:
            put(line.strip())
        put(None)

    Thread(target=read, daemon=True, name="keyboard").start()
    return lines
