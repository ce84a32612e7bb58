"""Posting interest: by night for all, again for one when something is learned late."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.accruing import (
    InterestRefused,
    accrue,
    begin_interest,
    bring_up,
    end_limit,
    limit_interest,
    payoff,
)
from accounts.enums import Bucket, DayCount
from accounts.interest import Given, Limit, Term, derive
from accounts.models import Account, Accrual, InterestTerm, LedgerEntry
from accounts.services import verify_ledger
from payments.services import PaymentRefused, post_payment, reverse_payment
from tests.factories import AT, TODAY, make_account

pytestmark = pytest.mark.django_db
CLAUSE = "Cardholder agreement, section 9"


def bearing(principal: str = "3650.00", rate: str = "10", since: date = TODAY, **fields: Any) -> Account:
    """$3,650 at 10 % is a dollar a day."""
    fields = {"interest_rate": D(rate), "interest_authority": CLAUSE, "interest_from": since, **fields}
    return make_account(principal=principal, **fields)


def at(day: date) -> datetime:
    return AT + (day - TODAY)


def nights(last: date) -> None:
    accrue(on=last, at=at(last))


def pay(account: Account, amount: str, on: date, posted: date | None = None) -> Any:
    day = posted or on
    return post_payment(
        account=account, amount=D(amount), method="check", effective_on=on, by=None, at=at(day)
    )


def owed(account: Account) -> tuple[D, D]:
    account.refresh_from_db()
    return account.principal, account.interest


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def test_a_night_posts_one_day_and_a_second_run_nothing() -> None:
    account = bearing()
    assert accrue(on=day(1), at=at(day(1))) == {"accounts": 1, "entries": 1}
    assert accrue(on=day(1), at=at(day(1))) == {"accounts": 0, "entries": 0}
    entry = account.entries.get(kind="interest")
    assert (entry.amount, entry.effective_on, entry.authority, entry.by) == (D("1.00"), day(1), CLAUSE, None)


def test_nights_that_were_missed_are_made_up_day_by_day() -> None:
    account = bearing()
    nights(day(5))
    assert owed(account) == (D("3650"), D("5.00"))
    assert account.entries.filter(kind="interest").count() == 5


def test_what_rounding_leaves_over_is_carried() -> None:
    account = bearing("10000.00")  # 2.739726 a day
    for number in range(1, 91):
        nights(day(number))
    assert owed(account)[1] == D("246.58")


def test_without_a_clause_or_statute_there_is_none() -> None:
    account = make_account(interest_rate=D("10"))
    assert accrue(on=day(5), at=at(day(5))) == {"accounts": 0, "entries": 0}
    with pytest.raises(InterestRefused, match="agreement clause") as refused:
        begin_interest(account=account, rate=D("10"), authority=" ", from_on=TODAY, by=None, at=AT)
    assert refused.value.field == "authority"
    with pytest.raises(IntegrityError, match="term_has_authority"), transaction.atomic():
        InterestTerm.objects.create(account=account, from_on=TODAY, rate=D("10"), authority="")


def test_two_rates_never_run_on_one_day() -> None:
    account = bearing()
    begin_interest(account=account, rate=D("20"), authority="Judgment 26-117", from_on=day(5), by=None, at=AT)
    nights(day(10))
    assert owed(account)[1] == D("15.00")
    with pytest.raises(IntegrityError, match="term_once_a_day"), transaction.atomic():
        InterestTerm.objects.create(account=account, from_on=day(3), rate=D("5"), authority="x")
    with pytest.raises(InterestRefused, match="begin this one later"):
        begin_interest(account=account, rate=D("5"), authority="x", from_on=day(5), by=None, at=AT)


def test_a_payment_that_came_earlier_lowers_what_accrued_since() -> None:
    account = bearing()
    nights(day(10))
    pay(account, "1827.00", day(2), posted=day(10))  # $2 of interest, then half of the principal
    assert owed(account) == (D("1825.00"), D("4.00"))  # fifty cents on each of eight days
    told = account.entries.filter(kind="replay", effective_on=day(3)).get()
    assert (told.amount, told.bucket, told.authority) == (D("-0.50"), "interest", CLAUSE)
    assert verify_ledger() == []


def test_a_payment_taken_back_never_was() -> None:
    account, other = bearing(), bearing()
    payment = pay(account, "1000.00", day(1))
    for each in (account, other):
        nights(day(20))
        pay(each, "30.00", day(20))
    reverse_payment(payment=payment, reason="returned unpaid", by=None, at=at(day(20)))
    assert owed(account) == owed(other) == (D("3640.00"), D("0.00"))
    nights(day(25))
    assert owed(account) == owed(other)
    assert Accrual.objects.get(account=account).carry == Accrual.objects.get(account=other).carry


def test_the_payoff_of_a_past_day_pays_all_and_more_is_refused() -> None:
    account = bearing()
    nights(day(10))
    said = payoff(account=account, on=day(4)).total
    assert said == D("3654.00")
    with pytest.raises(PaymentRefused, match=r"post \$3,654\.00 and refund \$2\.00"):
        pay(account, "3656.00", day(4), posted=day(10))
    pay(account, "3654.00", day(4), posted=day(10))
    assert owed(account) == (D("0.00"), D("0.00"))
    assert account.status == "paid"


def test_a_quote_looks_ahead_and_posts_nothing() -> None:
    account = bearing()
    nights(day(3))
    assert payoff(account=account, on=day(30)).buckets[Bucket.INTEREST] == D("30.00")
    assert payoff(account=account, on=day(2)).buckets[Bucket.INTEREST] == D("2.00")
    assert payoff(account=account, on=day(30)).per_day == D("1.0000")
    with pytest.raises(InterestRefused, match="within a year"):
        payoff(account=account, on=day(400))
    assert owed(account)[1] == D("3.00")


def test_a_limit_learned_late_forgives_and_its_end_lets_run_on() -> None:
    account = bearing()
    nights(day(20))
    limit = limit_interest(
        account=account, most=D("6"), from_on=day(11), reason="SCRA: on active duty", by=None, at=at(day(20))
    )
    assert owed(account)[1] == D("16.00")
    nights(day(30))
    assert owed(account)[1] == D("22.00")
    end_limit(limit=limit, on=day(25), by=None, at=at(day(30)))
    assert owed(account)[1] == D("24.00")
    with pytest.raises(InterestRefused, match="before it begins"):
        end_limit(limit=limit, on=day(1), by=None, at=AT)


def test_interest_waived_after_charge_off_is_not_added_later() -> None:
    account = bearing()
    limit_interest(account=account, most=D(0), from_on=day(6), reason="Waived at charge-off", by=None, at=AT)
    nights(day(400))
    assert owed(account)[1] == D("5.00")


def test_an_old_payment_keeps_the_order_it_was_posted_with() -> None:
    account = bearing()
    nights(day(10))
    pay(account, "10.00", day(10))
    assert owed(account) == (D("3650.00"), D("0.00"))
    account.client.payment_order = ["principal", "interest"]
    account.client.save()
    assert bring_up(account=account, through=day(10), by=None, at=at(day(11))).entries == 0
    pay(Account.objects.get(pk=account.pk), "5.00", day(11))
    assert owed(account) == (D("3645.00"), D("1.00"))


def test_a_judgment_compounds_by_the_year_in_the_nightly_pass() -> None:
    account = make_account(principal="10000.00")
    assert account.placed_on < TODAY
    begin_interest(
        account=account, rate=D("4"), authority="28 USC 1961", from_on=TODAY, compounds=True, by=None, at=AT
    )
    for number in (100, 365, 500, 822):
        nights(day(number))
    found = derive(
        opening={"principal": D("10000")}, given={}, terms=[Term(D("4"), TODAY, compounds=True)], limits=[],
        since=TODAY, through=day(822),
    )  # fmt: skip
    assert owed(account)[1] == found.balances["interest"] > D("920")


def test_every_night_posts_what_the_pure_derivation_says() -> None:
    """Random rates, bases, limits and payments; nights at random, some missed."""
    dice = random.Random(1789)
    cases = [_case(dice) for _ in range(15)]
    last = 0
    while last < 420:
        last += dice.choice((1, 2, 9, 30))
        nights(day(last))
        for account, given, _, _ in cases:
            if dice.random() < 0.15:
                account.refresh_from_db()
                amount = min(D(dice.randint(1, 90_000)) / 100, account.balance - 1)
                if amount > 0:
                    pay(account, str(amount), day(last))
                    given.setdefault(day(last), Given()).payments.append(
                        (amount, account.client.payment_order)
                    )
    for account, given, terms, limits in cases:
        opening = {each.bucket: each.amount for each in account.entries.filter(kind="placement")}
        found = derive(
            opening=opening,
            given=given,
            terms=terms,
            limits=limits,
            since=account.placed_on,
            through=day(last),
        )
        account.refresh_from_db()
        kept = {bucket: getattr(account, bucket) for bucket in Bucket.values}
        assert kept == found.balances
        assert Accrual.objects.get(account=account).carry == found.carry
        assert bring_up(account=account, through=day(last), by=None, at=at(day(last))).entries == 0
    assert not LedgerEntry.objects.filter(kind="replay").exists()


Case = tuple[Account, dict[date, Given], list[Term], list[Limit]]


def _case(dice: random.Random) -> Case:
    account = make_account(
        principal=str(D(dice.randint(1000, 900_000)) / 100), fees=dice.choice(("0", "35.00"))
    )
    account.client.payment_order = ["interest", "fees", "principal"]
    account.client.save()
    terms, limits = [], []
    begins = -dice.randint(0, 400)
    for _ in range(dice.randint(1, 3)):
        term = Term(D(dice.randint(1, 360_000)) / 10_000, day(begins), basis=dice.choice(DayCount.values))
        begin_interest(
            account=account, rate=term.rate, authority="x", from_on=term.from_on, basis=term.basis, by=None, at=AT
        )  # fmt: skip
        terms = [*_ended(terms, term.from_on), term]
        begins = max(begins, 0) + dice.randint(1, 200)
    for _ in range(dice.randint(0, 2)):
        start = dice.randint(-10, 300)
        limit = Limit(D(dice.choice((0, 6, 9))), day(start), dice.choice((None, day(start + 60))))
        limit_interest(
            account=account, most=limit.most, from_on=limit.from_on, until_on=limit.until_on, reason="x", by=None, at=AT
        )  # fmt: skip
        limits.append(limit)
    return account, {}, terms, limits


def _ended(terms: list[Term], on: date) -> list[Term]:
    return [Term(t.rate, t.from_on, t.until_on or on, t.basis, t.compounds) for t in terms]


@pytest.mark.django_db(transaction=True)
def test_two_passes_at_once_post_every_day_once() -> None:
    accounts = [bearing() for _ in range(30)]

    def night(_: int) -> int:
        try:
            return accrue(on=day(3), at=at(day(3)))["entries"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        posted = sum(pool.map(night, range(4)))
    assert posted == 90
    assert {owed(account)[1] for account in accounts} == {D("3.00")}
