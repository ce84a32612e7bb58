"""A print batch: the letters that wait for the printer in one PDF, and a manifest that accounts for every one."""

from __future__ import annotations

import csv
import io
from datetime import datetime

from django.core.files.base import ContentFile
from django.db import transaction

from contacts.channels.letter import store
from contacts.dispatch import write_notices_anew
from contacts.enums import Channel, MessageStatus
from contacts.letters import content_of, joined, letter_of, pdf_of
from contacts.models import Message, MessageEvent, PrintBatch
from core.clock import business_today
from users.models import User

BATCH_LETTERS = 1_000
COLUMNS = (
    "sequence", "first_page", "pages", "message", "account", "client_reference", "name", "address", "template", "file",
    "queued_at",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class NothingToPrint(Exception):
    """Every letter has been put into a batch."""

    code = "nothing_to_print"


def make_print_batch(*, by: User | None, at: datetime, limit: int = BATCH_LETTERS) -> PrintBatch:
    """Takes up to ``limit`` letters, oldest first, so that memory stays bounded; call again for more.

    Raises NothingToPrint. Two people at once get different letters, or the second gets none.
    """
    batch = _make(by, at, limit)
    if batch is None:
        raise NothingToPrint("There are no letters to print.")
    return batch


@transaction.atomic
def _make(by: User | None, at: datetime, limit: int) -> PrintBatch | None:
    letters = list(
        Message.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(channel=Channel.LETTER, status=MessageStatus.HANDED_OVER, batch__isnull=True)
        .select_related("debtor", "account", "template")
        .order_by("queued_at", "pk")[:limit]
    )
    letters = _of_today(letters, at)
    if not letters:
        return None
    pdf, pages = _document(letters)
    batch = PrintBatch(made_at=at, made_by=by, letters=len(letters), pages=pages)
    name = f"letters-{at:%Y%m%d-%H%M%S}"
    batch.pdf.save(f"{name}.pdf", ContentFile(pdf), save=False)
    batch.manifest.save(f"{name}.csv", ContentFile(manifest(letters).encode()), save=False)
    batch.save()
    Message.objects.filter(pk__in=[message.pk for message in letters]).update(batch=batch)
    return batch


def _document(letters: list[Message]) -> tuple[bytes, int]:
    """Set anew in one piece; letters with enclosures are taken as they were stored."""
    enclosing = set(
        Message.enclosures.through.objects.filter(message__in=letters).values_list("message_id", flat=True)
    )
    if not enclosing:
        return pdf_of([letter_of(message) for message in letters])
    return joined(
        (f"letter {m.pk}", content_of(m.pdf) if m.pk in enclosing else pdf_of([letter_of(m)])[0])
        for m in letters
    )


def _of_today(letters: list[Message], at: datetime) -> list[Message]:
    """Validation notices that wait since an earlier day say what is owed, and until when it may be disputed, anew.

    One that cannot be written any more has failed, and does not go out.
    """
    today = business_today(at).isoformat()
    late = [
        message for message in letters if message.notice is not None and message.notice["sent_on"] != today
    ]
    failed = write_notices_anew(late, at)
    for message in late:
        if message.pk in failed:
            message.status, message.last_error = MessageStatus.FAILED, ", ".join(failed[message.pk])[:500]
        else:
            pdf, message.pages = pdf_of([letter_of(message)])
            message.pdf.name = store(message, pdf, at)
        message.save(update_fields=["status", "last_error", "pdf", "pages"])
    MessageEvent.objects.bulk_create(
        MessageEvent(message=m, at=at, status=m.status, detail=m.last_error or f"Written anew for {today}")
        for m in late
    )
    return [message for message in letters if message.pk not in failed]


def manifest(letters: list[Message]) -> str:
    """CSV; a cell that a spreadsheet would take for a formula is written with a leading apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    page = 1
    for sequence, message in enumerate(letters, start=1):
        row = (
            sequence, page, message.pages, message.key, message.account.ref, message.account.client_reference,
            message.debtor.name, message.address.replace("\n", ", "), str(message.template), message.pdf.name,
            message.queued_at.isoformat(),
        )  # fmt: skip
        writer.writerow([safe_cell(str(cell)) for cell in row])
        page += message.pages
    return out.getvalue()


def safe_cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
