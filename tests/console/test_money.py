"""Settlements, plans, corrections and refunds where people work: what the page shows, and who may press what."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import Account
from escalations.models import Escalation
from payments.models import Agreement, Correction, Refund
from payments.services import post_payment
from reporting.timeline import GROUPS, timeline
from tests.factories import AT, TODAY, make_account, make_user

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
DAY = TODAY.isoformat()


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.clock.now", lambda: AT)


def signed_in(role: str) -> Browser:
    browser = Browser()
    browser.force_login(make_user(role), backend="django.contrib.auth.backends.ModelBackend")
    return browser


def do(account: Account, act: str, browser: Browser, **data: Any) -> str:
    return str(browser.post(f"/accounts/{account.ref}/do/{act}/", data, headers=HTMX).content.decode())


def previewed(account: Account, act: str, role: str = "rep", **data: Any) -> str:
    asked = {"part": "preview", "act": act, "every": "once", "first_on": DAY, **data}
    return str(signed_in(role).get(f"/accounts/{account.ref}/", asked, headers=HTMX).content.decode())


def test_terms_are_shown_as_they_are_typed_and_kept_nowhere() -> None:
    account = make_account(principal="1000")
    good = previewed(account, "settle", amount="850")
    assert "$150.00" in good
    assert "85.0 % of the balance" in good
    assert "Needs approval" not in good
    assert "below 80 %" in previewed(account, "settle", amount="500")
    assert "They pay in all: Enter a number." in previewed(account, "settle", amount="x")
    assert "of less than the $1,000.00 owed" in previewed(account, "settle", amount="1000")
    plan = previewed(account, "plan", amount="1000", every="month", count="6")
    assert plan.count("$166.66") == 3
    assert "$166.70" in plan
    assert previewed(account, "plan", "poster", amount="1000", count="2").count("$") == 0
    assert not Agreement.objects.exists()


def test_a_settlement_goes_from_the_rep_to_the_supervisor_and_back() -> None:
    account, rep = make_account(principal="1000"), signed_in("rep")
    said = do(
        account, "settle", rep, amount="600", first_on=DAY, every="once", agreed="on", note="Lost the job"
    )
    assert "Waits for approval: a supervisor has the question." in said
    assert "Settlement $600.00 waits for approval" in said
    made, question = Agreement.objects.get(), Escalation.objects.get()
    assert "is waiting for approval" in do(account, "accept", rep, agreement=made.pk, round=1)
    assert Agreement.objects.get().status == "proposed"
    supervisor = signed_in("supervisor")
    queue = supervisor.get("/escalations/").content.decode()
    assert "Forgiven when kept" in queue
    assert "$400.00" in queue
    supervisor.post(f"/escalations/{question.pk}/decide/", {"verb": "approve", "note": "Fair"})
    assert "Settlement of $600.00 in force." in do(account, "accept", rep, agreement=made.pk, round=1)
    assert Agreement.objects.get().status == "active"
    told = timeline(account=account, kinds=GROUPS["money"])
    assert sorted(item.title for item in told if item.kind == "agreement") == [
        "Settlement $600.00 accepted",
        "Settlement $600.00 approved",
        "Settlement $600.00 offered, waits for approval",
    ]


def test_what_was_countered_meanwhile_is_not_accepted_unseen() -> None:
    account, rep = make_account(principal="1000"), signed_in("rep")
    do(account, "settle", rep, amount="900", first_on=DAY, every="once", note="")
    made = Agreement.objects.get()
    do(account, "settle", rep, amount="850", first_on=DAY, every="once", note="", agreement=made.pk, round=1)
    assert "Other terms have been put down meanwhile" in do(
        account, "accept", rep, agreement=made.pk, round=1
    )
    assert "Other terms have been put down meanwhile" in do(
        account, "settle", rep, amount="950", first_on=DAY, every="once", note="", agreement=made.pk, round=1
    )
    assert (Agreement.objects.get().status, Agreement.objects.get().amount) == ("offered", D("850"))


def test_who_may_not_approve_is_told_so_before_pressing() -> None:
    account, supervisor = make_account(principal="1000"), signed_in("supervisor")
    do(account, "settle", supervisor, amount="300", first_on=DAY, every="once", agreed="on")
    page = signed_in("supervisor").get("/escalations/").content.decode()
    assert "Beyond your own authority: 30.0 % of the balance is below 50 %." in page
    assert 'value="approve"' not in page
    assert 'value="decline"' in page


def test_a_plan_in_force_gets_a_new_schedule_with_a_reason() -> None:
    account, rep = make_account(principal="600"), signed_in("rep")
    assert "Payment plan of $600.00 in force." in do(
        account, "plan", rep, amount="600", first_on=DAY, every="month", count="3", agreed="on"
    )
    made = Agreement.objects.get()
    new = {"amount": "600", "first_on": DAY, "every": "month", "count": "6", "agreement": made.pk, "round": 1}
    assert "Say why the plan gets a new schedule." in do(account, "plan", rep, **new)
    assert "The old schedule is kept as replaced." in do(account, "plan", rep, **new, note="Fewer hours")
    assert sorted(Agreement.objects.values_list("status", flat=True)) == ["active", "replaced"]
    ended = do(
        account,
        "end-agreement",
        rep,
        agreement=Agreement.objects.get(status="active").pk,
        reason="Pays it all",
    )
    assert "What was paid stays paid." in ended


def test_a_correction_beyond_ones_authority_waits() -> None:
    account = make_account(fees="40")
    said = do(
        account, "correct", signed_in("rep"), kind="waiver", bucket="fees", amount="40", reason="Hardship"
    )
    assert "Waits for approval" in said
    assert Correction.objects.get().amount == D("-40")
    raised = {
        "kind": "adjustment",
        "bucket": "fees",
        "amount": "10",
        "raises": "on",
        "reason": "Returned check",
    }
    assert "agreement clause or statute" in do(account, "correct", signed_in("supervisor"), **raised)
    assert "Posted." in do(
        account, "correct", signed_in("supervisor"), **raised, authority="Agreement, clause 4"
    )


def test_a_refund_is_approved_by_one_and_paid_by_another() -> None:
    account, poster = make_account(principal="1000"), make_user("poster")
    post_payment(
        account=account, amount=D("1500"), method="check", effective_on=TODAY, refund_excess=True, by=poster, at=AT
    )  # fmt: skip
    refund = Refund.objects.get()
    own = Browser()
    own.force_login(poster, backend="django.contrib.auth.backends.ModelBackend")
    assert own.post(f"/refunds/{refund.pk}/decide/", {"verb": "approve"}).status_code == 403
    assert own.post(f"/refunds/{refund.pk}/paid/", {"reference": "1"}).status_code == 422
    supervisor = signed_in("supervisor")
    assert "Why not" in supervisor.get("/refunds/").content.decode()
    assert supervisor.post(f"/refunds/{refund.pk}/decide/", {"verb": "decline"}).status_code == 422
    supervisor.post(f"/refunds/{refund.pk}/decide/", {"verb": "approve"})
    assert (
        own.post(f"/refunds/{refund.pk}/paid/", {"paid_on": "2026-02-30", "reference": "1"}).status_code
        == 422
    )
    own.post(f"/refunds/{refund.pk}/paid/", {"paid_on": DAY, "reference": "check 9"})
    refund.refresh_from_db()
    assert (refund.status, refund.reference) == ("paid", "check 9")
    assert "check 9" in own.get("/refunds/?show=done").content.decode()
    told = [item for item in timeline(account=account) if item.kind == "refund"]
    assert (told[0].title, told[0].detail) == (
        "Refund $500.00, paid",
        "Paid more than was owed · check 9 · 07 Apr 2026",
    )


def test_the_poster_chooses_whether_too_much_is_refused_or_refunded() -> None:
    account, poster = make_account(principal="100"), signed_in("poster")
    data = {"amount": "120", "method": "check", "effective_on": DAY}
    refused = poster.post(f"/payments/{account.ref}/post/", data)
    assert (refused.status_code, "post $100.00 and refund the rest" in refused.content.decode()) == (
        422,
        True,
    )
    said = poster.post(f"/payments/{account.ref}/post/", {**data, "refund_excess": "on"}, follow=True)
    assert "$20.00 of it waits to be refunded." in said.content.decode()
