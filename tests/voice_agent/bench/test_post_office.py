from __future__ import annotations

from email.message import EmailMessage
from random import Random
from typing import Any

import pytest

from booking_core.adapters.mail.smtp import SmtpMailer
from booking_core.domain.mail import MailUnsure
from voice_agent.bench.post_office import PostOffice


class Fixed(Random):
    """Bad luck always, of this kind."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self._place = place

    def random(self) -> float:
        return 0.0

    def choice(self, seq: Any) -> Any:
        return seq[self._place]


@pytest.fixture
def letter() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "salon@morgenrot.example"
    message["To"] = "nele@kunden.example"
    message["Message-ID"] = "<first@morgenrot.example>"
    message.set_content("Bis morgen!\n.\n..Ein Punkt am Anfang\n")
    return message


async def test_the_same_letter_is_accepted_with_the_same_digest_every_time(
    letter: EmailMessage,
) -> None:
    told: list[dict[str, Any]] = []
    office = PostOffice(told=told.append, drops=0, chance=Fixed(0))

    async with office.open() as address:
        for _ in range(2):
            await SmtpMailer(address).send(letter)

    assert [fact["accepted"] for fact in told] == ["<first@morgenrot.example>"] * 2
    assert len({fact["digest"] for fact in told}) == 1
    assert all(fact["heard"] for fact in told)


@pytest.mark.parametrize(("place", "kept"), [(0, 0), (1, 1)])
async def test_a_connection_that_breaks_loses_the_letter_or_only_the_answer(
    letter: EmailMessage, place: int, kept: int
) -> None:
    told: list[dict[str, Any]] = []
    office = PostOffice(told=told.append, drops=1, chance=Fixed(place))

    async with office.open() as address:
        with pytest.raises(MailUnsure):
            await SmtpMailer(address).send(letter)

    assert [fact["heard"] for fact in told] == [False] * kept
