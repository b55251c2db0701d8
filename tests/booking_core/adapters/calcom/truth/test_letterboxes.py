"""Each company with a Cal.com of its own has an address and a secret of its own."""

from __future__ import annotations

import hashlib
import hmac
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest
from aiohttp import web

from booking_core.adapters.calcom.accounts import Accounts
from booking_core.adapters.calcom.letterboxes import Letterboxes, Secrets
from booking_core.adapters.calcom.stored_accounts import (
    PURPOSE,
    PostgresCalendarAccounts,
    StoredAccount,
)
from booking_core.adapters.calcom.webhooks import SIGNATURE, CalcomSubscriptions
from booking_core.adapters.cipher import Cipher
from booking_core.adapters.hints import Hints
from voice_agent.calcom_webhook import COMPANY_PATH, PATH, Mailbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon

SEED = "the secret key of this test which is long enough"
OLD_SEED = "the secret key before it which is on its way out"
OWN = "what only the Kranz company has been told"
COMMON = "what all the others share"
LETTER = (
    b'{"triggerEvent": "BOOKING_CREATED", "payload": {"organizer": {"username": "wanda"},'
    b' "startTime": "2026-11-25T09:00:00Z"}}'
)


@pytest.fixture
def stored(engine: AsyncEngine) -> PostgresCalendarAccounts:
    return PostgresCalendarAccounts(engine, Cipher.of(SEED, purpose=PURPOSE))


def boxes(stored: PostgresCalendarAccounts, *, common: str | None = COMMON) -> Letterboxes:
    secrets = Secrets(common=common, seeds=(SEED, OLD_SEED))
    return Letterboxes(stored, secrets, url=f"https://salon.example{PATH}")


@pytest.fixture
def connected(stored: PostgresCalendarAccounts, saved: Salon) -> Any:
    """Gives the company a Cal.com of its own."""

    async def save(secret: str | None = OWN) -> StoredAccount:
        account = StoredAccount(
            base_url="https://api.cal.eu", accounts=Accounts(single="cal_1"), webhook_secret=secret
        )
        await stored.save(saved.company.id, account)
        return account

    return save


async def test_a_secret_is_sealed_and_read_back(
    stored: PostgresCalendarAccounts, connected: Any, saved: Salon, desk: Any
) -> None:
    account = await connected()

    (sealed,) = await desk.rows("SELECT webhook_secret FROM calcom_account")
    assert OWN not in str(sealed)
    assert await stored.of(saved.company.id) == account
    assert OWN not in repr(account)


async def test_a_secret_opens_with_the_new_key_after_it_was_resealed(
    engine: AsyncEngine, connected: Any, saved: Salon
) -> None:
    await connected()
    both = PostgresCalendarAccounts(engine, Cipher.of(f"{OLD_SEED},{SEED}", purpose=PURPOSE))

    assert await both.reseal() == 2  # a key and a secret

    later = PostgresCalendarAccounts(engine, Cipher.of(OLD_SEED, purpose=PURPOSE))
    account = await later.of(saved.company.id)
    assert account is not None
    assert account.webhook_secret == OWN


async def test_who_has_no_cal_com_of_its_own_shares_address_and_secret(
    stored: PostgresCalendarAccounts, saved: Salon
) -> None:
    box = await boxes(stored).of(saved)

    assert box is not None
    assert (box.url, box.secret) == (f"https://salon.example{PATH}", COMMON)


async def test_who_has_one_is_written_to_at_an_address_of_its_own(
    stored: PostgresCalendarAccounts, connected: Any, saved: Salon
) -> None:
    await connected()

    box = await boxes(stored).of(saved)

    assert box is not None
    assert (box.url, box.secret) == (f"https://salon.example{PATH}/{saved.company.id}", OWN)


