"""The demo's settlements and plans, made by the services as a rep makes them, and what its clients pay us and are paid."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from accounts.models import Account, Client
from accounts.selectors import visible_accounts
from core.clock import business_today, business_zone
from core.money import cents
from escalations.approvals import offer_agreement
from payments.agreements import Terms, judge_due
from payments.enums import AgreementKind, Every, Method, Stage
from payments.models import FeeRule, FeeSchedule
from payments.remitting import close_remittance, draft, last_month_end
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
        when = datetime.combine(on, time(12), business_zone())  # a clock may have been set back meanwhile
        post_payment(
            account=account, amount=part.amount, method=Method.CHECK, effective_on=on, reference=f"{1000 + made.pk}", by=None, at=when
        )  # fmt: skip


def seed_remittances(*, at: datetime) -> int:
    """A standard fee for each client that has none, by stage and age, and last month but one closed. Returns how many were closed."""
    today = business_today(at)
    through_on = last_month_end(last_month_end(today))
    closed = 0
    for place, client in enumerate(Client.objects.order_by("pk")):
        schedule, fresh = FeeSchedule.objects.get_or_create(
            client=client, code="", defaults={"from_on": date(2020, 1, 1)}
        )
        if not fresh:
            continue
        FeeRule.objects.create(schedule=schedule, position=1, stage=Stage.LEGAL, percent=40)
        FeeRule.objects.create(schedule=schedule, position=2, age_days=720, percent=45)
        FeeRule.objects.create(schedule=schedule, position=3, percent=25 + place)
        if draft(client=client, through_on=through_on).lines:
            close_remittance(client=client, through_on=through_on, by=None, at=at)
            closed += 1
    return closed
