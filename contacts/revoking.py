"""What a person asked us to stop is stopped: the record, the consents it takes back and the messages that wait, in one act."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction

from compliance.enums import Medium, RecordSource
from compliance.models import OptOut
from compliance.optouts import revoke_for
from compliance.services import RecordRefused, record_opt_out, withdraw_opt_out
from contacts.enums import Channel, MessageStatus
from contacts.facts import normalised
from contacts.gating import lock_person
from contacts.models import Message, MessageEvent
from contacts.optout import BadLink, read_token
from debtors.models import Debtor
from debtors.phones import normalise_phone
from users.models import User

BY_NUMBER = frozenset({Medium.CALL, Medium.TEXT})
CHANNELS: dict[str, tuple[str, ...]] = {
    Medium.TEXT: (Channel.TEXT,),
    Medium.EMAIL: (Channel.EMAIL,),
    Medium.LETTER: (Channel.LETTER,),
    Medium.ALL: (Channel.TEXT, Channel.EMAIL, Channel.LETTER),
}

AFTER_OPT_OUT = """
    SELECT x.id AS contact_id, o.id AS opt_out_id, x.debtor_id, x.account_id, x.channel, x.at, x.decision_id, o.at AS asked_at
    FROM contacts_contact x JOIN compliance_optout o ON o.debtor_id = x.debtor_id AND o.medium IN (x.channel, 'all')
        AND o.at < x.at AND (o.withdrawn_at IS NULL OR o.withdrawn_at > x.at)
        AND (o.address = '' OR lower(o.address) = lower(x.address))
    WHERE x.direction = 'out' AND (x.at >= %(start)s AND x.at < %(end)s OR o.recorded_at >= %(start)s AND o.recorded_at < %(end)s)
        AND NOT EXISTS (SELECT 1 FROM contacts_message m JOIN contacts_template t ON t.id = m.template_id
                        WHERE m.id = x.message_id AND 'opt_out_confirmation' = ANY(t.tags))
"""
"""What was sent although they had asked us to stop: made in a time, or learned in it from an opt-out recorded late."""


@transaction.atomic
def opt_out(
    *,
    debtor: Debtor,
    medium: str,
    address: str = "",
    source: str = RecordSource.CONSUMER_CALL,
    note: str = "",
    received_at: datetime | None = None,
    by: User | None,
    at: datetime,
) -> OptOut:
    """For every debt of the person, at once. ``received_at``: when they asked, if earlier than ``at``. Raises RecordRefused.

    Under the lock that sending takes: what has not been handed over when this returns never is.
    """
    known = _address(medium, address)
    lock_person(debtor.pk)
    made = record_opt_out(
        debtor=debtor, medium=medium, address=known, source=source, note=note, received_at=received_at, by=by, at=at
    )  # fmt: skip
    revoke_for(opt_out=made, same=_same(made), at=at)
    _stop_waiting(made, by, at)
    return made


def opt_out_by_link(*, token: str, at: datetime) -> OptOut:
    """Blocks the address for every debt of the person, at once. Twice is the same as once. Raises BadLink."""
    debtor_id, address = read_token(token)
    debtor = Debtor.objects.filter(pk=debtor_id).first()
    if debtor is None:
        raise BadLink("This link belongs to no file of ours any more.")
    return opt_out(
        debtor=debtor, medium=Medium.EMAIL, address=address, source=RecordSource.CONSUMER_ONLINE,
        note="opt-out link of an e-mail", by=None, at=at,
    )  # fmt: skip


@transaction.atomic
def take_back(*, opt_out: OptOut, note: str, by: User | None, at: datetime) -> OptOut:
    """The person asked us to use the medium again. Consents that ended with the opt-out stay ended: they are given anew."""
    lock_person(opt_out.debtor_id)
    return withdraw_opt_out(opt_out=opt_out, note=note, by=by, at=at)


def _address(medium: str, address: str) -> str:
    """As it is compared: E.164, or an e-mail in lower case."""
    if not address.strip():
        return ""
    if medium == Medium.ALL and "@" not in address:
        return address.strip()
    if medium not in BY_NUMBER:
        return normalised(Channel.EMAIL if "@" in address else medium, address)
    try:
        return normalise_phone(address)
    except ValueError as error:
        raise RecordRefused(f"address: {error}") from error


def _same(made: OptOut) -> Callable[[str], bool]:
    return lambda address: not made.address or _bare(address) == _bare(made.address)


def _bare(address: str) -> str:
    if "@" in address:
        return address.strip().lower()
    try:
        return normalise_phone(address)
    except ValueError:
        return address.strip()


def _stop_waiting(made: OptOut, by: User | None, at: datetime) -> None:
    """Those a worker has in hand are asked about again under the person's lock, and stop there."""
    waiting = Message.objects.select_for_update().filter(
        debtor_id=made.debtor_id, status=MessageStatus.QUEUED, channel__in=CHANNELS.get(made.medium, ())
    )
    same = _same(made)
    _stop((message for message in waiting if same(message.address)), made, by, at)


def _stop(messages: Iterable[Message], made: OptOut, by: User | None, at: datetime) -> None:
    detail = "address_opt_out" if made.address else "medium_opt_out"
    for message in messages:
        message.status, message.last_error = MessageStatus.STOPPED, detail
        message.save(update_fields=["status", "last_error"])
        MessageEvent.objects.create(message=message, at=at, status=message.status, detail=detail, by=by)
