"""How a piece of work ended, kept with what it brings about: one act, whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Account
from contacts.enums import Direction
from contacts.gating import Override
from contacts.inbound import Received, receive_text
from contacts.models import Contact
from contacts.outside import record_outside
from contacts.services import ContactRefused, log_call, place_call, record_outcome
from contacts.stopwords import Stop
from core.clock import business_zone
from debtors.models import Phone
from users.models import User
from worklists.enums import TaskKind, TaskStatus
from worklists.models import Lease, Queue
from worklists.services import add_task, check_free, ensure_queues, finish, postpone_task, release, take_next

LATER = timedelta(hours=1)


def dial(
    *, account: Account, phone: Phone, by: User, at: datetime, override: Override | None = None
) -> Contact:
    """Asks the gate and notes that the number is being dialled. Raises HeldByOther, ContactRefused, OverrideRefused.

    Not atomic: the decision of a call that is refused is kept.
    """
    check_free(account=account, user=by, at=at)
    return place_call(account=account, phone=phone, by=by, at=at, override=override)


def dispose_call(
    *,
    account: Account,
    placed: Contact | None,
    direction: str,
    address: str,
    outcome: str,
    note: str,
    by: User,
    at: datetime,
) -> Contact:
    """The outcome of the call that was ``placed``, or of one made elsewhere; its task is done and the debtor free.

    Raises ContactRefused, whose decision is kept, and nothing else happens.
    """
    with transaction.atomic():
        try:
            if placed is not None and direction == Direction.OUT and placed.address == address:
                contact = record_outcome(contact=placed, outcome=outcome, note=note, by=by, at=at)
            else:
                contact = log_call(
                    account=account,
                    direction=direction,
                    address=address,
                    outcome=outcome,
                    note=note,
                    by=by,
                    at=at,
                )
        except ContactRefused as refusal:
            refused = refusal
        else:
            finish(user=by, account=account, result=contact.get_outcome_display(), at=at)
            return contact
    raise refused


@transaction.atomic
def log_outside(
    *,
    account: Account,
    channel: str,
    address: str,
    happened_at: datetime,
    outcome: str = "",
    note: str,
    by: User,
    at: datetime,
    discussed: Sequence[Account] = (),
) -> Contact:
    """A contact made outside this system, recorded as it was; one that was not allowed is a task for compliance."""
    contact, asked = record_outside(
        account=account,
        channel=channel,
        address=address,
        happened_at=happened_at,
        outcome=outcome,
        note=note,
        by=by,
        at=at,
        discussed=discussed,
    )
    if not asked.verdict.allowed:
        when = happened_at.astimezone(business_zone())
        add_task(
            account=account,
            queue=ensure_queues()["compliance"],
            kind=TaskKind.COMPLIANCE,
            reason=f"{contact.get_channel_display()} of {when:%d %b %Y %H:%M} made outside was not allowed: {', '.join(asked.codes)}",
            due_at=at,
            by=by,
            at=at,
            key=f"outside:{contact.pk}",
        )
    return contact


@transaction.atomic
def take_text(*, number: str, body: str, received_at: datetime, by: User | None, at: datetime) -> Received:
    """A text that came in, kept and obeyed; one that only looks like a request to stop is read by a person. Raises InboundRefused."""
    received = receive_text(number=number, body=body, received_at=received_at, by=by, at=at)
    if received.stop is Stop.LIKELY:
        for contact in received.contacts:
            add_task(
                account=contact.account,
                queue=ensure_queues()["compliance"],
                kind=TaskKind.COMPLIANCE,
                reason=f"Read this text: taken for a request to stop, and obeyed: “{body.strip()[:120]}”",
                due_at=at,
                by=by,
                at=at,
                key=f"text:{contact.pk}",
            )
    return received


@transaction.atomic
def put_off(*, account: Account, by: User, at: datetime) -> None:
    """The task in hand comes back in an hour; the debtor is free for others."""
    lease = Lease.objects.select_related("task").filter(pk=account.debtor_id, user=by).first()
    if lease is not None and lease.task is not None:
        postpone_task(task=lease.task, until=at + LATER, by=by, at=at)
    release(user=by, debtor_id=account.debtor_id, at=at)


def move_on(*, account: Account | None, queue: Queue, by: User, at: datetime) -> Lease | None:
    """Gives the account in hand back, if any, and takes the next one of the queue.

    Who has one of this queue in hand already, as after a second press, has it still.
    """
    if account is not None:
        put_off(account=account, by=by, at=at)
    held = Lease.objects.filter(user=by, expires_at__gt=at, task__queue=queue, task__status=TaskStatus.OPEN)
    return held.select_related("account", "task").order_by("-taken_at").first() or take_next(
        queue=queue, user=by, at=at
    )
