"""Verbs that serve: the demo, the server, its jobs alone."""

from __future__ import annotations

from typing import Annotated

import typer

from voice_agent.cli.options import RUN, AddressFile, Host, Port

app = typer.Typer()


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
