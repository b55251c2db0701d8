"""A salon that is open for business: stored, with its people and event types at a sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from booking_core.adapters.calcom.accounts import sandbox_accounts
from booking_core.adapters.calcom.client import CalcomClient
from booking_core.adapters.calcom.event_map import PostgresEventMap
from booking_core.adapters.calcom.event_types import CalcomEventTypes
from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.migrate import upgrade
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.salon_file import load
from booking_core.adapters.urgency import in_background
from booking_core.workflows.sync_event_types import sync_event_types
from voice_agent.salons import salon_text
from voice_agent.simulator.backdrop import BackdropImpossible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon
    from voice_agent.embedded import Endpoints

TRIES = 3


def packaged_salon(name: str) -> Salon:
    """A salon that comes with the package."""
    try:
        return load(salon_text(name), name=name)
    except FileNotFoundError:
        raise BackdropImpossible(f"there is no salon file {name}") from None


def salon_of(name: str, folder: Path | None = None) -> Salon:
    """A salon of the package, or of a file: `../salon.yaml`, seen from a folder."""
    if not name.endswith((".yaml", ".yml")):
        return packaged_salon(name)
    path = (folder or Path.cwd()) / name
    try:
        return load(path.read_text(encoding="utf-8"), name=path.stem)
    except OSError as error:
        raise BackdropImpossible(f"there is no salon file {path}: {error.strerror}") from error


async def open_books(endpoints: Endpoints, sandbox_url: str, salons: Iterable[Salon]) -> None:
    """Migrate, store these salons, and make everything they offer bookable."""
    await upgrade(endpoints.database_url)
    engine = make_engine(endpoints.database_url)
    try:
        for salon in salons:
            await PostgresSalons(engine).save(salon)
            await provide_event_types(salon, sandbox_url, engine)
    finally:
        await engine.dispose()


async def provide_event_types(salon: Salon, sandbox_url: str, engine: AsyncEngine) -> None:
    """Bring the salon's event types at the sandbox up to date."""
    async with CalcomClient(sandbox_url) as client:
        accounts = await sandbox_accounts(salon, sandbox_url)
        types = CalcomEventTypes(client, accounts, timezone=salon.branch.timezone)
        for _ in range(TRIES):  # a busy machine may let an answer time out; what is there stays
            with in_background():  # where nobody waits on the line, there is more patience
                report = await sync_event_types(
                    salon, event_types=types, event_map=PostgresEventMap(engine)
                )
            if report.complete:
                return
        raise BackdropImpossible(f"event types are missing: {report.failed}")


async def calendar_keys(sandbox_url: str, salons: Iterable[Salon]) -> SecretStr:
    """Keys of everybody who works in these salons, in the form of the setting."""
    accounts = [await sandbox_accounts(salon, sandbox_url) for salon in salons]
    pairs = {user: key for account in accounts for user, key in account.keys.items()}
    return SecretStr(",".join(f"{user}={key}" for user, key in pairs.items()))
