"""Settlements and plans: who may agree on what, at every step, and what the ledger makes of it."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Account
from accounts.services import verify_ledger
from escalations.approvals import (
    counter_agreement,
    offer_agreement,
    reage_plan,
    withdraw_agreement,
    withdraw_moot,
)
from escalations.models import Escalation
from escalations.services import EscalationRefused, OwnEscalation, decide
from payments.agreements import (
    AboveAuthority,
    AgreementRefused,
    Terms,
    accept,
    judge_due,
    lapse_offers,
    preview,
)
from payments.models import Agreement, Payment
from payments.services import PromiseRefused, judge_promises, post_payment, record_promise, reverse_payment
from tests.factories import AT, TODAY, make_account, make_promise, make_user
from users.models import Authority, User

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


def terms(amount: str = "850", on: date = TODAY + WEEK, **more: Any) -> Terms:
    return Terms(D(amount), on, **more)


def settle(account: Account, by: User, amount: str = "850", agreed: bool = True, **more: Any) -> Agreement:
    return offer_agreement(
        account=account, kind="settlement", terms=terms(amount, **more), agreed=agreed, by=by, at=AT
    )


def plan(account: Account, by: User, count: int = 3, **more: Any) -> Agreement:
    of = terms(str(account.balance), every="month", count=count, **more)
    return offer_agreement(account=account, kind="plan", terms=of, agreed=True, by=by, at=AT)


def pay(account: Account, amount: str, on: date = TODAY) -> Payment:
    at = AT + max(on - TODAY, timedelta(0)) + timedelta(minutes=5)
    return post_payment(account=account, amount=D(amount), method="check", effective_on=on, by=None, at=at)


def asked(account: Account) -> Escalation:
    return Escalation.objects.get(account=account, status="open")


def approve(account: Account, by: User) -> Escalation:
    return decide(escalation=asked(account), verb="approve", note="Fair", by=by, at=AT)


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def test_within_ones_authority_a_settlement_is_in_force_when_the_debtor_agrees() -> None:
    account = make_account(principal="1000")
    made = settle(account, make_user("rep"))
    assert (made.status, made.forgives, made.next_due_on, made.next_amount) == (
        "active",
        D("150"),
        TODAY + WEEK,
        D("850"),
    )
    assert fresh(account).status == "promised"
    assert [*made.steps.order_by("id").values_list("verb", "status")] == [
        ("offer", "offered"),
        ("accept", "active"),
    ]


def test_paid_in_time_the_rest_is_written_off_in_every_bucket_and_the_account_is_settled() -> None:
    account = make_account(principal="900", interest="80", fees="20")
    made = settle(account, make_user("rep"))
    pay(account, "850")
    account, made = fresh(account), fresh(made)
    assert (account.status, account.balance, made.status, made.paid) == ("settled", D(0), "kept", D("850"))
    entries = account.entries.filter(kind="write_off")
    assert (sum(entry.amount for entry in entries), entries[0].posting) == (D("-150"), made.write_off)
    assert [*made.judgments.values_list("verdict", "expected", "paid")] == [("kept", D("850"), D("850"))]
    assert verify_ledger() == []


def test_a_payment_taken_back_brings_back_what_was_forgiven_for_it() -> None:
    account = make_account(principal="1000")
    made = settle(account, make_user("rep"))
    payment = pay(account, "850")
    reverse_payment(payment=payment, reason="check returned", by=None, at=AT + timedelta(hours=1))
    account, made = fresh(account), fresh(made)
    assert (account.balance, account.status) == (D("1000"), "promised")
    assert (made.status, made.paid, made.write_off, made.next_amount) == ("active", D(0), None, D("850"))
    pay(account, "850", TODAY + WEEK)
    assert (fresh(account).status, fresh(made).status) == ("settled", "kept")
    assert verify_ledger() == []


def test_a_return_after_the_last_day_breaks_the_settlement() -> None:
    account = make_account(principal="1000")
    made = settle(account, make_user("rep"))
    payment = pay(account, "850")
    reverse_payment(payment=payment, reason="check returned", by=None, at=AT + timedelta(days=30))
    assert (fresh(account).balance, fresh(account).status, fresh(made).status) == (
        D("1000"),
        "active",
        "broken",
    )


def test_a_cent_short_or_a_day_late_forgives_nothing() -> None:
    short, late = make_account(principal="1000"), make_account(principal="1000")
    rep = make_user("rep")
    settle(short, rep)
    settle(late, rep)
    pay(short, "849.99")
    pay(late, "850", TODAY + WEEK + timedelta(days=2))
    assert judge_due(on=TODAY + WEEK + timedelta(days=2), at=AT + 2 * WEEK) == {"broken": 1}
    assert [fresh(account).balance for account in (short, late)] == [D("150.01"), D("150")]
    assert set(Agreement.objects.values_list("status", flat=True)) == {"broken"}
    assert judge_due(on=TODAY + 3 * WEEK, at=AT + 3 * WEEK) == {}


def test_money_posted_late_with_a_timely_date_mends_a_broken_settlement() -> None:
    account = make_account(principal="1000")
    made = settle(account, make_user("rep"))
    judge_due(on=TODAY + 2 * WEEK, at=AT + 2 * WEEK)
    assert (fresh(made).status, fresh(account).status) == ("broken", "active")
    post_payment(
        account=account, amount=D("850"), method="check", effective_on=TODAY + WEEK, by=None, at=AT + 3 * WEEK
    )
    assert (fresh(made).status, fresh(account).status, fresh(account).balance) == ("kept", "settled", D(0))


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [("799.99", r"80\.0 % of the balance is below 80 %"), ("500", r"below 80 %")],
)
def test_above_a_reps_authority_a_supervisor_is_asked_and_nothing_is_in_force(
    amount: str, sentence: str
) -> None:
    account, rep = make_account(principal="1000"), make_user("rep")
    assert (
        sentence.partition(" ")[0][:2]
        in preview(account=account, kind="settlement", terms=terms(amount), by=rep, on=TODAY).above
    )
    made = settle(account, rep, amount)
    assert (made.status, asked(account).kind, asked(account).amount) == (
        "proposed",
        "settlement",
        D("1000") - D(amount),
    )
    with pytest.raises(AgreementRefused, match="waiting for approval"):
        accept(agreement=made, by=rep, at=AT)
    approve(account, make_user("supervisor"))
    assert fresh(made).status == "offered"
    accept(agreement=made, by=rep, at=AT)
    assert fresh(made).status == "active"


def test_nobody_approves_their_own_and_an_approver_is_bound_by_their_own_limit() -> None:
    account, supervisor = make_account(principal="1000"), make_user("supervisor")
    made = settle(account, supervisor, "400")
    with pytest.raises(OwnEscalation):
        approve(account, supervisor)
    with pytest.raises(EscalationRefused, match="your own authority"):
        approve(account, make_user("supervisor"))
    assert (fresh(made).status, asked(account).status) == ("proposed", "open")
    approve(account, make_user("admin"))
    assert fresh(made).status == "offered"


def test_the_limits_of_a_person_take_the_place_of_their_roles() -> None:
    account, rep = make_account(principal="1000"), make_user("rep")
    Authority.objects.create(user=rep, settlement_floor=95, forgives_most=50, plan_months=1)
    assert settle(account, rep, "940").status == "proposed"


def test_a_counter_offer_is_measured_anew_and_voids_the_question_and_the_approval_before() -> None:
    account, rep, supervisor = make_account(principal="1000"), make_user("rep"), make_user("supervisor")
    made = settle(account, rep, "600", agreed=False)
    first = asked(account)
    made = counter_agreement(agreement=made, terms=terms("550"), by=rep, at=AT)
    assert (fresh(first).status, made.status, made.round) == ("withdrawn", "proposed", 2)
    with pytest.raises(EscalationRefused, match="withdrawn already"):
        decide(escalation=first, verb="approve", note="ok", by=supervisor, at=AT)
    approve(account, supervisor)
    made = counter_agreement(agreement=made, terms=terms("510"), by=rep, at=AT)
    assert (made.status, made.approved_by) == ("proposed", None)
    made = counter_agreement(agreement=made, terms=terms("900"), agreed=True, by=rep, at=AT)
    assert (made.status, made.round, made.amount) == ("active", 4, D("900"))
    assert not Escalation.objects.filter(status="open").exists()
    assert [*made.steps.order_by("id").values_list("verb", "round", "amount")] == [
        ("offer", 1, D("600")), ("counter", 2, D("550")), ("approve", 2, D("550")), ("counter", 3, D("510")),
        ("counter", 4, D("900")), ("accept", 4, D("900")),
    ]  # fmt: skip


def test_an_acceptance_asks_once_more_whether_anybody_behind_it_may() -> None:
    account, rep = make_account(principal="1000"), make_user("rep")
    made = settle(account, rep, agreed=False)
    Authority.objects.filter(role="rep").update(settlement_floor=99)
    with pytest.raises(AboveAuthority, match="any more"):
        accept(agreement=made, by=make_user("rep"), at=AT)
    assert accept(agreement=made, by=make_user("supervisor"), at=AT).status == "active"


def test_the_clients_floor_binds_everybody() -> None:
    account = make_account(principal="1000", settlement_floor=D("70"))
    with pytest.raises(AgreementRefused, match=r"client settles for \$700\.00 or more \(70 %") as refused:
        settle(account, make_user("admin"), "699.99")
    assert refused.value.field == "amount"
    assert settle(account, make_user("admin"), "700").status == "active"


@pytest.mark.parametrize(
    ("kind", "of", "field"),
    [
        ("settlement", {"amount": "1000"}, "amount"),
        ("settlement", {"amount": "0"}, "amount"),
        ("plan", {"amount": "1000.01"}, "amount"),
        ("settlement", {"on": TODAY - timedelta(days=1)}, "first_on"),
        ("settlement", {"on": TODAY + timedelta(days=61)}, "first_on"),
        ("settlement", {"expires_on": TODAY + timedelta(days=8)}, "expires_on"),
        ("settlement", {"expires_on": TODAY - timedelta(days=1)}, "expires_on"),
        ("plan", {"every": "month", "count": 24}, "count"),
    ],
)
def test_what_cannot_be_agreed_is_refused_by_field(kind: str, of: dict[str, Any], field: str) -> None:
    account = make_account(principal="1000", plan_minimum=D("50"))
    with pytest.raises(AgreementRefused) as refused:
        offer_agreement(account=account, kind=kind, terms=terms(**of), by=make_user("admin"), at=AT)
    assert (refused.value.field, account.agreements.count()) == (field, 0)


def test_one_at_a_time_and_no_promise_beside_it() -> None:
    account, rep = make_account(principal="1000"), make_user("rep")
    promise = make_promise(account, by=rep)
    plan(account, rep)
    assert (fresh(promise).status, fresh(promise).cancelled_reason) == (
        "cancelled",
        "Superseded by the payment plan",
    )
    with pytest.raises(AgreementRefused, match="under way"):
        settle(account, rep)
    with pytest.raises(PromiseRefused, match="instalment"):
        record_promise(account=account, amount=D(10), due_on=TODAY, by=rep, at=AT)
    with pytest.raises(IntegrityError, match="agreement_one_live"), transaction.atomic():
        Agreement.objects.create(
            account=account, kind="plan", status="offered", amount=1, balance=1, schedule=[], expires_on=TODAY,
            made_on=TODAY, made_at=AT,
        )  # fmt: skip


def test_a_plan_goes_on_as_its_instalments_come_and_is_kept_by_the_last() -> None:
    account = make_account(principal="300")
    made = plan(account, make_user("rep"), 3)
    pay(account, "100", TODAY + WEEK)
    made = fresh(made)
    assert (made.status, made.next_due_on, made.next_amount) == ("active", date(2026, 5, 14), D("100"))
    pay(account, "200", date(2026, 5, 1))
    assert (fresh(made).status, fresh(account).status) == ("kept", "paid")


def test_a_missed_instalment_breaks_a_plan_and_a_new_schedule_mends_it() -> None:
    account, rep = make_account(principal="300"), make_user("rep")
    made = plan(account, rep, 3)
    assert judge_due(on=TODAY + WEEK + timedelta(days=1), at=AT + WEEK) == {}
    assert judge_due(on=TODAY + WEEK + timedelta(days=2), at=AT + WEEK) == {"broken": 1}
    assert fresh(account).status == "active"
    again = reage_plan(
        agreement=made, terms=terms("300", TODAY + 3 * WEEK, every="two_weeks", instalment=D("50")), reason="Lost a week's pay",
        by=rep, at=AT + 2 * WEEK,
    )  # fmt: skip
    assert (again.status, again.replaces, fresh(made).status, len(again.instalments)) == (
        "active",
        made,
        "replaced",
        6,
    )
    pay(account, "300", TODAY + 3 * WEEK)
    assert (fresh(again).status, fresh(made).status) == ("kept", "replaced")


def test_above_authority_a_new_schedule_waits_and_leaves_a_plan_in_force_alone() -> None:
    account, rep = make_account(principal="300"), make_user("rep")
    made = plan(account, rep, 3)
    long = terms("300", every="month", count=24)
    with pytest.raises(AboveAuthority, match="12 months"):
        reage_plan(agreement=made, terms=long, reason="Less a month", by=rep, at=AT)
    assert fresh(made).status == "active"
    judge_due(on=TODAY + 2 * WEEK, at=AT + 2 * WEEK)
    again = reage_plan(agreement=made, terms=terms("300", TODAY + 3 * WEEK, every="month", count=24), reason="Less a month", by=rep,
                       at=AT + 2 * WEEK)  # fmt: skip
    assert (again.status, asked(account).kind) == ("proposed", "plan")
    approve(account, make_user("supervisor"))
    assert accept(agreement=again, by=rep, at=AT + 2 * WEEK).status == "active"


def test_an_offer_lapses_and_its_question_with_it() -> None:
    account, rep = make_account(principal="1000"), make_user("rep")
    made = settle(account, rep, "500")
    question = asked(account)
    assert lapse_offers(on=made.expires_on, at=AT) == 0
    assert judge_due(on=made.expires_on + timedelta(days=1), at=AT + 3 * WEEK) == {"lapsed": 1}
    assert (withdraw_moot(at=AT), withdraw_moot(at=AT), fresh(question).status) == (1, 0, "withdrawn")
    offered = settle(account, rep, agreed=False)
    with pytest.raises(AgreementRefused, match="stood until"):
        accept(agreement=offered, by=rep, at=AT + 3 * WEEK)


def test_withdrawn_it_ends_and_says_why() -> None:
    account, rep = make_account(principal="1000"), make_user("rep")
    made = settle(account, rep)
    with pytest.raises(AgreementRefused, match="why"):
        withdraw_agreement(agreement=made, reason=" ", by=rep, at=AT)
    withdraw_agreement(agreement=made, reason="Changed their mind", by=rep, at=AT)
    assert (fresh(made).status, fresh(account).status) == ("withdrawn", "active")
    pay(account, "850")
    assert (fresh(account).balance, fresh(made).status) == (D("150"), "withdrawn")


def test_a_declined_one_makes_room_for_another() -> None:
    account, rep, supervisor = make_account(principal="1000"), make_user("rep"), make_user("supervisor")
    made = settle(account, rep, "500")
    decide(escalation=asked(account), verb="decline", note="Too low", by=supervisor, at=AT)
    assert fresh(made).status == "declined"
    assert settle(account, rep).status == "active"


def test_a_reversal_of_the_old_plan_does_not_wake_it_beside_the_new() -> None:
    account, rep = make_account(principal="1000"), make_user("rep")
    first = plan(account, rep, 2)
    judge_promises(on=TODAY, at=AT)
    judge_due(on=TODAY + 2 * WEEK, at=AT + 2 * WEEK)
    offer_agreement(
        account=account, kind="settlement", terms=terms("900", TODAY + 3 * WEEK), agreed=True, by=rep, at=AT + 2 * WEEK
    )  # fmt: skip
    post_payment(
        account=account, amount=D("500"), method="check", effective_on=TODAY + WEEK, by=None, at=AT + 2 * WEEK
    )
    assert sorted(Agreement.objects.values_list("status", flat=True)) == ["active", "replaced"]
    assert fresh(first).status == "replaced"


@pytest.mark.django_db(transaction=True)
def test_a_counter_offer_and_an_approval_at_once_never_approve_what_nobody_saw() -> None:
    """Of both at the same moment, either the approval stands and is voided, or it is refused; the lower offer is never approved."""
    for _ in range(5):
        account, rep, supervisor = make_account(principal="1000"), make_user("rep"), make_user("supervisor")
        made = settle(account, rep, "600", agreed=False)
        question, barrier, errors = asked(account), threading.Barrier(2), []

        def run(act: Any, barrier: threading.Barrier = barrier, errors: list[Any] = errors) -> None:
            barrier.wait()
            try:
                act()
            except (AgreementRefused, EscalationRefused) as error:
                errors.append(error)
            finally:
                connection.close()

        acts = [
            lambda made=made, rep=rep: counter_agreement(agreement=made, terms=terms("510"), by=rep, at=AT),
            lambda question=question, supervisor=supervisor: decide(
                escalation=question, verb="approve", note="ok", by=supervisor, at=AT
            ),
        ]
        threads = [threading.Thread(target=run, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        made = fresh(made)
        assert (made.status, made.amount, made.approved_by) == ("proposed", D("510"), None)
        assert Escalation.objects.get(account=account, status="open").round == 2


def test_a_plan_whose_debt_is_paid_is_kept_whatever_its_dates_say() -> None:
    account = make_account(principal="500")
    made = plan(account, make_user("rep"), 2)
    pay(account, "250", TODAY - timedelta(days=3))
    judge_due(on=TODAY + 2 * WEEK, at=AT + 2 * WEEK)
    assert (fresh(made).status, fresh(account).status) == ("broken", "active")
    rest = post_payment(
        account=account, amount=D("250"), method="check", effective_on=TODAY, by=None, at=AT + 2 * WEEK
    )
    assert (fresh(made).status, fresh(account).status) == ("kept", "paid")
    reverse_payment(payment=rest, reason="NSF", by=None, at=AT + 2 * WEEK)
    assert (fresh(made).status, fresh(account).status) == ("broken", "active")
