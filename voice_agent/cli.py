"""The command `voice-agent`: one verb for each thing a human does with the system."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - typer reads the annotations
from pathlib import Path
from typing import Annotated, Literal

import typer

RUN, TRY, SALON, OPERATE = "Run", "Try and replay", "Salon", "Operate"
ANY = "Any server that speaks Retell's protocol"

app = typer.Typer(
    name="voice-agent",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
    help=(
        "A phone assistant for hair salons that books appointments made of segments, "
        "all or nothing.\n\n"
        "Without any setting it brings its own PostgreSQL, Valkey and Cal.com: "
        "[bold]voice-agent demo[/bold] plays a phone call, [bold]voice-agent chat[/bold] lets "
        "you be the caller. What can be set is listed in the README."
    ),
)
salon_app = typer.Typer(no_args_is_help=True, help="Load and save salons as files.")
db_app = typer.Typer(no_args_is_help=True, help="The database schema.")
calcom_app = typer.Typer(
    no_args_is_help=True, help="Cal.com: accounts, event types, drift, sandbox."
)
retell_app = typer.Typer(no_args_is_help=True, help="Retell: the salon's agent there.")
api_app = typer.Typer(no_args_is_help=True, help="Tokens of the REST API.")
token_app = typer.Typer(no_args_is_help=True, help="Who may use the REST API.")
bench_app = typer.Typer(no_args_is_help=True, help="Percentiles and ratios, measured here and now.")
app.add_typer(salon_app, name="salon", rich_help_panel=SALON)
app.add_typer(calcom_app, name="calcom", rich_help_panel=SALON)
app.add_typer(retell_app, name="retell", rich_help_panel=SALON)
app.add_typer(api_app, name="api", rich_help_panel=OPERATE)
api_app.add_typer(token_app, name="token")
app.add_typer(db_app, name="db", rich_help_panel=OPERATE)
app.add_typer(bench_app, name="bench", rich_help_panel=OPERATE)

Port = Annotated[int, typer.Option(help="0 = any free port.", min=0, max=65535)]
Host = Annotated[str, typer.Option(help="Anything but loopback needs the secrets to be set.")]
AddressFile = Annotated[
    Path | None, typer.Option(help="Write the address here once it listens.", dir_okay=False)
]
SalonKey = Annotated[str, typer.Option("--salon", help="Which salon, by the name of its file.")]


@app.command(rich_help_panel=RUN)
def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop after the call.")] = False,
    port: Port = 8080,
) -> None:
    """Play a real phone call from the greeting to the confirmation mail, and show everything."""
    from voice_agent.commands.demo import demo as command

    raise typer.Exit(command(once=once, port=port))


@app.command(rich_help_panel=RUN)
def serve(host: Host = "127.0.0.1", port: Port = 8080, address_file: AddressFile = None) -> None:
    """Answer phone calls: Retell's websocket and the job worker in one process."""
    from voice_agent.commands import serve as command

    raise typer.Exit(command.serve(host=host, port=port, address_file=address_file))


@app.command(rich_help_panel=RUN)
def work() -> None:
    """Only do background jobs: mails, recovery, sweeps."""
    from voice_agent.commands import serve as command

    raise typer.Exit(command.work())


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


@salon_app.command("import")
def salon_import(
    files: Annotated[list[Path], typer.Argument(help="Salon files (YAML).", exists=True)],
    check: Annotated[bool, typer.Option("--check", help="Only look for errors.")] = False,
) -> None:
    """Load salon files; all errors are listed at once, and importing twice changes nothing."""
    from voice_agent.commands.salon import import_files

    raise typer.Exit(import_files(files, check=check))


@salon_app.command("export")
def salon_export(
    salon: Annotated[str, typer.Argument(help="Key of the salon: friseur1.")],
) -> None:
    """Print a salon as the file it would be imported from."""
    from voice_agent.commands.salon import export

    raise typer.Exit(export(salon))


@bench_app.command("all")
def bench_all() -> None:
    """Everything below."""
    bench_slots(growth=False)
    bench_understand(noise=False)
    bench_turns()
    bench_book()


@bench_app.command("slots")
def bench_slots(
    growth: Annotated[bool, typer.Option("--growth", help="In ever larger salons.")] = False,
) -> None:
    """Search for starts: percentiles, and the ratio to a plain interval search."""
    from voice_agent.bench import slots

    (slots.growth if growth else slots.run)()


