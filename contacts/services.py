"""The only writers of the contacts room, one contact at a time; the outbox in bulk stands in ``contacts.outbox``.

There is no way to an outgoing contact or message that does not ask the gate inside the transaction that records it,
under a lock on the person. A refusal leaves its decision behind although the call is refused.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce, Greatest

from accounts.enums import AccountStatus
from accounts.models import Account
from accounts.services import apply_transition
from accounts.statuses import OPEN
from compliance.enums import OverrideReason
from compliance.rules import may_override
from contacts.enums import CallOutcome, Channel, Direction, TemplateStatus
from contacts.facts import Ask
from contacts.gating import Asked, Override, ask_gate, lock_person
from contacts.gating import record as keep
from contacts.models import Contact, Message, Note, Template
from contacts.outbox import Draft, Outcome, prepare_bulk
from contacts.resolution import (
    MessageStateRefused,
    cancel_message,
    import_delivery_event,
    release_message,
    resolve_uncertain,
)
from contacts.templates import check
from core.cards import refuse_cards
from debtors.enums import ReachStatus
from debtors.models import Phone
from debtors.phones import normalise_phone
from debtors.services import set_phone_status
from users.models import User

if TYPE_CHECKING:
    from compliance.gate import Decision as Verdict

__all__ = [
    "CallRefused",
    "ContactRefused",
    "MessageRefused",
    "MessageStateRefused",
    "OverrideRefused",
    "add_note",
    "approve_template",
    "cancel_message",
    "check_contact",
    "follow_call",
    "import_delivery_event",
    "lock_person",
    "log_call",
    "place_call",
    "queue_message",
    "record_outcome",
    "release_message",
    "resolve_uncertain",
    "when_callable",
]


class ContactRefused(Exception):
    """The gate said no. ``decision`` is the gate's answer, kept as a row; ``reasons`` say why and until when."""

    code = "contact_refused"

    def __init__(self, verdict: Verdict) -> None:
        self.decision = verdict
        self.reasons = list(verdict.reasons)
        self.next_allowed_at: datetime | None = verdict.next_allowed_at
        super().__init__(
            " ".join(str(reason.text) for reason in self.reasons) or "This contact is not allowed."
        )


class CallRefused(Exception):
    """The call cannot be logged as asked, whatever the gate says."""

    code = "call_refused"


class OverrideRefused(Exception):
    """Nobody may override as asked; ``field`` names what is missing."""

    code = "override_refused"

    def __init__(self, text: str, field: str = "") -> None:
        self.field = field
        super().__init__(text)


class MessageRefused(Exception):
    """No message can be made of this; ``codes`` as in ``contacts.outbox.Outcome``."""

    code = "message_refused"

    def __init__(self, codes: Sequence[str]) -> None:
        self.codes = tuple(codes)
        super().__init__(" ".join(sentence_for(code) for code in codes))


SENTENCES = {
    "channel_not_available": "Only letters and e-mails can be sent; texts are not available yet.",
    "no_address": "Choose an address to send it to.",
    "template_of_other_channel": "This template is for another channel.",
    "template_not_approved": "This template is not approved.",
    "template_refused": "This template has a field that does not exist; ask an admin to correct it.",
    "account_not_open": "This account is no longer open.",
    "esign_consent_missing": "A validation notice goes by e-mail in the initial communication, or with consent under the E-SIGN Act; "
    "send the letter (12 CFR 1006.42(b)).",
    "notice_to_another": "A validation notice goes to somebody who owes the debt, or whose name is on file to act for the estate.",
    "notice_of_commercial_debt": "A commercial debt needs no validation notice; choose another template.",
}


def sentence_for(code: str) -> str:
    """An outcome's code in words a rep can act on."""
    if code.startswith("empty_field:"):
        return f"The account has no {code.partition(':')[2].replace('_', ' ')}, which this template needs."
    if code.startswith("notice_refused:"):
        return code.partition(":")[2]
    return SENTENCES.get(code, code)


