"""How an amount is spread over buckets. Pure; dollars, to the cent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

DEFAULT_ORDER = ("costs", "fees", "interest", "principal")


class Overpayment(Exception):
    """More was paid than is owed."""

    code = "overpayment"

    def __init__(self, amount: Decimal, owed: Decimal) -> None:
        super().__init__(f"${amount} is more than the ${owed} owed; post ${owed} and refund the rest.")
        self.owed = owed


def every_bucket(order: Sequence[str]) -> list[str]:
    """``order``, and behind it the buckets missing from it in the default order."""
    return [*order, *(name for name in DEFAULT_ORDER if name not in order)]


def allocate(
    balances: Mapping[str, Decimal], amount: Decimal, order: Sequence[str] = ()
) -> dict[str, Decimal]:
    """``amount`` (above zero) over what is owed in each bucket, in ``order``; buckets that get nothing are left out.

    Buckets missing from ``order`` follow in the default order. Raises Overpayment if it does not fit.
    """
    owed = sum((max(value, Decimal(0)) for value in balances.values()), Decimal(0))
    if amount > owed:
        raise Overpayment(amount, owed)
    shares: dict[str, Decimal] = {}
    left = amount
    for bucket in every_bucket(order):
        share = min(left, max(balances.get(bucket, Decimal(0)), Decimal(0)))
        if share:
            shares[bucket] = share
            left -= share
    return shares
