"""A small book for the tests of this room: commercial accounts with addresses, under the standard strategy."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from accounts.models import Account, Client
from contacts.standard_templates import ensure_templates
from strategies.models import Strategy
from strategies.services import PassResult, ensure_default_strategy, run_pass
from tests.factories import make_account, make_address, make_client, make_debtor, make_email

DUE = date(2026, 3, 2)
START = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


def day(offset: int) -> date:
    return DUE + timedelta(days=offset)


def night(offset: int) -> datetime:
    return START + timedelta(days=offset)


def set_up() -> Strategy:
    ensure_templates(at=START)
    return ensure_default_strategy(at=START)["commercial-reminders"]


def run(offset: int) -> PassResult:
    return run_pass(on=day(offset), at=night(offset))


def commercial_client(code: str = "northwind") -> Client:
    return make_client(code, debt_type="commercial")


def invoice(*, electronic: bool = True, email: bool = True, address: bool = True, **fields: Any) -> Account:
    debtor = make_debtor("Harlan Supply Co.", kind="business", tax_id_last4="")
    if email:
        make_email(debtor, f"d{debtor.pk}@example.com")
    if address:
        make_address(debtor, kind="business")
    return make_account(
        debtor=debtor,
        **{
            "client": commercial_client(),
            "due_on": DUE,
            "placed_on": day(1),
            "debt_type": "commercial",
            "electronic_billing": electronic,
            "at": night(1),
            **fields,
        },
    )
