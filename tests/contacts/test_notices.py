"""Validation notices in the outbox: as letter and as e-mail, of the day on which they leave (12 CFR 1006.34, 1006.42)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from accounts.selectors import Since, since_placement
from accounts.services import Itemization, ItemizationRefused, post_entries, reverse_posting, set_itemization
from compliance.services import record_consent
from contacts.dispatch import send_due
from contacts.facts import Ask, gather_questions
from contacts.gating import ask_gate
from contacts.models import Contact, Message, PrintBatch, Template
from contacts.outbox import prepare_bulk
from contacts.printing import NothingToPrint, make_print_batch
from contacts.services import MessageRefused, log_call, queue_message
from contacts.templates import lint
from debtors.models import Relation
from tests.contacts.making import ITEMIZED, itemized, letter_draft, notice_draft, reachable
from tests.contacts.test_templates import T
from tests.factories import AT, TODAY, make_account, make_address, make_debtor, make_phone, make_user
from tests.pdf_text import runs, text_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TOMORROW = AT + DAY


def queued(account: Any, templates: Any, channel: str = "letter", at: Any = AT) -> Message:
    (outcome,) = prepare_bulk(items=[notice_draft(account, templates, channel)], at=at, by=None)
    assert outcome.codes == ()
    return Message.objects.get(pk=outcome.message_id)


def codes(
    account: Any, templates: Any, channel: str = "letter", at: Any = AT, **fields: Any
) -> tuple[str, ...]:
    draft = notice_draft(account, templates, channel, **fields)
    (outcome,) = prepare_bulk(items=[draft], at=at, by=None)
    return outcome.codes


def pdf_of(kept: Message | PrintBatch) -> bytes:
    kept.refresh_from_db()
    with default_storage.open(kept.pdf.name) as stored:
        return bytes(stored.read())


def test_t43_the_letter_is_the_model_form_on_one_page_in_its_order(templates: Any) -> None:
    message = queued(itemized(), templates)
    assert send_due(at=AT) == {"handed_over": 1}
    text = text_of(pdf_of(message))
    at = 0
    for piece in (
        "Harbor Point Recovery 400 Example Plaza, Suite 12 Albany, NY 12207",
        f"Reference: {message.account.ref}",
        "To: Marisol Whitaker 812 E 14th St New York, NY 10009",
        "Harbor Point Recovery is a debt collector. We are trying to collect a debt that you owe to Lakeside Dental.",
        "Our information shows:",
        f"You had a credit card from Lakeside Dental with account number {message.account.client_reference}.",
        "As of December 31, 2025, you owed: $940.00",
        "Between December 31, 2025 and today:",
        "You were charged this amount in interest: + $75.00",
        "You were charged this amount in fees: + $25.00",
        "You paid or were credited this amount toward the debt: – $40.00",
        "Total amount of the debt now: $1,000.00",
        "How can you dispute the debt?",
        "Call or write to us by May 14, 2026, to dispute all or part of the debt.",
        "If you write to us by May 14, 2026, we must stop collection",
        "What else can you do?",
        "If you write by May 14, 2026, we must stop collection until",
        "Go to www.cfpb.gov/debt-collection",
        "Mail this form to: Harbor Point Recovery 400 Example Plaza, Suite 12 Albany, NY 12207",
        "Marisol Whitaker 812 E 14th St New York, NY 10009",
        "How do you want to respond? Check all that apply:",
        "This is not my debt. The amount is wrong. Other (please describe on reverse or attach additional information).",
        "I want you to send me the name and address of the original creditor.",
        "I enclosed this amount: $",
        "Quiero este formulario en español.",
    ):
        found = text.find(piece, at)
        assert found >= 0, f"{piece!r} is not there, or before its place, in {text[at:]!r}"
        at = found + len(piece)
    assert text.count("May 14, 2026") == 3
    assert Message.objects.get(pk=message.pk).pages == 1


def test_only_the_address_of_the_consumer_stands_in_the_window(templates: Any) -> None:
    message = queued(itemized(), templates)
    send_due(at=AT)
    left, right, top, bottom = 63.0, 387.0, 148.5, 229.5  # points: the window of a #10 envelope
    seen = [run.text for run in runs(pdf_of(message)) if left <= run.x <= right and top <= run.y <= bottom]
    assert seen == ["Marisol Whitaker", "812 E 14th St", "New York, NY 10009"]


def test_the_longest_names_that_may_be_kept_still_stand_on_one_page(templates: Any) -> None:
    account = itemized("Maximiliana Bartholomea Featherstonehaugh-Cholmondeley the Younger", merchant_brand="B" * 60,
                       original_creditor="First Consolidated Savings and Loan Association of Upper Rockville County",
                       current_creditor="Receivables Acquisition and Servicing Partners of the Northeast, LLC")  # fmt: skip
    queued(account, templates)
    send_due(at=AT)
    assert Message.objects.get().pages == 1


def test_t43_what_is_missing_stops_the_letter_and_is_named(templates: Any) -> None:
    bare = reachable(debt_type="card")
    assert codes(bare, templates) == ("empty_field:V7 itemization_on", "empty_field:V8 itemization_balance")
    assert Message.objects.count() == 0
    with pytest.raises(MessageRefused, match="no V7 itemization on"):
        queue_message(
            account=bare, channel="letter", template=templates["validation_notice", "letter"], address="x", by=None, at=AT
        )  # fmt: skip


def test_t44_what_does_not_add_up_stops_the_letter_with_the_figures(templates: Any) -> None:
    (code,) = codes(itemized(principal="990.00"), templates)
    assert code.startswith("notice_refused:$940.00 on the itemization date, plus interest $75.00")
    assert "is $1,000.00, but $990.00 is owed now" in code


def test_t44_what_came_since_the_placement_is_in_the_rows_to_the_cent(templates: Any) -> None:
    account = itemized()
    post = {"account": account, "effective_on": TODAY, "by": None, "at": AT}
    post_entries(kind="interest", amounts={"interest": Decimal("3.21")}, authority="contract", **post)
    post_entries(kind="fee", amounts={"fees": Decimal("4.00")}, authority="contract", **post)
    paid = post_entries(kind="payment", amounts={"principal": Decimal("-50.00")}, **post)
    reverse_posting(posting=paid, effective_on=TODAY, by=None, at=AT, memo="returned")
    post_entries(kind="payment", amounts={"principal": Decimal("-20.05")}, **post)
    post_entries(kind="adjustment", amounts={"principal": Decimal("-1.00")}, memo="goodwill", **post)
    since = Since(Decimal("3.21"), Decimal("4.00"), Decimal("20.05"), Decimal("1.00"))
    assert since_placement([account.pk]) == {account.pk: since}
    shows = queued(account, templates).notice["shows"]
    assert [amount for _, _, amount in shows["rows"]] == ["$940.00", "", "$78.21", "$29.00", "$61.05"]
    assert shows["total"][1] == "$986.16"


def test_a_notice_says_what_holds_on_the_day_it_leaves(templates: Any) -> None:
    account = itemized()
    message = queued(account, templates)
    assert (message.notice["sent_on"], message.notice["ends_on"]) == ("2026-04-07", "2026-05-14")
    post_entries(account=account, kind="payment", amounts={"principal": Decimal("-100.00")}, effective_on=TODAY, by=None,
                 at=AT)  # fmt: skip
    send_due(at=TOMORROW)
    message.refresh_from_db()
    assert (message.status, message.notice["sent_on"], message.notice["ends_on"]) == (
        "handed_over", "2026-04-08", "2026-05-15",
    )  # fmt: skip
    assert "Total amount of the debt now: $900.00" in message.body
    assert text_of(pdf_of(message)).count("May 15, 2026") == 3
    (facts,) = gather_questions([Ask(account.pk, account.debtor_id, "letter", "", TOMORROW)])
    assert facts["facts"]["validation"] == {
        account.ref: {"sent_on": "2026-04-08", "period_ends_on": "2026-05-15"}
    }


def test_a_notice_printed_on_a_later_day_is_written_anew_for_it(templates: Any) -> None:
    account = itemized()
    message = queued(account, templates)
    send_due(at=AT)
    before = pdf_of(message)
    batch = make_print_batch(by=None, at=TOMORROW + DAY)
    message.refresh_from_db()
    assert message.notice["ends_on"] == "2026-05-16"
    assert text_of(pdf_of(batch)).count("May 16, 2026") == 3
    assert pdf_of(message) != before
    (facts,) = gather_questions([Ask(account.pk, account.debtor_id, "letter", "", TOMORROW)])
    assert facts["facts"]["validation"][account.ref]["period_ends_on"] == "2026-05-16"


def test_a_notice_that_can_no_longer_be_written_is_neither_sent_nor_printed(templates: Any) -> None:
    first, second = itemized(), itemized("Ann Lee", "ann@example.com")
    for account in (first, second):
        queued(account, templates)
    Account.objects.filter(pk=first.pk).update(itemization_balance=None)
    assert send_due(at=AT) == {"stopped": 1, "handed_over": 1}
    assert Message.objects.get(account=first).last_error == "empty_field:V8 itemization_balance"
    Account.objects.filter(pk=second.pk).update(itemization_balance=Decimal("1.00"))
    with pytest.raises(NothingToPrint):
        make_print_batch(by=None, at=TOMORROW)
    failed = Message.objects.get(account=second)
    assert (failed.status, failed.last_error[:15]) == ("failed", "notice_refused:")


def test_a_notice_may_go_out_where_collection_waits_for_it(templates: Any) -> None:
    account = itemized()
    message = queued(account, templates)
    send_due(at=AT)
    assert Contact.objects.get(message=message).purpose == "required_notice"
    assert message.decision.question["request"]["purpose"] == "required_notice"


def test_one_or_many_notices_cost_the_same_number_of_queries(
    templates: Any, django_assert_num_queries: Any
) -> None:
    def drafts(count: int, channel: str) -> list[Any]:
        accounts = [itemized(f"Person {n}", f"p{n}-{count}-{channel}@example.com") for n in range(count)]
        return [notice_draft(account, templates, channel) for account in accounts]

    def queries(count: int, channel: str) -> int:
        items = drafts(count, channel)
        with CaptureQueriesContext(connection) as captured:
            prepare_bulk(items=items, at=AT, by=None)
        return len(captured)

    assert queries(1, "letter") == queries(4, "letter")
    assert queries(1, "email") == queries(4, "email")


# --- e-mail (1006.42)


@pytest.fixture
def electronic(settings: Any) -> None:
    settings.AGENCY = {**settings.AGENCY, "dispute_url": "www.example.com/dispute"}


def test_t54_inside_the_initial_communication_an_e_mail_may_be_the_notice(
    templates: Any, electronic: None
) -> None:
    message = queued(itemized(), templates, "email")
    assert message.subject == f"Your account with Lakeside Dental, reference {message.account.ref}"
    assert "We accept disputes electronically at www.example.com/dispute." in message.body
    assert "We accept such requests electronically at www.example.com/dispute." in message.body
    assert "Marisol Whitaker\n812 E 14th St\nNew York, NY 10009" in message.body
    assert message.body.count("May 14, 2026") == 3
    assert "opt out" in message.body


def spoken(account: Any, at: Any = AT) -> None:
    number = make_phone(account.debtor).number
    log_call(
        account=account,
        direction="in",
        address=number,
        outcome="conversation",
        note="",
        by=make_user("rep"),
        at=at,
    )


def test_t54_after_the_initial_communication_an_e_mail_needs_consent_under_e_sign(
    templates: Any, electronic: None
) -> None:
    account = itemized()
    spoken(account)
    assert codes(account, templates, "email") == ("esign_consent_missing",)
    assert codes(account, templates, "letter") == ()
    given = {"debtor": account.debtor, "channel": "email", "given_at": AT, "by": None, "at": AT}
    record_consent(address="marisol@example.com", **given)
    assert codes(account, templates, "email", key="second") == ("esign_consent_missing",)
    record_consent(address="Marisol@example.com", is_esign=True, **given)
    assert codes(account, templates, "email", key="third") == ()


def test_t54_what_was_said_between_queueing_and_sending_stops_the_e_mail(
    templates: Any, electronic: None
) -> None:
    account = itemized()
    message = queued(account, templates, "email")
    spoken(account)
    assert send_due(at=AT + timedelta(hours=1)) == {"stopped": 1}
    message.refresh_from_db()
    assert message.last_error == "esign_consent_missing"


def test_v15_without_a_way_to_dispute_electronically_there_is_no_notice_by_e_mail(templates: Any) -> None:
    assert codes(itemized(), templates, "email") == ("empty_field:V15 dispute_url",)


# --- to whom


def test_t56_to_the_estate_the_notice_goes_to_who_is_named_for_it_and_to_nobody_else(templates: Any) -> None:
    account = itemized()
    account.debtor.deceased_on = TODAY
    account.debtor.save(update_fields=["deceased_on"])
    assert codes(account, templates) == ("deceased_no_estate_rep",)
    bela = make_debtor("Bela Whitaker")
    lines = "5 Elm St\nAlbany, NY 12207"
    make_address(bela, line1="5 Elm St", city="Albany", zip="12207")
    assert codes(account, templates, debtor_id=bela.pk, address=lines, key="a") == ("notice_to_another",)
    Relation.objects.create(debtor=account.debtor, other=bela, kind="spouse")
    assert codes(account, templates, debtor_id=bela.pk, address=lines, key="b") == ("notice_to_another",)
    Relation.objects.create(debtor=account.debtor, other=bela, kind="executor")
    assert codes(account, templates, debtor_id=bela.pk, address=lines, key="c") == ()
    body = Message.objects.get().body
    assert "To:\nBela Whitaker\nfor the estate of Marisol Whitaker\n5 Elm St" in body
    assert "a debt that Marisol Whitaker owed to" in body


def test_a_commercial_debt_has_no_validation_notice(templates: Any) -> None:
    assert codes(itemized(debt_type="commercial"), templates) == ("notice_of_commercial_debt",)


def test_a_card_number_is_cut_to_its_last_four(templates: Any) -> None:
    message = queued(itemized(client_reference="4111 1111 1111 1234"), templates)
    assert "with account number ending in 1234." in message.body
    assert "4111 1111" not in message.body


# --- the itemization date (1006.34(b)(3))


def told(**changes: Any) -> Itemization:
    values = {
        "on": ITEMIZED["itemization_on"], "type": "charge_off", "balance": Decimal("940.00"), "interest": Decimal("75.00"),
        "fees": Decimal("25.00"), "payments": Decimal("30.00"), "credits": Decimal("10.00"),
    }  # fmt: skip
    return Itemization(**{**values, **changes})


def test_an_itemization_is_filled_in_and_adds_up_to_what_was_placed() -> None:
    account = make_account(debt_type="card")
    set_itemization(account=account, itemization=told(), by=None, at=AT)
    account.refresh_from_db()
    assert {name: getattr(account, name) for name in ITEMIZED} == ITEMIZED
    for changes, field, says in (
        ({"balance": Decimal("941.00")}, "balance", r"is \$1,001\.00; \$1,000\.00 was placed"),
        ({"on": date(2027, 1, 1)}, "on", "after the placement"),
        ({"type": "birthday"}, "type", "Choose"),
        ({"interest": Decimal("-1.00"), "fees": Decimal("101.00")}, "balance", "below zero"),
    ):
        with pytest.raises(ItemizationRefused, match=says) as refused:
            set_itemization(account=account, itemization=told(**changes), by=None, at=AT)
        assert refused.value.field == field


def test_t45_date_and_type_stand_from_the_first_notice_on(templates: Any) -> None:
    account = itemized()
    set_itemization(account=account, itemization=told(type="last_statement"), by=None, at=AT)
    queued(account, templates)
    send_due(at=AT)
    account.refresh_from_db()
    assert account.first_notice_on == TODAY
    for changes in ({"type": "charge_off"}, {"type": "last_statement", "on": date(2025, 12, 30)}):
        with pytest.raises(ItemizationRefused, match="stand from then on"):
            set_itemization(account=account, itemization=told(**changes), by=None, at=AT)
    same = told(type="last_statement", balance=Decimal("950.00"), payments=Decimal("40.00"))
    set_itemization(account=account, itemization=same, by=None, at=AT)
    with pytest.raises(InternalError, match="stands from its first validation notice"), transaction.atomic():
        Account.objects.filter(pk=account.pk).update(itemization_type="charge_off")


# --- the template


def test_the_tag_and_the_form_stand_together() -> None:
    form = "{{ validation_notice }}"
    assert lint(T(form, subject="", channel="letter", tags=["validation"])) == []
    (problem,) = lint(T(form, subject="", channel="letter"))
    assert problem == "Give a template with {{ validation_notice }} the tag validation."
    (problem,) = lint(T("{{ mini_miranda }}", subject="", channel="letter", tags=["validation"]))
    assert problem.startswith("A template tagged validation carries {{ validation_notice }}")
    (problem,) = lint(T(form + form, subject="", channel="letter", tags=["validation"]))
    assert problem == "{{ validation_notice }} stands once, in the text."


def test_what_a_state_has_us_add_stands_on_the_reverse_and_the_front_says_so(templates: Any) -> None:
    template = templates["validation_notice", "letter"]
    template.body = "{{ validation_notice }}\n\nAs required by law, {{ agency_name }} holds licence 123."
    template.save(update_fields=["body"])
    message = queued(itemized(), templates)
    send_due(at=AT)
    found = runs(pdf_of(message))
    front, back = (
        " ".join(" ".join(run.text for run in found if run.page == page).split()) for page in (0, 1)
    )
    assert "Notice: See reverse side for important information." in front
    assert "holds licence" not in front
    assert back == "As required by law, Harbor Point Recovery holds licence 123."
    assert max(run.y for run in found if run.page == 1) < 792 - 3.4 * 72


def test_t55_the_spanish_form_goes_with_the_english_one(templates: Any) -> None:
    spanish = Template.objects.get(code="validation_notice", channel="letter", language="es")
    account = itemized()
    draft = notice_draft(account, {("validation_notice", "letter"): spanish})
    prepare_bulk(items=[draft], at=AT, by=None)
    send_due(at=AT)
    message = Message.objects.get()
    text = text_of(pdf_of(message))
    assert (message.pages, text.count("May 14, 2026"), text.count("14 de mayo de 2026")) == (2, 3, 3)
    assert ("April 7, 2026" in text, "7 de abril de 2026" in text) == (True, True)
    assert text.index("is a debt collector") < text.index("es un cobrador de deudas")


def test_a_letter_of_another_kind_prints_beside_a_notice(templates: Any) -> None:
    items = [
        letter_draft(itemized("Ann Lee", "ann@example.com"), templates),
        notice_draft(itemized(), templates),
        letter_draft(itemized("Bo Lee", "bo@example.com"), templates),
    ]
    prepare_bulk(items=items, at=AT, by=None)
    send_due(at=AT)
    batch = make_print_batch(by=None, at=AT)
    assert (batch.letters, batch.pages) == (3, 3)
    found = runs(pdf_of(batch))
    pages = [" ".join(run.text for run in found if run.page == page) for page in range(3)]
    assert ["How do you want to respond?" in page for page in pages] == [False, True, False]


def test_ask_gate_is_told_the_purpose_once_more_on_sending(templates: Any) -> None:
    account = itemized()
    asked = ask_gate([Ask(account.pk, account.debtor_id, "letter", "", AT, purpose="required_notice")])
    assert [each.codes for each in asked] == [()]