def check_contact(
    *,
    account: Account,
    channel: str,
    address: str,
    at: datetime,
    by: User | None = None,
    record: bool = False,
    place: str = "",
    template_tags: Sequence[str] = (),
    debtor_id: int | None = None,
) -> Verdict:
    """What the gate would say. With ``record`` the answer is kept. It places nothing, so it locks nobody."""
    ask = Ask(
        account.pk,
        debtor_id or account.debtor_id,
        channel,
        address,
        at,
        place,
        template_tags=tuple(template_tags),
    )
    (asked,) = ask_gate([ask])
    if record:
        keep(asked, by=by, at=at)
    return asked.verdict


NUMBERS = 3
OVERRIDE_TEXT = 300


def when_callable(*, accounts: Sequence[Account], at: datetime) -> dict[int, datetime | None]:
    """By account, when its debtor may be called on one of the first three numbers that are not known to be bad.

    ``at`` itself: now. Later: the first instant the gate names. None: no number, or the gate names no instant.
    """
    numbers: dict[int, list[str]] = defaultdict(list)
    usable = Phone.objects.filter(debtor__in={account.debtor_id for account in accounts})
    for debtor_id, number in (
        usable.exclude(status__in=[ReachStatus.BAD, ReachStatus.WRONG_PARTY])
        .order_by("id")
        .values_list("debtor_id", "number")
    ):
        numbers[debtor_id].append(number)
    asks = [
        Ask(account.pk, account.debtor_id, Channel.CALL, number, at)
        for account in accounts
        for number in numbers[account.debtor_id][:NUMBERS]
    ]
    instants: dict[int, datetime | None] = {account.pk: None for account in accounts}
    for asked in ask_gate(asks):
        when = at if asked.verdict.allowed else asked.verdict.next_allowed_at
        pk = asked.ask.account_id
        instants[pk] = min(filter(None, (instants[pk], when)), default=None)
    return instants


# --- calls


def place_call(
    *,
    account: Account,
    phone: Phone,
    by: User | None,
    at: datetime,
    discussed: Sequence[Account] = (),
    override: Override | None = None,
) -> Contact:
    """Records an allowed outgoing call as dialing. Raises CallRefused, or ContactRefused (its decision is kept).

    ``override`` lets it be placed although a rule refuses that the law's own reasons rebut, and no other stands beside it;
    ``by`` then needs the permission. The decision stays a refusal, with the reason. Raises OverrideRefused.
    """
    placed = _place(account, phone, CallOutcome.DIALING, "", by, at, discussed, override)
    if isinstance(placed, Contact):
        return placed
    raise ContactRefused(placed)


@transaction.atomic
def _place(
    account: Account,
    phone: Phone,
    outcome: str,
    note: str,
    by: User | None,
    at: datetime,
    discussed: Sequence[Account],
    override: Override | None = None,
) -> Contact | Verdict:
    """The contact, or the refusal: returned, not raised, so that its decision outlives the transaction."""
    if override is not None:
        _require_override(override, by)
    lock_person(phone.debtor_id)
    _require_usable(account, phone)
    _require_same_person(account, discussed)
    others = tuple(other.pk for other in discussed if other.pk != account.pk)
    ask = Ask(account.pk, phone.debtor_id, Channel.CALL, phone.number, at, discussed=others)
    answers = ask_gate([replace(ask, at=instant) for instant in _instants(phone.debtor_id, at)])
    refusals = [answer for answer in answers if not answer.verdict.allowed]
    asked = refusals[0] if refusals else answers[0]
    overrides = override if _yields(refusals) else None
    decision = keep(asked, by=by, at=at, override=overrides)
    if refusals and overrides is None:
        return asked.verdict
    return Contact.objects.create(
        debtor_id=phone.debtor_id, account=account, also_discussed=list(others), channel=Channel.CALL,
        direction=Direction.OUT, address=phone.number, at=at, outcome=outcome, by=by, decision=decision, note=note.strip(),
    )  # fmt: skip


