"""Letters as PDF by Typst: one compiler kept per process; what a template says is data to it and never code."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

import typst
from django.conf import settings
from django.db.models.fields.files import FieldFile
from pypdf import PdfWriter
from pypdf.errors import PyPdfError

from compliance.form import long_date
from contacts.agency import agency
from contacts.models import Message
from core.clock import business_today

Letter = dict[str, object]


class LetterFailed(Exception):
    """The letter could not be set."""

    code = "letter_failed"


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    source = Path(settings.BASE_DIR) / "templates" / "letters" / "letter.typ"
    return typst.Compiler(input=source, root=source.parent, ignore_system_fonts=True)


def letter_of(message: Message) -> Letter:
    """A message of the outbox as the letter's data; its address stands in lines below the debtor's name."""
    if message.notice is not None:
        return {"notice": message.notice}
    address = f"{message.debtor.name}\n{message.address}"
    return letter(address, message.subject, message.body, business_today(message.queued_at))


def letter(address: str, subject: str, body: str, on: date) -> Letter:
    us = agency()
    return {
        "agency": {"name": us.name, "lines": us.lines.splitlines(), "phone": us.phone, "hours": us.hours},
        "to": [line for line in address.splitlines() if line.strip()],
        "date": long_date(on),
        "subject": subject,
        "paragraphs": [part.splitlines() for part in re.split(r"\n\s*\n", body.strip())],
    }


def pdf_of(letters: Sequence[Letter]) -> tuple[bytes, int]:
    """One document of all the letters, each beginning on a page of its own; and its number of pages."""
    try:
        pdf = _compiler().compile(format="pdf", sys_inputs={"letters": json.dumps(letters)}, pdf_tags=False)
    except typst.TypstError as error:
        raise LetterFailed(f"The letter could not be set: {error.message}") from error
    if not isinstance(pdf, bytes):
        raise LetterFailed("The letter could not be set.")
    return pdf, page_count(pdf)


def letter_pdf(message: Message) -> tuple[bytes, int]:
    """The letter with its enclosures behind it. Raises LetterFailed when one cannot be read."""
    pdf, pages = pdf_of([letter_of(message)])
    enclosures = list(message.enclosures.order_by("pk")) if message.answers_id else []
    if not enclosures:
        return pdf, pages
    return joined(
        [("the letter", pdf), *((document.title, content_of(document.file)) for document in enclosures)]
    )


def content_of(file: FieldFile) -> bytes:
    with file.open("rb") as opened:
        content: bytes = opened.read()
        return content


def joined(parts: Iterable[tuple[str, bytes]]) -> tuple[bytes, int]:
    """One PDF of several, each by what it is called. Raises LetterFailed."""
    writer = PdfWriter()
    for title, content in parts:
        try:
            writer.append(io.BytesIO(content))
        except (PyPdfError, OSError, ValueError) as error:
            raise LetterFailed(f"{title} cannot be enclosed: {error}") from error
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue(), len(writer.pages)


def page_count(pdf: bytes) -> int:
    """Read from the page tree's root."""
    return max((int(count) for count in re.findall(rb"/Count (\d+)", pdf)), default=0)
