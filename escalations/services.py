"""The only writers of the escalations room. Nobody decides their own; every step is logged with who, when, why."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import Account
from accounts.services import lock_account
from accounts.statuses import OPEN as OPEN_ACCOUNTS
from core.cards import refuse_cards
from core.money import cents
from escalations.enums import DecisionVerb, EscalationKind, EscalationStatus
from escalations.models import Escalation, EscalationLogEntry
from payments.agreements import AgreementRefused, approve, decline
from payments.corrections import CorrectionRefused, approve_correction, decline_correction
from payments.models import Agreement, Correction
from users.models import User

TIME_TO_DECIDE = {
    EscalationKind.SUPERVISOR_CALL: timedelta(hours=4),
    EscalationKind.COMPLAINT: timedelta(days=1),
    EscalationKind.LEGAL_REVIEW: timedelta(days=5),
    EscalationKind.STRATEGY: timedelta(days=3),
}
STANDARD_TIME = timedelta(days=2)

OPEN = (EscalationStatus.OPEN, EscalationStatus.TAKEN)
UNDECIDED = (*OPEN, EscalationStatus.RETURNED)
VERBS = {
    DecisionVerb.APPROVE: (OPEN, EscalationStatus.APPROVED),
    DecisionVerb.DECLINE: (OPEN, EscalationStatus.DECLINED),
    DecisionVerb.RETURN: (OPEN, EscalationStatus.RETURNED),
    DecisionVerb.TAKE_OVER: ((EscalationStatus.OPEN,), EscalationStatus.TAKEN),
}


class EscalationRefused(Exception):
    code = "escalation_refused"


class OwnEscalation(EscalationRefused):
    code = "own_escalation"


@dataclass(frozen=True, slots=True)
class EscalationDraft:
    key: str
    account_id: int
    kind: str
    reason: str
    amount: Decimal | None = None


def due_at(kind: str, at: datetime) -> datetime:
    return at + TIME_TO_DECIDE.get(EscalationKind(kind), STANDARD_TIME)


@transaction.atomic
def raise_escalation(
    *,
    account: Account,
    kind: str,
    reason: str,
    amount: Decimal | None = None,
    by: User,
    at: datetime,
    key: str | None = None,
    agreement: Agreement | None = None,
    round: int | None = None,
    correction: Correction | None = None,
) -> Escalation:
    """Raises EscalationRefused: no reason, an amount of nothing or less, an account no longer open, or one open already.

    ``agreement`` in its ``round``, or ``correction``: what is asked about; it is carried out when approved.
    """
    account = lock_account(account)
    if not reason.strip():
        raise EscalationRefused("Say what is to be decided, and why.")
    refuse_cards(EscalationRefused, reason)
    if amount is not None and cents(amount) <= 0:
        raise EscalationRefused(
            "The amount in question is more than nothing; leave it empty when there is none."
        )
    if account.status not in OPEN_ACCOUNTS:
        raise EscalationRefused(
            f"The account is {account.get_status_display().lower()}; there is nothing left to decide on it."
        )
    of_itself = agreement is not None or correction is not None
    if not of_itself and account.escalations.filter(kind=kind, status__in=UNDECIDED).exists():
        raise EscalationRefused(f"This account already has an open escalation: {EscalationKind(kind).label}.")
    escalation = Escalation.objects.create(
        key=key or f"manual:{uuid.uuid4()}",
        account=account,
        kind=kind,
        reason=reason.strip(),
        amount=amount,
        agreement=agreement,
        round=round,
        correction=correction,
        raised_by=by,
        raised_at=at,
        due_at=due_at(kind, at),
    )
    _log(escalation, "", by, at, reason.strip())
    return escalation


@transaction.atomic
def raise_escalations(*, items: Sequence[EscalationDraft], at: datetime) -> list[str]:
    """In bulk, by the system. Keys that exist are left alone; returns the keys made."""
    known = set(Escalation.objects.filter(key__in=[item.key for item in items]).values_list("key", flat=True))
    fresh = [item for item in items if item.key not in known]
    made = Escalation.objects.bulk_create(
        [
            Escalation(
                key=item.key,
                account_id=item.account_id,
                kind=item.kind,
                reason=item.reason,
                amount=item.amount,
                raised_at=at,
                due_at=due_at(item.kind, at),
            )
            for item in fresh
        ],
        ignore_conflicts=True,
    )
    keys = [escalation.key for escalation in made]
    stored = Escalation.objects.filter(key__in=keys, log__isnull=True)
    EscalationLogEntry.objects.bulk_create(
        EscalationLogEntry(
            escalation=escalation, at=at, to_status=EscalationStatus.OPEN, note=escalation.reason
        )
        for escalation in stored
    )
    return keys


@transaction.atomic
def decide(*, escalation: Escalation, verb: str, note: str, by: User, at: datetime) -> Escalation:
    """Approve, decline, return with a question, or take over. Raises OwnEscalation and EscalationRefused.

    An agreement or a correction is approved or declined with it, and only within the authority of ``by``.
    """
    lock_account(escalation.account)
    locked = (
        Escalation.objects.select_for_update(of=("self",))
        .select_related(
            "account", "taken_by", "agreement", "agreement__account", "correction", "correction__account"
        )
        .get(pk=escalation.pk)
    )
    sources, to = VERBS[DecisionVerb(verb)]
    if locked.raised_by_id == by.pk:
        raise OwnEscalation("Nobody decides their own escalation; a colleague with the authority must.")
    if locked.status not in sources:
        raise EscalationRefused(f"This escalation is {locked.get_status_display().lower()} already.")
    if locked.taken_by_id not in (None, by.pk):
        raise EscalationRefused(f"{locked.taken_by} has taken this over; ask them, or have it reassigned.")
    if verb != DecisionVerb.TAKE_OVER and not note.strip():
        raise EscalationRefused("A decision needs a note.")
    refuse_cards(EscalationRefused, note)
    _carry_out(locked, DecisionVerb(verb), note, by, at)
    before, locked.status = locked.status, to
    if verb == DecisionVerb.TAKE_OVER:
        locked.taken_by = by
    else:
        locked.decided_by, locked.decided_at, locked.decision_note = by, at, note.strip()
    locked.save(update_fields=["status", "taken_by", "decided_by", "decided_at", "decision_note"])
    _log(locked, before, by, at, note.strip())
    return locked


def _carry_out(escalation: Escalation, verb: DecisionVerb, note: str, by: User, at: datetime) -> None:
    agreement, correction = escalation.agreement, escalation.correction
    said: dict[str, Any] = {"note": note, "by": by, "at": at}
    try:
        if verb == DecisionVerb.APPROVE and agreement is not None:
            approve(agreement=agreement, round=escalation.round or 0, **said)
        elif verb == DecisionVerb.DECLINE and agreement is not None:
            decline(agreement=agreement, round=escalation.round or 0, **said)
        elif verb == DecisionVerb.APPROVE and correction is not None:
            approve_correction(correction=correction, **said)
        elif verb == DecisionVerb.DECLINE and correction is not None:
            decline_correction(correction=correction, **said)
    except (AgreementRefused, CorrectionRefused) as error:
        raise EscalationRefused(str(error)) from error


@transaction.atomic
def answer_return(*, escalation: Escalation, note: str, by: User, at: datetime) -> Escalation:
    """The rep answers the question; the clock starts again. The one who asked keeps the case if they had taken it."""
    locked = Escalation.objects.select_for_update(of=("self",)).get(pk=escalation.pk)
    if locked.status != EscalationStatus.RETURNED:
        raise EscalationRefused("Nobody has asked a question on this escalation.")
    if locked.raised_by_id not in (None, by.pk):
        raise EscalationRefused("Only the one who raised it answers the question.")
    if not note.strip():
        raise EscalationRefused("Write the answer.")
    refuse_cards(EscalationRefused, note)
    before, locked.status = (
        locked.status,
        EscalationStatus.TAKEN if locked.taken_by_id else EscalationStatus.OPEN,
    )
    locked.decided_by, locked.decided_at, locked.due_at = None, None, due_at(locked.kind, at)
    locked.save(update_fields=["status", "decided_by", "decided_at", "due_at"])
    _log(locked, before, by, at, note.strip())
    return locked


def _log(escalation: Escalation, before: str, by: User | None, at: datetime, note: str) -> None:
    EscalationLogEntry.objects.create(
        escalation=escalation, at=at, by=by, from_status=before, to_status=escalation.status, note=note
    )
