"""An attorney stands between us and the person, debt by debt, until silence ends it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from compliance.representations import ask_attorney, end_silent, note_answer, record_representation
from compliance.services import RecordRefused
from contacts.services import check_contact
from tests.factories import AT, TODAY, make_account, make_phone, make_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def recorded(address: str = "1 Court St, Albany, NY 12207") -> Any:
    account = make_account()
    make_phone(account.debtor)
    return record_representation(
        account=account, name="A. Counsel", address=address, from_on=TODAY, by=make_user("rep"), at=AT
    )


def represented(account: Any, at: Any = AT) -> bool:
    verdict = check_contact(account=account, channel="call", address="+12125550148", at=at)
    return "attorney_represented" in {reason.code for reason in verdict.reasons}


def test_t10_an_attorney_of_one_debt_stops_contact_about_it_and_no_other() -> None:
    made = recorded()
    other = make_account(debtor=made.account.debtor)
    assert (represented(made.account), represented(other)) == (True, False)


def test_t11_a_silent_attorney_ends_the_block_with_the_reason_recorded() -> None:
    made = recorded()
    ask_attorney(representation=made, on=TODAY, by=None, at=AT)
    assert end_silent(on=TODAY + 30 * DAY, at=AT + 30 * DAY) == 0
    assert represented(made.account, AT + 30 * DAY)
    assert end_silent(on=TODAY + 31 * DAY, at=AT + 31 * DAY) == 1
    assert end_silent(on=TODAY + 32 * DAY, at=AT + 32 * DAY) == 0
    made.hold.refresh_from_db()
    assert (
        made.hold.lift_reason
        == f"The attorney A. Counsel did not answer the inquiry of {TODAY} within 30 days"
    )
    assert not represented(made.account, AT + 31 * DAY)


def test_t11_one_who_answers_or_was_never_asked_stays() -> None:
    made, never = recorded(), recorded()
    ask_attorney(representation=made, on=TODAY, by=None, at=AT)
    note_answer(representation=made, by=None, at=AT + DAY)
    assert end_silent(on=TODAY + 400 * DAY, at=AT) == 0
    assert represented(never.account, AT + 400 * DAY)
    with pytest.raises(RecordRefused, match="No inquiry"):
        note_answer(representation=made, by=None, at=AT)


def test_an_inquiry_needs_an_address_and_goes_once() -> None:
    with pytest.raises(RecordRefused, match="address"):
        ask_attorney(representation=recorded(address=""), on=TODAY, by=None, at=AT)
    made = recorded()
    with pytest.raises(RecordRefused, match="from"):
        ask_attorney(representation=made, on=TODAY - DAY, by=None, at=AT)
    ask_attorney(representation=made, on=TODAY, by=None, at=AT)
    with pytest.raises(RecordRefused, match="already"):
        ask_attorney(representation=made, on=TODAY, by=None, at=AT)


def test_an_attorney_has_a_name() -> None:
    with pytest.raises(RecordRefused, match="name"):
        record_representation(account=make_account(), name=" ", from_on=TODAY, by=None, at=AT)
