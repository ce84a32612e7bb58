"""A print batch: the letters that wait for the printer in one PDF, and a manifest that accounts for every one."""

from __future__ import annotations

import csv
import io
from datetime import datetime

from django.core.files.base import ContentFile
from django.db import transaction

from contacts.enums import Channel, MessageStatus
from contacts.letters import letter_of, pdf_of
from contacts.models import Message, PrintBatch
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


@transaction.atomic
def make_print_batch(*, by: User | None, at: datetime, limit: int = BATCH_LETTERS) -> PrintBatch:
    """Takes up to ``limit`` letters, oldest first, so that memory stays bounded; call again for more.

    Raises NothingToPrint. Two people at once get different letters, or the second gets none.
    """
    letters = list(
        Message.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(channel=Channel.LETTER, status=MessageStatus.HANDED_OVER, batch__isnull=True)
        .select_related("debtor", "account", "template")
        .order_by("queued_at", "pk")[:limit]
    )
    if not letters:
        raise NothingToPrint("There are no letters to print.")
    pdf, pages = pdf_of([letter_of(message) for message in letters])
    batch = PrintBatch(made_at=at, made_by=by, letters=len(letters), pages=pages)
    name = f"letters-{at:%Y%m%d-%H%M%S}"
    batch.pdf.save(f"{name}.pdf", ContentFile(pdf), save=False)
    batch.manifest.save(f"{name}.csv", ContentFile(manifest(letters).encode()), save=False)
    batch.save()
    Message.objects.filter(pk__in=[message.pk for message in letters]).update(batch=batch)
    return batch


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
