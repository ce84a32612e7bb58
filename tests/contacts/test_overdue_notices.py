"""Five days after the initial communication collection waits for the validation notice (12 CFR 1006.34(a)(1)(i)(B))."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.services import apply_transition
from contacts.dispatch import send_due
from contacts.facts import Ask
from contacts.gating import ask_gate
from contacts.models import Contact, Message
from contacts.outbox import prepare_bulk
from contacts.services import log_call
from reporting.compliance import figures
from tests.contacts.making import itemized, letter_draft, notice_draft
from tests.factories import AT, TODAY, make_account, make_phone, make_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def spoke(account: Any, outcome: str = "conversation", at: datetime = AT, **fields: Any) -> Contact:
    phone = account.debtor.phones.first() or make_phone(account.debtor)
    values = {
        "direction": "in",
        "address": phone.number,
        "note": "",
        "by": make_user("rep", username=f"r{at}"),
    }
    return log_call(account=account, outcome=outcome, at=at, **{**values, **fields})


def codes(account: Any, days: int, purpose: str = "collection") -> tuple[str, ...]:
    (asked,) = ask_gate([Ask(account.pk, account.debtor_id, "letter", "", AT + days * DAY, purpose=purpose)])
    return asked.codes


def listed(days: int) -> list[tuple[str, str]]:
    parts = {part["key"]: part["rows"] for part in figures(on=TODAY + days * DAY)["parts"]}
    return [(row["ref"], row["what"]) for row in parts["validation"]]


def test_t46_collection_waits_from_the_sixth_day_on_until_the_notice_leaves(templates: Any) -> None:
    account = itemized()
    assert codes(account, 30) == ()
    spoke(account)
    assert [codes(account, days) for days in (0, 5, 6)] == [(), (), ("validation_not_sent",)]
    assert codes(account, 6, purpose="required_notice") == ()
    prepare_bulk(items=[notice_draft(account, templates)], at=AT + 6 * DAY, by=None)
    assert codes(account, 6) == ("validation_not_sent",)
    send_due(at=AT + 6 * DAY)
    assert codes(account, 6) == ()
    Message.objects.update(status="returned")
    assert codes(account, 20) == ("validation_not_sent",)


def test_t46_what_is_due_and_what_is_late_stands_in_the_report_of_the_day(templates: Any) -> None:
    account = itemized()
    spoke(account)
    assert (listed(1), listed(2)) == ([], [(account.ref, "2 days since the initial communication")])
    assert listed(9) == [(account.ref, "9 days since the initial communication")]
    prepare_bulk(items=[notice_draft(account, templates)], at=AT + 6 * DAY, by=None)
    send_due(at=AT + 6 * DAY)
    assert listed(9) == []
    Message.objects.update(status="returned")
    assert listed(9) != []


def test_t46_what_was_paid_first_needs_none() -> None:
    account = itemized()
    spoke(account)
    apply_transition(account=account, transition="pay_in_full", by=None, at=AT, reason="Balance is zero")
    assert (codes(account, 9), listed(9)) == ((), [])


@pytest.mark.parametrize("outcome", ["no_answer", "voicemail", "limited_content_message", "busy"])
def test_t46_a_call_that_tells_nothing_is_no_communication(outcome: str) -> None:
    account = itemized()
    spoke(account, outcome)
    assert (codes(account, 9), listed(9)) == ((), [])


def test_t46_a_message_about_the_debt_is_the_initial_communication(templates: Any) -> None:
    account = itemized()
    prepare_bulk(items=[letter_draft(account, templates)], at=AT, by=None)
    assert codes(account, 6) == ()
    send_due(at=AT)
    assert codes(account, 6) == ("validation_not_sent",)


def test_t46_every_debt_spoken_of_needs_a_notice_of_its_own(templates: Any) -> None:
    account = itemized()
    other = make_account(debtor=account.debtor, client=account.client, debt_type="card")
    business = make_account(debtor=account.debtor, client=account.client, debt_type="commercial")
    spoke(account, discussed=[other, business])
    prepare_bulk(items=[notice_draft(account, templates)], at=AT, by=None)
    send_due(at=AT)
    assert [codes(each, 6) for each in (account, other, business)] == [(), ("validation_not_sent",), ()]
    assert listed(6) == [(other.ref, "6 days since the initial communication")]
