"""Mails to customers: written from an appointment, handed to a server or to a folder."""

from booking_core.adapters.mail.folder import FolderMailer
from booking_core.adapters.mail.render import render_confirmation
from booking_core.adapters.mail.smtp import SmtpMailer

__all__ = ["FolderMailer", "SmtpMailer", "render_confirmation"]
