"""A kept decision in words, for those who may see its account and nobody else; and what the gate would say otherwise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from compliance.models import Decision
from compliance.services import place_hold
from contacts.gating import Override
from contacts.models import Contact
from contacts.outbox import prepare_bulk
from contacts.services import ContactRefused, log_call, place_call
from contacts.standard_templates import ensure_templates
from tests.contacts.making import letter_draft, reachable
from tests.factories import AT, TODAY, make_account, make_phone, make_team, make_user
from users.models import User

pytestmark = pytest.mark.django_db
NUMBER = "+12125550148"


def browser(role: str = "rep", user: User | None = None) -> Browser:
    found = Browser()
    found.force_login(user or make_user(role), backend="django.contrib.auth.backends.ModelBackend")
    return found


def shown(ref: str, query: dict[str, str] | None = None, role: str = "rep") -> str:
    answer = browser(role).get(f"/decisions/{ref}/", query or {})
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def callable_account() -> Account:
    account = make_account()
    make_phone(account.debtor, NUMBER)
    return account


def refused(account: Account, **values: Any) -> Decision:
    with pytest.raises(ContactRefused):
        log_call(
            account=account, direction="out", address=NUMBER, outcome="no_answer", note="", by=None,
            **{"at": AT, **values},
        )  # fmt: skip
    return Decision.objects.latest("pk")


def test_a_refusal_tells_its_law_its_end_and_the_first_lawful_instant_in_both_clocks() -> None:
    account = callable_account()
    account.debtor.zones = ["America/Los_Angeles"]
    account.debtor.save()
    kept = refused(account, at=AT.replace(hour=5))
    page = shown(f"decision:{kept.pk}")
    assert "12 CFR 1006.6(b)(1)(i)" in page
    assert "11:00 am EDT" in page
    assert "there 7 Apr 2026 8:00 am PDT" in page
    assert kept.policy_version in page


def test_a_call_and_a_message_show_what_they_were_made_under() -> None:
    account = callable_account()
    contact = log_call(
        account=account, direction="out", address=NUMBER, outcome="no_answer", note="", by=None, at=AT
    )
    assert "allowed" in shown(f"contact:{contact.pk}")
    other, templates = reachable(), ensure_templates(at=AT)
    (outcome,) = prepare_bulk(items=[letter_draft(other, templates)], at=AT, by=None)
    assert other.ref in shown(f"message:{outcome.message_id}")


def test_an_override_is_told_with_its_reason() -> None:
    account = callable_account()
    phone = account.debtor.phones.get()
    log_call(account=account, direction="in", address=NUMBER, outcome="conversation", note="", by=None, at=AT)
    contact = place_call(
        account=account, phone=phone, by=make_user("supervisor"), at=AT + timedelta(minutes=9),
        override=Override("urgent_benefit", "<i>Cut off</i>"),
    )  # fmt: skip
    page = shown(f"contact:{contact.pk}")
    assert "It is urgent and for their benefit: “&lt;i&gt;Cut off&lt;/i&gt;”" in page
    assert "refused, overridden" in page


def test_what_came_in_was_decided_by_nobody() -> None:
    account = callable_account()
    log_call(account=account, direction="in", address=NUMBER, outcome="conversation", note="", by=None, at=AT)
    assert browser().get(f"/decisions/contact:{Contact.objects.get().pk}/").status_code == 404


@pytest.mark.parametrize(
    "ref", ["decision:0", "decision:x", "debtor:1", "decision", "decision:99999999999999999999"]
)
def test_what_names_no_decision_is_not_found(ref: str) -> None:
    assert browser().get(f"/decisions/{ref}/").status_code == 404


def test_another_teams_decision_is_not_found_by_any_of_its_names() -> None:
    account = make_account(team=make_team("Elsewhere", "elsewhere"))
    make_phone(account.debtor, NUMBER)
    contact = log_call(
        account=account, direction="out", address=NUMBER, outcome="no_answer", note="", by=None, at=AT
    )
    rep = browser()
    for ref in (f"contact:{contact.pk}", f"decision:{contact.decision_id}"):
        assert rep.get(f"/decisions/{ref}/").status_code == 404
        assert browser("compliance").get(f"/decisions/{ref}/").status_code == 200


@pytest.mark.parametrize("role", ["poster", "client"])
def test_not_for_posters_and_clients(role: str) -> None:
    kept = refused(callable_account(), at=AT.replace(hour=5))
    assert browser(role).get(f"/decisions/decision:{kept.pk}/").status_code == 403


def test_debts_that_a_rep_may_not_see_are_not_named() -> None:
    account = callable_account()
    hidden = make_account(team=make_team("Elsewhere", "elsewhere"), debtor=account.debtor)
    log_call(account=hidden, direction="out", address=NUMBER, outcome="no_answer", note="", by=None, at=AT)
    contact = log_call(
        account=account, direction="out", address=NUMBER, outcome="no_answer", note="", by=None,
        at=AT + timedelta(minutes=9),
    )  # fmt: skip
    page = shown(f"contact:{contact.pk}")
    assert hidden.ref not in page
    assert "another account" in page
    assert hidden.ref in shown(f"contact:{contact.pk}", role="compliance")


def test_what_if_asks_the_same_facts_or_todays_and_keeps_nothing() -> None:
    account = callable_account()
    kept = refused(account, at=AT.replace(hour=5))
    place_hold(debtor=account.debtor, account=account, kind="attorney", from_on=TODAY, by=None, at=AT)
    asked = {"at": "2026-04-07T12:00", "channel": "call", "address": NUMBER}
    count = Decision.objects.count()
    assert "An attorney represents" not in shown(f"decision:{kept.pk}", {**asked, "facts": "then"})
    assert "An attorney represents" in shown(f"decision:{kept.pk}", {**asked, "facts": "now"})
    assert Decision.objects.count() == count


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"at": "soon"}, "Give a day and a time."),
        ({"at": "1900-01-01T10:00"}, "no policy is in force"),
        ({"channel": "pigeon"}, "Choose a channel."),
        ({"at": "0001-01-01T00:00"}, ""),
        ({"at": "9999-12-31T23:59"}, ""),
        ({"address": "x" * 5000}, ""),
    ],
)
def test_what_if_says_what_it_cannot_read(changed: dict[str, str], said: str) -> None:
    kept = refused(callable_account(), at=AT.replace(hour=5))
    for facts in ("then", "now"):
        asked = {"at": "2026-04-07T12:00", "channel": "call", "address": NUMBER, "facts": facts, **changed}
        assert said in shown(f"decision:{kept.pk}", asked)


def test_it_says_what_the_policy_of_today_would_say() -> None:
    kept = refused(callable_account(), at=AT.replace(hour=5))
    assert "says the same of the same facts" in shown(f"decision:{kept.pk}")


def test_it_costs_the_same_however_much_was_known() -> None:
    account = callable_account()
    one = refused(account, at=AT.replace(hour=5))
    for minute in range(6):
        log_call(
            account=account, direction="out", address=NUMBER, outcome="no_answer", note="", by=None,
            at=AT + timedelta(minutes=9 * minute),
        )  # fmt: skip
    many = refused(account, at=AT.replace(hour=5) + timedelta(days=1))
    rep, counts = browser(), []
    rep.get(f"/decisions/decision:{one.pk}/")
    for kept in (one, many):
        with CaptureQueriesContext(connection) as queries:
            rep.get(f"/decisions/decision:{kept.pk}/")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
