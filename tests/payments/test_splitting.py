"""T-57: one payment for several debts goes where the payer says, and never to what is disputed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client as Browser
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account
from accounts.services import verify_ledger
from compliance.disputes import open_dispute
from payments.models import Payment
from payments.services import PaymentRefused, post_split
from payments.splitting import Debt, SplitRefused, split
from tests.api.making import post, signed
from tests.factories import AT, TODAY, make_account, make_debtor, make_user

OLD, NEW = Debt("A-1", D("100")), Debt("A-2", D("50"), D("20"))


@pytest.mark.parametrize(
    ("amount", "directions", "shares", "left"),
    [
        ("60", {}, {"A-1": "60"}, "0"),
        ("120", {}, {"A-1": "100", "A-2": "20"}, "0"),
        ("150", {}, {"A-1": "100", "A-2": "30"}, "20"),
        ("60", {"A-2": "25"}, {"A-2": "25", "A-1": "35"}, "0"),
        ("130", {"A-2": "10", "A-1": "0"}, {"A-2": "30", "A-1": "100"}, "0"),
    ],
)
def test_t57_directions_first_then_the_oldest_and_nothing_to_what_is_disputed(
    amount: str, directions: dict[str, str], shares: dict[str, str], left: str
) -> None:
    found = split(D(amount), [OLD, NEW], {ref: D(part) for ref, part in directions.items()})
    assert found == ({ref: D(part) for ref, part in shares.items()}, D(left))


@pytest.mark.parametrize(
    ("directions", "said"),
    [
        ({"A-2": "30.01"}, r"\$20\.00 of it is disputed"),
        ({"A-2": "50.01"}, r"\$50\.00 is owed"),
        ({"A-9": "1"}, "no open debt"),
        ({"A-1": "90"}, r"\$90\.00 is directed, \$60\.00 was paid"),
        ({"A-1": "-1"}, "below nothing"),
    ],
)
def test_t57_a_direction_that_may_not_be_followed_is_refused(directions: dict[str, str], said: str) -> None:
    with pytest.raises(SplitRefused, match=said):
        split(D("60"), [OLD, NEW], {ref: D(part) for ref, part in directions.items()})


CENTS = st.integers(0, 100_000).map(lambda cents: D(cents) / 100)


@given(amount=CENTS, debts=st.lists(st.tuples(CENTS, CENTS), max_size=5))
def test_t57_shares_add_up_and_never_reach_what_is_disputed(amount: D, debts: list[tuple[D, D]]) -> None:
    owed = [Debt(str(place), balance, disputed) for place, (balance, disputed) in enumerate(debts)]
    shares, left = split(amount, owed, {})
    assert sum(shares.values(), left) == amount
    assert all(0 < part <= owed[int(ref)].payable for ref, part in shares.items())
    assert left == 0 or all(shares.get(debt.ref, D(0)) == debt.payable for debt in owed)


def debts() -> tuple[Account, Account, Account]:
    debtor = make_debtor()
    made = [make_account(debtor=debtor, principal="100") for _ in range(3)]
    open_dispute(account=made[0], received_on=TODAY, by=None, at=AT)
    return made[0], made[1], made[2]


def pay(account: Account, amount: str, on: date = TODAY, **more: Any) -> list[Payment]:
    said = {"directions": {}, "by": None, "at": AT, **more}
    return post_split(debtor=account.debtor, amount=D(amount), method="check", effective_on=on, **said)


@pytest.mark.django_db
def test_t57_a_disputed_debt_gets_nothing_and_the_parts_belong_together() -> None:
    disputed, second, third = debts()
    made = pay(disputed, "150", reference="1042", directions={third.ref: D("80")})
    assert {payment.account.ref: payment.amount for payment in made} == {
        third.ref: D("80"),
        second.ref: D("70"),
    }
    assert len({payment.received for payment in made}) == 1
    assert [Account.objects.get(pk=row.pk).balance for row in (disputed, second, third)] == [
        D("100"),
        D("30"),
        D("20"),
    ]
    with pytest.raises(PaymentRefused, match="already posted"):
        pay(disputed, "50", reference="1042")
    assert verify_ledger() == []


@pytest.mark.django_db
def test_what_is_too_much_is_refused_whole_or_refunded_where_nothing_is_disputed() -> None:
    disputed, second, third = debts()
    with pytest.raises(PaymentRefused, match=r"\$50\.00 is more"):
        pay(disputed, "250")
    assert not Payment.objects.exists()
    made = pay(disputed, "250", refund_excess=True)
    assert [(payment.account_id, payment.amount, payment.excess) for payment in made] == [
        (second.pk, D("100"), D("0")), (third.pk, D("150"), D("50")),
    ]  # fmt: skip
    with pytest.raises(PaymentRefused, match="no debt"):
        pay(disputed, "10")


@pytest.mark.django_db
def test_t57_over_rest_and_on_the_page() -> None:
    disputed, second, third = debts()
    body = {
        "debtor": disputed.debtor_id, "amount": "60.00", "method": "check", "effective_on": TODAY.isoformat(),
        "directions": [{"account": third.ref, "amount": "10.00"}],
    }  # fmt: skip
    answer = post(signed("poster"), "payments/split/", body)
    assert [(row["account"], row["amount"]) for row in answer.json()] == [
        (third.ref, "10.00"),
        (second.ref, "50.00"),
    ]
    refused = post(
        signed("poster"),
        "payments/split/",
        {**body, "directions": [{"account": disputed.ref, "amount": "1.00"}]},
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "split_refused")
    poster = Browser()
    poster.force_login(make_user("poster"), backend="django.contrib.auth.backends.ModelBackend")
    page = poster.get(f"/payments/?account={second.ref}").content.decode()
    assert "$100.00 disputed" in page
    data = {
        "amount": "30",
        "method": "cash",
        "effective_on": (TODAY - timedelta(days=1)).isoformat(),
        "spread": "1",
    }
    wrong = poster.post(f"/payments/{second.ref}/post/", {**data, f"to_{third.ref}": "x"})
    assert (wrong.status_code, "is not an amount of money" in wrong.content.decode()) == (422, True)
    said = poster.post(
        f"/payments/{second.ref}/post/", {**data, f"to_{third.ref}": "25"}, follow=True
    ).content.decode()
    assert f"$25.00 posted to {third.ref}, $5.00 posted to {second.ref}." in said
