"""What each resource does, through the road of a request, and what stands in the database after it."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfWriter

from accounts.models import Document
from accounts.services import add_document
from compliance.models import Consent, Decision, OptOut
from contacts.dispatch import send_due
from contacts.models import Contact, Message, Template
from contacts.standard_templates import ensure_templates
from core.clock import business_today, now
from debtors.models import Debtor, FileView, Reveal
from debtors.services import set_tax_id
from tests.api.making import PDF, V1, payment, post, signed
from tests.contacts.making import reachable
from tests.factories import (
    AT,
    make_account,
    make_address,
    make_debtor,
    make_escalation,
    make_phone,
    make_promise,
    make_task,
    make_user,
)
from worklists.models import Lease, Task
from worklists.services import ensure_queues

pytestmark = pytest.mark.django_db


# --- debtors


def test_a_debtors_file_holds_every_way_to_reach_them_and_reading_it_is_recorded() -> None:
    account = reachable()
    make_phone(account.debtor)
    rep = make_user("rep")
    shown = signed(user=rep).get(f"{V1}debtors/{account.debtor_id}/").json()
    assert (shown["phones"][0]["number"], shown["emails"][0]["address"]) == (
        "+12125550148",
        "marisol@example.com",
    )
    assert (shown["addresses"][0]["zip"], shown["tax_id"]) == ("10009", "•••-••-4471")
    assert FileView.objects.get().by == rep


def test_numbers_addresses_and_mailboxes_are_added_and_judged() -> None:
    debtor, rep = make_account().debtor, signed("rep")
    url = f"debtors/{debtor.pk}/"
    phone = post(rep, f"{url}phones/", {"number": "(602) 555-0148"})
    address = post(
        rep, f"{url}addresses/", {"line1": "1 Main St", "city": "Phoenix", "state": "AZ", "zip": "85001"}
    )
    email = post(rep, f"{url}emails/", {"address": "m@example.com"})
    assert [answer.status_code for answer in (phone, address, email)] == [201, 201, 201]
    assert phone.json()["number"] == "+16025550148"
    for kind, made in (("phones", phone), ("addresses", address), ("emails", email)):
        answer = post(rep, f"{url}{kind}/{made.json()['id']}/status/", {"status": "bad"})
        assert (answer.status_code, answer.json()["status"]) == (200, "bad")
    assert debtor.addresses.get().is_current is False


def test_what_cannot_be_kept_is_told_by_field() -> None:
    answer = post(signed("rep"), f"debtors/{make_account().debtor_id}/phones/", {"number": "12"})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["number"])


def test_another_debtors_number_is_not_there() -> None:
    mine, other = make_account().debtor, make_phone(make_account().debtor)
    answer = post(signed("rep"), f"debtors/{mine.pk}/phones/{other.pk}/status/", {"status": "bad"})
    assert answer.status_code == 404


def test_a_tax_id_is_set_masked_and_shown_for_a_reason_only() -> None:
    account, supervisor = make_account(), make_user("supervisor")
    url, client = f"debtors/{account.debtor_id}/", signed(user=supervisor)
    assert post(client, f"{url}tax-id/", {"number": "219-09-9999"}).json()["tax_id"] == "•••-••-9999"
    assert post(client, f"{url}reveal/", {"reason": " "}).status_code == 400
    assert Reveal.objects.count() == 0
    answer = post(client, f"{url}reveal/", {"reason": "Identity check"})
    assert answer.json() == {"tax_id": "219099999"}
    kept = Reveal.objects.get()
    assert (kept.by, kept.reason, kept.debtor) == (supervisor, "Identity check", account.debtor)
    assert post(signed("rep"), f"{url}reveal/", {"reason": "Curious"}).status_code == 403


# --- accounts


def test_an_account_is_taken_by_one_and_given_back() -> None:
    account, one, two = make_account(), signed("rep"), signed("rep")
    assert post(one, f"accounts/{account.ref}/take/", {}).json()["account"] == account.ref
    refused = post(two, f"accounts/{account.ref}/take/", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "held_by_other")
    assert post(two, f"accounts/{account.ref}/release/", {}).json() == {"released": False}
    assert post(one, f"accounts/{account.ref}/release/", {}).json() == {"released": True}
    assert Lease.objects.count() == 0


def test_the_timeline_tells_what_happened_and_reading_it_is_recorded() -> None:
    account, rep = make_account(), signed("rep")
    post(rep, "notes/", {"account": account.ref, "text": "Prefers mornings"})
    items = rep.get(f"{V1}accounts/{account.ref}/timeline/").json()["results"]
    assert [item["kind"] for item in items] == ["note", "entry"]
    assert rep.get(f"{V1}accounts/{account.ref}/timeline/?limit=1").json()["results"] == items[:1]
    assert FileView.objects.count() == 2


def test_the_ledger_shows_every_entry() -> None:
    account, poster = make_account(), signed("poster")
    post(poster, "payments/", payment(account))
    entries = poster.get(f"{V1}accounts/{account.ref}/ledger/").json()["results"]
    assert [(e["kind"], e["amount"]) for e in entries] == [("payment", "-100.00"), ("placement", "1000.00")]


def test_a_document_is_taken_for_what_it_is_and_comes_back_as_it_was() -> None:
    account, rep = make_account(), signed("rep")
    body = {"account": account.ref, "title": "Statement", "file": SimpleUploadedFile("s.pdf", PDF)}
    made = rep.post(f"{V1}documents/", body, format="multipart")
    assert (made.status_code, made.json()["content_type"]) == (201, "application/pdf")
    back = rep.get(f"{V1}documents/{made.json()['id']}/download/")
    assert (b"".join(back.streaming_content), back["Content-Type"]) == (PDF, "application/pdf")
    assert back["Content-Disposition"].startswith("attachment")


def test_a_page_that_says_it_is_a_pdf_is_refused() -> None:
    body = {"account": make_account().ref, "file": SimpleUploadedFile("s.pdf", b"<script>")}
    answer = signed("rep").post(f"{V1}documents/", body, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (409, "document_refused")
    assert Document.objects.count() == 0


# --- compliance


def test_a_hold_on_every_debt_is_placed_and_lifted() -> None:
    account, supervisor = make_account(), signed("supervisor")
    body = {"account": account.ref, "every_account": True, "kind": "attorney", "from_on": "2026-04-01"}
    hold = post(supervisor, "holds/", body).json()
    assert (hold["account"], hold["debtor"]) == (None, account.debtor_id)
    lifted = post(supervisor, f"holds/{hold['id']}/lift/", {"reason": "Released", "on": "2026-04-07"})
    assert (lifted.json()["until_on"], lifted.json()["lift_reason"]) == ("2026-04-07", "Released")


def test_a_consent_is_recorded_and_revoked() -> None:
    account, rep = reachable(), signed("rep")
    body = {"debtor": account.debtor_id, "channel": "call", "given_at": "2026-04-07T10:00:00-04:00"}
    made = post(rep, "consents/", body)
    assert (made.status_code, made.json()["account"]) == (201, None)
    revoked = post(rep, f"consents/{made.json()['id']}/revoke/", {})
    assert revoked.json()["revoked_at"] == "2026-04-07T15:00:00Z"
    assert Consent.objects.get().revoked_at == AT


def test_a_consent_for_an_account_of_somebody_else_is_refused() -> None:
    body = {
        "debtor": make_account().debtor_id,
        "account": make_account().ref,
        "channel": "call",
        "given_at": "2026-04-07T10:00:00-04:00",
    }
    assert list(post(signed("rep"), "consents/", body).json()["errors"]) == ["account"]


def test_an_opt_out_stands_once_until_it_is_withdrawn() -> None:
    body, rep = {"debtor": make_account().debtor_id, "medium": "email"}, signed("rep")
    first, second = post(rep, "opt-outs/", body).json(), post(rep, "opt-outs/", body).json()
    assert first == second
    assert post(rep, f"opt-outs/{first['id']}/withdraw/", {}).status_code == 400
    gone = post(rep, f"opt-outs/{first['id']}/withdraw/", {"note": "Called, wants e-mail again"})
    assert gone.json()["withdrawn_at"] == "2026-04-07T15:00:00Z"
    assert OptOut.objects.count() == 1


def test_a_dispute_is_opened_and_resolved() -> None:
    account, rep = make_account(), signed("rep")
    made = post(rep, "disputes/", {"account": account.ref, "received_on": "2026-04-06", "reason": "amount"})
    assert (made.status_code, made.json()["status"]) == (201, "open")
    path = f"disputes/{made.json()['id']}/resolve/"
    early = post(rep, path, {"status": "verified", "resolution": "Statement sent"})
    assert (early.status_code, early.json()["code"]) == (409, "dispute_refused")
    assert "ends verified by itself when the answer has been sent" in early.json()["detail"]
    done = post(rep, path, {"status": "withdrawn", "resolution": "Wrote that it is theirs"})
    assert done.json()["status"] == "withdrawn"
    account.refresh_from_db()
    assert account.status == "active"


def test_a_dispute_is_answered_with_a_document_and_ends_when_that_has_left() -> None:
    ensure_templates(at=AT)
    account, rep = make_account(), signed("rep")
    address = make_address(account.debtor)
    made = post(
        rep, "disputes/", {"account": account.ref, "received_on": "2026-04-06", "postmarked_on": "2026-04-02"}
    ).json()
    assert (made["kind"], made["is_timely"], made["postmarked_on"]) == ("dispute", True, "2026-04-02")
    out = io.BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(612, 792)
    writer.write(out)
    paper = add_document(
        account=account, upload=ContentFile(out.getvalue(), "a.pdf"), title="Bill", by=None, at=AT
    )
    other = make_account()
    body = {
        "template": Template.objects.get(code="verification", channel="letter").pk,
        "postal_address": address.pk,
        "documents": [paper.pk],
    }
    path = f"disputes/{made['id']}/answer/"
    strange = post(rep, path, {**body, "documents": [paper.pk + 1]})
    assert (strange.status_code, strange.json()["errors"]) == (
        400,
        {"documents": ["Give ids of documents of this account."]},
    )
    assert post(rep, path, {**body, "postal_address": make_address(other.debtor).pk}).status_code == 400
    assert post(rep, path, body).json()["status"] == "open"
    send_due(at=AT)
    assert rep.get(f"/api/v1/disputes/{made['id']}/").json()["status"] == "verified"


def test_the_gate_answers_from_what_is_on_file_and_records_nothing() -> None:
    account, rep = make_account(), signed("rep")
    body = {
        "account": account.ref,
        "channel": "call",
        "address": "+12125550148",
        "at": "2026-04-07T06:00:00-04:00",
    }
    answer = post(rep, "contact-checks/", body).json()
    assert (answer["allowed"], answer["next_allowed_at"]) == (False, "2026-04-07T08:00:00-04:00")
    assert Decision.objects.count() == 0


def test_the_gate_may_be_asked_about_a_time_to_come_by_anybody_who_calls() -> None:
    body = {
        "account": make_account().ref,
        "channel": "call",
        "address": "+12125550148",
        "at": "2026-04-09T11:00:00-04:00",
    }
    assert post(signed("rep"), "contact-checks/", body).json()["allowed"] is True


def test_the_gate_answers_from_the_facts_given() -> None:
    from api.questions import QUESTION

    answer = post(signed("rep"), "contact-checks/", QUESTION).json()
    assert [reason["code"] for reason in answer["reasons"]] == ["call_frequency"]


# --- contacts


def call(account: Any, **more: Any) -> dict[str, Any]:
    return {"account": account.ref, "address": "+12125550148", "outcome": "no_answer", **more}


def test_a_call_is_logged_under_its_decision() -> None:
    account = make_account()
    make_phone(account.debtor)
    answer = post(signed("rep"), "contacts/", call(account, note="rang out"))
    assert (answer.status_code, answer.json()["outcome"]) == (201, "no_answer")
    assert Contact.objects.get().decision.allowed is True


def test_a_contact_made_outside_is_kept_with_the_decision_it_would_have_had() -> None:
    account = make_account()
    body = {"account": account.ref, "channel": "email", "address": "marisol@example.com",
            "happened_at": (AT - timedelta(days=1)).isoformat(), "note": "From the creditor's desk"}  # fmt: skip
    answer = post(signed("rep"), "contacts/outside/", body)
    assert (answer.status_code, answer.json()["channel"]) == (201, "email")
    assert Contact.objects.get().decision.codes == ["no_email_safe_harbor"]
    assert Task.objects.get().queue.slug == "compliance"
    again = post(signed("rep", username="kim"), "contacts/outside/", {**body, "note": ""})
    assert (again.status_code, list(again.json()["errors"])) == (400, ["note"])


def test_a_message_is_queued_read_and_cancelled() -> None:
    templates, account, supervisor = ensure_templates(at=AT), reachable(), signed("supervisor")
    body = {
        "account": account.ref,
        "template": templates["first_notice", "email"].pk,
        "address": "marisol@example.com",
    }
    made = post(supervisor, "messages/", body)
    assert (made.status_code, made.json()["status"], made.json()["template"]) == (
        201,
        "queued",
        "first_notice",
    )
    shown = supervisor.get(f"{V1}messages/{made.json()['id']}/").json()
    assert ("Marisol Whitaker" in shown["body"], [e["status"] for e in shown["events"]]) == (True, ["queued"])
    gone = post(supervisor, f"messages/{made.json()['id']}/cancel/", {"note": "Settled by phone"})
    assert gone.json()["status"] == "cancelled"
    again = post(supervisor, f"messages/{made.json()['id']}/cancel/", {})
    assert (again.status_code, again.json()["code"]) == (409, "message_state")


def test_a_letter_goes_to_an_address_of_the_debtor_only() -> None:
    templates, account, rep = ensure_templates(at=AT), reachable(), signed("rep")
    body = {"account": account.ref, "template": templates["first_notice", "letter"].pk}
    elsewhere = make_address(make_debtor("Somebody Else"))
    assert list(post(rep, "messages/", body).json()["errors"]) == ["postal_address"]
    refused = post(rep, "messages/", {**body, "postal_address": elsewhere.pk})
    assert list(refused.json()["errors"]) == ["postal_address"]
    made = post(rep, "messages/", {**body, "postal_address": account.debtor.addresses.get().pk})
    assert made.json()["address"] == "812 E 14th St\nNew York, NY 10009"


def test_a_message_that_the_gate_refuses_leaves_its_decision_and_no_message() -> None:
    templates, account, rep = ensure_templates(at=AT), reachable(), signed("rep")
    post(rep, "opt-outs/", {"debtor": account.debtor_id, "medium": "email"})
    body = {
        "account": account.ref,
        "template": templates["first_notice", "email"].pk,
        "address": "marisol@example.com",
    }
    answer = post(rep, "messages/", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "contact_refused")
    assert [reason["code"] for reason in answer.json()["reasons"]] == [
        "medium_opt_out", "no_email_safe_harbor",
    ]  # fmt: skip
    assert (Message.objects.count(), Decision.objects.get().allowed) == (0, False)


@pytest.mark.parametrize(
    ("role", "said", "status", "code"),
    [
        ("supervisor", {"override_reason": "urgent_benefit", "override_text": "Cut off"}, 201, ""),
        ("supervisor", {"override_reason": "urgent_benefit"}, 409, "override_refused"),
        ("supervisor", {}, 409, "contact_refused"),
        ("rep", {"override_reason": "urgent_benefit", "override_text": "Cut off"}, 409, "override_refused"),
    ],
)
def test_a_call_more_for_a_reason_of_the_law(
    monkeypatch: pytest.MonkeyPatch, role: str, said: dict[str, str], status: int, code: str
) -> None:
    monkeypatch.setattr("api.base.now", lambda: AT)
    account = make_account()
    call = {
        "account": account.ref,
        "address": make_phone(account.debtor).number,
        "outcome": "conversation",
    }
    assert post(signed("rep"), "contacts/", {**call, "direction": "in"}).status_code == 201
    answer = post(signed(role), "contacts/", {**call, **said})
    assert (answer.status_code, answer.json().get("code", "")) == (status, code)


@pytest.mark.parametrize(("delivered", "status"), [(True, "handed_over"), (False, "queued")])
def test_an_uncertain_message_is_resolved_by_a_person(delivered: bool, status: str) -> None:
    templates, account, supervisor = ensure_templates(at=AT), reachable(), signed("supervisor")
    body = {
        "account": account.ref,
        "template": templates["first_notice", "email"].pk,
        "address": "marisol@example.com",
    }
    made = post(supervisor, "messages/", body).json()["id"]
    Message.objects.update(status="uncertain", handing_over_at=AT)
    answer = post(
        supervisor, f"messages/{made}/resolve/", {"delivered": delivered, "note": "Asked the provider"}
    )
    assert answer.json()["status"] == status


def test_a_failed_message_is_released() -> None:
    templates, account, supervisor = ensure_templates(at=AT), reachable(), signed("supervisor")
    body = {
        "account": account.ref,
        "template": templates["first_notice", "email"].pk,
        "address": "marisol@example.com",
    }
    made = post(supervisor, "messages/", body).json()["id"]
    Message.objects.update(status="failed")
    assert post(supervisor, f"messages/{made}/release/", {}).json()["status"] == "queued"


def test_a_template_is_put_into_use() -> None:
    approved = ensure_templates(at=AT)["first_notice", "email"]
    draft = type(approved).objects.create(
        code=approved.code,
        channel="email",
        version=2,
        name="New",
        subject=approved.subject,
        body=approved.body,
    )
    answer = post(signed("compliance"), f"templates/{draft.pk}/approve/", {})
    approved.refresh_from_db()
    assert (answer.json()["status"], approved.status) == ("approved", "retired")


# --- money


def test_a_payment_is_reversed_and_the_balance_is_back() -> None:
    account, poster = make_account(), signed("poster")
    made = post(poster, "payments/", payment(account)).json()["id"]
    answer = post(poster, f"payments/{made}/reverse/", {"reason": "Bounced"})
    assert (answer.json()["status"], answer.json()["reversal_reason"]) == ("reversed", "Bounced")
    account.refresh_from_db()
    assert str(account.balance) == "1000.00"


def test_a_promise_is_made_on_the_agencys_day_and_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    evening = AT.replace(day=8, hour=1)  # still the 7th in New York
    monkeypatch.setattr("api.base.now", lambda: evening)
    account, rep = make_account(), signed("rep")
    made = post(rep, "promises/", {"account": account.ref, "amount": "50.00", "due_on": "2026-04-07"})
    assert (made.status_code, made.json()["made_on"]) == (201, "2026-04-07")
    gone = post(rep, f"promises/{made.json()['id']}/cancel/", {"reason": "Lost the job"})
    assert gone.json()["status"] == "cancelled"


# --- work


def test_a_task_is_made_postponed_and_completed() -> None:
    ensure_queues()
    account, rep = make_account(), signed("rep")
    body = {
        "account": account.ref,
        "queue": "review",
        "kind": "review",
        "reason": "Odd",
        "due_at": "2026-04-08T09:00:00-04:00",
    }
    made = post(rep, "tasks/", body)
    assert (made.status_code, made.json()["queue"]) == (201, "review")
    url = f"tasks/{made.json()['id']}/"
    later = post(rep, f"{url}postpone/", {"until": "2026-04-09T09:00:00-04:00"})
    assert later.json()["not_before"] == "2026-04-09T13:00:00Z"
    assert post(rep, f"{url}complete/", {"result": "Looked at"}).json()["status"] == "done"
    refused = post(rep, f"{url}complete/", {"result": "Again"})
    assert (refused.status_code, refused.json()["code"]) == (409, "task_refused")


def test_the_next_account_is_leased_and_an_empty_queue_says_nothing() -> None:
    account, rep = make_account(), signed("rep")
    make_phone(account.debtor)
    task = make_task(account)
    answer = post(rep, "queues/calls/next/", {})
    assert (answer.json()["account"], answer.json()["task"]) == (account.ref, task.pk)
    post(rep, f"tasks/{task.pk}/complete/", {"result": "Spoke"})
    empty = post(rep, "queues/calls/next/", {})
    assert (empty.status_code, empty.content) == (204, b"")


def test_an_escalation_is_raised_returned_answered_and_decided_by_another() -> None:
    account, rep, supervisor = make_account(), signed("rep"), signed("supervisor")
    made = post(rep, "escalations/", {"account": account.ref, "kind": "hardship", "reason": "Asks for half"})
    assert made.status_code == 201
    url = f"escalations/{made.json()['id']}/"
    back = post(supervisor, f"{url}decide/", {"verb": "return", "note": "Which income?"})
    assert back.json()["status"] == "returned"
    assert post(rep, f"{url}answer/", {"note": "Disability"}).json()["status"] == "open"
    done = post(supervisor, f"{url}decide/", {"verb": "approve", "note": "Half it is"})
    assert done.json()["status"] == "approved"


def test_nobody_decides_their_own_escalation() -> None:
    supervisor = make_user("supervisor")
    own = make_escalation(make_account(), by=supervisor)
    answer = post(
        signed(user=supervisor), f"escalations/{own.pk}/decide/", {"verb": "approve", "note": "Mine"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "own_escalation")


# --- clients, placements, strategies


def test_a_placement_of_records_is_loaded_and_undone() -> None:
    admin = signed("admin")
    post(admin, "clients/", {"code": "feed", "name": "Feed", "debt_type": "commercial"})
    record = {
        "client_reference": "0001", "debtor_name": "Harlan Supply", "debtor_kind": "business", "line1": "100 Broadway",
        "city": "New York", "state": "NY", "zip": "10005", "due_on": "2026-03-01", "current_balance": "12.50",
    }  # fmt: skip
    made = post(
        admin,
        "placements/",
        {"client": "feed", "placed_on": "2026-04-01", "records": [record], "batch": "feed-1"},
    )
    assert (made.status_code, made.json()["loaded"], made.json()["amount"]) == (201, 1, "12.50")
    found = admin.get(f"{V1}accounts/?client_reference=0001").json()["results"]
    assert [row["balance"] for row in found] == ["12.50"]
    undone = post(admin, "placements/feed-1/undo/", {})
    assert (undone.status_code, undone.json()["status"]) == (200, "undone")


def test_a_placement_as_a_file_is_tried_first() -> None:
    admin = signed("admin")
    post(admin, "clients/", {"code": "feed", "name": "Feed", "debt_type": "commercial"})
    lines = b"client_reference,debtor_name,debtor_kind,line1,city,state,zip,due_on,current_balance\n" \
            b"0001,Harlan Supply,business,100 Broadway,New York,NY,10005,2026-03-01,12.50\n"  # fmt: skip
    for dry_run, status, batches in ((True, 200, 0), (False, 201, 1)):
        body = {
            "client": "feed",
            "placed_on": "2026-04-01",
            "dry_run": dry_run,
            "file": SimpleUploadedFile("p.csv", lines),
        }
        answer = admin.post(f"{V1}placements/", body, format="multipart")
        assert (answer.status_code, answer.json()["loaded"]) == (status, 1)
        assert len(admin.get(f"{V1}placements/").json()["results"]) == batches


@pytest.mark.parametrize("mapping", ["../../etc/passwd", "/etc/passwd", "a.toml", "nobody_saved_this"])
def test_a_mapping_is_a_name_never_a_path(mapping: str) -> None:
    admin = signed("admin")
    post(admin, "clients/", {"code": "feed", "name": "Feed"})
    body = {
        "client": "feed",
        "placed_on": "2026-04-01",
        "mapping": mapping,
        "file": SimpleUploadedFile("p.csv", b"a,b\n1,2\n"),
    }
    assert admin.post(f"{V1}placements/", body, format="multipart").status_code in (400, 409)


def test_a_pass_is_run_and_what_fired_is_counted() -> None:
    ensure_queues()
    admin = signed("admin")
    answer = post(admin, "strategies/run/", {"on": date(2026, 4, 7).isoformat()})
    assert (answer.status_code, answer.json()["due"]) == (200, 0)
    runs = admin.get(f"{V1}strategies/runs/?from=2026-04-01&to=2026-04-30&client=lakeside").json()
    assert runs == {"fired": {}, "tasks": 0, "escalations": 0}


def test_a_debtor_of_no_account_that_one_may_see_is_not_there() -> None:
    debtor = set_tax_id(debtor=Debtor.objects.create(name="Stranger"), number="219-09-9999", by=None, at=AT)
    for path in ("", "reveal/"):
        url = f"{V1}debtors/{debtor.pk}/{path}"
        client = signed("supervisor")
        answer = client.post(url, {"reason": "Curious"}, format="json") if path else client.get(url)
        assert answer.status_code == 404


def test_promises_of_an_account_are_listed_with_who_took_them() -> None:
    rep = make_user("rep", username="marta")
    make_promise(make_account(), by=rep)
    assert signed("rep").get(f"{V1}promises/").json()["results"][0]["by"] == "marta"


# --- how refusals and days are told


def test_a_refusal_of_the_rooms_is_a_problem_with_its_code() -> None:
    answer = post(signed("poster"), "payments/", payment(make_account(), "5000.00"))
    assert (answer.status_code, answer.json()["code"]) == (409, "payment_refused")
    assert answer["Content-Type"] == "application/problem+json"


def test_what_is_wrong_is_told_by_field_all_at_once() -> None:
    answer = post(
        signed("poster"), "payments/", {"account": "A-00000000", "amount": "1.234", "method": "barter"}
    )
    assert (answer.status_code, set(answer.json()["errors"])) == (
        400,
        {"account", "amount", "method", "effective_on"},
    )


def test_a_balance_is_that_of_the_end_of_a_day() -> None:
    account, client = make_account(), signed("poster")
    post(client, "payments/", payment(account))
    url = f"{V1}accounts/{account.ref}/balance/"
    assert client.get(f"{url}?as_of=2026-03-31").json()["balance"] == "1000.00"
    assert client.get(f"{url}?as_of=2026-04-01").json() == {
        "as_of": "2026-04-01",
        "principal": "900.00",
        "interest": "0.00",
        "fees": "0.00",
        "costs": "0.00",
        "balance": "900.00",
    }


def test_t19_a_text_that_says_stop_comes_in_by_rest() -> None:
    rep, account = signed("rep"), reachable()
    make_phone(account.debtor)
    body = {"number": "(212) 555-0148", "body": "Stop!"}
    first, again = (post(rep, "contacts/texts/", body, key="provider:1") for _ in range(2))
    assert (first.status_code, first.json()) == (201, {"stop": "clear", "people": 1})
    assert again.json() == first.json()
    assert list(OptOut.objects.values_list("medium", "address")) == [("text", "+12125550148")]
    assert Contact.objects.filter(direction="in", channel="text").count() == 1
    unknown = post(rep, "contacts/texts/", {**body, "number": "+12125550177"})
    assert (unknown.status_code, unknown.json()["code"]) == (409, "inbound_refused")


def test_interest_is_begun_limited_and_quoted_over_rest() -> None:
    account = make_account(principal="3650.00")
    client = signed("supervisor")
    url = f"{V1}accounts/{account.ref}/"
    today = business_today(now())
    begun = post(
        client,
        f"accounts/{account.ref}/interest/begin/",
        {"rate": "10", "authority": "CPLR 5004", "from_on": str(today)},
    )
    assert (begun.status_code, begun.json()["rate"]) == (201, "10.0000")
    ahead = client.get(f"{url}payoff/?on={today + timedelta(days=10)}").json()
    assert (ahead["interest"], ahead["total"], ahead["per_day"]) == ("10.00", "3660.00", "1.0000")
    refused = post(
        client,
        f"accounts/{account.ref}/interest/begin/",
        {"rate": "5", "authority": "x", "from_on": str(today)},
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "interest_refused")
    limited = post(
        client,
        f"accounts/{account.ref}/interest/limit/",
        {"most": "6", "from_on": str(today), "reason": "SCRA"},
    )
    assert limited.status_code == 201
    assert client.get(f"{url}payoff/?on={today + timedelta(days=11)}").json()["interest"] == "6.60"
    told = client.get(f"{url}interest/").json()
    assert [row["authority"] for row in told["terms"]] == ["CPLR 5004"]
    ended = post(
        client,
        f"accounts/{account.ref}/interest/end-limit/",
        {"limit": told["limits"][0]["id"], "on": str(today)},
    )
    assert (ended.status_code, ended.json()["until_on"]) == (200, str(today))
    late = client.get(f"{url}payoff/?on=2199-01-01")
    assert (late.status_code, late.json()["code"]) == (409, "interest_refused")
