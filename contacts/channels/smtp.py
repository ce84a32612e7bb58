"""E-mail over SMTP: one connection for many messages, and an exact account of how far each one came."""

from __future__ import annotations

import hashlib
import html
import smtplib
from datetime import datetime
from email.utils import parseaddr
from types import TracebackType
from typing import Any, Self

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from contacts.agency import agency
from contacts.channels.base import Answer, Handed
from contacts.letters import content_of
from contacts.models import Message
from contacts.optout import opt_out_url


class SmtpAdapter:
    repeatable = False

    def __init__(self) -> None:
        self.backend: Any = get_connection(fail_silently=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def hand_over(self, message: Message, at: datetime) -> Handed:
        mail = compose(message)
        try:
            self.backend.open()
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            return Handed(Answer.TRY_LATER, f"No connection to the mail server: {error}")
        session = getattr(self.backend, "connection", None)
        if not isinstance(session, smtplib.SMTP):
            self.backend.send_messages([mail])
            return Handed(Answer.TAKEN, provider_id=message_id(message.key))
        return self._converse(session, message, mail)

    def _converse(self, session: smtplib.SMTP, message: Message, mail: EmailMultiAlternatives) -> Handed:
        """Envelope first: until the server has asked for the data, nothing can have been delivered."""
        sender = parseaddr(mail.from_email)[1]
        try:
            session.ehlo_or_helo_if_needed()
            content = _as_bytes(mail, message.key)
            for step, (code, reply) in (
                ("MAIL", session.mail(sender)),
                ("RCPT", session.rcpt(message.address)),
            ):
                if code >= 400:
                    session.rset()
                    return _refused(step, code, reply)
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            return Handed(Answer.TRY_LATER, f"The mail server broke off before the message: {error}")
        return self._data(session, message, content)

    def _data(self, session: smtplib.SMTP, message: Message, content: bytes) -> Handed:
        try:
            code, reply = session.data(content)
        except smtplib.SMTPDataError as error:
            return _refused("DATA", error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            return Handed(
                Answer.UNKNOWN,
                f"The mail server broke off after the message: {error}",
                message_id(message.key),
            )
        if code >= 400:
            return _refused("DATA", code, reply)
        return Handed(Answer.TAKEN, _text(code, reply), message_id(message.key))

    def _close(self) -> None:
        try:
            self.backend.close()
        except (OSError, smtplib.SMTPException):
            self.backend.connection = None


def _as_bytes(mail: EmailMultiAlternatives, key: str) -> bytes:
    """With a boundary of ours: for one of its own the library compiles a search of the whole text for every message."""
    root = mail.message()
    root.set_boundary(f"={hashlib.sha256(key.encode()).hexdigest()[:40]}=")
    content: bytes = root.as_bytes(linesep="\r\n")  # type: ignore[call-arg]
    return content


def _refused(step: str, code: int, reply: bytes | str) -> Handed:
    """4xx is worth another try. 5xx to our own name is our problem, not the address's, and may pass as well."""
    if code < 500 or step == "MAIL":
        return Handed(Answer.TRY_LATER, _text(code, reply))
    return Handed(Answer.REJECTED, _text(code, reply), address_is_bad=step == "RCPT")


def _text(code: int, reply: bytes | str) -> str:
    words = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return f"{code} {' '.join(words.split())}"


def message_id(key: str) -> str:
    """The same for the same cause, so that a receiver can tell a repetition."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"


def compose(message: Message) -> EmailMultiAlternatives:
    """Plain text with an HTML twin, and one-click opt-out headers (RFC 2369, RFC 8058)."""
    url = opt_out_url(message.debtor_id, message.address)
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.body,
        from_email=f'"{agency().name}" <{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}>',
        to=[message.address],
        headers={
            "Message-ID": message_id(message.key),
            "List-Unsubscribe": f"<{url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    mail.attach_alternative(as_html(message.body), "text/html")
    if message.answers_id:
        for document in message.enclosures.order_by("pk"):
            mail.attach(f"{document.title}.pdf", content_of(document.file), document.content_type)
    return mail


def as_html(body: str) -> str:
    """Paragraphs and links only; the text is escaped first."""
    paragraphs = html.escape(body).strip().split("\n\n")
    shown = "".join(f"<p>{_linked(paragraph)}</p>" for paragraph in paragraphs)
    return f'<!doctype html><html lang="en"><body style="font-family:sans-serif;line-height:1.5">{shown}</body></html>'


def _linked(paragraph: str) -> str:
    words = paragraph.replace("\n", "<br> ").split(" ")
    return " ".join(
        f'<a href="{word}">{word}</a>' if word.startswith(("https://", "http://")) else word for word in words
    )
