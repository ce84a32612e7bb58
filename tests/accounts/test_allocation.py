from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.allocation import Overpayment, allocate

cents = st.integers(0, 10**9).map(lambda n: D(n) / 100)


def test_the_default_order_pays_costs_then_fees_then_interest_then_principal() -> None:
    owed = {"principal": D("100"), "interest": D("10"), "fees": D("5"), "costs": D("2")}
    assert allocate(owed, D("8")) == {"costs": D("2"), "fees": D("5"), "interest": D("1")}


def test_a_clients_order_comes_first_and_the_rest_follows() -> None:
    owed = {"principal": D("100"), "interest": D("10"), "fees": D("5"), "costs": D("0")}
    assert allocate(owed, D("104"), ["principal"]) == {"principal": D("100"), "fees": D("4")}


def test_more_than_is_owed_is_refused_with_the_sum_owed() -> None:
    with pytest.raises(Overpayment, match=r"\$100 owed"):
        allocate({"principal": D("100")}, D("100.01"))


@given(st.tuples(cents, cents, cents, cents), st.data())
def test_shares_add_up_to_the_cent_and_never_exceed_a_bucket(
    buckets: tuple[D, D, D, D], data: st.DataObject
) -> None:
    owed = dict(zip(("principal", "interest", "fees", "costs"), buckets, strict=True))
    amount = data.draw(st.integers(0, int(sum(buckets) * 100))) / D(100)
    shares = allocate(owed, amount)
    assert sum(shares.values(), D(0)) == amount
    assert all(0 < share <= owed[bucket] for bucket, share in shares.items())
