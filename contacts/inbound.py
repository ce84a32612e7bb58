"""A text that came in: on the file of everybody who has the number, and obeyed at once where it asks us to stop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from accounts.models import Account
from accounts.statuses import OPEN
from compliance.enums import Medium, RecordSource
from compliance.packs import policy_in_force
from contacts.enums import Channel, Direction
from contacts.gating import lock_people
from contacts.models import Contact
from contacts.revoking import opt_out
from contacts.stopwords import Stop, asks_to_stop, speaks_of_calls
from core.cards import mask_cards
from core.clock import business_today
from debtors.models import Debtor
from debtors.phones import normalise_phone
from users.models import User

LONGEST = 2_000


class InboundRefused(Exception):
    """The text cannot be put on a file."""

    code = "inbound_refused"


@dataclass(frozen=True, slots=True)
class Received:
    """``contacts``: one for each person with the number who owes something, on the account that was last worked."""

    stop: Stop
    people: int
    contacts: list[Contact]


@transaction.atomic
def receive_text(*, number: str, body: str, received_at: datetime, by: User | None, at: datetime) -> Received:
    """Keeps the text; STOP and what looks like it blocks the number for every person and debt, consent ends the same instant.

    Raises InboundRefused when the number is on nobody's file.
    """
    if received_at > at:
        raise InboundRefused("received_at: a text cannot have been received in the future.")
    sender = _number(number)
    people = list(Debtor.objects.filter(phones__number=sender).distinct().order_by("pk"))
    if not people:
        raise InboundRefused(
            f"number: {sender} is on nobody's file. Find whose it is, add the number to the file, and give the text again."
        )
    lock_people(person.pk for person in people)
    body = mask_cards(body)
    words = policy_in_force(business_today(received_at)).tables.dialing.revocation_words
    stop = asks_to_stop(body, words)
    kept = [contact for person in people if (contact := _keep(person, sender, body, received_at, by))]
    if stop is not Stop.NO:
        for person in people:
            _obey(person, sender, body, received_at, by, at)
    return Received(stop, len(people), kept)


def _number(number: str) -> str:
    try:
        return normalise_phone(number)
    except ValueError as error:
        raise InboundRefused(f"number: {error}") from error


def _keep(person: Debtor, sender: str, body: str, received_at: datetime, by: User | None) -> Contact | None:
    """None: the person owes nothing here."""
    owed = Account.objects.filter(Q(debtor=person) | Q(parties__debtor=person)).distinct()
    accounts = list(owed.order_by(F("last_contact_at").desc(nulls_last=True), "-pk"))
    if not accounts:
        return None
    live = [account for account in accounts if account.status in OPEN] or accounts[:1]
    return Contact.objects.create(
        debtor=person, account=live[0], also_discussed=[account.pk for account in live[1:]], channel=Channel.TEXT,
        direction=Direction.IN, address=sender, at=received_at, purpose="response", by=by, note=body.strip()[:LONGEST],
    )  # fmt: skip


def _obey(
    person: Debtor, sender: str, body: str, received_at: datetime, by: User | None, at: datetime
) -> None:
    """“Stop calling me” ends calls too, to any number of theirs."""
    said = f"by text: “{body.strip()[:200]}”"
    asked: list[tuple[str, str]] = [(Medium.TEXT, sender)]
    if speaks_of_calls(body):
        asked.append((Medium.CALL, ""))
    for medium, address in asked:
        opt_out(
            debtor=person, medium=medium, address=address, source=RecordSource.CONSUMER_WRITTEN, note=said,
            received_at=received_at, by=by, at=at,
        )  # fmt: skip
