"""Accounts whose debtor can be reached, and drafts to them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from compliance.services import record_basis
from contacts.facts import postal_lines
from contacts.outbox import Draft
from tests.factories import AT, TODAY, make_account, make_address, make_debtor, make_email


def reachable(name: str = "Marisol Whitaker", mail: str = "marisol@example.com", **fields: Any) -> Any:
    """An account whose debtor may be e-mailed and written to."""
    debtor = make_debtor(name)
    make_email(debtor, mail)
    record_basis(debtor=debtor, address=mail, basis="EMAIL_CONSENT", as_of=TODAY, by=None, at=AT)
    make_address(debtor)
    return make_account(debtor=debtor, **fields)


ITEMIZED: dict[str, Any] = {
    "debt_type": "card",
    "itemization_on": date(2025, 12, 31),
    "itemization_type": "charge_off",
    "itemization_balance": Decimal("940.00"),
    "interest_since": Decimal("75.00"),
    "fees_since": Decimal("25.00"),
    "payments_since": Decimal("30.00"),
    "credits_since": Decimal("10.00"),
}
"""A consumer's debt of a thousand dollars, with all that a validation notice tells of it."""


def itemized(name: str = "Marisol Whitaker", mail: str = "marisol@example.com", **fields: Any) -> Any:
    return reachable(name, mail, **{**ITEMIZED, **fields})


def notice_draft(
    account: Any, templates: Any, channel: str = "letter", key: str = "", **fields: Any
) -> Draft:
    template = templates["validation_notice", channel]
    address = "marisol@example.com" if channel == "email" else postal_lines(account.debtor.addresses.get())
    values = {"debtor_id": account.debtor_id, "address": address, **fields}
    return Draft(
        key or f"notice:{account.pk}", account.pk, channel=channel, template_id=template.pk, **values
    )


def email_draft(account: Any, templates: Any, key: str = "", **fields: Any) -> Draft:
    template = templates["first_notice", "email"]
    mail = account.debtor.emails.get().address
    return Draft(
        key or f"step:{account.pk}:1", account.pk, account.debtor_id, "email", mail, template.pk, **fields
    )


def letter_draft(account: Any, templates: Any, key: str = "") -> Draft:
    template = templates["first_notice", "letter"]
    lines = postal_lines(account.debtor.addresses.get())
    return Draft(key or f"step:{account.pk}:2", account.pk, account.debtor_id, "letter", lines, template.pk)
