"""What a person asks by word of mouth, in two keys."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from compliance.models import Hold, InconvenientTime, OptOut, Representation
from tests import factories as make

pytestmark = pytest.mark.django_db
PATH = "/accounts/{}/do/opt-out/"
HTMX = {"HX-Request": "true"}


def said(role: str = "rep", **data: Any) -> tuple[Any, Any]:
    account = make.make_account()
    browser = Client()
    browser.force_login(make.make_user(role))
    return account, browser.post(PATH.format(account.ref), data, headers=HTMX)


def test_t15_stop_calling_is_kept_with_who_and_when() -> None:
    account, answer = said(medium="call", note="Stop calling me")
    made = OptOut.objects.get()
    assert answer.status_code == 200
    assert (made.debtor_id, made.medium, made.address, made.source, made.note) == (
        account.debtor_id, "call", "", "consumer_call", "Stop calling me",
    )  # fmt: skip
    assert made.recorded_by is not None
    assert made.at == made.recorded_at


def test_one_number_is_stopped_for_calls_and_texts() -> None:
    said(medium="number", address="(212) 555-0148")
    assert sorted(OptOut.objects.values_list("medium", "address")) == [
        ("call", "+12125550148"), ("text", "+12125550148"),
    ]  # fmt: skip


def test_t12_not_at_work_is_a_hold_on_every_debt_once() -> None:
    account, answer = said(medium="work", note="Boss forbids it")
    assert "no contact at work" in answer.content.decode()
    browser = Client()
    browser.force_login(make.make_user("rep"))
    browser.post(PATH.format(account.ref), {"medium": "work"}, headers=HTMX)
    hold = Hold.objects.get()
    assert (hold.kind, hold.account, hold.until_on, hold.source) == (
        "employer_prohibited",
        None,
        None,
        "consumer_call",
    )


def test_a_time_of_day_is_kept_as_inconvenient() -> None:
    _, answer = said(medium="time", start="15:00", end="17:00", note="Picks up the children")
    row = InconvenientTime.objects.get()
    assert answer.status_code == 200
    assert (row.start.isoformat(), row.end.isoformat(), row.weekdays) == ("15:00:00", "17:00:00", [])  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("data", "remedy"),
    [
        ({"medium": "number"}, "Say which number."),
        ({"medium": "attorney"}, "Say who the attorney is."),
        ({"medium": "time", "start": "15:00"}, "Say from when to when"),
        ({"medium": "call", "address": "mum"}, "is not a phone number"),
    ],
)
def test_what_is_not_said_is_asked_for_and_nothing_is_kept(data: dict[str, str], remedy: str) -> None:
    _, answer = said(**data)
    assert (answer.status_code, OptOut.objects.count(), InconvenientTime.objects.count()) == (422, 0, 0)
    assert remedy in answer.content.decode()


def test_t10_an_attorney_is_kept_for_this_debt_with_who_and_when() -> None:
    account, answer = said(medium="attorney", attorney="A. Counsel", attorney_address="1 Court St")
    made = Representation.objects.select_related("hold").get()
    assert answer.status_code == 200
    assert (made.account_id, made.name, made.address, made.hold.kind) == (
        account.pk,
        "A. Counsel",
        "1 Court St",
        "attorney",
    )
    assert made.recorded_by is not None
