"""Disputes as they come in and as they are answered: timely or not by the notice on file, ended by what has left (12 CFR 1006.38)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.enums import DebtType
from accounts.models import Account, Document
from compliance.clocks import WRITTEN, is_timely, validation_period
from compliance.disputes import SENT, DisputeRefused, open_dispute
from compliance.enums import DisputeKind, DisputeMedium, DisputeStatus, RecordSource
from compliance.form import long_date
from compliance.models import Dispute
from compliance.packs import clocks_on
from contacts.answers import BACK
from contacts.enums import MessageStatus
from contacts.models import Message, Template
from contacts.services import queue_message
from contacts.templates import VALIDATION
from core.clock import business_today
from debtors.models import Debtor
from users.models import User

TAG = {DisputeKind.DISPUTE: "verification", DisputeKind.ORIGINAL_CREDITOR: "original_creditor"}
DUPLICATE = "duplicate_dispute"
PDF = "application/pdf"


def period_end(*, account: Account, debtor: Debtor) -> date | None:
    """The last day to dispute by the latest notice that left and did not come back; None: there is none."""
    notice = (
        Message.objects.filter(
            account=account, debtor=debtor, template__tags__contains=[VALIDATION], handing_over_at__isnull=False,
        )
        .exclude(status__in=[MessageStatus.QUEUED, MessageStatus.FAILED, MessageStatus.STOPPED, MessageStatus.CANCELLED, *BACK])
        .order_by("-handing_over_at")
        .first()
    )  # fmt: skip
    if notice is None or notice.handing_over_at is None:
        return None
    sent_on = business_today(notice.handing_over_at)
    by_law = validation_period(sent_on, clocks_on(sent_on)).ends_on
    return max(by_law, date.fromisoformat(notice.notice["ends_on"])) if notice.notice else by_law


def their_day(debtor: Debtor, received_at: datetime) -> date:
    """The day of something electronic in the person's zone; of several that may be theirs the earliest, which favours them."""
    zones = [ZoneInfo(name) for name in debtor.zones]
    return min((received_at.astimezone(zone).date() for zone in zones), default=business_today(received_at))


@transaction.atomic
def take_dispute(
    *,
    account: Account,
    debtor: Debtor | None = None,
    received_on: date | None = None,
    received_at: datetime | None = None,
    postmarked_on: date | None = None,
    medium: str = DisputeMedium.LETTER,
    kind: str = DisputeKind.DISPUTE,
    reason: str = "other",
    disputed_amount: Decimal | None = None,
    repeats: bool = False,
    stop_anyway: bool = False,
    note: str = "",
    source: str = RecordSource.CONSUMER_WRITTEN,
    by: User | None,
    at: datetime,
) -> Dispute:
    """Records it as what it is: timely when it is in writing and was submitted within the validation period, or before any notice.

    ``received_at`` of something electronic, else ``received_on``; neither: now. ``repeats``: it says nothing new over one answered
    before. ``stop_anyway``: the house stops collection although the law does not ask it, as it does for a commercial debt, to which
    the law does not apply. Raises DisputeRefused.
    """
    person = debtor or account.debtor
    day = received_on or their_day(person, received_at or at)
    earlier = _answered_before(account, person, kind)
    if repeats and earlier is None:
        raise DisputeRefused(
            "No earlier dispute of this kind has been answered, so it repeats none.", "repeats"
        )
    ends_on = period_end(account=account, debtor=person)
    is_commercial = account.debt_type == DebtType.COMMERCIAL
    timely = (not is_commercial and medium in WRITTEN) and (
        ends_on is None
        or is_timely(
            medium=medium, received_on=day, postmarked_on=postmarked_on, ends_on=ends_on, law=clocks_on(day)
        )
    )
    return open_dispute(
        account=account, debtor=person, received_on=day, postmarked_on=postmarked_on, medium=medium, kind=kind, reason=reason,
        disputed_amount=disputed_amount, is_timely=timely, stop_anyway=stop_anyway or is_commercial,
        duplicate_of=earlier if repeats else None, note=note, source=source, by=by, at=at,
    )  # fmt: skip


def _answered_before(account: Account, debtor: Debtor, kind: str) -> Dispute | None:
    """The latest that was answered itself, not as a duplicate."""
    answered = Dispute.objects.filter(account=account, debtor=debtor, kind=kind, status__in=SENT.values())
    return answered.filter(duplicate_of__isnull=True).order_by("-resolved_at").first()


@transaction.atomic
def answer_dispute(
    *,
    dispute: Dispute,
    template: Template,
    address: str,
    documents: Sequence[Document] = (),
    creditor: str = "",
    by: User | None,
    at: datetime,
    key: str | None = None,
) -> Message:
    """Queues the answer; the dispute ends when that has left, and stands again when it comes back.

    A verification encloses the documents that verify the debt, or the judgment; ``creditor``: name and address of the original one.
    Raises DisputeRefused, MessageRefused or ContactRefused.
    """
    _check_answer(dispute, template, documents, creditor)
    before = dispute.duplicate_of.resolved_at if dispute.duplicate_of else None
    extra = (
        ("dispute_received_on", long_date(dispute.received_on)),
        ("dispute_answered_on", long_date(business_today(before)) if before else ""),
        ("creditor_name_and_address", creditor.strip()),
        ("enclosures", "\n".join(document.title for document in documents)),
    )
    message = queue_message(
        account=dispute.account, channel=template.channel, template=template, address=address, debtor_id=dispute.debtor_id,
        extra=extra, by=by, at=at, key=key,
    )  # fmt: skip
    message.answers = dispute
    message.save(update_fields=["answers"])
    message.enclosures.set(documents)
    return message


def _check_answer(dispute: Dispute, template: Template, documents: Sequence[Document], creditor: str) -> None:
    if dispute.status != DisputeStatus.OPEN:
        raise DisputeRefused("This dispute has been resolved already.")
    wanted = DUPLICATE if dispute.duplicate_of_id is not None else TAG[DisputeKind(dispute.kind)]
    if wanted not in template.tags:
        raise DisputeRefused(f"This is answered by a template with the tag {wanted}.", "template")
    if wanted == "verification" and not documents:
        raise DisputeRefused(
            "Enclose what verifies the debt: a document of the account, or the judgment.", "documents"
        )
    if any(document.account_id != dispute.account_id for document in documents):
        raise DisputeRefused("Only documents of this account can be enclosed.", "documents")
    if any(document.content_type != PDF for document in documents):
        raise DisputeRefused("Only PDF documents can be enclosed.", "documents")
    if wanted == "original_creditor" and not creditor.strip():
        raise DisputeRefused("Give the name and address of the original creditor.", "creditor")
