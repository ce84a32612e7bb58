"""Whatever happens to an account, in whatever order and with whatever dates: every sum holds, to the cent."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.accruing import InterestRefused, accrue, begin_interest, limit_interest
from accounts.models import Account
from accounts.selectors import balance_as_of
from accounts.services import verify_ledger
from payments.agreements import AgreementRefused, ScheduleRefused, Terms, judge_due, offer
from payments.corrections import CorrectionRefused, propose_correction
from payments.models import Agreement, FeeRule, FeeSchedule, Payment, Remittance
from payments.refunds import RefundRefused, approve_refund, pay_refund
from payments.remitting import RemittanceRefused, close_remittance
from payments.services import PaymentRefused, judge_account, post_payment, reverse_payment
from payments.trust import balances, verify_trust
from tests.factories import AT, TODAY, make_account, make_client, make_user

pytestmark = pytest.mark.django_db

REFUSED = (
    PaymentRefused, CorrectionRefused, AgreementRefused, ScheduleRefused, RemittanceRefused, RefundRefused, InterestRefused,
)  # fmt: skip
MONEY = st.integers(1, 60_000).map(lambda cents: D(cents) / 100)
BACK = st.integers(0, 40)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), MONEY, BACK, st.sampled_from(["check", "client", "card"]), st.booleans()),
        st.tuples(st.just("reverse"), st.integers(0, 9), st.booleans()),
        st.tuples(st.just("correct"), st.sampled_from(["principal", "interest", "fees"]), MONEY),
        st.tuples(st.just("days"), st.integers(1, 20)),
        st.tuples(st.just("settle"), st.integers(30, 99), st.integers(1, 3)),
        st.tuples(st.just("plan"), st.integers(1, 6)),
        st.tuples(st.just("limit"), st.integers(0, 12), BACK),
        st.tuples(st.just("remit"),),
        st.tuples(st.just("refund"), st.integers(0, 9)),
    ),
    min_size=3,
    max_size=14,
)  # fmt: skip


class World:
    """One account that bears interest, and the calendar."""

    def __init__(self) -> None:
        self.client = make_client()
        FeeRule.objects.create(
            schedule=FeeSchedule.objects.create(client=self.client, from_on=TODAY - timedelta(days=365)),
            percent=D("27.5"),
        )
        self.account = make_account(client=self.client, principal="500.00", fees="20.00")
        begin_interest(
            account=self.account,
            rate=D("18"),
            authority="Agreement, 4",
            from_on=TODAY - timedelta(days=60),
            by=None,
            at=AT,
        )
        self.boss, self.colleague = make_user("admin"), make_user("admin")
        self.day, self.limited = 0, False

    @property
    def at(self) -> Any:
        return AT + timedelta(days=self.day)

    @property
    def on(self) -> Any:
        return TODAY + timedelta(days=self.day)

    def pay(self, amount: D, back: int, method: str, refund: bool) -> None:
        post_payment(
            account=self.account, amount=amount, method=method, effective_on=self.on - timedelta(days=back), refund_excess=refund,
            by=self.boss, at=self.at,
        )  # fmt: skip

    def reverse(self, which: int, give_back: bool) -> None:
        payments = list(Payment.objects.order_by("pk"))
        if payments:
            payment = payments[which % len(payments)]
            reverse_payment(payment=payment, reason="NSF", give_back=give_back, by=self.boss, at=self.at)

    def correct(self, bucket: str, amount: D) -> None:
        propose_correction(
            account=self.account, kind="write_off", bucket=bucket, amount=-amount, reason="Small", by=self.boss, at=self.at
        )  # fmt: skip

    def days(self, count: int) -> None:
        self.day += count
        accrue(on=self.on, at=self.at)
        judge_due(on=self.on, at=self.at)

    def settle(self, percent: int, count: int) -> None:
        balance = Account.objects.get().balance
        terms = Terms((balance * percent / 100).quantize(D("0.01")), self.on, "week", count)
        offer(account=self.account, kind="settlement", terms=terms, agreed=True, by=self.boss, at=self.at)

    def plan(self, count: int) -> None:
        terms = Terms(Account.objects.get().balance, self.on + timedelta(days=1), "month", count)
        offer(account=self.account, kind="plan", terms=terms, agreed=True, by=self.boss, at=self.at)

    def limit(self, most: int, back: int) -> None:
        """What was paid and is forgiven afterwards is a credit."""
        self.limited = True
        limit_interest(
            account=self.account, most=D(most), from_on=self.on - timedelta(days=back), reason="Waived", by=self.boss, at=self.at
        )  # fmt: skip

    def remit(self) -> None:
        close_remittance(client=self.client, through_on=self.on - timedelta(days=1), by=None, at=self.at)

    def refund(self, which: int) -> None:
        refunds = list(self.account.refunds.order_by("pk"))
        if refunds:
            found = refunds[which % len(refunds)]
            if found.status == "waiting":
                approve_refund(refund=found, by=self.colleague, at=self.at)
            pay_refund(refund=found, paid_on=self.on, reference="1", by=self.boss, at=self.at)

    def check(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        account = Account.objects.get()
        assert verify_ledger() == []
        assert verify_trust() == []
        assert sum(balances().values()) == 0
        buckets = {name: getattr(account, name) for name in ("principal", "interest", "fees", "costs")}
        assert balance_as_of(account.pk, self.on) == buckets
        assert min(buckets["interest"], buckets["fees"], buckets["costs"]) >= 0
        assert buckets["principal"] >= 0 or self.limited
        for remittance in Remittance.objects.all():
            told = remittance.lines.aggregate(amount=Sum("amount"), commission=Sum("commission"))
            assert told["amount"] == remittance.collected + remittance.direct
            assert told["commission"] == remittance.commission
            assert remittance.due - remittance.invoiced == remittance.collected - remittance.commission
        for kept in Agreement.objects.filter(status="kept", kind="settlement"):
            assert kept.paid >= kept.amount or account.balance <= 0
            assert account.status in ("settled", "paid", "closed")
        before = list(Agreement.objects.order_by("pk").values_list("status", "paid"))
        judge_account(account=account, on=self.on, at=self.at)
        assert list(Agreement.objects.order_by("pk").values_list("status", "paid")) == before


@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_every_sum_holds_after_every_step(db: Any, steps: list[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        world = World()
        for name, *arguments in steps:
            try:
                with transaction.atomic():
                    getattr(world, name)(*arguments)
            except REFUSED:
                pass
            world.check()
        transaction.set_rollback(True)
