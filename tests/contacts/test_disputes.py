"""Disputes: timely or not, whole or in part, answered by what has left and by nothing else (12 CFR 1006.38)."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pypdf import PdfReader, PdfWriter

from accounts.models import Document
from accounts.services import add_document
from compliance.disputes import DisputeRefused, resolve_dispute
from compliance.models import Dispute, Hold
from compliance.services import HoldRefused, lift_hold, record_basis
from contacts.dispatch import send_due
from contacts.disputes import answer_dispute, take_dispute
from contacts.facts import Ask, postal_lines
from contacts.gating import ask_gate
from contacts.models import Contact, Message
from contacts.outbox import prepare_bulk
from contacts.printing import make_print_batch
from contacts.resolution import import_delivery_event
from debtors.services import refresh_zones
from tests.contacts.making import itemized, notice_draft
from tests.factories import AT, TODAY, make_account, make_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
END = date(2026, 5, 14)
"""The last day of the period of a notice sent on the day of the tests."""


@pytest.fixture
def account(templates: Any) -> Any:
    """Of Phoenix, Arizona, with a validation notice that left today."""
    found = itemized()
    refresh_zones(debtor_ids=[found.debtor_id])
    prepare_bulk(items=[notice_draft(found, templates)], at=AT, by=None)
    send_due(at=AT)
    return found


def take(account: Any, received_on: date = TODAY, at: datetime = AT + 60 * DAY, **fields: Any) -> Dispute:
    return take_dispute(account=account, received_on=received_on, by=None, at=at, **fields)


def codes(
    account: Any, channel: str = "letter", at: datetime = AT + 60 * DAY, **fields: Any
) -> tuple[str, ...]:
    (asked,) = ask_gate([Ask(account.pk, account.debtor_id, channel, "", at, **fields)])
    return asked.codes


def pdf(pages: int = 1) -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    for _ in range(pages):
        writer.add_blank_page(612, 792)
    writer.write(out)
    return out.getvalue()


def statement(account: Any, pages: int = 2) -> Document:
    upload = ContentFile(pdf(pages), "statement.pdf")
    return add_document(account=account, upload=upload, title="Last statement", by=None, at=AT)


def answer(dispute: Dispute, templates: Any, channel: str = "letter", **fields: Any) -> Message:
    account = dispute.account
    address = postal_lines(account.debtor.addresses.get()) if channel == "letter" else "marisol@example.com"
    code = fields.pop("code", "verification")
    return answer_dispute(
        dispute=dispute,
        template=templates[code, channel],
        address=address,
        by=None,
        at=AT + 60 * DAY,
        **fields,
    )


# --- when it came


@pytest.mark.parametrize(
    ("medium", "received", "postmark", "timely"),
    [
        ("letter", END + 4 * DAY, END, True),
        ("letter", END + 40 * DAY, END, True),
        ("letter", END + DAY, END + DAY, False),
        ("letter", date(2026, 5, 21), None, True),
        ("letter", date(2026, 5, 22), None, False),
        ("email", END, None, True),
        ("online", END + DAY, None, False),
        ("call", END, None, False),
        ("in_person", TODAY, None, False),
    ],
)
def test_t48_in_writing_and_within_the_period_it_stops_collection(
    account: Any, medium: str, received: date, postmark: date | None, timely: bool
) -> None:
    dispute = take(account, received, medium=medium, postmarked_on=postmark, at=AT + 90 * DAY)
    assert (dispute.is_timely, dispute.hold is not None) == (timely, timely)
    account.refresh_from_db()
    assert (account.status == "disputed") is timely
    assert codes(account, at=AT + 90 * DAY) == (("dispute_hold",) if timely else ())


@pytest.mark.parametrize(("seconds", "timely"), [(-1, True), (0, False)])
def test_t48_the_last_day_ends_at_midnight_where_the_person_is(
    account: Any, seconds: int, timely: bool
) -> None:
    account.debtor.zones = ["America/Phoenix"]
    account.debtor.save(update_fields=["zones"])
    midnight = datetime(2026, 5, 15, 7, tzinfo=UTC)
    dispute = take_dispute(
        account=account,
        received_at=midnight + timedelta(seconds=seconds),
        medium="online",
        by=None,
        at=AT + 60 * DAY,
    )
    assert dispute.is_timely is timely


def test_t48_of_several_zones_the_one_that_favours_the_person_counts(account: Any) -> None:
    account.debtor.zones = ["America/New_York", "Pacific/Honolulu"]
    account.debtor.save(update_fields=["zones"])
    dispute = take_dispute(
        account=account,
        received_at=datetime(2026, 5, 15, 9, tzinfo=UTC),
        medium="email",
        by=None,
        at=AT + 60 * DAY,
    )
    assert (dispute.received_on, dispute.is_timely) == (END, True)


def test_before_any_notice_a_written_dispute_is_timely() -> None:
    assert take(make_account()).is_timely


def test_t47_after_a_notice_that_came_back_there_is_no_period_to_miss(account: Any) -> None:
    Message.objects.update(status="returned")
    assert take(account, END + 30 * DAY, at=AT + 90 * DAY).is_timely


def test_a_late_one_is_marked_and_stops_collection_only_by_choice(account: Any) -> None:
    dispute = take(account, medium="call", stop_anyway=True)
    assert (dispute.is_timely, codes(account)) == (False, ("dispute_hold",))
    resolve_dispute(
        dispute=dispute, status="verified", resolution="Told on the phone", by=None, at=AT + 60 * DAY
    )
    assert codes(account) == ()


def test_a_commercial_debt_is_held_by_choice_and_ends_by_a_persons_word() -> None:
    account = make_account(debt_type="commercial")
    dispute = take(account)
    assert (dispute.is_timely, codes(account)) == (False, ("dispute_hold",))
    resolve_dispute(
        dispute=dispute, status="verified", resolution="Delivery note sent", by=None, at=AT + 60 * DAY
    )
    assert codes(account) == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"received_on": TODAY + 61 * DAY}, "received_on"),
        ({"postmarked_on": TODAY + DAY}, "postmarked_on"),
        ({"disputed_amount": Decimal("1000.01")}, "disputed_amount"),
        ({"repeats": True}, "repeats"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(account: Any, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(DisputeRefused) as refused:
        take(account, **changes)
    assert refused.value.field == field
    assert not Dispute.objects.exists()


# --- how much of it


def test_t50_of_a_debt_disputed_in_part_a_call_may_be_about_the_rest(account: Any) -> None:
    take(account, disputed_amount=Decimal("200.00"))
    account.refresh_from_db()
    assert account.status == "new"
    assert "dispute_hold" not in codes(account, "call")
    assert codes(account) == ("dispute_hold",)
    assert "dispute_hold" in codes(account, "email")


# --- how it ends


def test_t49_it_ends_when_the_verification_has_left_and_by_nothing_else(account: Any, templates: Any) -> None:
    dispute = take(account)
    assert dispute.hold is not None
    with pytest.raises(DisputeRefused, match="ends verified by itself"):
        resolve_dispute(dispute=dispute, status="verified", resolution="Sent", by=None, at=AT)
    with pytest.raises(HoldRefused):
        lift_hold(hold=dispute.hold, reason="Sent", on=TODAY, by=None, at=AT)
    message = answer(dispute, templates, documents=[statement(account)])
    assert codes(account) == ("dispute_hold",)
    send_due(at=AT + 60 * DAY)
    dispute.refresh_from_db()
    account.refresh_from_db()
    assert (dispute.status, account.status, codes(account)) == ("verified", "active", ())
    assert dispute.resolution == f"Answered by letter {message.pk}"
    assert Contact.objects.get(message=message).purpose == "required_notice"


def test_t49_an_answer_that_comes_back_opens_the_hold_anew(account: Any, templates: Any) -> None:
    dispute = take(account)
    message = answer(dispute, templates, documents=[statement(account)])
    send_due(at=AT + 60 * DAY)
    message.refresh_from_db()
    import_delivery_event(provider_id=message.provider_id, kind="returned", at=AT + 70 * DAY)
    dispute.refresh_from_db()
    account.refresh_from_db()
    assert (dispute.status, account.status) == ("open", "disputed")
    assert codes(account, at=AT + 70 * DAY) == ("dispute_hold",)
    assert Hold.objects.filter(kind="dispute").count() == 2
    import_delivery_event(provider_id=message.provider_id, kind="returned", at=AT + 71 * DAY)
    assert Hold.objects.filter(kind="dispute").count() == 2


def test_t49_one_of_two_answers_that_stands_keeps_it_ended(account: Any, templates: Any) -> None:
    record_basis(
        debtor=account.debtor,
        address="marisol@example.com",
        basis="EMAIL_CONSENT",
        as_of=TODAY,
        by=None,
        at=AT,
    )
    dispute = take(account)
    papers = [statement(account)]
    letter = answer(dispute, templates, documents=papers)
    answer(dispute, templates, "email", documents=papers)
    send_due(at=AT + 60 * DAY)
    send_due(at=AT + 61 * DAY)
    letter.refresh_from_db()
    import_delivery_event(provider_id=letter.provider_id, kind="returned", at=AT + 70 * DAY)
    dispute.refresh_from_db()
    assert dispute.status == "verified"


def test_the_documents_go_with_the_letter_and_into_the_print_batch(account: Any, templates: Any) -> None:
    message = answer(take(account), templates, documents=[statement(account, pages=3)])
    send_due(at=AT + 60 * DAY)
    message.refresh_from_db()
    assert message.pages == 4
    batch = make_print_batch(by=None, at=AT + 60 * DAY)
    assert (batch.letters, batch.pages) == (2, 5)
    with default_storage.open(message.pdf.name) as stored:
        text = " ".join(PdfReader(stored).pages[0].extract_text().split())
    assert "we received your dispute on April 7, 2026" in text
    assert "Last statement" in text


def test_the_documents_go_with_the_e_mail(account: Any, templates: Any) -> None:
    record_basis(
        debtor=account.debtor,
        address="marisol@example.com",
        basis="EMAIL_CONSENT",
        as_of=TODAY,
        by=None,
        at=AT,
    )
    answer(take(account), templates, "email", documents=[statement(account)])
    send_due(at=AT + 60 * DAY)
    (sent,) = mail.outbox
    (attached,) = sent.attachments
    assert (attached.filename, attached.mimetype) == ("Last statement.pdf", "application/pdf")


def test_a_document_that_cannot_be_read_stops_the_letter_and_the_dispute_stands(
    account: Any, templates: Any
) -> None:
    broken = statement(account)
    with default_storage.open(broken.file.name, "wb") as stored:
        stored.write(b"%PDF-1.7 cut off")
    dispute = take(account)
    message = answer(dispute, templates, documents=[broken])
    send_due(at=AT + 60 * DAY)
    message.refresh_from_db()
    dispute.refresh_from_db()
    assert (message.status, dispute.status) == ("failed", "open")
    assert "Last statement cannot be enclosed" in message.last_error


def test_a_verification_without_a_document_is_none(account: Any, templates: Any) -> None:
    dispute = take(account)
    text = add_document(account=account, upload=ContentFile(b"Paid", "a.txt"), title="Note", by=None, at=AT)
    other = statement(make_account())
    for documents in ([], [text], [other]):
        with pytest.raises(DisputeRefused) as refused:
            answer(dispute, templates, documents=documents)
        assert refused.value.field == "documents"
    with pytest.raises(DisputeRefused, match="tag verification"):
        answer(dispute, templates, code="second_notice")
    assert Message.objects.filter(answers__isnull=False).count() == 0


def test_t51_what_says_nothing_new_is_answered_with_a_notice_and_stops_nothing(
    account: Any, templates: Any
) -> None:
    first = take(account)
    answer(first, templates, documents=[statement(account)])
    send_due(at=AT + 60 * DAY)
    again = take(account, TODAY + 61 * DAY, at=AT + 61 * DAY, repeats=True)
    assert (again.duplicate_of, again.hold, codes(account, at=AT + 61 * DAY)) == (first, None, ())
    message = answer(again, templates, code="duplicate_dispute")
    assert "the dispute that we answered on June 6, 2026" in message.body
    send_due(at=AT + 62 * DAY)
    again.refresh_from_db()
    assert again.status == "answered"


def test_t51_with_new_material_it_stops_collection_again(account: Any, templates: Any) -> None:
    answer(take(account), templates, documents=[statement(account)])
    send_due(at=AT + 60 * DAY)
    again = take(account, END, at=AT + 61 * DAY, note="Sent a copy of the cancelled check")
    assert (again.duplicate_of, codes(account, at=AT + 61 * DAY)) == (None, ("dispute_hold",))


def test_t52_until_the_original_creditor_is_told_the_debt_is_not_collected(
    account: Any, templates: Any
) -> None:
    asked = take(account, kind="original_creditor")
    assert codes(account) == ("oc_request_hold",)
    with pytest.raises(DisputeRefused, match="name and address of the original creditor"):
        answer(asked, templates, code="original_creditor")
    message = answer(
        asked, templates, code="original_creditor", creditor="Cascade Bank\n1 Bank Plaza\nReno, NV 89501"
    )
    assert "1 Bank Plaza" in message.body
    send_due(at=AT + 60 * DAY)
    asked.refresh_from_db()
    assert (asked.status, codes(account)) == ("answered", ())


def test_both_boxes_of_the_form_are_two_matters(account: Any) -> None:
    take(account)
    take(account, kind="original_creditor")
    assert codes(account) == ("dispute_hold", "oc_request_hold")
    with pytest.raises(DisputeRefused, match="already has an open dispute"):
        take(account)


def test_one_that_is_withdrawn_ends_by_a_persons_word(account: Any) -> None:
    officer = make_user("compliance")
    dispute = take(account)
    resolve_dispute(dispute=dispute, status="withdrawn", resolution="Wrote so", by=officer, at=AT + 60 * DAY)
    assert codes(account) == ()
