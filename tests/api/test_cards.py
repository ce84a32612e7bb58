"""T-65: a card number that somebody types, sends or places is refused at every door, and what must be kept is masked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client as Browser

from accounts.models import Account
from contacts.inbound import receive_text
from contacts.models import Contact, Note
from escalations.models import Escalation
from payments.models import Payment
from tests.api.making import payment, post, signed
from tests.exchange.placement_files import load, row, text_of
from tests.factories import AT, make_account, make_client, make_escalation, make_phone, make_user

pytestmark = pytest.mark.django_db
CARD = "4111 1111 1111 1111"
SAID = "looks like a card number"


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.clock.now", lambda: AT)


def browser(role: str) -> Browser:
    made = Browser()
    made.force_login(make_user(role), backend="django.contrib.auth.backends.ModelBackend")
    return made


def test_t65_over_rest() -> None:
    account, client = make_account(), signed("admin")
    for path, body, field in (
        ("notes/", {"account": account.ref, "text": f"Card {CARD} 11/29"}, "text"),
        ("payments/", payment(account, reference=CARD), "reference"),
        ("escalations/", {"account": account.ref, "kind": "other", "reason": CARD}, "reason"),
    ):
        answer: Any = post(client, path, body)
        assert (answer.status_code, SAID in answer.json()["errors"][field][0]) == (400, True)
        assert "4111" not in answer.content.decode()
    assert (Note.objects.count(), Payment.objects.count(), Escalation.objects.count()) == (0, 0, 0)


def test_t65_on_the_desk_the_form_comes_back_masked() -> None:
    account = make_account()
    make_phone(account.debtor)
    page = browser("rep").post(
        f"/accounts/{account.ref}/do/note/", {"text": f"Said {CARD} exp 11/29"}, headers={"HX-Request": "true"}
    )  # fmt: skip
    assert page.status_code == 422
    said = page.content.decode()
    assert SAID in said
    assert "Said [card number ending 1111] exp 11/29" in said
    assert CARD not in said
    assert not Note.objects.exists()


def test_t65_in_a_decision_and_in_a_reversal() -> None:
    account = make_account()
    asked = make_escalation(account, by=make_user("rep"))
    page = browser("supervisor").post(f"/escalations/{asked.pk}/decide/", {"verb": "approve", "note": CARD})
    assert (page.status_code, SAID in page.content.decode()) == (422, True)
    asked.refresh_from_db()
    assert (asked.status, asked.decision_note) == ("open", "")


def test_t65_in_a_placement_and_its_reject_file(tmp_path: Path) -> None:
    client = make_client(debt_type="medical")
    rows = row("0001"), row("0002", line2=CARD)
    result = load(client, tmp_path / "a.csv", text_of(*rows))
    assert (result.loaded, result.rejected) == (1, 1)
    assert result.problems[0]["reason"] == f"line2: {SAID}; take it out and send the row again"
    with default_storage.open(result.reject_file) as file:
        kept = file.read().decode("utf-8-sig")
    assert "[card number ending 1111]" in kept
    assert CARD not in kept


def test_a_reference_as_long_as_a_card_number_is_a_reference(tmp_path: Path) -> None:
    result = load(make_client(debt_type="medical"), tmp_path / "a.csv", text_of(row("4111111111111111")))
    assert (result.loaded, Account.objects.get().client_reference) == (1, "4111111111111111")


def test_t65_in_a_text_that_came_in() -> None:
    make_phone(make_account().debtor)
    receive_text(number="+12125550148", body=f"use {CARD} please", received_at=AT, by=None, at=AT)
    assert Contact.objects.get().note == "use [card number ending 1111] please"