@bench_app.command("understand")
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


@bench_app.command("turns")
def bench_turns(
    callers: Annotated[int, typer.Option(help="How many talk at once.", min=1)] = 200,
    seconds: Annotated[float, typer.Option(help="How long they call.", min=1)] = 40,
    pace: Annotated[
        float, typer.Option(help="Seconds for each second of speech; less = faster.", min=0)
    ] = 1,
) -> None:
    """Wait for the agent's first words among many callers, who search and book."""
    from voice_agent.bench.calls import Terms, turns

    turns(Terms(callers=callers, seconds=seconds, pace=pace))


@bench_app.command("book")
def bench_book() -> None:
    """Book, move and cancel visits of four segments: our part of the time beside Cal.com's."""
    from voice_agent.bench.bookings import bookings

    bookings()


@bench_app.command("pages")
def bench_pages(
    rounds: Annotated[int, typer.Option(help="How often each is asked for.", min=20)] = 100,
) -> None:
    """Open the salon's pages, with 20 people, 10,000 visits and 5,000 calls on record."""
    from voice_agent.bench.pages import pages

    pages(rounds)


@bench_app.command("mirror")
def bench_mirror(
    rounds: Annotated[int, typer.Option(help="Questions of each kind.", min=3)] = 100,
) -> None:
    """Ask who is busy in Cal.com: microseconds from the copy, and the ratio to the database."""
    from voice_agent.bench.mirror import mirror

    mirror(rounds)


@bench_app.command("crash")
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


@bench_app.command("contend")
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


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the schema up to date; safe when several do it at once."""
    from voice_agent.commands.db import upgrade

    raise typer.Exit(upgrade())


@calcom_app.command("sync")
def calcom_sync(salon: SalonKey = "") -> None:
    """Bring event types and working hours at Cal.com to what the salon says."""
    from voice_agent.commands.calcom import sync

    raise typer.Exit(sync(salon or None))


@calcom_app.command("drift")
def calcom_drift(
    salon: SalonKey = "",
    *,
    fix: Annotated[bool, typer.Option("--fix", help="Repair what differs, and say what.")] = False,
    as_data: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell what differs at Cal.com from what the salon says, and what cannot be booked.

    Exit status 0: nothing; 1: something does, or still does after --fix.
    """
    from voice_agent.commands.calcom import drift

    raise typer.Exit(drift(salon or None, fix=fix, as_data=as_data))


@calcom_app.command("connect")
def calcom_connect(
    company: Annotated[str, typer.Option(help="Key of the company, as in its salon file.")],
    url: Annotated[str, typer.Option(help="Its Cal.com.")] = "https://api.cal.com",
    per_minute: Annotated[
        int | None, typer.Option(min=4, help="Requests a key may send; as Cal.com says if unset.")
    ] = None,
    *,
    forget: Annotated[
        bool, typer.Option("--forget", help="Use the Cal.com of the settings again.")
    ] = False,
) -> None:
    """Store a company's own Cal.com account, sealed with SECRET_KEY; servers use it within seconds.

    Keys are read from standard input (one key, or lines of user=key) or from
    CALCOM_CONNECT_KEYS, and each is tried first. The webhook secret is a random
    one, or what CALCOM_CONNECT_WEBHOOK_SECRET says.
    """
    from voice_agent.commands.calcom_connect import Wish, connect

    wish = Wish(company=company, url=url, requests_per_minute=per_minute, forget=forget)
    raise typer.Exit(connect(wish))


@calcom_app.command("sandbox")
def calcom_sandbox(  # noqa: PLR0913, PLR0917 - one for each option
    port: Port = 0,
    seed: Annotated[
        str, typer.Option(help="empty, or scenario: two users with known keys.")
    ] = "empty",
    state: Annotated[
        Path | None, typer.Option(help="Keep the state in this file.", dir_okay=False)
    ] = None,
    now: Annotated[
        str | None, typer.Option(help="ISO time with zone where its clock starts.")
    ] = None,
    mails: Annotated[
        Path | None, typer.Option(help="Append every delivered mail to this file.", dir_okay=False)
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, help="Requests a minute for each key; the hosted one allows 120.")
    ] = 100_000,
    hosted: Annotated[
        bool, typer.Option("--hosted", help="Also speak the hosted service's newer versions.")
    ] = False,
    address_file: AddressFile = None,
) -> None:
    """Run a local Cal.com that answers as the real one was recorded to answer.

    Any client of API v2 can be pointed at it; its pages show the calendars.
    Its back door (GET /_control) makes users with keys, sets the clock, loses
    answers, breaks connections, delays webhooks.
    """
    from voice_agent.commands.calcom_sandbox import sandbox

    raise typer.Exit(
        sandbox(
            port=port,
            seed=seed,
            state=state,
            mails=mails,
            now=now,
            limit=limit,
            hosted=hosted,
            address_file=address_file,
        )
    )


