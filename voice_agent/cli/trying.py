"""Verbs that hold conversations: typed, recorded, simulated, or a single sentence."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from voice_agent.cli.options import ANY, TRY, SalonKey

app = typer.Typer()


@app.command(rich_help_panel=TRY)
def chat(
    salon: SalonKey = "friseur1",
    caller: Annotated[
        str | None, typer.Option("--from", help="The caller's number; none = withheld.")
    ] = None,
) -> None:
    """Type as the caller; the agent answers over the same websocket that Retell uses."""
    from voice_agent.commands.chat import chat as command

    raise typer.Exit(command(salon=salon, caller=caller))


@app.command(rich_help_panel=TRY)
def replay(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Replay files (YAML).", exists=True, dir_okay=False)
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show every turn.")] = False,
    repeat: Annotated[int, typer.Option(help="Play each so often; all must end alike.", min=1)] = 1,
    from_retell: Annotated[
        Path | None,
        typer.Option(
            help="A call object of Retell's: print it as a replay file, names replaced.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    salon: Annotated[str, typer.Option(help="Which salon that call was for.")] = "friseur1",
) -> None:
    """Play recorded calls against a fresh system and check how each one ends."""
    from voice_agent.commands.replay import convert
    from voice_agent.commands.replay import replay as command

    if from_retell is not None:
        raise typer.Exit(convert(from_retell, salon=salon))
    if not files:
        raise typer.BadParameter("name a replay file, or a call with --from-retell")
    raise typer.Exit(command(files, verbose=verbose, repeat=repeat))


@app.command(rich_help_panel=TRY)
def simulate(  # noqa: PLR0913, PLR0917 - one for each option
    calls: Annotated[int, typer.Option(help="How many.", min=1)] = 2000,
    seed: Annotated[int, typer.Option(help="Which callers.")] = 1,
    noise: Annotated[
        float, typer.Option(help="Share of sentences each kind of mishearing hits.", min=0, max=1)
    ] = 0.0,
    faults: Annotated[
        float, typer.Option(help="Share of calls in which Cal.com has bad luck.", min=0, max=1)
    ] = 0.0,
    rooms: Annotated[int, typer.Option(help="Callers at once in a process.", min=1, max=12)] = 4,
    crowded: Annotated[bool, typer.Option("--crowded", help="All want the same salon.")] = False,
    goal: Annotated[
        str | None, typer.Option(help="What all of them want: book, cancel, move, look-up ...")
    ] = None,
    processes: Annotated[int, typer.Option(help="Each with a server.", min=1, max=16)] = 2,
    save: Annotated[
        Path | None, typer.Option(help="Keep failing calls here as replay files.", file_okay=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    target: Annotated[
        str | None,
        typer.Option(help="Call this custom-LLM server: ws://host:port/path.", rich_help_panel=ANY),
    ] = None,
    say: Annotated[
        list[Path] | None,
        typer.Option(
            help="What to say, a line each, instead of our own calls; again for another call.",
            exists=True,
            dir_okay=False,
            rich_help_panel=ANY,
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Make only this one of our calls.", rich_help_panel=ANY),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show every word.", rich_help_panel=ANY)
    ] = False,
    language: Annotated[
        Literal["de", "en"] | None,
        typer.Option(help="What callers speak: de, en, or most of them German, some English."),
    ] = None,
    pace: Annotated[
        float,
        typer.Option(help="Seconds for each second of speech.", min=0, rich_help_panel=ANY),
    ] = 0.0,
    dialled: Annotated[
        str, typer.Option("--to", help="The number that is called.", rich_help_panel=ANY)
    ] = "+493055500000",
    caller: Annotated[
        str, typer.Option("--from", help="Whoever calls; empty = withheld.", rich_help_panel=ANY)
    ] = "+493055500001",
    patience_s: Annotated[
        float,
        typer.Option(
            "--patience",
            help="Seconds without an answer are too many.",
            min=0.1,
            rich_help_panel=ANY,
        ),
    ] = 10.0,
    slow_ms: Annotated[
        float, typer.Option(help="A first sentence later than this is slow.", rich_help_panel=ANY)
    ] = 1500,
    silence_ms: Annotated[
        float, typer.Option(help="Longest silence within an answer.", rich_help_panel=ANY)
    ] = 3000,
    webhooks: Annotated[
        str | None, typer.Option(help="Where it takes call webhooks.", rich_help_panel=ANY)
    ] = None,
    inbound: Annotated[
        str | None, typer.Option(help="Where it is asked about calls.", rich_help_panel=ANY)
    ] = None,
    functions: Annotated[
        list[str] | None,
        typer.Option(help="A function: http://host/path/name; again.", rich_help_panel=ANY),
    ] = None,
    args: Annotated[
        str, typer.Option(help="What functions are called with, as JSON.", rich_help_panel=ANY)
    ] = "{}",
    key: Annotated[
        str | None,
        typer.Option(
            help="Signs webhooks and functions; forged ones are tried as well.",
            envvar="SIMULATE_KEY",
            rich_help_panel=ANY,
        ),
    ] = None,
) -> None:
    """Let simulated callers ring, and say how many got what they wanted and what was untrue.

    With --target, --webhooks, --inbound or --functions: call any server that speaks Retell's
    protocol, ours or not, and tell what Retell and a caller would notice. Exit status 0: nothing,
    1: something, 2: this cannot be tried.
    """
    if target or webhooks or inbound or functions:
        from voice_agent.commands import target as any_server
        from voice_agent.simulator.target.doors import Doors
        from voice_agent.simulator.target.judging import Limits

        wish = any_server.Wish(
            target=target,
            say=tuple(say or ()),
            only=tuple(only or ()),
            language=language or "de",
            pace=pace,
            answer_s=patience_s,
            limits=Limits(first_sentence_ms=slow_ms, silence_ms=silence_ms),
            to_number=dialled,
            from_number=caller or None,
            doors=Doors(
                webhooks=webhooks,
                inbound=inbound,
                functions=tuple(functions or ()),
                args=any_server.arguments(args),
                key=key,
            ),
            verbose=verbose,
            as_json=as_json,
        )
        raise typer.Exit(any_server.check(wish))
    from voice_agent.commands.simulate import simulate as command
    from voice_agent.commands.simulate import wanted
    from voice_agent.simulator.callers.crowd import Terms

    terms = Terms(
        calls=calls,
        seed=seed,
        noise=noise,
        faults=faults,
        rooms=rooms,
        crowded=crowded,
        goal=wanted(goal),
        language=language,
        save=save,
    )
    raise typer.Exit(command(terms, processes=processes, as_json=as_json))


@app.command(rich_help_panel=TRY)
def understand(
    text: Annotated[str | None, typer.Argument(help="What the caller says.")] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Read and write one JSON object a line.")
    ] = False,
    vocabulary: Annotated[
        Path | None,
        typer.Option(help="Salon file (YAML), or services and staff as JSON.", exists=True),
    ] = None,
    now: Annotated[
        datetime | None,
        typer.Option(
            help="When it is said, salon time.", formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]
        ),
    ] = None,
) -> None:
    """Show what the agent understands of a sentence."""
    from voice_agent.commands.understand import run

    raise typer.Exit(run(text, jsonl=jsonl, vocabulary=vocabulary, now=now))
