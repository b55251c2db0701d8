"""Verbs for Cal.com."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voice_agent.cli.options import AddressFile, Company, Port, SalonKey

app = typer.Typer(no_args_is_help=True, help="Cal.com: accounts, event types, drift, sandbox.")


@app.command("sync")
def calcom_sync(salon: SalonKey = "") -> None:
    """Bring event types and working hours at Cal.com to what the salon says."""
    from voice_agent.commands.calcom import sync

    raise typer.Exit(sync(salon or None))


@app.command("drift")
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


@app.command("connect")
def calcom_connect(
    company: Company,
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


@app.command("sandbox")
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
