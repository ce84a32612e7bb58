"""Settlements and plans of the demo's book, made by the services as a rep makes them: offered, in force, kept, broken, asked about."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import Account
from accounts.selectors import visible_accounts
from core.clock import business_today
from core.money import cents
from escalations.approvals import offer_agreement
from payments.agreements import Terms, judge_due
from payments.enums import AgreementKind, Every, Method
from payments.services import post_payment
from users.models import User

WEEK = timedelta(weeks=1)
# what, share of the balance, instalments, weeks ago, instalments that came
DEALS = (
    (AgreementKind.PLAN, "1", 6, 6, 2),
    (AgreementKind.SETTLEMENT, "0.85", 1, 2, 1),
    (AgreementKind.SETTLEMENT, "0.60", 3, 0, 0),
    (AgreementKind.PLAN, "1", 12, 3, 1),
    (AgreementKind.PLAN, "1", 4, 7, 1),
    (AgreementKind.SETTLEMENT, "0.45", 1, 0, 0),
    (AgreementKind.SETTLEMENT, "0.80", 2, 5, 1),
    (AgreementKind.PLAN, "1", 18, 0, 0),
)


def seed_agreements(*, by: User, at: datetime, most: int = 24) -> int:
    """On active accounts that no promise, dispute or hold is open on. Returns how many."""
    free = visible_accounts(by).filter(
        status="active", balance__gte=120, first_notice_on__lt=business_today(at) - 8 * WEEK,
        promises__isnull=True, agreements__isnull=True, settlement_floor__isnull=True, plan_minimum__isnull=True,
    ).order_by("pk")  # fmt: skip
    made = 0
    for account, deal in zip(free[:most], DEALS * (most // len(DEALS) + 1), strict=False):
        _deal(account, by, at, *deal)
        made += 1
    judge_due(on=business_today(at), at=at)
    return made


def _deal(
    account: Account, by: User, at: datetime, kind: str, share: str, count: int, weeks: int, came: int
) -> None:
    then = at - weeks * WEEK
    terms = Terms(
        cents(account.balance * Decimal(share)), business_today(then) + timedelta(days=5), Every.MONTH if count > 1 else Every.ONCE,
        count,
    )  # fmt: skip
    made = offer_agreement(
        account=account,
        kind=kind,
        terms=terms,
        agreed=weeks > 0,
        note="Wants to be done with it",
        by=by,
        at=then,
    )
    for part in made.instalments[:came]:
        on = part.due_on - timedelta(days=1)
        when = then + (on - business_today(then))
        post_payment(
            account=account, amount=part.amount, method=Method.CHECK, effective_on=on, reference=f"{1000 + made.pk}", by=None, at=when
        )  # fmt: skip
