"""The command `voice-agent`: one verb for each thing a human does with the system.

What a verb needs is imported when it runs: help appears at once.
"""

from __future__ import annotations

import typer

from voice_agent.cli import api, bench, calcom, db, retell, running, salon, trying
from voice_agent.cli.options import OPERATE, SALON

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
app.add_typer(running.app)
app.add_typer(trying.app)
app.add_typer(salon.app, name="salon", rich_help_panel=SALON)
app.add_typer(calcom.app, name="calcom", rich_help_panel=SALON)
app.add_typer(retell.app, name="retell", rich_help_panel=SALON)
app.add_typer(api.app, name="api", rich_help_panel=OPERATE)
app.add_typer(db.app, name="db", rich_help_panel=OPERATE)
app.add_typer(bench.app, name="bench", rich_help_panel=OPERATE)