Company = Annotated[str, typer.Option(help="Key of the company, as in its salon file.")]


@token_app.command("create")
def api_token_create(
    company: Company,
    name: Annotated[str, typer.Option(help="What it is for.")],
    scope: Annotated[
        list[str], typer.Option(help="read, book or admin; each includes those before it.")
    ] = ["read"],  # noqa: B006 - typer copies it
) -> None:
    """Make a token and print it, once; only its hash is stored."""
    from voice_agent.api.tokens import Scope
    from voice_agent.commands.api import create

    unknown = set(scope) - set(Scope)
    if unknown:
        raise typer.BadParameter(f"no scope: {', '.join(sorted(unknown))}")
    raise typer.Exit(create(company, name=name, scopes=[Scope(one) for one in scope]))


@token_app.command("list")
def api_token_list(company: Company) -> None:
    """Show the tokens of a company, and when they were used."""
    from voice_agent.commands.api import list_tokens

    raise typer.Exit(list_tokens(company))


@token_app.command("revoke")
def api_token_revoke(
    token_id: Annotated[str, typer.Argument(help="As `list` shows it.")], company: Company
) -> None:
    """Take a token back; it opens nothing from now on."""
    from voice_agent.commands.api import revoke

    raise typer.Exit(revoke(company, token_id))


AgentKind = Annotated[
    Literal["custom-llm", "retell-llm", "conversation-flow"],
    typer.Option(help="Who does the talking: this server, or a model at Retell."),
]
Number = Annotated[str | None, typer.Option(help="Lead this number to the agent: +4930...")]
Trunk = Annotated[str, typer.Option(help="Host of the SIP trunk the number comes in over.")]


@retell_app.command("deploy")
def retell_deploy(  # noqa: PLR0913, PLR0917 - one for each option
    salon: SalonKey = "friseur1",
    kind: AgentKind = "custom-llm",
    number: Number = None,
    import_number: Annotated[
        bool, typer.Option("--import-number", help="If Retell does not have it yet.")
    ] = False,
    termination_uri: Trunk = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what others changed at Retell.")
    ] = False,
    trunk_user: Annotated[
        str | None, typer.Option(help="Of an imported number's SIP trunk.")
    ] = None,
    trunk_password: Annotated[
        str | None,
        typer.Option(help="Goes with it; best left to the variable.", envvar="RETELL_SIP_PASSWORD"),
    ] = None,
    reach: Annotated[
        bool, typer.Option(help="See that PUBLIC_URL answers, and ring there when it is done.")
    ] = True,
) -> None:
    """Bring the salon's agent at Retell to what the salon says, publish it, move the number."""
    from voice_agent.commands.retell import Wish, retell

    if import_number != bool(termination_uri):
        raise typer.BadParameter("--import-number and --termination-uri go together")
    wish = Wish(
        salon=salon,
        kind=kind,
        number=number,
        import_over=termination_uri or None,
        trunk_user=trunk_user,
        trunk_password=trunk_password,
        dry_run=dry_run,
        force=force,
        reach=reach,
    )
    raise typer.Exit(retell(wish))


@retell_app.command("diff")
def retell_diff(
    salon: SalonKey = "friseur1", kind: AgentKind = "custom-llm", number: Number = None
) -> None:
    """Show what a deploy would change; exit status 1: something."""
    from voice_agent.commands.retell import Wish, retell

    raise typer.Exit(retell(Wish(salon=salon, kind=kind, number=number, dry_run=True)))


@retell_app.command("sandbox")
def retell_sandbox(port: Port = 0) -> None:
    """Run Retell's management API on this machine: point RETELL_BASE_URL at it."""
    from voice_agent.commands.retell import sandbox

    raise typer.Exit(sandbox(port))
