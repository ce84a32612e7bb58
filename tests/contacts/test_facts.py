"""What the gate is told of a person: read alone or among others it is the same, and it holds what the rules of states need."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from compliance.services import place_hold, record_consent, record_opt_out
from contacts.facts import Ask, gather, gather_questions, state_of_area_code
from contacts.gating import ask_gate
from contacts.models import Message
from contacts.outbox import prepare_bulk
from contacts.services import log_call
from debtors.services import refresh_zones
from tests.contacts.making import letter_draft, reachable
from tests.factories import AT, TODAY, make_account, make_address, make_debtor, make_phone, make_user

pytestmark = pytest.mark.django_db


def facts_of(account: Any, **values: Any) -> dict[str, Any]:
    (question,) = gather_questions([Ask(account.pk, account.debtor_id, "call", "+12125550148", AT, **values)])
    found: dict[str, Any] = question["facts"]
    return found


@pytest.mark.parametrize(
    ("code", "state"), [("617", "MA"), ("206", "WA"), ("212", "NY"), ("202", "DC"), ("800", ""), ("", "")]
)
def test_an_area_code_has_one_state(code: str, state: str) -> None:
    assert state_of_area_code(code) == state


def test_t41_numbers_and_further_addresses_indicate_states_unless_they_are_known_to_be_wrong() -> None:
    account = reachable()
    make_phone(account.debtor, number="+12065550148")
    make_phone(account.debtor, number="+16175550148", status="bad")
    make_address(account.debtor, city="Denver", state="CO", zip="80202", kind="mailing")
    make_address(account.debtor, city="Seattle", state="WA", zip="98101", is_current=False)
    refresh_zones(debtor_ids=[account.debtor_id])
    facts = facts_of(account)
    assert facts["residence_states"] == ["NY"]
    assert sorted(facts["indicated_states"]) == ["CO", "WA"]
    assert facts["cities"] == ["New York, NY", "Denver, CO"]


def test_t37_where_a_call_went_is_known_by_the_kind_of_its_number() -> None:
    account, rep = reachable(), make_user("rep")
    phone = make_phone(account.debtor, number="+12125550177", kind="work")
    log_call(account=account, direction="out", address=phone.number, outcome="busy", note="", by=rep, at=AT)
    (event,) = facts_of(account)["history"]
    assert event["place"] == "work"


def test_t13_consent_to_the_creditor_is_none_to_us() -> None:
    account = reachable()
    for source in ("client", "consumer_call"):
        record_consent(debtor=account.debtor, channel="call", given_at=AT, source=source, by=None, at=AT)
    assert len(facts_of(account)["consents"]) == 1


def test_t14_a_notice_that_went_out_after_a_cease_is_told(templates: Any) -> None:
    account = reachable()
    assert facts_of(account)["notices"] == []
    prepare_bulk(items=[letter_draft(account, templates)], at=AT, by=None)
    template = templates["first_notice", "letter"]
    type(template).objects.filter(pk=template.pk).update(tags=["terminate"])
    place_hold(debtor=account.debtor, account=account, kind="cease", from_on=TODAY, by=None, at=AT)
    assert facts_of(account)["notices"] == []
    Message.objects.update(handing_over_at=AT, status="handed_over", sent_at=AT)
    assert facts_of(account)["notices"] == [{"tag": "terminate", "debt": account.ref}]


def test_t24_an_address_that_reached_somebody_else_is_told() -> None:
    account = reachable()
    account.debtor.emails.update(status="wrong_party")
    assert facts_of(account)["disclosed"] == ["marisol@example.com"]


def test_t33_student_loans_under_one_number_are_one_debt() -> None:
    one, rep = reachable(), make_user("rep")
    one.frequency_group = "loan-77"
    one.save(update_fields=["frequency_group"])
    same = make_account(debtor=one.debtor, client=one.client, frequency_group="loan-77")
    other = make_account(debtor=one.debtor, client=one.client)
    phone = make_phone(one.debtor)
    for hour in range(7):
        when = AT - timedelta(days=1) + timedelta(minutes=hour)
        log_call(
            account=one, direction="out", address=phone.number, outcome="no_answer", note="", by=rep, at=when
        )
    asked = ask_gate([Ask(a.pk, a.debtor_id, "call", phone.number, AT) for a in (one, same, other)])
    assert [a.codes for a in asked] == [("call_frequency",), ("call_frequency",), ()]


def test_t35_a_co_debtor_has_a_count_of_their_own() -> None:
    account, rep = reachable(), make_user("rep")
    phone, other = make_phone(account.debtor), make_debtor("Bela Whitaker")
    make_address(other)
    refresh_zones(debtor_ids=[other.pk])
    number = make_phone(other, number="+12125550149").number
    log_call(
        account=account, direction="out", address=phone.number, outcome="no_answer", note="", by=rep, at=AT
    )
    asks = [
        Ask(account.pk, who, "call", number, AT + timedelta(hours=1)) for who in (account.debtor_id, other.pk)
    ]
    assert [len(q["facts"]["history"]) for q in gather_questions(asks)] == [1, 0]


def test_facts_read_one_by_one_are_those_read_together(templates: Any) -> None:
    """Of people with all kinds of things on file, in any order, each asked about alone and among the others."""
    rep, accounts = make_user("rep"), [reachable(mail=f"m{n}@example.com") for n in range(6)]
    for number, account in enumerate(accounts):
        phone = make_phone(account.debtor, number=f"+1206555010{number}", kind=("mobile", "work")[number % 2])
        make_address(
            account.debtor, city="Boston", state="MA", zip="02108", kind="mailing", is_current=number % 3 == 0
        )
        refresh_zones(debtor_ids=[account.debtor_id])
        if number % 2:
            log_call(
                account=account,
                direction="out",
                address=phone.number,
                outcome="voicemail",
                note="",
                by=rep,
                at=AT,
            )
    place_hold(debtor=accounts[0].debtor, account=None, kind="cease", from_on=TODAY, by=None, at=AT)
    record_opt_out(debtor=accounts[1].debtor, medium="text", by=None, at=AT)
    record_consent(debtor=accounts[2].debtor, channel="call", given_at=AT, by=None, at=AT)
    accounts[3].debtor.emails.update(status="wrong_party")
    again = make_account(debtor=accounts[4].debtor, client=accounts[4].client, frequency_group="loan")
    asks = [
        Ask(account.pk, account.debtor_id, channel, f"+1206555010{number}", AT + timedelta(hours=2))
        for number, account in enumerate([*accounts, again])
        for channel in ("call", "text")
    ]
    alone = [gather(asks=[ask])[0] for ask in asks]
    assert gather(asks=asks) == alone
    assert gather(asks=asks[::-1]) == alone[::-1]
