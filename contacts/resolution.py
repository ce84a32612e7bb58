"""What people and providers say about messages afterwards: cancel, release, resolve, delivered, bounced, returned."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from compliance.models import Decision
from contacts.answers import settle_answers
from contacts.dispatch import contact_of, have_left, mark_email_bad
from contacts.enums import Channel, MessageStatus
from contacts.facts import postal_lines
from contacts.models import Contact, Message, MessageEvent
from debtors.enums import ReachStatus
from debtors.models import Address
from debtors.services import set_address_status
from users.models import User

S = MessageStatus


class MessageStateRefused(Exception):
    """The message is not in a state in which this may be done."""

    code = "message_state"


@transaction.atomic
def cancel_message(*, message: Message, note: str, by: User | None, at: datetime) -> Message:
    locked = _locked(message, {S.QUEUED, S.FAILED, S.STOPPED, S.BOUNCED}, "cancelled")
    return _move(locked, S.CANCELLED, note, by, at)


@transaction.atomic
def release_message(*, message: Message, note: str = "", by: User | None, at: datetime) -> Message:
    """Tries a failed or stopped message again, now; the gate is asked again when it is sent."""
    locked = _locked(message, {S.FAILED, S.STOPPED, S.QUEUED}, "released")
    locked.send_after, locked.failures, locked.handing_over_at = at, 0, None
    return _move(locked, S.QUEUED, note or "Released", by, at)


@transaction.atomic
def resolve_uncertain(
    *, message: Message, delivered: bool, note: str, by: User | None, at: datetime
) -> Message:
    """A person found out: it left (the contact is written), or it did not (it is queued again)."""
    locked = _locked(message, {S.UNCERTAIN}, "resolved")
    if not note.strip():
        raise MessageStateRefused("Say how you found out.")
    if not delivered:
        locked.send_after, locked.handing_over_at = at, None
        return _move(locked, S.QUEUED, note, by, at)
    left_at = locked.handing_over_at or at
    locked.sent_at = left_at
    _write_contact(locked, left_at)
    moved = _move(locked, S.HANDED_OVER, note, by, at)
    have_left([moved], left_at)
    return moved


def _write_contact(message: Message, left_at: datetime) -> None:
    """Under the decision that was made for the moment it left."""
    made = Decision.objects.filter(
        account_id=message.account_id,
        debtor_id=message.debtor_id,
        channel=message.channel,
        at=left_at,
        allowed=True,
    ).order_by("-pk")
    decision = made.first()
    contact_of(message, decision.pk if decision else message.decision_id, left_at).save()


EVENTS = {"delivered": S.DELIVERED, "bounced": S.BOUNCED, "complained": S.BOUNCED, "returned": S.RETURNED}


@transaction.atomic
def import_delivery_event(*, provider_id: str, kind: str, detail: str = "", at: datetime) -> Message:
    """A provider's word on a message: delivered, bounced, complained, returned (post). Saying it twice changes nothing."""
    if kind not in EVENTS:
        raise MessageStateRefused(f"{kind!r} is no delivery event; use one of {', '.join(EVENTS)}.")
    message = (
        Message.objects.select_for_update().filter(provider_id=provider_id).exclude(provider_id="").first()
    )
    if message is None:
        raise MessageStateRefused("No message of ours has this provider id.")
    status = EVENTS[kind]
    if message.status in (status, S.BOUNCED, S.RETURNED):
        return message
    if message.status == S.UNCERTAIN and not Contact.objects.filter(message=message).exists():
        message.sent_at = message.handing_over_at or at
        _write_contact(message, message.sent_at)
    if status in (S.BOUNCED, S.RETURNED):
        _stop_believing(message, at)
    moved = _move(message, status, detail, None, at)
    if moved.answers_id:
        settle_answers(message_ids=[moved.pk], at=at)
    return moved


def _stop_believing(message: Message, at: datetime) -> None:
    if message.channel == Channel.EMAIL:
        mark_email_bad(message, at)
        return
    for address in Address.objects.filter(debtor_id=message.debtor_id):
        if postal_lines(address) == message.address:
            set_address_status(address=address, status=ReachStatus.BAD, by=None, at=at)


def _locked(message: Message, allowed: set[MessageStatus], verb: str) -> Message:
    locked = Message.objects.select_for_update().get(pk=message.pk)
    if locked.status not in allowed:
        raise MessageStateRefused(
            f"A message that is {locked.get_status_display().lower()} cannot be {verb}."
        )
    return locked


def _move(message: Message, status: MessageStatus, detail: str, by: User | None, at: datetime) -> Message:
    message.status, message.leased_until = status, None
    message.save(
        update_fields=["status", "leased_until", "send_after", "failures", "handing_over_at", "sent_at"]
    )
    MessageEvent.objects.create(message=message, at=at, status=status, detail=detail.strip()[:500], by=by)
    return message