def _require_override(override: Override, by: User | None) -> None:
    if by is None or not by.has_perm("compliance.override_gate"):
        raise OverrideRefused("Overriding a rule is for supervisors and compliance.")
    if override.reason not in OverrideReason.values:
        raise OverrideRefused("Choose the reason the law gives for this call.", "override_reason")
    if not override.text.strip():
        raise OverrideRefused("Write down what makes this reason true here.", "override_text")
    if len(override.text) > OVERRIDE_TEXT:
        raise OverrideRefused(f"Keep it under {OVERRIDE_TEXT} characters.", "override_text")


def _yields(refusals: Sequence[Asked]) -> bool:
    return may_override(code for asked in refusals for code in asked.codes)


def _instants(debtor_id: int, at: datetime) -> list[datetime]:
    """``at``, and that of the person's latest call when it is later: whoever read the clock first may come second
    to the lock, and must still see the call that was placed meanwhile."""
    calls = Contact.objects.filter(debtor_id=debtor_id, channel=Channel.CALL)
    latest = calls.order_by("-at").values_list("at", flat=True).first()
    return [at, latest] if latest is not None and latest > at else [at]


def _require_usable(account: Account, phone: Phone) -> None:
    if account.status not in OPEN:
        raise CallRefused(
            f"The account is {account.get_status_display().lower()}: there is nothing to call about."
        )
    if (
        phone.debtor_id != account.debtor_id
        and not account.parties.filter(debtor_id=phone.debtor_id).exists()
    ):
        raise CallRefused("This number belongs to nobody who owes this account.")
    status = Phone.objects.values_list("status", flat=True).get(pk=phone.pk)
    if status == ReachStatus.WRONG_PARTY:
        raise CallRefused(f"{phone.number} belongs to somebody else; it may not be called about this debt.")


def _require_same_person(account: Account, discussed: Sequence[Account]) -> None:
    if any(other.debtor_id != account.debtor_id for other in discussed):
        raise CallRefused("Only accounts of the same person can be discussed in one call.")


@transaction.atomic
def record_outcome(*, contact: Contact, outcome: str, note: str, by: User | None, at: datetime) -> Contact:
    """Ends a dialing call. Raises CallRefused when its outcome is logged already."""
    locked = Contact.objects.select_for_update(of=("self",)).select_related("account").get(pk=contact.pk)
    if locked.outcome != CallOutcome.DIALING:
        raise CallRefused("The outcome of this call has been logged already; add a note instead.")
    locked.outcome, locked.note = _final(outcome), note.strip()
    locked.save(update_fields=["outcome", "note"])
    follow_call(locked, by, at)
    return locked


def log_call(
    *,
    account: Account,
    direction: str,
    address: str,
    outcome: str,
    note: str,
    by: User | None,
    at: datetime,
    discussed: Sequence[Account] = (),
    override: Override | None = None,
) -> Contact:
    """A call and its outcome in one act. An outgoing one passes the gate: ContactRefused leaves its decision row.

    ``override`` as in ``place_call``.
    """
    result = _log_call(account, direction, address, _final(outcome), note, by, at, discussed, override)
    if isinstance(result, Contact):
        return result
    raise ContactRefused(result)


@transaction.atomic
def _log_call(
    account: Account,
    direction: str,
    address: str,
    outcome: str,
    note: str,
    by: User | None,
    at: datetime,
    discussed: Sequence[Account],
    override: Override | None,
) -> Contact | Verdict:
    if direction == Direction.OUT:
        placed = _place(account, _phone(account, address), outcome, note, by, at, discussed, override)
    else:
        placed = _incoming(account, address, outcome, note, by, at, discussed)
    if isinstance(placed, Contact):
        follow_call(placed, by, at)
    return placed


def _incoming(
    account: Account,
    address: str,
    outcome: str,
    note: str,
    by: User | None,
    at: datetime,
    discussed: Sequence[Account],
) -> Contact:
    """Somebody called us: no leave is needed, but a conversation starts the cooldown, so the person is locked."""
    _require_same_person(account, discussed)
    number = _e164(address) if address.strip() else ""
    phone = _known(account, number)
    person = phone.debtor_id if phone else account.debtor_id
    lock_person(person)
    return Contact.objects.create(
        debtor_id=person, account=account, also_discussed=[a.pk for a in discussed if a.pk != account.pk],
        channel=Channel.CALL, direction=Direction.IN, address=number, at=at, outcome=outcome, purpose="response",
        by=by, note=note.strip(),
    )  # fmt: skip


