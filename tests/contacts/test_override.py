"""One call more for a reason of the law: only over rules that yield to one, only by whoever may, and always on record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Account
from compliance.models import Decision
from compliance.rules import ENTRIES, OVERRIDABLE, may_override
from compliance.services import place_hold, record_opt_out
from contacts.gating import Override
from contacts.models import Contact
from contacts.services import ContactRefused, OverrideRefused, log_call, place_call
from debtors.models import Phone
from tests.factories import AT, TODAY, make_account, make_phone, make_user

pytestmark = pytest.mark.django_db
REASON = Override("urgent_benefit", "The settlement we spoke of was cut off.")


@pytest.fixture
def seven() -> tuple[Account, Phone]:
    """An account whose seven calls are made."""
    account = make_account()
    phone = make_phone(account.debtor)
    for minute in range(7):
        log_call(
            account=account, direction="out", address=phone.number, outcome="no_answer", note="", by=None,
            at=AT - timedelta(minutes=10 + minute),
        )  # fmt: skip
    return account, phone


def overridden(account: Account, phone: Phone, role: str = "supervisor", **values: Any) -> Contact:
    return place_call(
        account=account, phone=phone, **{"by": make_user(role), "at": AT, "override": REASON, **values}
    )


def test_only_the_two_federal_rules_of_frequency_yield() -> None:
    assert {"call_frequency", "conversation_cooldown"} == OVERRIDABLE
    assert all("1006.14(b)(2)(i)" in entry.citation for entry in ENTRIES if entry.is_overridable)
    assert not may_override([])


@pytest.mark.parametrize("role", ["supervisor", "compliance"])
def test_the_eighth_call_is_placed_and_its_decision_stays_a_refusal_with_the_reason(
    seven: tuple[Account, Phone], role: str
) -> None:
    contact = overridden(*seven, role=role)
    assert contact.outcome == "dialing"
    decision = contact.decision
    assert decision is not None
    assert (decision.allowed, decision.codes) == (False, ["call_frequency"])
    assert (decision.override_reason, decision.override_text) == (REASON.reason, REASON.text)


@pytest.mark.parametrize("role", ["rep", "poster", "client"])
def test_nobody_else_overrides(seven: tuple[Account, Phone], role: str) -> None:
    refused = Decision.objects.filter(allowed=False).count()
    with pytest.raises(OverrideRefused, match="supervisors and compliance"):
        overridden(*seven, role=role)
    assert (Contact.objects.count(), Decision.objects.filter(allowed=False).count()) == (7, refused)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (Override("", "Because"), "override_reason"),
        (Override("because", "Because"), "override_reason"),
        (Override("urgent_benefit", "  "), "override_text"),
        (Override("urgent_benefit", "x" * 301), "override_text"),
    ],
)
def test_a_reason_of_the_law_and_words_are_asked_for(
    seven: tuple[Account, Phone], said: Override, field: str
) -> None:
    with pytest.raises(OverrideRefused) as caught:
        overridden(*seven, override=said)
    assert caught.value.field == field
    assert Contact.objects.count() == 7


@pytest.mark.parametrize(
    "kind", ["attorney", "cease", "refused_to_pay", "bankruptcy", "dispute", "suppression"]
)
def test_a_hold_beside_it_is_never_overridden(seven: tuple[Account, Phone], kind: str) -> None:
    account, phone = seven
    if kind == "dispute":
        from compliance.disputes import open_dispute

        open_dispute(account=account, received_on=TODAY, by=None, at=AT)
    else:
        place_hold(debtor=account.debtor, account=account, kind=kind, from_on=TODAY, by=None, at=AT)
    with pytest.raises(ContactRefused):
        overridden(account, phone)
    last = Decision.objects.latest("pk")
    assert "call_frequency" in last.codes
    assert (last.override_reason, last.override_text) == ("", "")
    assert Contact.objects.count() == 7


def test_neither_are_an_opt_out_the_hours_nor_the_limit_of_a_state(seven: tuple[Account, Phone]) -> None:
    account, phone = seven
    with pytest.raises(ContactRefused):
        overridden(account, phone, at=AT.replace(hour=5) + timedelta(days=1))
    record_opt_out(debtor=account.debtor, medium="call", by=None, at=AT)
    with pytest.raises(ContactRefused):
        overridden(account, phone)
    assert not may_override(["call_frequency", "state_frequency"])


def test_an_allowed_call_needs_no_override_and_keeps_none() -> None:
    account = make_account()
    contact = overridden(account, make_phone(account.debtor))
    assert contact.decision is not None
    assert (contact.decision.allowed, contact.decision.override_reason) == (True, "")


def test_a_conversation_today_yields_too(seven: tuple[Account, Phone]) -> None:
    account, phone = make_account(), None
    phone = make_phone(account.debtor)
    log_call(
        account=account, direction="in", address=phone.number, outcome="conversation", note="", by=None,
        at=AT - timedelta(minutes=5),
    )  # fmt: skip
    contact = log_call(
        account=account, direction="out", address=phone.number, outcome="conversation", note="Called back",
        by=make_user("supervisor"), at=AT, override=Override("requested_information", "They asked for the balance."),
    )  # fmt: skip
    assert contact.decision is not None
    assert contact.decision.codes == ["conversation_cooldown"]
