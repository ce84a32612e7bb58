"""Write-offs, waivers, adjustments and refunds: asked for by one, decided by another."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from accounts.models import Account
from accounts.services import verify_ledger
from escalations.approvals import propose_correction, withdraw_correction
from escalations.models import Escalation
from escalations.services import EscalationRefused, OwnEscalation, decide
from payments.corrections import CorrectionRefused, approve_correction
from payments.models import Correction, Refund
from payments.refunds import RefundRefused, approve_refund, decline_refund, pay_refund
from payments.services import PaymentRefused, post_payment, reverse_payment
from tests.factories import AT, TODAY, make_account, make_user
from users.models import User

pytestmark = pytest.mark.django_db


def propose(account: Account, by: User, amount: str = "-40", **more: Any) -> Correction:
    said = {"kind": "waiver", "bucket": "fees", "reason": "Hardship", **more}
    return propose_correction(account=account, amount=D(amount), by=by, at=AT, **said)


def test_above_authority_it_waits_and_is_posted_by_somebody_else() -> None:
    account, rep = make_account(fees="50"), make_user("rep")
    asked = propose(account, rep)
    question = Escalation.objects.get()
    assert (asked.status, question.kind, question.amount) == ("waiting", "correction", D("40"))
    account.refresh_from_db()
    assert account.fees == D("50")
    with pytest.raises(OwnEscalation):
        decide(escalation=question, verb="approve", note="ok", by=rep, at=AT)
    decide(escalation=question, verb="approve", note="Fair", by=make_user("supervisor"), at=AT)
    account.refresh_from_db()
    asked.refresh_from_db()
    assert (account.fees, asked.status) == (D("10"), "posted")
    assert account.entries.get(posting=asked.posting).memo == "Waiver of fees or interest: Hardship"


def test_within_ones_authority_it_is_posted_at_once_and_an_approver_is_bound_by_theirs() -> None:
    account = make_account(principal="2000")
    assert (
        propose(account, make_user("supervisor"), "-500", kind="write_off", bucket="principal").status
        == "posted"
    )
    asked = propose(account, make_user("rep"), "-500.01", kind="write_off", bucket="principal")
    with pytest.raises(EscalationRefused, match=r"up to \$500\.00"):
        decide(
            escalation=Escalation.objects.get(), verb="approve", note="ok", by=make_user("supervisor"), at=AT
        )
    with pytest.raises(CorrectionRefused, match="themselves"):
        approve_correction(correction=asked, by=asked.asked_by, at=AT)
    decide(escalation=Escalation.objects.get(), verb="approve", note="ok", by=make_user("admin"), at=AT)
    account.refresh_from_db()
    assert account.balance == D("999.99")
    assert verify_ledger() == []


def test_all_of_it_written_off_closes_the_account() -> None:
    account = make_account(principal="30")
    propose(account, make_user("supervisor"), "-30", kind="write_off", bucket="principal")
    account.refresh_from_db()
    assert (account.balance, account.status) == (D(0), "closed")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "10"}, "amount"),
        ({"amount": "-50.01"}, "amount"),
        ({"bucket": "principal"}, "bucket"),
        ({"kind": "gift"}, "kind"),
        ({"reason": " "}, "reason"),
        ({"kind": "adjustment", "amount": "10"}, "authority"),
    ],
)
def test_what_cannot_be_corrected_is_refused_by_field(said: dict[str, str], field: str) -> None:
    with pytest.raises(CorrectionRefused) as refused:
        propose(make_account(fees="50"), make_user("supervisor"), **said)
    assert (refused.value.field, Correction.objects.count()) == (field, 0)


def test_a_fee_is_raised_only_by_what_allows_it() -> None:
    account = make_account()
    propose(account, make_user("supervisor"), "25", kind="adjustment", authority="Agreement, clause 9")
    account.refresh_from_db()
    assert account.fees == D("25")


def test_what_shrank_meanwhile_is_not_lowered_below_nothing() -> None:
    account, rep = make_account(fees="50"), make_user("rep")
    propose(account, rep)
    post_payment(account=account, amount=D("20"), method="check", effective_on=TODAY, by=None, at=AT)
    with pytest.raises(EscalationRefused, match=r"\$30\.00 is owed in fees"):
        decide(
            escalation=Escalation.objects.get(), verb="approve", note="ok", by=make_user("supervisor"), at=AT
        )


def test_withdrawn_it_takes_its_question_along() -> None:
    account, rep = make_account(fees="50"), make_user("rep")
    withdraw_correction(correction=propose(account, rep), note="", by=rep, at=AT)
    assert (Correction.objects.get().status, Escalation.objects.get().status) == ("withdrawn", "withdrawn")


def overpaid(by: User | None, amount: str = "1200") -> Refund:
    account = make_account(principal="1000")
    payment = post_payment(
        account=account, amount=D(amount), method="check", effective_on=TODAY, refund_excess=True, by=by, at=AT
    )  # fmt: skip
    account.refresh_from_db()
    assert (account.balance, account.status, payment.excess) == (D(0), "paid", D(amount) - 1000)
    assert verify_ledger() == []
    return payment.refunds.get()


def test_what_was_paid_too_much_waits_to_be_refunded_and_is_paid_once() -> None:
    poster, supervisor = make_user("poster"), make_user("supervisor")
    refund = overpaid(poster)
    assert (refund.amount, refund.status) == (D("200"), "waiting")
    with pytest.raises(RefundRefused, match="cannot be done"):
        pay_refund(refund=refund, paid_on=TODAY, reference="1", by=poster, at=AT)
    with pytest.raises(RefundRefused, match="Nobody approves"):
        approve_refund(refund=refund, by=poster, at=AT)
    with pytest.raises(RefundRefused, match=r"up to \$100"):
        approve_refund(refund=refund, by=make_user("poster"), at=AT)
    approve_refund(refund=refund, by=supervisor, at=AT)
    with pytest.raises(RefundRefused, match="future"):
        pay_refund(refund=refund, paid_on=TODAY + timedelta(days=1), reference="1", by=poster, at=AT)
    with pytest.raises(RefundRefused, match="number"):
        pay_refund(refund=refund, paid_on=TODAY, reference=" ", by=poster, at=AT)
    paid = pay_refund(refund=refund, paid_on=TODAY, reference="check 881", by=poster, at=AT)
    assert (paid.status, paid.reference) == ("paid", "check 881")
    with pytest.raises(RefundRefused, match="is paid"):
        pay_refund(refund=refund, paid_on=TODAY, reference="check 882", by=poster, at=AT)


def test_a_small_refund_needs_nobody_else() -> None:
    assert overpaid(make_user("poster"), "1100").status == "approved"
    assert overpaid(None, "1100").status == "waiting"


def test_a_reversal_cancels_what_waited_and_may_not_follow_what_was_paid_back() -> None:
    refund = overpaid(make_user("poster"), "1100")
    payment = refund.payment
    reverse_payment(payment=payment, reason="bounced", by=None, at=AT)
    refund.refresh_from_db()
    assert refund.status == "cancelled"
    other = overpaid(make_user("poster"), "1050")
    pay_refund(refund=other, paid_on=TODAY, reference="check 7", by=make_user("poster"), at=AT)
    with pytest.raises(PaymentRefused, match=r"\$50\.00 of this payment was refunded"):
        reverse_payment(payment=other.payment, reason="bounced", by=None, at=AT)


def test_money_that_was_not_theirs_to_pay_goes_back_as_a_whole() -> None:
    account = make_account(principal="1000")
    payment = post_payment(
        account=account, amount=D("300"), method="check", effective_on=TODAY, by=None, at=AT
    )
    reverse_payment(
        payment=payment, reason="Paid the wrong debt", give_back=True, by=make_user("poster"), at=AT
    )
    account.refresh_from_db()
    assert (account.balance, payment.refunds.get().amount) == (D("1000"), D("300"))


def test_declined_it_says_why_and_by_whom_it_may() -> None:
    refund = overpaid(make_user("poster"))
    with pytest.raises(RefundRefused, match="more authority"):
        decline_refund(refund=refund, reason="no", by=make_user("rep"), at=AT)
    with pytest.raises(RefundRefused, match="why"):
        decline_refund(refund=refund, reason=" ", by=make_user("supervisor"), at=AT)
    assert (
        decline_refund(refund=refund, reason="Apply to A-2", by=make_user("supervisor"), at=AT).status
        == "declined"
    )
