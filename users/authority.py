"""Up to where somebody decides alone about money."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from core.money import ZERO
from users.models import Authority, User


@dataclass(frozen=True, slots=True)
class Limits:
    """Dollars on one account, percent of its balance, months to the last instalment; without any, nothing is decided alone."""

    settlement_floor: Decimal = Decimal(100)
    forgives_most: Decimal = ZERO
    plan_months: int = 0
    adjusts_most: Decimal = ZERO
    refunds_most: Decimal = ZERO


def limits_of(user: User | None) -> Limits:
    """As they stand now: those of the person, else the widest of their roles. One query; nobody has none."""
    if user is None:
        return Limits()
    roles = user.groups.values("name")
    rows = list(Authority.objects.filter(Q(user=user) | Q(role__in=roles)))
    found = [row for row in rows if row.user_id is not None] or rows
    if not found:
        return Limits()
    return Limits(
        settlement_floor=min(row.settlement_floor for row in found),
        **{
            name: max(getattr(row, name) for row in found)
            for name in ("forgives_most", "plan_months", "adjusts_most", "refunds_most")
        },
    )
