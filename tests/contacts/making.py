"""Accounts whose debtor can be reached, and drafts to them."""

from __future__ import annotations

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
