"""Verbs that measure."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Percentiles and ratios, measured here and now.")


@app.command("all")
def bench_all() -> None:
    """Everything below."""
    bench_slots(growth=False)
    bench_understand(noise=False)
    bench_turns()
    bench_book()


@app.command("slots")
def bench_slots(
    growth: Annotated[bool, typer.Option("--growth", help="In ever larger salons.")] = False,
) -> None:
    """Search for starts: percentiles, and the ratio to a plain interval search."""
    from voice_agent.bench import slots

    (slots.growth if growth else slots.run)()


@app.command("understand")
def bench_understand(
    noise: Annotated[
        bool, typer.Option("--noise", help="What errors of speech recognition cost.")
    ] = False,
) -> None:
    """Understand sentences: how fast, and how well beside other parsers."""
    from voice_agent.bench import understanding

    if noise:
        understanding.noise()
        return
    understanding.run()
    understanding.beside_others()


@app.command("turns")
def bench_turns(
    callers: Annotated[int, typer.Option(help="How many talk at once.", min=1)] = 200,
    seconds: Annotated[float, typer.Option(help="How long they call.", min=1)] = 40,
    pace: Annotated[
        float, typer.Option(help="Seconds for each second of speech; less = faster.", min=0)
    ] = 1,
    endpointing: Annotated[
        float, typer.Option(help="Seconds between the last word and the request.", min=0)
    ] = 0.4,
) -> None:
    """Wait for the agent's first words among many callers, who search and book."""
    from voice_agent.bench.calls import Terms, turns

    turns(Terms(callers=callers, seconds=seconds, pace=pace, endpointing_s=endpointing))


@app.command("book")
def bench_book() -> None:
    """Book, move and cancel visits of four segments: our part of the time beside Cal.com's."""
    from voice_agent.bench.bookings import bookings

    bookings()


@app.command("pages")
def bench_pages(
    rounds: Annotated[int, typer.Option(help="How often each is asked for.", min=20)] = 100,
) -> None:
    """Open the salon's pages, with 20 people, 10,000 visits and 5,000 calls on record."""
    from voice_agent.bench.pages import pages

    pages(rounds)


@app.command("mirror")
def bench_mirror(
    rounds: Annotated[int, typer.Option(help="Questions of each kind.", min=3)] = 100,
) -> None:
    """Ask who is busy in Cal.com: microseconds from the copy, and the ratio to the database."""
    from voice_agent.bench.mirror import mirror

    mirror(rounds)


@app.command("crash")
def bench_crash(
    rounds: Annotated[int, typer.Option(help="How many processes set out.", min=1)] = 300,
    lanes: Annotated[int, typer.Option(help="How many rounds at once.", min=1, max=12)] = 6,
    faults: Annotated[
        float, typer.Option(help="Share of requests that meet each kind of fault.", min=0, max=0.1)
    ] = 0.05,
    seed: Annotated[int, typer.Option(help="Which schedule.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Kill real processes while they book, move and cancel; check that all is in order."""
    from voice_agent.bench.crash import Terms
    from voice_agent.commands.bench import crash as command

    terms = Terms(rounds=rounds, lanes=lanes, faults=faults, seed=seed)
    raise typer.Exit(command(terms, as_json=as_json))


@app.command("contend")
def bench_contend(
    processes: Annotated[int, typer.Option(help="Full of callers each.", min=1, max=32)] = 8,
    seconds: Annotated[float, typer.Option(help="How long they call.", min=1)] = 60,
    faults: Annotated[
        float, typer.Option(help="Share of requests that meet each kind of fault.", min=0, max=0.1)
    ] = 0,
    longest_gap: Annotated[
        float, typer.Option(help="Seconds in which nothing gets done are too many.", min=0)
    ] = 1,
    seed: Annotated[int, typer.Option(help="Which wishes.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Let processes contend for one day while Redis comes and goes; check that all is in order."""
    from voice_agent.bench.contend import Terms
    from voice_agent.commands.bench import contend as command

    terms = Terms(
        processes=processes,
        seconds=seconds,
        faults=faults,
        longest_gap_s=longest_gap,
        seed=seed,
    )
    raise typer.Exit(command(terms, as_json=as_json))
