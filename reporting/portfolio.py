"""The book by client, by age, and what came in by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncMonth

from accounts.models import OPEN_STATUSES
from accounts.selectors import visible_accounts
from payments.enums import PaymentStatus
from payments.models import Payment
from users.models import User

ZERO = Decimal("0.00")
# (label, days past due from, up to and including); None: open at that end
AGES = (
    ("Not yet due", None, 0),
    ("1–30 days", 1, 30),
    ("31–60 days", 31, 60),
    ("61–90 days", 61, 90),
    ("91–180 days", 91, 180),
    ("181–365 days", 181, 365),
    ("Over a year", 366, None),
)


@dataclass(frozen=True, slots=True)
class ClientRow:
    client: str
    accounts: int
    open_accounts: int
    placed: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class AgeRow:
    label: str
    accounts: int
    balance: Decimal
    share: int


@dataclass(frozen=True, slots=True)
class MonthRow:
    month: date
    payments: int
    amount: Decimal
    share: int


def by_client(*, user: User) -> list[ClientRow]:
    rows = (
        visible_accounts(user)
        .values("client__name")
        .annotate(
            accounts=Count("pk"),
            open_accounts=Count("pk", filter=Q(status__in=OPEN_STATUSES)),
            placed=Sum("placed_amount"),
            owed=Sum("balance", filter=Q(status__in=OPEN_STATUSES)),
        )
        .order_by("client__name")
    )
    return [
        ClientRow(
            row["client__name"], row["accounts"], row["open_accounts"], row["placed"], row["owed"] or ZERO
        )
        for row in rows
    ]


def by_age(*, user: User, on: date) -> list[AgeRow]:
    """Open balances by days past due; an account without a due date counts as not yet due."""
    totals: dict[str, Any] = {}
    for place, (_, low, high) in enumerate(AGES):
        condition = Q(status__in=OPEN_STATUSES)
        if low is not None:
            condition &= Q(due_on__lte=on - timedelta(days=low))
        if high is not None:
            condition &= Q(due_on__gte=on - timedelta(days=high)) | (
                Q(due_on__isnull=True) if low is None else Q()
            )
        totals[f"n{place}"] = Count("pk", filter=condition)
        totals[f"s{place}"] = Sum("balance", filter=condition)
    found = visible_accounts(user).aggregate(**totals)
    most = max((found[f"s{place}"] or ZERO for place in range(len(AGES))), default=ZERO)
    return [
        AgeRow(
            label, found[f"n{place}"], found[f"s{place}"] or ZERO, _share(found[f"s{place}"] or ZERO, most)
        )
        for place, (label, _, _) in enumerate(AGES)
    ]


def collected_by_month(*, user: User, months: int = 12) -> list[MonthRow]:
    """Payments that stand, by the month they count from, newest first."""
    rows = list(
        Payment.objects.filter(status=PaymentStatus.POSTED, account__in=visible_accounts(user))
        .values(month=TruncMonth("effective_on"))
        .annotate(payments=Count("pk"), total=Sum("amount"))
        .order_by("-month")[:months]
    )
    most = max((row["total"] for row in rows), default=ZERO)
    return [MonthRow(row["month"], row["payments"], row["total"], _share(row["total"], most)) for row in rows]


def _share(part: Decimal, whole: Decimal) -> int:
    """Per cent of the largest, for a bar."""
    return int(part * 100 / whole) if whole > 0 else 0
