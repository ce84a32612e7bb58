"""One payment over several debts: as the payer directs, and never to what they dispute (12 CFR 1006.30(c)). Pure; dollars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.money import ZERO, dollars


class SplitRefused(Exception):
    """``field`` names what is wrong."""

    code = "split_refused"

    def __init__(self, text: str, field: str = "directions") -> None:
        self.field = field
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Debt:
    """``disputed``: how much of it, dollars; all of it where the dispute names no amount."""

    ref: str
    balance: Decimal
    disputed: Decimal = ZERO

    @property
    def payable(self) -> Decimal:
        return max(self.balance - self.disputed, ZERO)


def split(
    amount: Decimal, debts: Sequence[Debt], directions: Mapping[str, Decimal]
) -> tuple[dict[str, Decimal], Decimal]:
    """What each debt gets, and what is left over. What is directed goes where it is directed; the rest fills the debts in order.

    Raises SplitRefused: a direction to a debt that is not among them, to more than is owed or to what is disputed, or of more
    than was paid.
    """
    known = {debt.ref: debt for debt in debts}
    for ref, part in directions.items():
        if ref not in known:
            raise SplitRefused(f"{ref} is no open debt of this person.")
        _check(known[ref], part)
    directed = sum(directions.values(), ZERO)
    if directed > amount:
        raise SplitRefused(f"{dollars(directed)} is directed, {dollars(amount)} was paid.")
    shares = {ref: part for ref, part in directions.items() if part}
    left = amount - directed
    for debt in debts:
        part = min(left, debt.payable - shares.get(debt.ref, ZERO))
        if part > 0:
            shares[debt.ref] = shares.get(debt.ref, ZERO) + part
            left -= part
    return shares, left


def _check(debt: Debt, part: Decimal) -> None:
    if part < 0:
        raise SplitRefused(f"{debt.ref}: a part is not below nothing.")
    if part <= debt.payable:
        return
    if part <= debt.balance:
        raise SplitRefused(
            f"{debt.ref}: {dollars(debt.disputed)} of it is disputed, and a payment for several debts goes to none that is "
            f"disputed (12 CFR 1006.30(c)); {dollars(debt.payable)} may go there."
        )
    raise SplitRefused(f"{debt.ref}: {dollars(debt.balance)} is owed.")
