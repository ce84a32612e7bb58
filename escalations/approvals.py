"""What exceeds somebody's authority becomes a question to somebody with more; what is answered is carried out in the same breath."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from accounts.models import Account
from core.money import dollars
from escalations.enums import EscalationKind, EscalationStatus
from escalations.models import Escalation, EscalationLogEntry
from escalations.services import UNDECIDED, raise_escalation
from payments import agreements, corrections
from payments.agreements import Terms
from payments.enums import AgreementKind, AgreementStatus, DecisionStatus
from payments.models import Agreement, Correction
from users.models import User

KINDS = {
    AgreementKind.SETTLEMENT: EscalationKind.SETTLEMENT,
    AgreementKind.PLAN: EscalationKind.PLAN,
}


@transaction.atomic
def offer_agreement(
    *,
    account: Account,
    kind: str,
    terms: Terms,
    agreed: bool = False,
    note: str = "",
    by: User,
    at: datetime,
) -> Agreement:
    """As ``payments.agreements.offer``; above the authority of ``by``, approval is asked for."""
    found = agreements.offer(account=account, kind=kind, terms=terms, agreed=agreed, note=note, by=by, at=at)
    return _ask(found, note, by, at)


@transaction.atomic
def counter_agreement(
    *, agreement: Agreement, terms: Terms, agreed: bool = False, note: str = "", by: User, at: datetime
) -> Agreement:
    """As ``payments.agreements.counter``; what was asked about the terms before is withdrawn."""
    found = agreements.counter(agreement=agreement, terms=terms, agreed=agreed, note=note, by=by, at=at)
    withdraw_moot(at=at, by=by, account=found.account)
    return _ask(found, note, by, at)


@transaction.atomic
def reage_plan(*, agreement: Agreement, terms: Terms, reason: str, by: User, at: datetime) -> Agreement:
    return _ask(
        agreements.reage(agreement=agreement, terms=terms, reason=reason, by=by, at=at), reason, by, at
    )


@transaction.atomic
def withdraw_agreement(*, agreement: Agreement, reason: str, by: User, at: datetime) -> Agreement:
    found = agreements.withdraw(agreement=agreement, reason=reason, by=by, at=at)
    withdraw_moot(at=at, by=by, account=found.account)
    return found


def _ask(agreement: Agreement, note: str, by: User, at: datetime) -> Agreement:
    if agreement.status != AgreementStatus.PROPOSED:
        return agreement
    last = agreement.instalments[-1]
    what = f"{agreement.get_kind_display()} of {dollars(agreement.amount)} of {dollars(agreement.balance)}"
    how = f"{len(agreement.instalments)} instalments until {last.due_on:%d %b %Y}" if len(agreement.instalments) > 1 else (
        f"at once, by {last.due_on:%d %b %Y}"
    )  # fmt: skip
    raise_escalation(
        account=agreement.account,
        kind=KINDS[AgreementKind(agreement.kind)],
        reason=". ".join(part for part in (f"{what}, {how}", note.strip()) if part),
        amount=agreement.forgives or agreement.amount,
        by=by,
        at=at,
        key=f"agreement:{agreement.pk}:{agreement.round}",
        agreement=agreement,
        round=agreement.round,
    )
    return agreement


@transaction.atomic
def propose_correction(
    *,
    account: Account,
    kind: str,
    bucket: str,
    amount: Decimal,
    reason: str,
    authority: str = "",
    by: User,
    at: datetime,
) -> Correction:
    """As ``payments.corrections.propose_correction``; above the authority of ``by``, approval is asked for."""
    found = corrections.propose_correction(
        account=account, kind=kind, bucket=bucket, amount=amount, reason=reason, authority=authority, by=by, at=at
    )  # fmt: skip
    if found.status == DecisionStatus.WAITING:
        raise_escalation(
            account=found.account,
            kind=EscalationKind.CORRECTION,
            reason=f"{found.get_kind_display()} of {dollars(found.amount)}, {found.get_bucket_display().lower()}: {found.reason}",
            amount=abs(found.amount),
            by=by,
            at=at,
            key=f"correction:{found.pk}",
            correction=found,
        )
    return found


@transaction.atomic
def withdraw_correction(*, correction: Correction, note: str, by: User, at: datetime) -> Correction:
    found = corrections.withdraw_correction(correction=correction, note=note, by=by, at=at)
    withdraw_moot(at=at, by=by, account=found.account)
    return found


@transaction.atomic
def withdraw_moot(*, at: datetime, by: User | None = None, account: Account | None = None) -> int:
    """Questions about terms that no longer stand are withdrawn: countered, lapsed, withdrawn, decided elsewhere. Safe to run twice."""
    moot = Q(agreement__isnull=False) & (
        ~Q(agreement__status=AgreementStatus.PROPOSED) | ~Q(round=F("agreement__round"))
    )
    moot |= Q(correction__isnull=False) & ~Q(correction__status=DecisionStatus.WAITING)
    where: dict[str, Any] = {} if account is None else {"account": account}
    found = list(
        Escalation.objects.filter(moot, pk__in=Escalation.objects.filter(status__in=UNDECIDED, **where).values("pk"))
        .order_by("pk").values_list("pk", flat=True)
    )  # fmt: skip
    rows = list(
        Escalation.objects.select_for_update().filter(pk__in=found, status__in=UNDECIDED).order_by("pk")
    )
    for row in rows:
        EscalationLogEntry.objects.create(
            escalation=row, at=at, by=by, from_status=row.status, to_status=EscalationStatus.WITHDRAWN,
            note="What it asked about no longer stands.",
        )  # fmt: skip
    Escalation.objects.filter(pk__in=[row.pk for row in rows]).update(status=EscalationStatus.WITHDRAWN)
    return len(rows)
