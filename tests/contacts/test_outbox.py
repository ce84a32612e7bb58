from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.gate import decide
from compliance.models import Decision
from compliance.policy import policy_on
from compliance.questions import read_question
from compliance.services import place_hold, record_opt_out
from contacts.facts import Ask, gather
from contacts.gating import ask_gate
from contacts.models import Message, MessageEvent
from contacts.outbox import prepare_bulk
from contacts.services import ContactRefused, MessageRefused, queue_message
from tests.contacts.making import email_draft, letter_draft, reachable
from tests.factories import AT, TODAY, make_phone

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 4, 7, 6, 0, tzinfo=UTC)  # 02:00 in New York


def test_a_message_is_queued_with_its_decision_and_event(templates):
    account = reachable()
    (outcome,) = prepare_bulk(items=[email_draft(account, templates)], at=AT, by=None)
    message = Message.objects.get(pk=outcome.message_id)
    assert (message.status, message.send_after, message.decision.allowed) == ("queued", AT, True)
    assert "$1,000.00" in message.body
    assert "/p/opt-out/" in message.body
    assert list(message.events.values_list("status", flat=True)) == ["queued"]


def test_the_same_key_never_makes_two(templates):
    account = reachable()
    first = prepare_bulk(items=[email_draft(account, templates)], at=AT, by=None)
    second = prepare_bulk(items=[email_draft(account, templates)] * 2, at=AT, by=None)
    assert [o.message_id for o in second] == [first[0].message_id] * 2
    assert second[0].codes == ("already_queued",)
    assert Message.objects.count() == 1


def test_at_night_an_email_waits_for_the_morning(templates):
    account = reachable()
    (outcome,) = prepare_bulk(items=[email_draft(account, templates)], at=NIGHT, by=None)
    message = Message.objects.get(pk=outcome.message_id)
    assert message.send_after == datetime(2026, 4, 7, 12, 0, tzinfo=UTC)
    assert (message.decision.allowed, message.decision.at) == (True, message.send_after)


def test_a_letter_has_no_clock(templates):
    (outcome,) = prepare_bulk(items=[letter_draft(reachable(), templates)], at=NIGHT, by=None)
    assert Message.objects.get(pk=outcome.message_id).send_after == NIGHT


def test_a_refusal_leaves_its_decision_and_no_message(templates):
    account = reachable()
    place_hold(debtor=account.debtor, account=account, kind="attorney", from_on=TODAY, by=None, at=AT)
    (outcome,) = prepare_bulk(items=[email_draft(account, templates)], at=AT, by=None)
    assert (outcome.message_id, outcome.codes) == (None, ("attorney_represented",))
    assert (Message.objects.count(), Decision.objects.filter(allowed=False).count()) == (0, 1)


def test_an_empty_field_makes_no_message(templates):
    account = reachable(due_on=None)
    (outcome,) = prepare_bulk(items=[email_draft(account, templates)], at=AT, by=None)
    assert (outcome.message_id, outcome.codes) == (None, ("empty_field:due_date",))


def test_fields_that_only_the_caller_knows(templates):
    account = reachable()
    ask = {"account": account, "channel": "email", "address": "marisol@example.com", "by": None, "at": AT}
    template = templates["promise_confirmation", "email"]
    with pytest.raises(MessageRefused, match="no promise amount"):
        queue_message(**ask, template=template)
    extra = [("promise_amount", "$50.00"), ("promise_date", "May 1, 2026")]
    assert "$50.00 by May 1, 2026" in queue_message(**ask, template=template, extra=extra).body


def test_texts_are_refused_in_words(templates):
    account = reachable()
    with pytest.raises(MessageRefused, match="texts are not available"):
        queue_message(account=account, channel="text", template=templates["first_notice", "email"],
                      address="+12125550148", by=None, at=AT)  # fmt: skip


def test_an_opted_out_address_is_refused_whatever_its_case(templates):
    account = reachable()
    record_opt_out(debtor=account.debtor, medium="email", address="Marisol@Example.com", by=None, at=AT)
    with pytest.raises(ContactRefused) as caught:
        queue_message(account=account, channel="email", template=templates["first_notice", "email"],
                      address="marisol@example.com", by=None, at=AT)  # fmt: skip
    assert [reason.code for reason in caught.value.reasons] == ["address_opt_out"]


def test_one_or_many_cost_the_same_number_of_queries(templates):
    def queries(count: int) -> int:
        accounts = [reachable(mail=f"m{count}-{n}@example.com") for n in range(count)]
        [make_phone(account.debtor) for account in accounts]
        drafts = [email_draft(account, templates) for account in accounts]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            prepare_bulk(items=drafts, at=AT, by=None)
        return len(captured)

    assert queries(1) == queries(12)


def test_facts_of_one_or_many_cost_the_same_number_of_queries(django_assert_num_queries):
    accounts = [reachable(mail=f"m{n}@example.com") for n in range(9)]
    asks = [Ask(a.pk, a.debtor_id, "call", "+12125550148", AT) for a in accounts]
    gather(asks=asks[:1])  # the connection's first question of one person prepares the statement
    with django_assert_num_queries(4):
        gather(asks=asks[:1])
    with django_assert_num_queries(4):
        gather(asks=asks)


def test_events_are_append_only(templates):
    prepare_bulk(items=[email_draft(reachable(), templates)], at=AT, by=None)
    event = MessageEvent.objects.get()
    event.at += timedelta(days=1)
    with pytest.raises(Exception, match=r"append_only|Cannot update"):
        event.save()


def test_only_people_of_whom_nothing_is_known_share_an_answer():
    """However answers are shared, each is what the gate says to its own question."""
    plain, twin, held, opted = (reachable(mail=f"m{n}@example.com") for n in range(4))
    place_hold(debtor=held.debtor, account=held, kind="attorney", from_on=TODAY, by=None, at=AT)
    record_opt_out(debtor=opted.debtor, medium="letter", by=None, at=AT)
    dead = reachable(mail="m4@example.com")
    dead.debtor.deceased_on = TODAY
    dead.debtor.save(update_fields=["deceased_on"])
    asks = [
        Ask(account.pk, account.debtor_id, channel, "+12125550148", at)
        for account in (plain, twin, held, opted, dead)
        for channel in ("letter", "call", "text")
        for at in (AT, NIGHT)
    ]
    asked = ask_gate(asks)
    assert [a.verdict for a in asked] == [
        decide(*read_question(a.question), policy_on(a.ask.at.date())) for a in asked
    ]
    assert [a.verdict.allowed for a in asked if (a.ask.channel, a.ask.at) == ("letter", AT)] == [
        True, True, False, False, False,
    ]  # fmt: skip
