"""Verbs for the salon's agent at Retell."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from voice_agent.cli.options import Port, SalonKey

app = typer.Typer(no_args_is_help=True, help="Retell: the salon's agent there.")

AgentKind = Annotated[
    Literal["custom-llm", "retell-llm", "conversation-flow"],
    typer.Option(help="Who does the talking: this server, or a model at Retell."),
]
Number = Annotated[str | None, typer.Option(help="Lead this number to the agent: +4930...")]
Trunk = Annotated[str, typer.Option(help="Host of the SIP trunk the number comes in over.")]


@app.command("deploy")
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


@app.command("diff")
def retell_diff(
    salon: SalonKey = "friseur1", kind: AgentKind = "custom-llm", number: Number = None
) -> None:
    """Show what a deploy would change; exit status 1: something."""
    from voice_agent.commands.retell import Wish, retell

    raise typer.Exit(retell(Wish(salon=salon, kind=kind, number=number, dry_run=True)))


@app.command("sandbox")
def retell_sandbox(port: Port = 0) -> None:
    """Run Retell's management API on this machine: point RETELL_BASE_URL at it."""
    from voice_agent.commands.retell import sandbox

    raise typer.Exit(sandbox(port))