async def test_where_no_secret_was_set_each_company_has_another_one_of_the_same_seed(
    stored: PostgresCalendarAccounts, connected: Any, saved: Salon
) -> None:
    await connected(None)
    letterboxes = boxes(stored, common=None)

    own = await letterboxes.secrets_of(saved.company.id)
    common = await letterboxes.secrets_of(None)

    assert len({*own, *common}) == 4  # of the seed, and of the one before it
    assert await boxes(stored, common=None).secrets_of(saved.company.id) == own


async def test_a_company_that_nobody_knows_has_no_secret(stored: PostgresCalendarAccounts) -> None:
    assert await boxes(stored).secrets_of(uuid4()) == ()


@asynccontextmanager
async def listening(mailbox: Mailbox) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post(PATH, mailbox.receive)
    app.router.add_post(COMPANY_PATH, mailbox.receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
    finally:
        await runner.cleanup()


@pytest.fixture
async def post(
    stored: PostgresCalendarAccounts, engine: AsyncEngine, redis: Any, mirror: Any
) -> AsyncIterator[Any]:
    """Sends a letter about somebody of the salon; how it is answered."""
    del mirror  # who works there is known by then
    async with (
        listening(Mailbox(Hints(engine), redis, boxes(stored))) as url,
        httpx.AsyncClient(trust_env=False) as http,
    ):

        async def send(
            secret: str, address: object = None, *, letter: bytes = LETTER
        ) -> tuple[int, str]:
            signature = hmac.new(secret.encode(), letter, hashlib.sha256).hexdigest()
            answer = await http.post(
                f"{url}/{address}" if address else url,
                content=letter,
                headers={SIGNATURE: signature},
            )
            return answer.status_code, answer.json()["status"]

        yield send


async def test_a_companys_own_letter_is_looked_after(
    post: Any, connected: Any, saved: Salon
) -> None:
    await connected()

    assert await post(OWN, saved.company.id) == (200, "looking")


@pytest.mark.parametrize(
    ("secret", "address"),
    [(COMMON, "own"), (OWN, None), (OWN, "another"), (OWN, "nonsense"), (COMMON, "nobody")],
)
async def test_a_letter_with_the_secret_of_others_is_refused(
    post: Any, connected: Any, saved: Salon, secret: str, address: str | None
) -> None:
    await connected()
    places = {
        "own": saved.company.id,
        "another": uuid4(),
        "nonsense": "kranz",
        "nobody": "00000000-0000-0000-0000-000000000000",
    }

    assert await post(secret, places.get(address or "")) == (401, "not signed")


async def test_the_common_secret_gives_no_reason_to_look_at_who_has_one_of_its_own(
    post: Any, connected: Any
) -> None:
    """The same user name is somebody else at another Cal.com."""
    before = await post(COMMON)
    await connected()

    after = await post(COMMON, letter=LETTER.replace(b"09:00", b"10:00"))

    assert (before, after) == ((200, "looking"), (200, "nothing to look at"))


async def test_cal_com_is_told_the_address_and_the_secret_of_the_company(
    stored: PostgresCalendarAccounts, connected: Any, saved: Salon, opened: Any, desk: Any
) -> None:
    await connected()
    subscriptions = CalcomSubscriptions(opened, boxes(stored))

    first, second = [await subscriptions.ensure(saved) for _ in range(2)]

    (there,) = await desk.client.webhooks(desk.accounts.key("wanda"))
    assert (first, second) == (3, 0)
    assert there.subscriber_url == f"https://salon.example{PATH}/{saved.company.id}"
    assert there.secret == OWN


async def test_nobody_is_asked_to_write_to_an_address_nobody_can_reach(
    stored: PostgresCalendarAccounts, saved: Salon, opened: Any, desk: Any
) -> None:
    unreachable = Letterboxes(stored, replace(Secrets(), common=COMMON))

    assert await CalcomSubscriptions(opened, unreachable).ensure(saved) == 0
    assert list(await desk.client.webhooks(desk.accounts.key("wanda"))) == []
