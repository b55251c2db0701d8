"""Mails to customers: written from an appointment, handed to a server or to a folder."""

from booking_core.adapters.mail.folder import FolderMailer
from booking_core.adapters.mail.render import UnusableAddress, render_confirmation
from booking_core.adapters.mail.smtp import MailNotAccepted, SmtpMailer

__all__ = [
    "FolderMailer",
    "MailNotAccepted",
    "SmtpMailer",
    "UnusableAddress",
    "render_confirmation",
]