def _final(outcome: str) -> str:
    if outcome not in CallOutcome.values or outcome == CallOutcome.DIALING:
        raise CallRefused("Choose how the call ended.")
    return str(CallOutcome(outcome))


def _e164(address: str) -> str:
    try:
        return normalise_phone(address)
    except ValueError as error:
        raise CallRefused(str(error)) from error


def _known(account: Account, number: str) -> Phone | None:
    """The number on the file of somebody who owes the account; the primary debtor first."""
    owing = Q(debtor_id=account.debtor_id) | Q(debtor__party_to__account=account)
    phones = list(Phone.objects.filter(owing, number=number).distinct()) if number else []
    return next(
        (phone for phone in phones if phone.debtor_id == account.debtor_id), phones[0] if phones else None
    )


def _phone(account: Account, address: str) -> Phone:
    phone = _known(account, _e164(address))
    if phone is None:
        raise CallRefused(f"{address} is not on this person's file; add the number first.")
    return phone


def follow_call(contact: Contact, by: User | None, at: datetime) -> None:
    """What an outcome changes elsewhere: the number that is somebody else's, the account now worked and last spoken of."""
    if contact.outcome == CallOutcome.WRONG_NUMBER:
        for phone in Phone.objects.filter(debtor_id=contact.debtor_id, number=contact.address):
            set_phone_status(phone=phone, status=ReachStatus.WRONG_PARTY, by=by, at=at)
    if contact.outcome == CallOutcome.CONVERSATION:
        spoken = Account.objects.filter(pk__in=[contact.account_id, *contact.also_discussed])
        spoken.update(last_contact_at=Greatest(Coalesce("last_contact_at", contact.at), contact.at))
    account = Account.objects.get(pk=contact.account_id)
    if account.status == AccountStatus.NEW:
        apply_transition(account=account, transition="start_work", by=by, at=at, reason="First call")


@transaction.atomic
def add_note(*, account: Account, text: str, by: User | None, at: datetime, is_pinned: bool = False) -> Note:
    if not text.strip():
        raise CallRefused("Write something into the note.")
    refuse_cards(CallRefused, text)
    return Note.objects.create(account=account, text=text.strip(), by=by, at=at, is_pinned=is_pinned)


# --- messages


def queue_message(
    *,
    account: Account,
    channel: str,
    template: Template,
    address: str,
    by: User | None,
    at: datetime,
    key: str | None = None,
    debtor_id: int | None = None,
    extra: Sequence[tuple[str, str]] = (),
) -> Message:
    """One message into the outbox. A key that exists gives its message. Raises MessageRefused or ContactRefused."""
    person = debtor_id or account.debtor_id
    draft = Draft(
        key or f"manual:{uuid.uuid4()}", account.pk, person, channel, address, template.pk, tuple(extra)
    )
    outcome = _queue(draft, at, by)
    if outcome.message_id is not None:
        return Message.objects.get(pk=outcome.message_id)
    if outcome.asked is not None:
        raise ContactRefused(outcome.asked.verdict)
    raise MessageRefused(outcome.codes)


@transaction.atomic
def _queue(draft: Draft, at: datetime, by: User | None) -> Outcome:
    lock_person(draft.debtor_id)
    (outcome,) = prepare_bulk(items=[draft], at=at, by=by)
    return outcome


# --- templates


@transaction.atomic
def approve_template(*, template: Template, by: User, at: datetime) -> Template:
    """Puts a version into use and retires the one before. Raises TemplateRefused with every problem."""
    check(template)
    same = Template.objects.filter(code=template.code, channel=template.channel, language=template.language)
    same.filter(status=TemplateStatus.APPROVED).exclude(pk=template.pk).update(status=TemplateStatus.RETIRED)
    template.status, template.approved_by, template.approved_at = TemplateStatus.APPROVED, by, at
    template.save(update_fields=["status", "approved_by", "approved_at"])
    return template
