"""Who may open what; what a page costs; a swap shows what a full load shows; a form sent twice is done once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from console.templatetags.show import mail, soon
from contacts.dispatch import send_due
from contacts.models import Note
from contacts.outbox import prepare_bulk
from contacts.services import log_call
from contacts.standard_templates import ensure_templates
from core import clock
from debtors.services import refresh_zones
from payments.models import Payment, Promise, Remittance
from payments.refunds import ask_refund
from payments.remitting import close_remittance
from payments.services import cancel_promise, post_payment
from tests import factories as make
from tests.contacts.making import itemized, notice_draft
from worklists.models import Task
from worklists.services import take

pytestmark = pytest.mark.django_db

ROLES = ["rep", "supervisor", "compliance", "poster", "admin", "client", None]
EVERYONE = {"rep", "supervisor", "compliance", "poster", "admin", "client", None}
STAFF = {"rep", "supervisor", "compliance", "poster", "admin"}
MATRIX: dict[str, set[str | None]] = {
    "/": EVERYONE,
    "/search/?q=whitaker": STAFF,
    "/queues/calls/": {"rep", "supervisor", "admin"},
    "/accounts/{ref}/": STAFF,
    "/escalations/": STAFF,
    "/placements/": {"supervisor", "admin"},
    "/letters/": {"supervisor", "admin"},
    "/payments/": {"poster", "admin"},
    "/refunds/": {"supervisor", "poster", "admin"},
    "/remittances/": {"poster", "admin", "client"},
    "/strategies/": {"supervisor", "compliance", "admin"},
    "/reports/": {"supervisor", "compliance", "admin", "client"},
    "/compliance/": {"compliance", "admin"},
}


def signed_in(role: str | None, **fields: Any) -> Browser:
    browser = Browser()
    browser.force_login(make.make_user(role, **fields), backend="django.contrib.auth.backends.ModelBackend")
    return browser


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", MATRIX)
def test_a_page_opens_for_the_roles_that_need_it_and_nobody_else(role: str | None, path: str) -> None:
    account = make.make_account()
    response = signed_in(role).get(path.format(ref=account.ref))
    assert response.status_code == (200 if role in MATRIX[path] else 403)


@pytest.mark.parametrize("path", MATRIX)
def test_a_page_asks_a_stranger_to_sign_in(path: str) -> None:
    response = Browser().get(path.format(ref="A-00000001"))
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/")


def test_an_account_of_another_team_is_not_there() -> None:
    other = make.make_team("Elsewhere", "elsewhere")
    account = make.make_account(team=other)
    assert signed_in("rep").get(f"/accounts/{account.ref}/").status_code == 404


def queries(browser: Browser, path: str, **more: Any) -> int:
    browser.get(path, **more)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(path, **more).status_code == 200
    # a savepoint is what a request's own transaction costs in a test, and nothing outside one
    return len([query for query in captured if "SAVEPOINT" not in query["sql"]])


def remitted(account: Any) -> int:
    paid(account)
    return Remittance.objects.count()


def paid(account: Any) -> Payment:
    return post_payment(
        account=account, amount=Decimal(9), method="cash", effective_on=make.TODAY, by=None, at=make.AT
    )


LISTS = {
    "/queues/calls/": ("rep", 8),
    "/escalations/": ("supervisor", 8),
    "/refunds/": ("supervisor", 8),
    "/letters/": ("supervisor", 9),
    "/placements/": ("supervisor", 8),
    "/payments/": ("poster", 6),
    "/remittances/": ("poster", 8),
    "/": ("client", 8),
    "/reports/": ("supervisor", 9),
}


@pytest.mark.parametrize("path", LISTS)
def test_a_list_costs_the_same_with_one_row_and_with_three(path: str) -> None:
    role, expected = LISTS[path]
    client = make.make_client()
    browser = signed_in(role)
    if role == "client":
        client.members.add(make.User.objects.get(username__startswith="client"))
    rep = make.make_user("rep")
    counts = []
    for rows in (1, 3):
        for _ in range(rows if rows == 1 else rows - 1):
            account = make.make_account(client=client)
            make.make_task(account)
            make.make_escalation(account, by=rep)
            close_remittance(
                client=client,
                through_on=make.TODAY + timedelta(days=remitted(account)),
                by=None,
                at=make.AT + timedelta(days=400),
            )
            ask_refund(payment=paid(account), amount=Decimal(5), reason="Twice", by=rep, at=make.AT)
        counts.append(queries(browser, path))
    assert counts == [expected, expected]


STRIP = {"HX-Request": "true"}


def test_the_workspace_and_its_strip_cost_the_same_whatever_the_file_holds() -> None:
    account = make.make_account()
    browser = signed_in("rep")
    rep = make.make_user("rep")
    counts = []
    for digit in range(3):
        make.make_phone(account.debtor, f"+1212555014{digit}", kind="mobile")
        make.make_email(account.debtor, f"a{digit}@example.com")
        make.make_address(account.debtor, line1=f"{digit} Main St")
        Note.objects.create(account=account, at=timezone.now(), by=rep, text="Called before")
        make.make_account(debtor=account.debtor)
        path = f"/accounts/{account.ref}/"
        counts.append((queries(browser, path), queries(browser, f"{path}?part=strip", headers=STRIP)))
    assert counts == [(10, 12)] * 3


@pytest.mark.parametrize(
    ("number", "at", "said"),
    [
        ("+12125550148", datetime(2026, 9, 4, 18, tzinfo=UTC), "now until 9:00 pm EDT</li>"),
        (
            "+12125550148",
            datetime(2026, 9, 5, 3, tzinfo=UTC),
            "outside the hours of contact · from 5 Sep 8:00 am EDT</li>",
        ),
        (
            "+18085550148",
            datetime(2026, 9, 4, 18, tzinfo=UTC),
            "now until 9:00 pm HST (5 Sep 3:00 am EDT here)",
        ),
        ("+18085550148", datetime(2026, 9, 4, 12, tzinfo=UTC), "from 8:00 am HST (2:00 pm EDT here)"),
    ],
)
def test_the_chips_say_what_the_gate_says_in_both_clocks(
    number: str, at: datetime, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = make.make_account()
    make.make_phone(account.debtor, number)
    refresh_zones(debtor_ids=[account.debtor_id])
    monkeypatch.setattr("core.clock.now", lambda: at)
    html = signed_in("rep").get(f"/accounts/{account.ref}/?part=strip", headers=STRIP).content.decode()
    assert said in html


def test_what_is_recommended_is_what_may_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    account = make.make_account()
    make.make_phone(account.debtor)
    make.make_address(account.debtor)
    refresh_zones(debtor_ids=[account.debtor_id])

    def strip(hour: int) -> str:
        at = datetime(2026, 9, 4, hour, tzinfo=UTC)
        monkeypatch.setattr("core.clock.now", lambda: at)
        return signed_in("rep").get(f"/accounts/{account.ref}/?part=strip", headers=STRIP).content.decode()

    late, day = strip(8), strip(18)
    assert 'id="recommended" hx-swap-oob="true"' in late
    assert "Do not call now; letter may go out" in late
    assert "Outside the hours of contact · from" in late
    assert 'href="?act=send"' in late
    assert "Do not call now" not in day
    assert "Call about $1,000.00" in day


def test_the_strip_says_how_long_a_debt_may_be_disputed_and_by_when_its_notice_is_owed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account, templates, browser = itemized(), ensure_templates(at=make.AT), signed_in("rep")

    def strip(days: int) -> str:
        monkeypatch.setattr("core.clock.now", lambda: make.AT + timedelta(days=days))
        return browser.get(f"/accounts/{account.ref}/?part=strip", headers=STRIP).content.decode()

    assert "Validation notice" not in strip(0)
    log_call(
        account=account,
        direction="in",
        address="+12125550148",
        outcome="conversation",
        note="",
        by=None,
        at=make.AT,
    )
    assert '<li class="chip plain"><b>Validation notice</b> to be sent by 12 Apr 2026</li>' in strip(5)
    assert '<li class="chip bad"><b>Validation notice</b> to be sent by 12 Apr 2026</li>' in strip(6)
    prepare_bulk(items=[notice_draft(account, templates)], at=make.AT, by=None)
    send_due(at=make.AT)
    assert '<li class="chip plain"><b>Disputes</b> until 14 May 2026</li>' in strip(37)
    assert "<b>Disputes</b>" not in strip(38)
    page = browser.get(f"/accounts/{account.ref}/").content.decode()
    assert "Validation notice, disputes until 14 May 2026" in page


def region(html: str, marker: str, closing: str) -> str:
    start = html.index(marker)
    return re.sub(
        r'value="[0-9a-f]{32}"|value="[A-Za-z0-9]{64}"|\s+', " ", html[start : html.index(closing, start)]
    )


def test_a_swapped_form_is_the_form_of_the_full_page() -> None:
    account = make.make_account()
    browser = signed_in("rep")
    path = f"/accounts/{account.ref}/?act=promise"
    whole = browser.get(path).content.decode()
    part = browser.get(path, headers={"HX-Request": "true"}).content.decode()
    marks = ('<section class="panel" id="act"', "</section>")
    assert region(whole, *marks) == region(part, *marks)


def test_a_swapped_timeline_is_the_timeline_of_the_full_page() -> None:
    account = make.make_account()
    browser = signed_in("rep")
    path = f"/accounts/{account.ref}/?kinds=money"
    whole = browser.get(path).content.decode()
    part = browser.get(path + "&part=timeline", headers={"HX-Request": "true"}).content.decode()
    marks = ('<div id="timeline"', "</ol>")
    assert region(whole, *marks) == region(part, *marks)


def test_the_strip_answers_for_every_channel() -> None:
    account = make.make_account()
    make.make_phone(account.debtor)
    html = (
        signed_in("rep")
        .get(f"/accounts/{account.ref}/?part=strip", headers={"HX-Request": "true"})
        .content.decode()
    )
    assert re.findall(r"<b>([^<]+)</b>", html) == ["Call", "Text", "E-mail", "Letter"]


def promise_of(browser: Browser, ref: str, **fields: str) -> Any:
    day = (timezone.now() + timedelta(days=3)).date().isoformat()
    data = {"amount": "150.00", "due_on": day, "how": "check", "once": "1f" * 16, **fields}
    return browser.post(f"/accounts/{ref}/do/promise/", data, headers={"HX-Request": "true"})


def test_a_promise_sent_twice_is_kept_once() -> None:
    account = make.make_account()
    browser = signed_in("rep")
    assert [promise_of(browser, account.ref).status_code for _ in range(2)] == [200, 200]
    assert Promise.objects.filter(account=account).count() == 1


def test_a_refused_promise_comes_back_with_what_was_typed_and_why() -> None:
    account = make.make_account(principal="100.00")
    response = promise_of(signed_in("rep"), account.ref, amount="250.00", once="2f" * 16)
    html = response.content.decode()
    assert response.status_code == 422
    assert 'value="250.00"' in html
    assert "Promise between $0.01 and the balance of $100.00." in html


def test_the_second_rep_is_told_who_works_the_account_and_loses_nothing() -> None:
    account = make.make_account()
    holder = make.make_user("rep", first_name="Dana", last_name="Ruiz")
    take(account=account, user=holder, at=timezone.now())
    browser = signed_in("rep")
    assert (
        "Dana Ruiz is working this debtor until" in browser.get(f"/accounts/{account.ref}/").content.decode()
    )
    response = promise_of(browser, account.ref, amount="77.00", once="3f" * 16)
    assert response.status_code == 422
    assert "Dana Ruiz is working this debtor until" in response.content.decode()
    assert 'value="77.00"' in response.content.decode()
    assert not Promise.objects.filter(account=account).exists()


def test_a_lapsed_session_answers_a_form_without_losing_the_page() -> None:
    account = make.make_account()
    response = promise_of(Browser(), account.ref)
    assert (response.status_code, response["HX-Trigger"]) == (401, "session-lapsed")


def test_a_lapsed_session_over_a_whole_page_leads_back_to_the_page_that_holds_the_form() -> None:
    account = make.make_account()
    page = f"/payments/?account={account.ref}"
    sent = Browser().post(f"/payments/{account.ref}/post/", headers={"Referer": f"http://testserver{page}"})
    assert sent["Location"] == f"/sign-in/?next=/payments/%3Faccount%3D{account.ref}"
    assert Browser().post(f"/payments/{account.ref}/post/")["Location"] == "/sign-in/?next=/"


def test_a_time_of_today_needs_no_date_and_an_address_breaks_before_its_at() -> None:
    at = datetime(2026, 11, 23, 20, tzinfo=UTC)
    assert soon(at - timedelta(hours=6), at) == "9:00 am EST"
    assert soon(at - timedelta(days=1), at) == "22 Nov 2026 3:00 pm EST"
    assert mail("<b>@example.com") == "&lt;b&gt;<wbr>@example.com"


def test_opening_the_workspace_is_recorded() -> None:
    account = make.make_account()
    signed_in("rep").get(f"/accounts/{account.ref}/")
    assert account.debtor.views.count() == 1


def test_next_takes_the_account_and_a_disposition_gives_it_back() -> None:
    account = make.make_account()
    make.make_task(account, kind="review")
    browser = signed_in("rep")
    response = browser.post("/next/calls/")
    assert response["Location"] == f"/accounts/{account.ref}/"
    data = {
        "outcome": "conversation",
        "direction": "in",
        "address": "+12125550148",
        "note": "",
        "once": "4f" * 16,
    }
    make.make_phone(account.debtor)
    assert (
        browser.post(
            f"/accounts/{account.ref}/do/log-call/", data, headers={"HX-Request": "true"}
        ).status_code
        == 200
    )
    assert Task.objects.get(account=account).status == "done"


def test_the_poster_posts_and_takes_back() -> None:
    account = make.make_account()
    browser = signed_in("poster")
    data = {
        "amount": "100.00",
        "method": "check",
        "effective_on": clock.business_today(timezone.now()).isoformat(),
        "reference": "771",
        "once": "5f" * 16,
    }
    assert [browser.post(f"/payments/{account.ref}/post/", data).status_code for _ in range(2)] == [302, 302]
    payment = Payment.objects.get(account=account)
    browser.post(f"/payments/{payment.pk}/reverse/", {"reason": "Returned unpaid"})
    payment.refresh_from_db()
    account.refresh_from_db()
    assert (payment.status, account.balance) == ("reversed", Decimal("1000.00"))


def test_a_supervisor_decides_with_a_note_and_not_without() -> None:
    account = make.make_account()
    escalation = make.make_escalation(account, by=make.make_user("rep"))
    browser = signed_in("supervisor")
    refused = browser.post(f"/escalations/{escalation.pk}/decide/", {"verb": "approve", "note": ""})
    assert refused.status_code == 422
    assert "A decision needs a note." in refused.content.decode()
    browser.post(f"/escalations/{escalation.pk}/decide/", {"verb": "approve", "note": "Half is fine"})
    escalation.refresh_from_db()
    assert escalation.status == "approved"


def test_a_mark_made_meanwhile_is_not_overwritten_unseen() -> None:
    account = make.make_account()
    phone = make.make_phone(account.debtor, status="wrong_party")
    browser = signed_in("rep")
    path = f"/accounts/{account.ref}/reach/phone/{phone.pk}/"
    html = browser.post(path, {"status": "bad", "was": "good"}, headers=STRIP).content.decode()
    phone.refresh_from_db()
    assert phone.status == "wrong_party"
    assert "meanwhile, so nothing was changed. Look again." in html
    browser.post(path, {"status": "good", "was": "wrong_party"}, headers=STRIP)
    phone.refresh_from_db()
    assert phone.status == "good"


def test_the_second_to_decide_is_told_what_the_first_decided_and_keeps_what_was_typed() -> None:
    account = make.make_account()
    escalation = make.make_escalation(account, by=make.make_user("rep"))
    one, two = signed_in("supervisor", first_name="Ann", last_name="Lee"), signed_in("supervisor")
    path = f"/escalations/{escalation.pk}/decide/"
    one.post(path, {"verb": "approve", "note": "Half is fine"})
    response = two.post(path, {"verb": "decline", "note": "Full amount, please"})
    html = response.content.decode()
    assert response.status_code == 422
    for said in ("Ann Lee", "Half is fine", "This escalation is approved already.", "Full amount, please"):
        assert said in html
    escalation.refresh_from_db()
    assert escalation.status == "approved"


def test_a_promise_made_meanwhile_is_not_cancelled_unseen() -> None:
    account, at, rep = make.make_account(), timezone.now(), make.make_user("rep")
    browser = signed_in("rep")
    seen = make.make_promise(account, by=rep, due_on=at.date(), at=at)
    html = browser.get(f"/accounts/{account.ref}/?act=cancel-promise", headers=STRIP).content.decode()
    assert f'name="promise" value="{seen.pk}"' in html
    cancel_promise(promise=seen, reason="Asked to", by=rep, at=at)
    new = make.make_promise(account, by=rep, amount="80.00", due_on=at.date(), at=at)
    response = browser.post(
        f"/accounts/{account.ref}/do/cancel-promise/",
        {"promise": seen.pk, "reason": "Lost the job", "once": "7f" * 16},
        headers=STRIP,
    )
    html = response.content.decode()
    new.refresh_from_db()
    assert (response.status_code, new.status) == (422, "open")
    for said in ("This promise is cancelled", "Open now: $80.00", 'value="Lost the job"'):
        assert said in html


def test_an_uploaded_document_is_checked() -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    account = make.make_account()
    upload = SimpleUploadedFile("virus.exe", b"MZ\x00")
    response = signed_in("rep").post(
        f"/accounts/{account.ref}/do/document/",
        {"title": "x", "upload": upload, "once": "6f" * 16},
        headers={"HX-Request": "true"},
    )
    assert response.status_code == 422
    assert "Only PDF, PNG, JPEG" in response.content.decode()
