"""Verbs for the REST API's tokens."""

from __future__ import annotations

from typing import Annotated

import typer

from voice_agent.cli.options import Company

app = typer.Typer(no_args_is_help=True, help="Tokens of the REST API.")
token_app = typer.Typer(no_args_is_help=True, help="Who may use the REST API.")
app.add_typer(token_app, name="token")


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
