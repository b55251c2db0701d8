"""Verbs for salon files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Load and save salons as files.")


@app.command("import")
def salon_import(
    files: Annotated[list[Path], typer.Argument(help="Salon files (YAML).", exists=True)],
    check: Annotated[bool, typer.Option("--check", help="Only look for errors.")] = False,
) -> None:
    """Load salon files; all errors are listed at once, and importing twice changes nothing."""
    from voice_agent.commands.salon import import_files

    raise typer.Exit(import_files(files, check=check))


@app.command("export")
def salon_export(
    salon: Annotated[str, typer.Argument(help="Key of the salon: friseur1.")],
) -> None:
    """Print a salon as the file it would be imported from."""
    from voice_agent.commands.salon import export

    raise typer.Exit(export(salon))
