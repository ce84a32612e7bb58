"""The only writer of refunds: asked for, approved within somebody's authority, paid once."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from core.cards import refuse_cards
from core.clock import business_today
from core.money import cents, dollars
from payments.enums import RefundStatus
from payments.models import Payment, Refund
from payments.trust import refund_paid
from users.authority import limits_of
from users.models import User


class RefundRefused(Exception):
    code = "refund_refused"


def ask_refund(*, payment: Payment, amount: Decimal, reason: str, by: User | None, at: datetime) -> Refund:
    """Waits for approval, unless it lies within the authority of who asks."""
    alone = by is not None and amount <= limits_of(by).refunds_most
    return Refund.objects.create(
        payment=payment, account=payment.account, amount=cents(amount), reason=reason.strip()[:200], asked_by=by, asked_at=at,
        status=RefundStatus.APPROVED if alone else RefundStatus.WAITING,
        approved_by=by if alone else None, approved_at=at if alone else None,
    )  # fmt: skip


@transaction.atomic
def approve_refund(*, refund: Refund, by: User, at: datetime) -> Refund:
    """Nobody approves what they asked for; whoever does needs the authority for the amount."""
    locked = _locked(refund, RefundStatus.WAITING)
    if locked.asked_by_id == by.pk:
        raise RefundRefused("Nobody approves a refund they asked for; it exceeds what you decide alone.")
    most = limits_of(by).refunds_most
    if locked.amount > most:
        raise RefundRefused(
            f"You approve refunds up to {dollars(most)}; this one needs somebody with more authority."
        )
    locked.status, locked.approved_by, locked.approved_at = RefundStatus.APPROVED, by, at
    locked.save(update_fields=["status", "approved_by", "approved_at"])
    return locked


@transaction.atomic
def pay_refund(*, refund: Refund, paid_on: date, reference: str, by: User, at: datetime) -> Refund:
    """Records that the money has gone back, by which check or transfer. Once."""
    locked = _locked(refund, RefundStatus.APPROVED)
    if paid_on > business_today(at):
        raise RefundRefused("The day lies in the future; record what was paid.")
    if not reference.strip():
        raise RefundRefused("Give the number of the check or transfer that took the money back.")
    refuse_cards(RefundRefused, reference)
    locked.status, locked.paid_on, locked.paid_by = RefundStatus.PAID, paid_on, by
    locked.reference = reference.strip()[:80]
    locked.save(update_fields=["status", "paid_on", "paid_by", "reference"])
    refund_paid(refund=locked, by=by, at=at)
    return locked


@transaction.atomic
def decline_refund(*, refund: Refund, reason: str, by: User, at: datetime) -> Refund:
    """With the reason; nobody declines what they asked for, nor what they could not have approved."""
    locked = _locked(refund, RefundStatus.WAITING)
    if locked.asked_by_id == by.pk:
        raise RefundRefused("Nobody decides a refund they asked for.")
    if locked.amount > limits_of(by).refunds_most:
        raise RefundRefused("This refund needs somebody with more authority.")
    if not reason.strip():
        raise RefundRefused("Say why the refund is declined.")
    refuse_cards(RefundRefused, reason)
    locked.status, locked.note = RefundStatus.DECLINED, reason.strip()[:200]
    locked.save(update_fields=["status", "note"])
    return locked


def _locked(refund: Refund, status: str) -> Refund:
    locked = (
        Refund.objects.select_for_update(of=("self",)).select_related("account", "payment").get(pk=refund.pk)
    )
    if locked.status != status:
        raise RefundRefused(
            f"This refund is {locked.get_status_display().lower()}; that cannot be done any more."
        )
    return locked
