"""Promised and paid."""

from __future__ import annotations

from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import bodies as b
from api import shapes
from api.base import OfAccounts
from api.filters import filters
from core.clock import business_today
from payments.models import Payment, Promise
from payments.services import cancel_promise, post_payment, record_promise, reverse_payment


class PaymentViewSet(OfAccounts):
    """Money received. A wrong one is taken back by its reversal, never changed."""

    model = Payment
    joined = ("account", "posted_by")
    serializer_class = shapes.PaymentRow
    filterset_class = filters(
        Payment, account="account__ref", client="account__client__code", status="status", method="method",
        effective_on="effective_on", reference="reference",
    )  # fmt: skip
    permissions = {
        "list": "accounts.view_account",
        "retrieve": "accounts.view_account",
        "create": "payments.post_payment",
        "reverse": "payments.reverse_payment",
    }
    bodies = {"create": b.PaymentBody, "reverse": b.ReasonBody}

    def create(self, request: Request) -> Response:
        """Posts what was received over the balances, in the client's order, and judges the account's promises."""
        return self.shown(post_payment(**self.checked(), by=request.user), 201)

    @action(detail=True, methods=["post"])
    def reverse(self, request: Request, pk: str) -> Response:
        """Compensates the payment's entries on its own date and judges the promises again."""
        return self.shown(reverse_payment(payment=self.get_object(), **self.checked(), by=request.user))


class PromiseViewSet(OfAccounts):
    """Promises to pay, judged by the ledger."""

    model = Promise
    joined = ("account", "by")
    serializer_class = shapes.PromiseRow
    filterset_class = filters(
        Promise, account="account__ref", client="account__client__code", status="status", due_on="due_on"
    )
    permissions = {
        "list": "accounts.view_account",
        "retrieve": "accounts.view_account",
        "create": "payments.record_promise",
        "cancel": "payments.record_promise",
    }
    bodies = {"create": b.PromiseBody, "cancel": b.ReasonBody}

    def create(self, request: Request) -> Response:
        given = self.checked()
        made = record_promise(**given, on=business_today(given["at"]), by=request.user)
        return self.shown(made, 201)

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        return self.shown(cancel_promise(promise=self.get_object(), **self.checked(), by=request.user))
