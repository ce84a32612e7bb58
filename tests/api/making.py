"""Somebody signed in with a token, and a world with one row of everything the API lists."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from rest_framework.test import APIClient

from accounts.accruing import limit_interest
from accounts.models import Account, Client
from accounts.services import add_document
from api.tokens import create_token
from compliance.disputes import open_dispute
from compliance.services import place_hold, record_consent, record_opt_out
from contacts.services import add_note, log_call, queue_message
from contacts.standard_templates import ensure_templates
from escalations.approvals import offer_agreement, propose_correction, withdraw_agreement
from payments.agreements import Terms
from payments.refunds import ask_refund
from payments.remitting import close_remittance
from payments.services import post_payment
from strategies.models import Strategy
from tests.contacts.making import reachable
from tests.factories import (
    AT,
    TODAY,
    make_client,
    make_escalation,
    make_phone,
    make_promise,
    make_task,
    make_user,
)
from users.models import User

V1 = "/api/v1/"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"
LISTS = [
    "clients", "placements", "debtors", "accounts", "documents", "notes", "contacts", "messages", "templates", "holds",
    "consents", "opt-outs", "disputes", "promises", "plans", "settlements", "payments", "refunds",
    "corrections", "remittances", "tasks", "queues", "escalations", "strategies",
]  # fmt: skip


def signed(role: str | None = "admin", *, user: User | None = None, **kwargs: Any) -> APIClient:
    client = APIClient(raise_request_exception=False)
    user = user or make_user(role, **kwargs)
    client.credentials(HTTP_AUTHORIZATION=f"Token {create_token(user=user, at=AT)}")
    return client


def post(client: APIClient, path: str, body: Any, *, key: str = "") -> Any:
    return client.post(V1 + path, body, format="json", headers={"Idempotency-Key": key} if key else {})


def payment(account: Account, amount: str = "100.00", **more: Any) -> dict[str, Any]:
    return {"account": account.ref, "amount": amount, "method": "check", "effective_on": "2026-04-01", **more}


_made = iter(range(1, 10_000))


def make_agreements(account: Account, by: User) -> None:
    for kind, amount in (("settlement", "500.00"), ("plan", "900.00")):
        terms = Terms(Decimal(amount), TODAY, count=1)
        made = offer_agreement(account=account, kind=kind, terms=terms, by=by, at=AT)
        if kind == "settlement":
            withdraw_agreement(agreement=made, reason="Wants a plan", by=by, at=AT)
    propose_correction(
        account=account, kind="write_off", bucket="principal", amount=Decimal("-1.00"), reason="Small", by=by, at=AT
    )  # fmt: skip


def make_world(*, by: User, client: Client | None = None) -> Account:
    """One account of a debtor of its own, and on it one row of each kind."""
    number = next(_made)
    account = reachable(f"Debtor {number}", f"d{number}@example.com", client=client or make_client())
    debtor = account.debtor
    phone = make_phone(debtor, f"+1212555{1000 + number}")
    templates = ensure_templates(at=AT)
    queue_message(
        account=account, channel="email", template=templates["first_notice", "email"], address=f"d{number}@example.com",
        by=by, at=AT,
    )  # fmt: skip
    log_call(
        account=account,
        direction="in",
        address=phone.number,
        outcome="conversation",
        note="asked for time",
        by=by,
        at=AT,
    )
    add_note(account=account, text="Prefers mornings", by=by, at=AT)
    add_document(account=account, upload=ContentFile(PDF, "statement.pdf"), title="Statement", by=by, at=AT)
    make_promise(account, by=by)
    make_task(account, assigned_to=by)
    make_escalation(account, by=by)
    make_agreements(account, by)
    paid = post_payment(
        account=account, amount=Decimal("10.00"), method="check", effective_on=TODAY, by=by, at=AT
    )
    ask_refund(payment=paid, amount=Decimal("5.00"), reason="Paid twice", by=by, at=AT)
    later = timedelta(days=number)
    close_remittance(
        client=account.client, through_on=TODAY + later, by=by, at=AT + later + timedelta(days=1)
    )
    record_consent(
        debtor=debtor, channel="call", account=account, given_at=AT - timedelta(days=1), by=by, at=AT
    )
    record_opt_out(debtor=debtor, medium="text", by=by, at=AT)
    open_dispute(account=account, received_on=TODAY, by=by, at=AT)
    place_hold(debtor=debtor, account=None, kind="attorney", from_on=date(2026, 4, 8), by=by, at=AT)
    limit_interest(account=account, most=Decimal(6), from_on=TODAY, reason="Hardship", by=by, at=AT)
    Strategy.objects.create(code=f"world-{number}", name="World")
    return account
