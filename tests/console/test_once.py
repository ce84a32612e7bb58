"""Every act of the workspace is done once, however often and however fast its form is sent."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone
from pypdf import PdfWriter

from accounts.accruing import limit_interest
from accounts.models import Account, Document, InterestLimit, InterestTerm
from accounts.services import add_document
from compliance.disputes import open_dispute
from compliance.models import Decision, Dispute, Hold, OptOut
from compliance.services import place_hold, record_opt_out
from console.acts import ACTS
from console.models import SentForm
from contacts.models import Contact, Message, Note, Template
from contacts.services import log_call
from contacts.standard_templates import ensure_templates
from core import clock
from debtors.models import Address, Email, Phone, Reveal
from escalations.approvals import offer_agreement
from escalations.models import Escalation
from payments.agreements import Terms
from payments.models import Agreement, Correction, Payment, Promise
from tests import factories as make
from worklists.models import Task
from worklists.services import take_next

pytestmark = pytest.mark.django_db

TOKEN = "1f" * 16
HTMX = {"HX-Request": "true"}
TODAY = clock.business_today(timezone.now()).isoformat()
LATER = (timezone.now() + timedelta(days=3)).date().isoformat()


def signed_in(role: str) -> Browser:
    browser = Browser()
    browser.force_login(make.make_user(role), backend="django.contrib.auth.backends.ModelBackend")
    return browser


def template() -> Template:
    return Template.objects.create(
        code="reminder", channel="letter", name="Reminder", body="Please call us.", status="approved"
    )


def limited(account: Account) -> dict[str, Any]:
    limit = limit_interest(
        account=account, most=Decimal(0), from_on=clock.business_today(timezone.now()), reason="Hardship", by=None,
        at=timezone.now(),
    )  # fmt: skip
    return {"limit": limit.pk, "on": TODAY}


def letter(account: Account) -> dict[str, Any]:
    return {"template": template().pk, "address": f"letter:{make.make_address(account.debtor).pk}"}


def open_promise(account: Account) -> dict[str, Any]:
    at = timezone.now()
    promise = make.make_promise(account, by=make.make_user("rep"), due_on=at.date(), at=at)
    return {"promise": promise.pk, "reason": "Lost the job"}


def offered(account: Account) -> dict[str, Any]:
    at = timezone.now()
    terms = Terms(Decimal("900"), clock.business_today(at))
    made = offer_agreement(account=account, kind="settlement", terms=terms, by=make.make_user("rep"), at=at)
    return {"agreement": made.pk, "round": 1}


ITEMIZATION = {
    "on": "2025-12-31", "type": "charge_off", "balance": "1000.00", "interest": "0", "fees": "0", "payments": "0", "credits": "0",
}  # fmt: skip


def opted_out(account: Account) -> dict[str, Any]:
    said = record_opt_out(debtor=account.debtor, medium="call", by=None, at=timezone.now())
    return {"opt_out": said.pk, "note": "Called, wants calls again"}


def disputed(account: Account) -> dict[str, Any]:
    at = timezone.now()
    dispute = open_dispute(account=account, received_on=at.date() - timedelta(days=1), by=None, at=at)
    return {"dispute": dispute.pk, "status": "withdrawn", "resolution": "Wrote so"}


def verification(account: Account) -> dict[str, Any]:
    writer, out, at = PdfWriter(), io.BytesIO(), timezone.now()
    writer.add_blank_page(612, 792)
    writer.write(out)
    paper = add_document(
        account=account, upload=ContentFile(out.getvalue(), "a.pdf"), title="Bill", by=None, at=at
    )
    template = ensure_templates(at=at)["verification", "letter"]
    return {
        "dispute": disputed(account)["dispute"], "template": template.pk, "documents": [paper.pk],
        "address": f"letter:{make.make_address(account.debtor).pk}",
    }  # fmt: skip


Fields = dict[str, Any] | Callable[[Account], dict[str, Any]]
# What is sent, by whom, and the rows that there is one more of afterwards.
FORMS: dict[str, tuple[str, Fields, Any]] = {
    "log-call": ("rep", {"outcome": "conversation", "address": "+12125550148", "direction": "in"}, Contact),
    "outside": ("rep", {"channel": "letter", "happened_at": f"{TODAY}T00:00", "note": "Sent by counsel"}, Contact),
    "promise": ("rep", {"amount": "150.00", "due_on": LATER, "how": "check"}, Promise),
    "settle": ("rep", {"amount": "900", "first_on": TODAY, "every": "once", "agreed": "on", "note": ""}, Agreement),
    "plan": ("rep", {"amount": "1000", "first_on": TODAY, "every": "month", "count": "4", "agreed": "on"}, Agreement),
    "accept": ("rep", offered, Agreement.objects.filter(status="active")),
    "end-agreement": ("rep", lambda account: {**offered(account), "reason": "No"}, Agreement.objects.filter(status="withdrawn")),
    "correct": ("rep", {"kind": "write_off", "bucket": "principal", "amount": "10", "reason": "Small"}, Correction),
    "callback": ("rep", {"at_time": f"{LATER}T10:00", "note": "After work"}, Task),
    "note": ("rep", {"text": "Works nights"}, Note),
    "send": ("rep", letter, Message),
    "payment": ("poster", {"amount": "25.00", "method": "check", "effective_on": TODAY}, Payment),
    "escalate": ("rep", {"kind": "hardship", "reason": "Asks for half"}, Escalation),
    "dispute": ("compliance", {"kind": "dispute", "reason": "not_mine", "received_on": TODAY, "medium": "call"}, Dispute),
    "withdraw": ("rep", opted_out, OptOut.objects.exclude(withdrawn_at=None)),
    "answer": ("rep", verification, Message),
    "resolve": ("rep", disputed, Dispute.objects.filter(status="withdrawn")),
    "opt-out": ("rep", {"medium": "text"}, OptOut),
    "hold": ("compliance", {"kind": "attorney", "every_debt": "on"}, Hold),
    "phone": ("rep", {"number": "(212) 555-0199", "kind": "mobile"}, Phone),
    "address": ("rep", {"line1": "1 Main St", "city": "Albany", "state": "NY", "zip": "12207", "kind": "home"}, Address),
    "email": ("rep", {"address": "marisol@example.com"}, Email),
    "document": ("rep", lambda _: {"upload": SimpleUploadedFile("a.txt", b"Paid in May"), "title": "Letter"}, Document),
    "reveal": ("compliance", {"reason": "Caller asks which number we hold"}, Reveal),
    "itemization": ("supervisor", ITEMIZATION, Account.objects.exclude(itemization_on=None)),
    "rate": ("supervisor", {"rate": "9", "authority": "CPLR 5004", "from_on": TODAY, "basis": "365"}, InterestTerm),
    "limit": ("compliance", {"most": "0", "from_on": TODAY, "reason": "Waived by the client"}, InterestLimit),
    "end-limit": ("supervisor", limited, InterestLimit.objects.exclude(until_on=None)),
    "spanish": ("rep", {"asked_on": TODAY}, Task),
    "cancel-promise": ("rep", open_promise, Promise.objects.filter(status="cancelled")),
}  # fmt: skip


def test_every_act_is_tried_here() -> None:
    assert set(FORMS) == set(ACTS)


def rows(of: Any) -> int:
    return int(of.count() if hasattr(of, "count") else of.objects.count())


@pytest.mark.parametrize("name", FORMS)
def test_a_form_sent_twice_is_done_once(name: str) -> None:
    role, fields, made = FORMS[name]
    account = make.make_account()
    make.make_phone(account.debtor)
    data = {**(fields(account) if callable(fields) else fields), "once": TOKEN}
    browser, before = signed_in(role), rows(made)
    for said in ('notice good" role="status"', "That was kept already."):
        for value in data.values():
            if isinstance(value, SimpleUploadedFile):
                value.seek(0)
        response = browser.post(f"/accounts/{account.ref}/do/{name}/", data, headers=HTMX)
        assert response.status_code == 200
        assert said in response.content.decode()
        assert rows(made) == before + 1


def test_a_call_is_placed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.clock.now", lambda: make.AT)
    account = make.make_account()
    phone = make.make_phone(account.debtor)
    browser = signed_in("rep")
    path = f"/accounts/{account.ref}/call/{phone.pk}/"
    assert [browser.post(path, {"once": TOKEN}, headers=HTMX).status_code for _ in range(2)] == [200, 200]
    assert Contact.objects.get().outcome == "dialing"


def test_a_refused_call_keeps_its_decision_and_may_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.clock.now", lambda: make.AT.replace(hour=4))
    account = make.make_account()
    phone = make.make_phone(account.debtor)
    browser = signed_in("rep")
    path = f"/accounts/{account.ref}/call/{phone.pk}/"
    for tries in (1, 2):
        assert browser.post(path, {"once": TOKEN}, headers=HTMX).status_code == 422
        assert (Decision.objects.count(), Contact.objects.count()) == (tries, 0)
    monkeypatch.setattr("core.clock.now", lambda: make.AT)
    assert browser.post(path, {"once": TOKEN}, headers=HTMX).status_code == 200
    assert Contact.objects.count() == 1


def test_a_mark_and_a_skip_sent_twice_change_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    account = make.make_account()
    phone, task = make.make_phone(account.debtor), make.make_task(account, kind="review")
    browser = signed_in("rep")
    rep = make.User.objects.get(username__startswith="rep")
    at = timezone.now()
    take_next(queue=task.queue, user=rep, at=at)
    for later in (0, 5):
        monkeypatch.setattr("core.clock.now", lambda later=later: at + timedelta(minutes=later))
        browser.post(f"/accounts/{account.ref}/reach/phone/{phone.pk}/", {"status": "bad"}, headers=HTMX)
        browser.post(f"/accounts/{account.ref}/skip/")
    phone.refresh_from_db()
    task.refresh_from_db()
    assert (phone.status, task.not_before) == ("bad", at + timedelta(hours=1))


def test_what_was_refused_may_be_mended_and_sent_again_under_its_token() -> None:
    account = make.make_account(principal="100.00")
    browser = signed_in("rep")
    path = f"/accounts/{account.ref}/do/promise/"
    data = {"amount": "250.00", "due_on": LATER, "how": "check", "once": TOKEN}
    assert browser.post(path, data, headers=HTMX).status_code == 422
    assert not SentForm.objects.exists()
    assert browser.post(path, {**data, "amount": "50.00"}, headers=HTMX).status_code == 200
    assert Promise.objects.get().amount == 50


def test_an_act_that_breaks_half_way_leaves_nothing_and_may_be_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = make.make_account()
    browser = signed_in("rep")
    browser.raise_request_exception = False
    path, data = f"/accounts/{account.ref}/do/note/", {"text": "Works nights", "once": TOKEN}
    with monkeypatch.context() as broken:
        broken.setattr("console.acts.add_note", lambda **_: 1 / 0)
        assert browser.post(path, data, headers=HTMX).status_code == 500
    assert browser.post(path, data, headers=HTMX).status_code == 200
    assert account.notes.count() == 1


def test_tokens_are_a_persons_own_and_are_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    account = make.make_account()
    path, data = f"/accounts/{account.ref}/do/note/", {"text": "Works nights", "once": TOKEN}
    one, two = signed_in("rep"), signed_in("rep")
    for browser in (one, two):
        browser.post(path, data, headers=HTMX)
    assert account.notes.count() == 2
    later = timezone.now() + timedelta(days=3)
    monkeypatch.setattr("core.clock.now", lambda: later)
    one.post(path, {**data, "once": "2f" * 16}, headers=HTMX)
    assert SentForm.objects.count() == 2  # the other's, and the new one


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_very_same_time_keep_one_promise() -> None:
    account = make.make_account()
    browser = signed_in("rep")
    presses = threading.Barrier(4)
    data = {"amount": "150.00", "due_on": LATER, "how": "check", "once": TOKEN}
    statuses: list[int] = []

    def press() -> None:
        try:
            one = Browser()
            one.cookies = browser.cookies
            presses.wait()
            response = one.post(f"/accounts/{account.ref}/do/promise/", data, headers=HTMX)
            statuses.append(response.status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 4
    assert Promise.objects.filter(account=account).count() == 1


def test_a_supervisor_calls_once_more_for_a_reason_of_the_law(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.clock.now", lambda: make.AT)
    account = make.make_account()
    phone = make.make_phone(account.debtor)
    log = {"account": account, "direction": "in", "address": phone.number, "outcome": "conversation"}
    log_call(**log, note="", by=None, at=make.AT - timedelta(minutes=5))
    path = f"/accounts/{account.ref}/call/{phone.pk}/"

    rep = signed_in("rep").post(path, {"once": TOKEN}, headers=HTMX)
    assert (rep.status_code, "Override and call" in rep.content.decode()) == (422, False)
    browser = signed_in("supervisor")
    assert "Override and call" in browser.post(path, {"once": TOKEN}, headers=HTMX).content.decode()
    unsaid = browser.post(path, {"once": TOKEN, "override_reason": "urgent_benefit"}, headers=HTMX)
    assert unsaid.status_code == 422
    assert "Write down what makes this reason true here." in unsaid.content.decode()
    assert Contact.objects.filter(direction="out").count() == 0
    said = {"once": TOKEN, "override_reason": "urgent_benefit", "override_text": "<b>Cut off</b>"}
    assert [browser.post(path, said, headers=HTMX).status_code for _ in range(2)] == [200, 200]
    assert Contact.objects.get(direction="out").decision.override_text == "<b>Cut off</b>"


def test_a_hold_offers_no_override(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.clock.now", lambda: make.AT)
    account = make.make_account()
    phone = make.make_phone(account.debtor)
    place_hold(
        debtor=account.debtor, account=account, kind="attorney", from_on=make.TODAY, by=None, at=make.AT
    )
    answer = signed_in("supervisor").post(
        f"/accounts/{account.ref}/call/{phone.pk}/", {"once": TOKEN}, headers=HTMX
    )
    assert (answer.status_code, "Override" in answer.content.decode()) == (422, False)
