from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Account
from accounts.services import apply_transition
from compliance.models import Decision
from contacts.models import Contact
from contacts.services import (
    CallRefused,
    ContactRefused,
    check_contact,
    log_call,
    place_call,
    record_outcome,
)
from debtors.models import Phone
from tests.factories import AT, make_account, make_debtor, make_phone

pytestmark = pytest.mark.django_db
OUT = {"direction": "out", "note": "", "by": None}


def called(account: Account, phone: Phone, outcome: str = "no_answer", **fields: Any) -> Contact:
    return log_call(account=account, address=phone.number, outcome=outcome, **{**OUT, "at": AT, **fields})


def test_an_allowed_call_is_recorded_with_its_decision():
    account = make_account()
    contact = place_call(account=account, phone=make_phone(account.debtor), by=None, at=AT)
    assert (contact.outcome, contact.direction, contact.decision.allowed) == ("dialing", "out", True)
    assert contact.decision.question["request"]["debt"] == account.ref


def test_a_refused_call_leaves_its_decision_and_no_contact():
    account = make_account()
    phone = make_phone(account.debtor)
    with pytest.raises(ContactRefused) as caught:
        place_call(account=account, phone=phone, by=None, at=AT.replace(hour=5))
    assert [reason.code for reason in caught.value.reasons] == ["outside_hours"]
    assert caught.value.next_allowed_at is not None
    assert Contact.objects.count() == 0
    assert list(Decision.objects.values_list("allowed", "codes")) == [(False, ["outside_hours"])]


def test_the_eighth_call_in_seven_days_is_refused_whatever_the_number():
    account = make_account()
    phones = [make_phone(account.debtor), make_phone(account.debtor, "+12125550149")]
    for day in range(7):
        called(account, phones[day % 2], at=AT - timedelta(days=6 - day))
    with pytest.raises(ContactRefused) as caught:
        called(account, phones[0], at=AT + timedelta(minutes=5))
    assert [reason.code for reason in caught.value.reasons] == ["call_frequency"]


def test_student_loans_of_one_group_share_the_counter():
    debtor = make_debtor()
    phone = make_phone(debtor)
    first = make_account(debtor=debtor, frequency_group="SL-1")
    second = make_account(debtor=debtor, client=first.client, frequency_group="SL-1")
    for day in range(7):
        called(first, phone, at=AT - timedelta(days=6 - day))
    assert not check_contact(account=second, channel="call", address=phone.number, at=AT).allowed


def test_dialing_counts_as_an_unanswered_call():
    account = make_account()
    phone = make_phone(account.debtor)
    for minute in range(7):
        place_call(account=account, phone=phone, by=None, at=AT + timedelta(minutes=minute))
    with pytest.raises(ContactRefused):
        place_call(account=account, phone=phone, by=None, at=AT + timedelta(minutes=8))


def test_an_outgoing_contact_without_decision_cannot_be_stored():
    account = make_account()
    with pytest.raises(IntegrityError, match="contact_out_has_decision"), transaction.atomic():
        Contact.objects.create(
            debtor=account.debtor, account=account, channel="letter", direction="out", at=AT
        )


def test_a_wrong_number_is_marked_and_never_called_again():
    account = make_account()
    phone = make_phone(account.debtor)
    contact = place_call(account=account, phone=phone, by=None, at=AT)
    record_outcome(contact=contact, outcome="wrong_number", note="", by=None, at=AT)
    phone.refresh_from_db()
    assert phone.status == "wrong_party"
    with pytest.raises(CallRefused, match="belongs to somebody else"):
        place_call(account=account, phone=phone, by=None, at=AT + timedelta(days=1))


def test_calls_to_a_number_learned_to_be_wrong_are_counted_no_more():
    account = make_account()
    wrong, right = make_phone(account.debtor), make_phone(account.debtor, "+12125550149")
    for minute in range(6):
        called(account, wrong, at=AT + timedelta(minutes=minute))
    called(account, wrong, outcome="wrong_number", at=AT + timedelta(minutes=7))
    assert check_contact(
        account=account, channel="call", address=right.number, at=AT + timedelta(hours=1)
    ).allowed


