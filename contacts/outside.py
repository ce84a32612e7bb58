"""What was done outside this system, on record as it was: the gate is asked for its instant, and its answer stops nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import Account
from contacts.enums import CallOutcome, Channel, Direction
from contacts.facts import Ask
from contacts.gating import Asked, ask_gate, lock_person, record
from contacts.models import Contact
from contacts.services import CallRefused, follow_call
from users.models import User


@transaction.atomic
def record_outside(
    *,
    account: Account,
    channel: str,
    address: str,
    happened_at: datetime,
    outcome: str = "",
    note: str,
    by: User | None,
    at: datetime,
    discussed: Sequence[Account] = (),
) -> tuple[Contact, Asked]:
    """The contact with the decision it would have had, allowed or not. Raises CallRefused where the record says too little."""
    _require_told(channel, happened_at, outcome, note, at)
    if any(other.debtor_id != account.debtor_id for other in discussed):
        raise CallRefused("Only accounts of the same person can be discussed in one contact.")
    lock_person(account.debtor_id)
    others = tuple(other.pk for other in discussed if other.pk != account.pk)
    (asked,) = ask_gate([Ask(account.pk, account.debtor_id, channel, address, happened_at, discussed=others)])
    contact = Contact.objects.create(
        debtor_id=account.debtor_id, account=account, also_discussed=list(others), channel=channel,
        direction=Direction.OUT, address=address.strip()[:400], at=happened_at, outcome=outcome, by=by,
        decision=record(asked, by=by, at=at), note=note.strip(),
    )  # fmt: skip
    if channel == Channel.CALL:
        follow_call(contact, by, at)
    return contact, asked


def _require_told(channel: str, happened_at: datetime, outcome: str, note: str, at: datetime) -> None:
    if channel not in Channel.values:
        raise CallRefused("Choose by what means the person was contacted.")
    if happened_at > at:
        raise CallRefused("What is recorded here has happened; its time cannot lie in the future.")
    if channel == Channel.CALL and (outcome not in CallOutcome.values or outcome == CallOutcome.DIALING):
        raise CallRefused("Choose how the call ended.")
    if channel != Channel.CALL and outcome:
        raise CallRefused("Only a call has an outcome.")
    if not note.strip():
        raise CallRefused("Say who made this contact, and from where.")
