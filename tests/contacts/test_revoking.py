"""What a person asks us to stop is stopped: at once, everywhere, and on record."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from compliance.enums import Medium
from compliance.models import AddressBasis, Consent, OptOut
from compliance.services import RecordRefused, record_basis, record_consent
from contacts.enums import MessageStatus
from contacts.inbound import InboundRefused, receive_text
from contacts.models import Contact, Message
from contacts.outbox import prepare_bulk, send_due
from contacts.revoking import opt_out, take_back
from contacts.services import check_contact
from contacts.stopwords import Stop, asks_to_stop
from tests.contacts.making import email_draft, letter_draft, reachable
from tests.factories import AT, TODAY, make_account, make_phone, make_user
from worklists.dispositions import take_text
from worklists.models import Task

NUMBER = "+12125550148"
WORDS = frozenset({"stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe"})
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("STOP", Stop.CLEAR), ("  stop!! ", Stop.CLEAR), ("Opt-Out.", Stop.CLEAR), ("OPTOUT", Stop.CLEAR), ("End", Stop.CLEAR),
        ("Cancel", Stop.CLEAR), ("quit", Stop.CLEAR), ("Revoke", Stop.CLEAR), ("unsubscribe", Stop.CLEAR),
        ("Stop calling me", Stop.LIKELY), ("please don't text me anymore", Stop.LIKELY), ("do not contact this number", Stop.LIKELY),
        ("Leave me alone", Stop.LIKELY), ("STOPALL", Stop.LIKELY), ("no more messages", Stop.LIKELY),
        ("take me off your list", Stop.LIKELY),
        ("no me llame", Stop.LIKELY), ("end please", Stop.LIKELY),
        ("I can pay at the end of the month", Stop.NO), ("Can I cancel Friday's payment?", Stop.NO), ("", Stop.NO),
        ("I will call the bus stopover desk", Stop.NO),
    ],
)  # fmt: skip
def test_t19_what_a_text_asks(text: str, means: Stop) -> None:
    assert asks_to_stop(text, WORDS) is means


def two_with_one_number() -> tuple[Any, Any]:
    one, other = reachable("One", "one@example.com"), reachable("Two", "two@example.com")
    for account in (one, other):
        make_phone(account.debtor, NUMBER)
        record_consent(
            debtor=account.debtor,
            channel="text",
            address=NUMBER,
            given_at=AT - timedelta(days=1),
            by=None,
            at=AT,
        )
    return one, other


def codes(account: Any, channel: str, address: str = NUMBER, at: Any = AT) -> set[str]:
    verdict = check_contact(account=account, channel=channel, address=address, at=at)
    return {str(reason.code) for reason in verdict.reasons}


def test_t19_stop_blocks_the_number_of_every_person_and_debt_and_ends_consent_the_same_instant() -> None:
    one, other = two_with_one_number()
    second_debt = make_account(debtor=one.debtor)
    assert "address_opt_out" not in codes(one, "text")
    received = receive_text(number="(212) 555-0148", body="Stop.", received_at=AT, by=None, at=AT)
    assert (received.stop, received.people) == (Stop.CLEAR, 2)
    for account in (one, second_debt, other):
        assert {"address_opt_out", "consent_revoked"} <= codes(account, "text")
    assert set(Consent.objects.values_list("revoked_at", flat=True)) == {AT}
    assert not AddressBasis.objects.filter(address=NUMBER, withdrawn_at__isnull=True).exists()
    assert "medium_opt_out" not in codes(one, "call")
    kept = Contact.objects.filter(direction="in", channel="text")
    assert sorted(kept.values_list("debtor_id", "address", "note")) == sorted(
        (account.debtor_id, NUMBER, "Stop.") for account in (one, other)
    )
    assert Task.objects.count() == 0


def test_t19_a_phrase_that_asks_to_stop_blocks_as_well_and_a_person_reads_it() -> None:
    one, other = two_with_one_number()
    received = take_text(number=NUMBER, body="Stop calling me!", received_at=AT, by=None, at=AT)
    assert received.stop is Stop.LIKELY
    assert {"address_opt_out", "consent_revoked"} <= codes(one, "text")
    assert "medium_opt_out" in codes(one, "call")
    assert sorted(Task.objects.values_list("account_id", "kind")) == sorted(
        (account.pk, "compliance") for account in (one, other)
    )


def test_a_text_that_asks_for_something_else_is_kept_and_stops_nothing() -> None:
    account = reachable()
    make_phone(account.debtor, NUMBER)
    assert (
        receive_text(number=NUMBER, body="I can pay Friday", received_at=AT, by=None, at=AT).stop is Stop.NO
    )
    assert (OptOut.objects.count(), Contact.objects.get().note) == (0, "I can pay Friday")


@pytest.mark.parametrize("number", ["+12125550199", "nobody", ""])
def test_a_text_from_a_number_on_no_file_is_refused_with_the_remedy(number: str) -> None:
    with pytest.raises(InboundRefused, match="number: "):
        receive_text(number=number, body="STOP", received_at=AT, by=None, at=AT)


def test_a_text_from_the_future_is_refused() -> None:
    with pytest.raises(InboundRefused, match="received_at"):
        receive_text(number=NUMBER, body="STOP", received_at=AT + timedelta(seconds=1), by=None, at=AT)


def test_t15_stop_calling_ends_calls_and_leaves_letters() -> None:
    account = reachable()
    make_phone(account.debtor, NUMBER)
    opt_out(debtor=account.debtor, medium=Medium.CALL, by=make_user(), at=AT)
    assert "medium_opt_out" in codes(account, "call")
    assert "medium_opt_out" not in codes(account, "letter", "1 Main St")


def test_a_number_typed_as_people_write_it_is_the_number_that_is_stopped() -> None:
    account = reachable()
    made = opt_out(debtor=account.debtor, medium=Medium.CALL, address="(212) 555-0148", by=None, at=AT)
    assert made.address == NUMBER
    assert "address_opt_out" in codes(account, "call")
    with pytest.raises(RecordRefused, match=r"address: .*not a phone number"):
        opt_out(debtor=account.debtor, medium=Medium.CALL, address="mum", by=None, at=AT)


def test_what_waits_in_the_outbox_is_stopped_with_it_and_nothing_else(templates: Any) -> None:
    account = reachable()
    prepare_bulk(items=[email_draft(account, templates), letter_draft(account, templates)], at=AT, by=None)
    opt_out(debtor=account.debtor, medium=Medium.EMAIL, address="MARISOL@example.com", by=None, at=AT)
    assert sorted(Message.objects.values_list("channel", "status", "last_error")) == [
        ("email", "stopped", "address_opt_out"), ("letter", "queued", ""),
    ]  # fmt: skip
    assert Message.objects.get(channel="email").events.filter(status="stopped").count() == 1


def test_another_address_goes_on(templates: Any) -> None:
    account = reachable()
    prepare_bulk(items=[email_draft(account, templates)], at=AT, by=None)
    opt_out(debtor=account.debtor, medium=Medium.EMAIL, address="other@example.com", by=None, at=AT)
    assert Message.objects.get().status == MessageStatus.QUEUED
    assert AddressBasis.objects.get().withdrawn_at is None


def test_taking_back_opens_the_medium_once_and_leaves_consents_ended() -> None:
    account, user = reachable(), make_user()
    record_consent(debtor=account.debtor, channel="call", given_at=AT, by=None, at=AT)
    made = opt_out(debtor=account.debtor, medium=Medium.CALL, by=user, at=AT)
    with pytest.raises(RecordRefused, match="Say how"):
        take_back(opt_out=made, note=" ", by=user, at=AT)
    take_back(opt_out=made, note="Phoned, wants calls again", by=user, at=AT)
    with pytest.raises(RecordRefused, match="already"):
        take_back(opt_out=made, note="again", by=user, at=AT)
    assert "medium_opt_out" not in codes(account, "call")
    assert Consent.objects.get().revoked_at == AT


def test_an_opt_out_that_came_earlier_is_dated_as_it_came() -> None:
    account, earlier = reachable(), AT - timedelta(days=3)
    made = opt_out(debtor=account.debtor, medium=Medium.TEXT, received_at=earlier, by=None, at=AT)
    assert (made.at, made.recorded_at) == (earlier, AT)
    with pytest.raises(RecordRefused, match="received_at"):
        opt_out(
            debtor=account.debtor, medium=Medium.CALL, received_at=AT + timedelta(hours=1), by=None, at=AT
        )


def test_texts_stopped_at_one_number_leave_consent_and_ground_of_another() -> None:
    account, other = reachable(), "+12125550149"
    for number in (NUMBER, other):
        record_consent(debtor=account.debtor, channel="text", address=number, given_at=AT, by=None, at=AT)
        record_basis(debtor=account.debtor, address=number, basis="SMS_CONSENT", as_of=TODAY, by=None, at=AT)
    opt_out(debtor=account.debtor, medium=Medium.TEXT, address=NUMBER, by=None, at=AT)
    assert list(Consent.objects.filter(revoked_at__isnull=True).values_list("address", flat=True)) == [other]
    assert set(
        AddressBasis.objects.filter(address__startswith="+", withdrawn_at__isnull=True).values_list(
            "address", flat=True
        )
    ) == {other}


@pytest.mark.django_db(transaction=True)
def test_an_opt_out_while_the_outbox_sends_lets_nothing_leave_after_it(templates: Any) -> None:
    """Two windows at once: either the e-mail left before the opt-out was kept, or it is stopped."""
    for n in range(6):
        account = reachable(f"Debtor {n}", f"d{n}@example.com")
        prepare_bulk(items=[email_draft(account, templates)], at=AT, by=None)
        together = threading.Barrier(2)

        def stop(account: Any = account, together: threading.Barrier = together) -> None:
            together.wait()
            opt_out(debtor=account.debtor, medium=Medium.EMAIL, by=None, at=AT)
            connection.close()

        def send(together: threading.Barrier = together) -> None:
            together.wait()
            send_due(at=AT)
            connection.close()

        threads = [threading.Thread(target=stop), threading.Thread(target=send)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        send_due(at=AT)
        message = Message.objects.get(account=account)
        assert message.status in (MessageStatus.STOPPED, MessageStatus.HANDED_OVER)
        assert Contact.objects.filter(message=message).count() == (
            message.status == MessageStatus.HANDED_OVER
        )
        prepare_bulk(items=[email_draft(account, templates, key=f"later:{n}")], at=AT, by=None)
        assert not Message.objects.filter(key=f"later:{n}").exists()