def test_a_conversation_starts_the_cooldown_and_work():
    account = make_account()
    phone = make_phone(account.debtor)
    called(account, phone, outcome="conversation")
    account.refresh_from_db()
    assert (account.status, account.last_contact_at) == ("active", AT)
    verdict = check_contact(account=account, channel="call", address=phone.number, at=AT + timedelta(days=1))
    assert [reason.code for reason in verdict.reasons] == ["conversation_cooldown"]


def test_both_debts_that_were_discussed_cool_down_and_a_third_does_not():
    debtor = make_debtor()
    phone = make_phone(debtor)
    first, second, third = (make_account(debtor=debtor) for _ in range(3))
    called(first, phone, outcome="conversation", discussed=[second])
    later = {"channel": "call", "address": phone.number, "at": AT + timedelta(days=1)}
    assert [check_contact(account=a, **later).allowed for a in (first, second, third)] == [False, False, True]


def test_an_incoming_call_needs_no_decision_and_starts_the_cooldown():
    account = make_account()
    phone = make_phone(account.debtor)
    contact = called(account, phone, outcome="conversation", direction="in", at=AT.replace(hour=4))
    assert contact.decision is None
    assert not check_contact(account=account, channel="call", address=phone.number, at=AT).allowed


def test_an_outcome_is_logged_once():
    account = make_account()
    contact = place_call(account=account, phone=make_phone(account.debtor), by=None, at=AT)
    record_outcome(contact=contact, outcome="busy", note="", by=None, at=AT)
    with pytest.raises(CallRefused, match="already"):
        record_outcome(contact=contact, outcome="conversation", note="", by=None, at=AT)


def test_a_number_that_is_not_on_file_is_not_called():
    with pytest.raises(CallRefused, match="not on this person's file"):
        log_call(account=make_account(), address="+12125550199", outcome="busy", at=AT, **OUT)


def test_a_check_keeps_its_answer_only_when_asked():
    account = make_account()
    ask = {"account": account, "channel": "call", "address": make_phone(account.debtor).number, "at": AT}
    check_contact(**ask)
    assert Decision.objects.count() == 0
    check_contact(**ask, record=True)
    assert Decision.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("before", "placed"), [(6, 3), (7, 0)])
def test_a_hundred_at_once_over_two_numbers_and_three_debts_cannot_place_the_eighth_call(
    before: int, placed: int
):
    account = make_account()
    phones = [make_phone(account.debtor), make_phone(account.debtor, "+12125550149")]
    debts = [account, make_account(debtor=account.debtor), make_account(debtor=account.debtor)]
    for minute in range(before):
        called(account, phones[0], at=AT + timedelta(minutes=minute), discussed=debts)
    barrier, results = threading.Barrier(100), []

    def attempt(number: int) -> None:
        debt, phone = debts[number % 3], phones[number % 2]
        try:
            barrier.wait()
            place_call(account=debt, phone=phone, by=None, at=AT + timedelta(minutes=30))
            results.append(debt.ref)
        except ContactRefused:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(100)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(set(results) - {"refused"}) == sorted(debt.ref for debt in debts)[:placed]
    assert results.count("refused") == 100 - placed
    assert Contact.objects.count() == before + placed
    assert Decision.objects.filter(allowed=False).count() == 100 - placed


def test_whoever_read_the_clock_first_still_sees_the_call_placed_meanwhile():
    account = make_account()
    phone = make_phone(account.debtor)
    for number in range(7):
        called(account, phone, at=AT - timedelta(milliseconds=5 * number))
    with pytest.raises(ContactRefused) as caught:
        called(account, phone, at=AT - timedelta(seconds=1))
    assert [reason.code for reason in caught.value.reasons] == ["call_frequency"]


def test_nobody_is_called_about_an_account_that_is_paid():
    account = make_account()
    apply_transition(account=account, transition="pay_in_full", by=None, at=AT)
    with pytest.raises(CallRefused, match="paid"):
        called(account, make_phone(account.debtor))
    called(account, Phone.objects.get(), direction="in")
