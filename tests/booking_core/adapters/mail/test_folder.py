"""Mails as files."""

from __future__ import annotations

import asyncio
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

import pytest

from booking_core.adapters.mail import FolderMailer
from booking_core.domain.mail import MailKind

if TYPE_CHECKING:
    from pathlib import Path

    from tests.booking_core.adapters.mail.conftest import Writer


async def test_a_mail_is_a_file_that_any_mail_program_opens(writer: Writer, tmp_path: Path) -> None:
    folder = tmp_path / "mails" / "out"

    await FolderMailer(folder).send(writer.mail())

    (file,) = folder.iterdir()
    assert file.suffix == ".eml"
    parsed = message_from_bytes(file.read_bytes(), policy=default)
    assert parsed["To"].addresses[0].display_name == "Jördis Größ"


async def test_sending_again_leaves_one_file(writer: Writer, tmp_path: Path) -> None:
    mailer = FolderMailer(tmp_path)

    await asyncio.gather(*(mailer.send(writer.mail()) for _ in range(5)))

    assert [path.read_bytes() for path in tmp_path.iterdir()] == [writer.mail().as_bytes()]


async def test_every_kind_is_a_file_of_its_own(writer: Writer, tmp_path: Path) -> None:
    mailer = FolderMailer(tmp_path)

    for kind in MailKind:
        await mailer.send(writer.mail(kind=kind))

    assert len(list(tmp_path.glob("*.eml"))) == len(MailKind)


async def test_an_identifier_cannot_lead_out_of_the_folder(writer: Writer, tmp_path: Path) -> None:
    message = writer.mail()
    message.replace_header("Message-ID", "<../../evil/x@example.com>")

    assert FolderMailer(tmp_path).path_of(message).parent == tmp_path


async def test_a_folder_that_cannot_be_made_is_an_error_of_the_system(
    writer: Writer, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")

    with pytest.raises(OSError, match="file"):
        await FolderMailer(blocked / "mails").send(writer.mail())
