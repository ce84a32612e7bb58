"""A client's statement adds up and is the same, to the byte, whenever it is asked for again."""

from __future__ import annotations

import csv
import io
import time
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client as Browser
from openpyxl import load_workbook
from pypdf import PdfReader

from exchange.statements import KINDS, as_csv, as_pdf, as_xlsx
from payments.models import FeeRule, FeeSchedule, Remittance
from payments.remitting import close_remittance
from payments.services import post_payment, reverse_payment
from payments.trust import verify_trust
from tests.factories import AT, TODAY, make_account, make_client, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def remittance() -> Remittance:
    client = make_client()
    FeeRule.objects.create(
        schedule=FeeSchedule.objects.create(client=client, from_on=date(2026, 1, 1)), percent=D("30")
    )
    for amount, method in (("100.10", "check"), ("20.00", "client"), ("5.55", "cash")):
        payment = post_payment(
            account=make_account(client=client, client_reference=f"=1+{amount}"), amount=D(amount), method=method,
            effective_on=TODAY, by=None, at=AT,
        )  # fmt: skip
    reverse_payment(payment=payment, reason="Counterfeit", by=None, at=AT)
    return close_remittance(client=client, through_on=TODAY, by=None, at=AT + timedelta(days=1))


@pytest.mark.parametrize("kind", KINDS)
def test_asked_for_again_it_is_the_same_to_the_byte(remittance: Remittance, kind: str) -> None:
    make, _ = KINDS[kind]
    first = make(remittance)
    time.sleep(2.1)  # a file's own time has a resolution of two seconds
    assert make(Remittance.objects.get()) == first


def test_lines_and_totals_add_up_and_a_formula_is_text(remittance: Remittance) -> None:
    found = list(csv.reader(io.StringIO(as_csv(remittance).decode("utf-8-sig"))))
    lines, totals = found[1:5], {row[4]: row[5] for row in found[5:]}
    assert [(row[4], row[5], row[11]) for row in lines] == [
        ("Paid to us", "100.10", "30.03"), ("Paid to the client", "20.00", "6.00"), ("Paid to us", "5.55", "1.67"),
        ("Taken back", "-5.55", "-1.67"),
    ]  # fmt: skip
    assert all(row[2].startswith("'=") for row in lines)
    assert totals == {
        "Collected by us, less what was taken back": "100.10", "Paid to you directly": "20.00", "Our commission": "36.03",
        "Due to you": "64.07", "Due to us": "0.00",
    }  # fmt: skip
    sheet = load_workbook(io.BytesIO(as_xlsx(remittance))).active
    assert sheet is not None
    rows: list[Any] = list(sheet.iter_rows(values_only=True))
    assert sum(D(str(row[5])) for row in rows[1:5]) == D("120.10")
    text = PdfReader(io.BytesIO(as_pdf(remittance))).pages[0].extract_text()
    assert "lakeside-20260407" in text
    assert "$64.07" in text
    assert verify_trust() == []


def test_the_poster_closes_a_colleague_pays_and_the_client_reads_their_own(
    remittance: Remittance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.clock.now", lambda: AT + timedelta(days=30))

    def browser(role: str) -> Browser:
        made = Browser()
        made.force_login(make_user(role), backend="django.contrib.auth.backends.ModelBackend")
        return made

    poster = browser("poster")
    client = remittance.client
    post_payment(
        account=make_account(client=client), amount=D("50"), method="check", effective_on=TODAY, by=None, at=AT + timedelta(days=3)
    )  # fmt: skip
    asked = {"client": client.code, "through_on": "2026-04-30"}
    assert "$35.00" in poster.get("/remittances/", asked).content.decode()
    wrong = poster.post("/remittances/close/", {**asked, "through_on": "2026-06-30"})
    assert (wrong.status_code, "a day that is over" in wrong.content.decode()) == (422, True)
    said = poster.post("/remittances/close/", asked, follow=True).content.decode()
    assert "lakeside-20260430 is closed: 1 lines." in said.replace("1 line.", "1 lines.")
    made = Remittance.objects.get(through_on=date(2026, 4, 30))
    assert poster.post(f"/remittances/{made.pk}/pay/", {"reference": "1"}).status_code == 422
    assert (
        "was paid by ACH 9"
        in browser("poster")
        .post(f"/remittances/{made.pk}/pay/", {"reference": "ACH 9"}, follow=True)
        .content.decode()
    )
    own, other = browser("client"), browser("client")
    client.members.add(own.get("/").wsgi_request.user)
    page = own.get("/remittances/").content.decode()
    assert ("Trust account" in page, "lakeside-20260430" in page) == (False, True)
    assert own.get(f"/remittances/{made.pk}/statement.pdf")["Content-Type"] == "application/pdf"
    assert other.get(f"/remittances/{made.pk}/statement.pdf").status_code == 404
    assert own.get(f"/remittances/{made.pk}/statement.exe").status_code == 404
