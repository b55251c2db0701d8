"""`voice-agent salon import|export`: salons as files."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from booking_core.adapters.jobs import Jobs
from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.migrate import upgrade
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.salon_file import dump, read
from booking_core.domain.errors import SalonFileInvalid
from nlu.names import sounds_alike
from voice_agent.commands.running import FAILED, OK, run
from voice_agent.config import Settings
from voice_agent.embedded import servers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from booking_core.adapters.salon_file import SalonFile


def import_files(files: Sequence[Path], *, check: bool) -> int:
    """Load these files, or only look for errors."""
    out, errors = Console(highlight=False), Console(stderr=True, highlight=False)
    read_files = [_read(file, out, errors) for file in files]
    salons = [one for one in read_files if one]
    if len(salons) < len(files):
        return FAILED
    return OK if check else run(lambda: _save(salons, out))


def export(key: str) -> int:
    """Print the file of a salon."""
    return run(lambda: _export(key))


def _read(file: Path, out: Console, errors: Console) -> SalonFile | None:
    try:
        found = read(file.read_text(encoding="utf-8"), name=file.stem, sounds_alike=sounds_alike)
    except (SalonFileInvalid, UnicodeDecodeError) as error:
        problems = error.problems if isinstance(error, SalonFileInvalid) else (str(error),)
        errors.print(f"[red]{escape(str(file))}[/red]: {len(problems)} to mend, nothing imported")
        for problem in problems:
            errors.print(f"  {escape(problem)}")
        return None
    for warning in found.warnings:
        out.print(f"[yellow]{escape(str(file))}[/yellow]: {escape(warning)}")
    return found


async def _save(found: Sequence[SalonFile], out: Console) -> int:
    async with servers(settings := Settings()) as endpoints:
        del settings
        await upgrade(endpoints.database_url)
        engine = make_engine(endpoints.database_url)
        try:
            salons = PostgresSalons(engine, jobs=Jobs(endpoints.database_url))
            for one in found:
                changed = await salons.save(one.salon)
                news = "imported" if changed else "unchanged"
                out.print(f"{one.salon.branch.key}: {news}, {_contents(one)}")
        finally:
            await engine.dispose()
    return OK


def _contents(found: SalonFile) -> str:
    salon = found.salon
    parts = {"services": salon.services, "staff": salon.staff, "resources": salon.resources}
    return ", ".join(f"{len(some)} {name}" for name, some in parts.items())


async def _export(key: str) -> int:
    async with servers(Settings()) as endpoints:
        await upgrade(endpoints.database_url)
        engine = make_engine(endpoints.database_url)
        try:
            salon = await PostgresSalons(engine).by_key(key)
        finally:
            await engine.dispose()
    text = await asyncio.to_thread(dump, salon)
    Console(highlight=False, soft_wrap=True, markup=False).print(text, end="")
    return OK
