"""Clients' money: what is remitted, once, with our fee; reversals in later periods; a trust journal that balances."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, connection, transaction

from accounts.models import Account, Client
from payments.models import FeeRule, FeeSchedule, Payment, Remittance, RemittanceLine, TrustEntry
from payments.refunds import pay_refund
from payments.remitting import RemittanceRefused, close_remittance, draft, pay_remittance
from payments.services import post_payment, reverse_payment
from payments.trust import TrustRefused, balances, open_journal, verify_trust, withdraw_fees
from tests.factories import AT, TODAY, make_account, make_client, make_user

pytestmark = pytest.mark.django_db
APRIL = date(2026, 4, 30)
MAY = date(2026, 5, 31)


def after(day: date) -> Any:
    return AT + (day - TODAY) + timedelta(days=1)


def client(**fields: Any) -> Client:
    made = make_client(**fields)
    schedule = FeeSchedule.objects.create(client=made, from_on=date(2026, 1, 1))
    FeeRule.objects.create(schedule=schedule, percent=25)
    return made


def pay(account: Account, amount: str, method: str = "check", at: Any = AT, **more: Any) -> Payment:
    return post_payment(
        account=account, amount=D(amount), method=method, effective_on=TODAY, by=None, at=at, **more
    )


def close(of: Client, through: date = APRIL, **more: Any) -> Remittance:
    return close_remittance(client=of, through_on=through, by=None, at=after(through), **more)


def figures(remittance: Remittance) -> tuple[D, ...]:
    return (
        remittance.collected,
        remittance.direct,
        remittance.commission,
        remittance.due,
        remittance.invoiced,
    )


def test_net_keeps_our_fee_and_that_of_what_the_client_was_paid() -> None:
    of = client()
    pay(make_account(client=of), "400.00")
    pay(make_account(client=of), "100.00", "client")
    made = close(of)
    assert figures(made) == (D("400"), D("100"), D("125"), D("275"), D("0"))
    assert [(line.kind, line.amount, line.commission) for line in made.lines.all()] == [
        ("paid_us", D("400"), D("100")), ("direct", D("100"), D("25")),
    ]  # fmt: skip
    assert balances() == {"bank": D("400"), "client": D("-275"), "agency": D("-125"), "refunds": D("0")}
    poster = make_user("poster")
    pay_remittance(remittance=made, paid_on=APRIL, reference="ACH 77", by=poster, at=after(APRIL))
    with pytest.raises(TrustRefused, match=r"\$125\.00 earned"):
        withdraw_fees(amount=D("125.01"), reference="T1", by=poster, at=after(APRIL))
    withdraw_fees(amount=D("125"), reference="T1", by=poster, at=after(APRIL))
    assert set(balances().values()) == {D(0)}
    assert verify_trust() == []


def test_gross_remits_all_of_it_and_invoices_our_fee() -> None:
    of = client(remits="gross")
    pay(make_account(client=of), "400.00")
    made = close(of)
    assert figures(made) == (D("400"), D("0"), D("100"), D("400"), D("100"))
    assert balances()["agency"] == 0


def test_what_the_client_was_paid_only_is_invoiced() -> None:
    of = client()
    pay(make_account(client=of), "100.00", "client")
    assert figures(close(of)) == (D("0"), D("100"), D("25"), D("0"), D("25"))
    assert not TrustEntry.objects.exists()


def test_a_reversal_in_a_later_period_takes_payment_and_fee_back_there_and_the_first_stands() -> None:
    of = client()
    first, account = make_account(client=of), make_account(client=of)
    bounced = pay(first, "400.00")
    april = close(of)
    before = list(april.lines.values())
    reverse_payment(payment=bounced, reason="NSF", by=None, at=after(APRIL))
    pay(account, "600.00", at=after(APRIL))
    may = close(of, MAY)
    assert [(line.kind, line.amount, line.principal, line.commission) for line in may.lines.all()] == [
        ("reversal", D("-400"), D("-400"), D("-100")), ("paid_us", D("600"), D("600"), D("150")),
    ]  # fmt: skip
    assert figures(may) == (D("200"), D("0"), D("50"), D("150"), D("0"))
    assert list(april.lines.values()) == before
    pay_remittance(remittance=april, paid_on=APRIL, reference="1", by=make_user("poster"), at=after(APRIL))
    pay_remittance(remittance=may, paid_on=MAY, reference="2", by=make_user("poster"), at=after(MAY))
    assert balances() == {"bank": D("150"), "client": D("0"), "agency": D("-150"), "refunds": D("0")}
    assert verify_trust() == []


def test_more_taken_back_than_came_is_invoiced() -> None:
    of = client()
    bounced = pay(make_account(client=of), "400.00")
    close(of)
    reverse_payment(payment=bounced, reason="NSF", by=None, at=after(APRIL))
    assert figures(close(of, MAY)) == (D("-400"), D("0"), D("-100"), D("0"), D("300"))


def test_posted_and_taken_back_in_one_period_is_told_twice_and_comes_to_nothing() -> None:
    of = client()
    reverse_payment(payment=pay(make_account(client=of), "400.00"), reason="NSF", by=None, at=AT)
    made = close(of)
    assert [line.kind for line in made.lines.all()] == ["paid_us", "reversal"]
    assert figures(made) == (D("0"), D("0"), D("0"), D("0"), D("0"))


def test_each_payment_is_remitted_once_and_the_next_period_begins_where_the_last_ended() -> None:
    of, account = client(), None
    account = make_account(client=of)
    pay(account, "10.00")
    close(of)
    with pytest.raises(RemittanceRefused, match="is closed"):
        close(of)
    with pytest.raises(RemittanceRefused, match="Nothing was posted"):
        close(of, MAY)
    late = pay(account, "20.00", at=after(APRIL))
    assert [line.payment_id for line in draft(client=of, through_on=MAY).lines] == [late.pk]
    with pytest.raises(RemittanceRefused, match="day that is over"):
        close_remittance(client=of, through_on=MAY, by=None, at=AT)
    line = RemittanceLine.objects.get()
    line.pk, line.number = None, 2
    with pytest.raises(IntegrityError, match="remitted_once"), transaction.atomic():
        line.save(force_insert=True)


def test_the_plan_and_the_stage_and_the_day_choose_the_fee() -> None:
    of = client()
    special = FeeSchedule.objects.create(client=of, code="C40", from_on=date(2026, 1, 1))
    FeeRule.objects.create(schedule=special, percent=40)
    later = FeeSchedule.objects.create(client=of, from_on=TODAY + timedelta(days=1))
    FeeRule.objects.create(schedule=later, percent=10)
    pay(make_account(client=of, commission_plan="C40"), "100")
    pay(make_account(client=of), "100")
    post_payment(
        account=make_account(client=of), amount=D("100"), method="check", effective_on=TODAY + timedelta(days=1), by=None,
        at=AT + timedelta(days=1),
    )  # fmt: skip
    assert [line.commission for line in close(of).lines.all()] == [D("40"), D("25"), D("10")]


def test_whoever_closes_does_not_pay_and_it_is_paid_once() -> None:
    of, poster, other = client(), make_user("poster"), make_user("poster")
    pay(make_account(client=of), "10")
    made = close_remittance(client=of, through_on=APRIL, by=poster, at=after(APRIL))
    with pytest.raises(RemittanceRefused, match="colleague"):
        pay_remittance(remittance=made, paid_on=APRIL, reference="1", by=poster, at=after(APRIL))
    pay_remittance(remittance=made, paid_on=APRIL, reference="1", by=other, at=after(APRIL))
    with pytest.raises(RemittanceRefused, match="was paid"):
        pay_remittance(remittance=made, paid_on=APRIL, reference="1", by=other, at=after(APRIL))


def test_what_was_paid_too_much_is_the_payers_until_it_is_refunded() -> None:
    poster = make_user("poster")
    payment = pay(make_account(principal="100"), "150", refund_excess=True)
    assert balances() == {"bank": D("150"), "client": D("-100"), "agency": D("0"), "refunds": D("-50")}
    refund = payment.refunds.get()
    refund.status, refund.approved_by = "approved", poster
    refund.save()
    pay_refund(refund=refund, paid_on=TODAY, reference="1", by=poster, at=AT)
    assert balances()["bank"] == D("100")
    whole = pay(make_account(), "30")
    reverse_payment(payment=whole, reason="Not theirs", give_back=True, by=None, at=AT)
    assert balances() == {"bank": D("130"), "client": D("-100"), "agency": D("0"), "refunds": D("-30")}
    assert verify_trust() == []


def test_t67_a_posting_that_does_not_balance_is_refused_and_none_is_changed() -> None:
    pay(make_account(), "30")
    entry = TrustEntry.objects.first()
    assert entry is not None
    change = TrustEntry.objects.filter(pk=entry.pk)
    with pytest.raises(InternalError, match="Cannot update"), transaction.atomic():
        change.update(amount=1)
    entry.pk = None
    entry.save(force_insert=True)
    with connection.cursor() as cursor, pytest.raises(InternalError, match="balances"):
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_payments_from_before_the_journal_are_entered_once() -> None:
    kept, undone = pay(make_account(), "30"), pay(make_account(), "20")
    reverse_payment(payment=undone, reason="NSF", by=None, at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger keeps us from it
        cursor.execute("DELETE FROM payments_trustentry")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert verify_trust() == [f"payment {kept.pk}: 0 in the bank, 30.00 received"]
    assert (open_journal(), open_journal()) == (6, 0)
    assert balances()["bank"] == D("30")
    assert verify_trust() == []
