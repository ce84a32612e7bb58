from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest

from accounts.models import Account
from accounts.services import verify_ledger
from payments.models import Payment, Promise
from payments.services import (
    PaymentRefused,
    PromiseRefused,
    cancel_promise,
    judge_promises,
    post_payment,
    record_promise,
    reverse_payment,
)
from tests.factories import AT, TODAY, make_account

pytestmark = pytest.mark.django_db
SOON = TODAY + timedelta(days=5)
AFTER = TODAY + timedelta(days=7)


def pay(account: Account, amount: str, on: date = TODAY, reference: str = "", later: int = 1) -> Payment:
    return post_payment(
        account=account,
        amount=D(amount),
        method="check",
        effective_on=on,
        reference=reference,
        by=None,
        at=AT + timedelta(days=later),
    )


def promise(account: Account, amount: str = "150.00", due_on: date = SOON) -> Promise:
    return record_promise(account=account, amount=D(amount), due_on=due_on, by=None, at=AT)


def test_a_payment_follows_the_bucket_order_and_lowers_the_balance() -> None:
    account = make_account(principal="100", interest="10", fees="5")
    pay(account, "12.00")
    account.refresh_from_db()
    assert (account.principal, account.interest, account.fees, account.balance) == (
        D("100"),
        D("3"),
        D("0"),
        D("103"),
    )
    assert account.last_payment_on == TODAY


def test_paying_all_of_it_closes_the_account_and_a_reversal_opens_it_again() -> None:
    account = make_account(principal="100")
    payment = pay(account, "100")
    account.refresh_from_db()
    assert (account.status, account.balance) == ("paid", D("0"))
    reverse_payment(payment=payment, reason="check returned unpaid", by=None, at=AT + timedelta(days=2))
    account.refresh_from_db()
    assert (account.status, account.balance, account.last_payment_on) == ("active", D("100"), None)
    assert verify_ledger() == []
    with pytest.raises(PaymentRefused, match="reversed already"):
        reverse_payment(payment=payment, reason="again", by=None, at=AT)


def test_more_than_is_owed_and_the_same_check_twice_leave_nothing_behind() -> None:
    account = make_account(principal="100")
    with pytest.raises(PaymentRefused, match=r"100\.00 owed"):
        pay(account, "100.01")
    pay(account, "10", reference="1042")
    with pytest.raises(PaymentRefused, match="already posted"):
        pay(account, "10", reference="1042")
    account.refresh_from_db()
    assert (account.balance, account.entries.filter(kind="payment").count()) == (D("90"), 1)


def test_money_that_came_keeps_the_promise_at_once() -> None:
    account = make_account()
    made = promise(account)
    pay(account, "150")
    made.refresh_from_db()
    account.refresh_from_db()
    assert (made.status, made.paid, account.status) == ("kept", D("150"), "active")
    assert list(made.judgments.values_list("verdict", "expected", "paid")) == [("kept", D("150"), D("150"))]


def test_money_posted_before_the_promise_was_made_does_not_keep_it() -> None:
    account = make_account()
    pay(account, "150", on=(AT - timedelta(days=1)).date(), later=-1)
    made = promise(account)
    assert judge_promises(on=AFTER, at=AT) == {"broken": 1}
    made.refresh_from_db()
    assert (made.status, made.paid) == ("broken", D("0"))


def test_a_late_posting_with_a_timely_date_mends_a_broken_promise() -> None:
    account = make_account()
    made = promise(account)
    judge_promises(on=AFTER, at=AT + timedelta(days=7))
    pay(account, "150", on=SOON, later=9)
    made.refresh_from_db()
    assert [*made.judgments.order_by("id").values_list("verdict", flat=True)] == ["broken", "kept"]
    assert made.status == "kept"


def test_a_reversal_judges_a_kept_promise_again() -> None:
    account = make_account()
    made = promise(account)
    payment = pay(account, "150")
    reverse_payment(payment=payment, reason="returned", by=None, at=AT + timedelta(days=20))
    made.refresh_from_db()
    assert (made.status, made.paid) == ("broken", D("0"))


def test_a_reopened_promise_gives_way_to_the_one_agreed_later() -> None:
    account = make_account()
    first = promise(account)
    payment = pay(account, "150", later=0)
    second = promise(account, "200")
    reverse_payment(payment=payment, reason="returned", by=None, at=AT)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("cancelled", "open")


def test_judging_twice_changes_nothing() -> None:
    account = make_account()
    made = promise(account)
    assert judge_promises(on=AFTER, at=AT) == {"broken": 1}
    assert judge_promises(on=AFTER, at=AT) == {}
    assert made.judgments.count() == 1


@pytest.mark.parametrize(
    ("amount", "due_on", "sentence"),
    [
        ("0", SOON, "between"),
        ("1000.01", SOON, "balance of"),
        ("10", TODAY - timedelta(days=1), "past"),
        ("10", TODAY + timedelta(days=31), "30 days"),
    ],
)
def test_a_promise_that_cannot_be_is_refused_with_what_can(amount: str, due_on: date, sentence: str) -> None:
    account = make_account(principal="1000")
    with pytest.raises(PromiseRefused, match=sentence):
        promise(account, amount, due_on)
    assert account.promises.count() == 0


def test_one_open_promise_at_a_time_and_a_cancelled_one_makes_room() -> None:
    account = make_account()
    first = promise(account)
    with pytest.raises(PromiseRefused, match="open promise"):
        promise(account)
    cancel_promise(promise=first, reason="asked for another date", by=None, at=AT)
    account.refresh_from_db()
    assert account.status == "active"
    promise(account)


def test_the_payments_day_is_the_agencys_and_never_tomorrow() -> None:
    account = make_account()
    with pytest.raises(PaymentRefused, match="future"):
        pay(account, "10", on=TODAY + timedelta(days=1), later=0)
    evening = datetime(2026, 4, 8, 2, 30, tzinfo=UTC)  # still the 7th in New York
    with pytest.raises(PaymentRefused, match="future"):
        post_payment(
            account=account,
            amount=D("10"),
            method="check",
            effective_on=date(2026, 4, 8),
            by=None,
            at=evening,
        )
    posted = post_payment(
        account=account, amount=D("10"), method="check", effective_on=date(2026, 4, 7), by=None, at=evening
    )
    assert posted.effective_on == date(2026, 4, 7)


def test_an_older_payment_posted_later_does_not_move_the_last_payment_back() -> None:
    account = make_account()
    pay(account, "10", later=0)
    pay(account, "20", on=TODAY - timedelta(days=9), later=0)
    account.refresh_from_db()
    assert account.last_payment_on == TODAY
