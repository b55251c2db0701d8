"""Verbs for the database."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, help="The database schema.")


@app.command("upgrade")
def upgrade_schema() -> None:
    """Bring the schema up to date; safe when several do it at once."""
    from voice_agent.commands.db import upgrade

    raise typer.Exit(upgrade())
