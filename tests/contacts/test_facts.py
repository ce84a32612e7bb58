"""What the gate is told of a person: read alone or among others it is the same, and it holds what the rules of states need."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from accounts.models import AccountParty
from compliance.licensing import record_licence
from compliance.services import (
    HoldRefused,
    place_hold,
    record_basis,
    record_consent,
    record_opt_out,
    revoke_consent,
)
from contacts.facts import Ask, gather, gather_questions
from contacts.gating import ask_gate
from contacts.models import Message
from contacts.outbox import prepare_bulk
from contacts.services import log_call
from debtors.services import refresh_zones
from debtors.zones import state_of_area_code
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


def test_t68_the_days_of_a_debt_are_told_when_a_suit_is_spoken_of() -> None:
    account = reachable(debt_type="card", first_delinquency_on=date(2023, 4, 10), due_on=date(2023, 5, 10))
    assert facts_of(account)["debts"] == {}
    told = {
        "kind": "card",
        "accrued_on": "2023-04-10",
        "last_payment_on": None,
        "limitation_on": None,
        "notice_on": None,
    }
    assert facts_of(account, template_tags=("suit_threat",))["debts"] == {account.ref: told}
    threat = Ask(
        account.pk,
        account.debtor_id,
        "letter",
        "",
        datetime(2026, 4, 10, 15, tzinfo=UTC),
        template_tags=("suit_threat",),
    )
    after = replace(threat, at=threat.at + timedelta(days=1))
    assert [asked.codes for asked in ask_gate([threat, after])] == [(), ("time_barred_suit",)]


def test_the_notice_that_nevada_asks_for_is_told_when_it_went_out_and_did_not_come_back(
    templates: Any,
) -> None:
    account = reachable(debt_type="medical")
    account.debtor.state = "NV"
    account.debtor.save(update_fields=["state"])
    template = templates["first_notice", "letter"]
    type(template).objects.filter(pk=template.pk).update(tags=["action_notice"])
    prepare_bulk(items=[letter_draft(account, templates)], at=AT, by=None)
    assert facts_of(account)["debts"][account.ref]["notice_on"] is None
    Message.objects.update(handing_over_at=AT, status="handed_over", sent_at=AT)
    assert facts_of(account)["debts"][account.ref]["notice_on"] == TODAY.isoformat()
    late = Ask(account.pk, account.debtor_id, "letter", "", AT + timedelta(days=60))
    early = replace(late, at=AT + timedelta(days=59))
    assert [asked.codes for asked in ask_gate([early, late])] == [("validation_not_sent",), ()]
    Message.objects.update(status="returned")
    assert facts_of(account)["debts"][account.ref]["notice_on"] is None


def test_t47_a_validation_period_ends_with_a_notice_that_comes_back_and_begins_anew_with_the_next(
    templates: Any,
) -> None:
    account = reachable()
    template = templates["first_notice", "letter"]
    type(template).objects.filter(pk=template.pk).update(tags=["validation"])
    prepare_bulk(items=[letter_draft(account, templates, key) for key in ("first", "again")], at=AT, by=None)
    assert facts_of(account)["validation"] == {}

    def leaves(key: str, at: datetime, status: str = "handed_over") -> None:
        Message.objects.filter(key=key).update(handing_over_at=at, status=status, sent_at=at)

    leaves("first", datetime(2026, 1, 15, 15, tzinfo=UTC))
    assert facts_of(account)["validation"] == {
        account.ref: {"sent_on": "2026-01-15", "period_ends_on": "2026-02-22"}
    }
    leaves("first", datetime(2026, 1, 15, 15, tzinfo=UTC), "returned")
    assert facts_of(account)["validation"] == {}
    leaves("again", datetime(2026, 2, 12, 15, tzinfo=UTC))
    assert facts_of(account)["validation"][account.ref]["period_ends_on"] == "2026-03-22"


def test_t53_no_deadline_before_the_period_of_the_notice_on_file_is_over(templates: Any) -> None:
    account = reachable()
    template = templates["first_notice", "letter"]
    type(template).objects.filter(pk=template.pk).update(tags=["validation"])
    prepare_bulk(items=[letter_draft(account, templates)], at=AT, by=None)
    Message.objects.update(handing_over_at=AT, status="handed_over", sent_at=AT)
    (ends_on,) = (
        date.fromisoformat(each["period_ends_on"]) for each in facts_of(account)["validation"].values()
    )
    ask = Ask(account.pk, account.debtor_id, "letter", "", AT, template_tags=("payment_deadline",))
    asks = [replace(ask, at=AT + (ends_on - TODAY) + timedelta(days=more)) for more in (0, 1)]
    assert [asked.codes for asked in ask_gate(asks)] == [("overshadowing",), ()]


def test_t78_the_bankruptcy_of_one_who_owes_it_too_is_told_to_the_others() -> None:
    account, guarantor, user = reachable(), make_debtor("Bela Whitaker"), make_debtor("Ada Whitaker")
    for other, role in ((guarantor, "guarantor"), (user, "authorised_user")):
        AccountParty.objects.create(account=account, debtor=other, role=role)
        place_hold(debtor=other, account=None, kind="bankruptcy", chapter="13", from_on=TODAY, by=None, at=AT)
    stay = {"debt": account.ref, "from": TODAY.isoformat(), "until": None, "chapter": "13"}
    assert facts_of(account)["co_debtor_stays"] == [stay]
    (asked,) = ask_gate([Ask(account.pk, account.debtor_id, "letter", "", AT)])
    assert asked.codes == ("bankruptcy_stay",)
    (own,) = gather_questions([Ask(account.pk, guarantor.pk, "letter", "", AT)])
    assert own["facts"]["co_debtor_stays"] == []
    place_hold(
        debtor=account.debtor, account=account, kind="bankruptcy", chapter="7", from_on=TODAY, by=None, at=AT
    )
    (both,) = gather_questions([Ask(account.pk, guarantor.pk, "letter", "", AT)])
    assert [stay["chapter"] for stay in both["facts"]["co_debtor_stays"]] == ["7"]


def test_only_a_bankruptcy_has_a_chapter() -> None:
    account = reachable()
    with pytest.raises(HoldRefused, match="chapter"):
        place_hold(
            debtor=account.debtor, account=None, kind="cease", chapter="13", from_on=TODAY, by=None, at=AT
        )


def test_licences_are_asked_for_as_soon_as_one_is_on_record() -> None:
    account = reachable()
    account.debtor.state = "CA"
    account.debtor.save(update_fields=["state"])
    letter = Ask(account.pk, account.debtor_id, "letter", "", AT)
    assert facts_of(account)["licences"] is None
    assert ask_gate([letter])[0].codes == ()
    values: dict[str, Any] = {
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2026, 12, 31),
        "by": None,
        "at": AT,
    }
    other = record_licence(licence=None, place="wa", number="W-1", **values)
    assert ask_gate([letter])[0].codes == ("license_missing",)
    record_licence(licence=other, place="CA", number="C-1", **values)
    record_licence(licence=None, place="NYC", number="N-1", **values)
    assert ask_gate([letter])[0].codes == ()
    assert ask_gate([replace(letter, at=datetime(2027, 1, 2, 15, tzinfo=UTC))])[0].codes == (
        "license_missing",
    )


def test_t84_a_number_given_to_the_creditor_may_be_dialed_by_machine_until_it_is_revoked() -> None:
    account = reachable()
    number = make_phone(account.debtor).number
    machine = Ask(
        account.pk, account.debtor_id, "call", number, AT + timedelta(hours=1), dial_mode="predictive"
    )
    assert ask_gate([machine])[0].codes == ("no_tcpa_consent",)
    given = record_consent(
        debtor=account.debtor, channel="call", address=number, given_at=AT, source="client", by=None, at=AT
    )
    assert ask_gate([machine])[0].codes == ()
    revoke_consent(consent=given, by=None, at=AT + timedelta(minutes=30))
    assert ask_gate([machine])[0].codes == ("consent_revoked",)
    assert ask_gate([replace(machine, dial_mode="manual")])[0].codes == ()


def test_t23_and_t20_the_check_and_the_deadline_of_a_basis_are_told() -> None:
    account = reachable()
    record_basis(
        debtor=account.debtor, address="+12125550148", basis="SMS_CONSENT", as_of=date(2026, 1, 1), checked_on=TODAY,
        deadline_on=date(2026, 3, 1), by=None, at=AT,
    )  # fmt: skip
    told = facts_of(account)["address_basis"][-1]
    assert (told["checked_on"], told["deadline"]) == (TODAY.isoformat(), "2026-03-01")


def test_t19_when_an_opt_out_was_made_is_told() -> None:
    account = reachable()
    record_opt_out(debtor=account.debtor, medium="text", by=None, at=AT)
    (told,) = facts_of(account)["opt_outs"]
    assert datetime.fromisoformat(told["at"]) == AT


def test_t17_when_they_were_born_is_told_of_a_parent_only() -> None:
    account = reachable()
    account.debtor.date_of_birth = date(2010, 1, 2)
    account.debtor.save(update_fields=["date_of_birth"])
    assert facts_of(account)["born_on"] is None
    assert facts_of(account, recipient="parent_of_minor")["born_on"] == "2010-01-02"


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
    twin = make_account(debtor=accounts[5].debtor, client=accounts[4].client, frequency_group="loan")
    log_call(
        account=twin, direction="in", address="+12065550105", outcome="conversation", note="", by=rep, at=AT
    )
    AccountParty.objects.create(account=accounts[2], debtor=accounts[1].debtor, role="joint")
    AccountParty.objects.create(account=again, debtor=accounts[3].debtor, role="guarantor")
    for number, chapter in ((1, "13"), (3, "7"), (4, "")):
        place_hold(
            debtor=accounts[number].debtor,
            account=None,
            kind="bankruptcy",
            chapter=chapter,
            from_on=TODAY,
            by=None,
            at=AT,
        )
    accounts[3].debt_type = "medical"
    accounts[3].save(update_fields=["debt_type"])
    record_licence(licence=None, place="WA", number="1", valid_from=TODAY, valid_to=None, by=None, at=AT)
    asks = [
        Ask(
            account.pk,
            account.debtor_id,
            channel,
            f"+1206555010{number}",
            AT + timedelta(hours=2),
            template_tags=("suit_threat",) if number % 2 else (),
            recipient="parent_of_minor" if number == 2 else "",
        )
        for number, account in enumerate([*accounts, again, twin])
        for channel in ("call", "text")
    ]
    alone = [gather(asks=[ask])[0] for ask in asks]
    assert gather(asks=asks) == alone
    assert gather(asks=asks[::-1]) == alone[::-1]
