"""Promised, agreed and paid; corrected and given back."""

from __future__ import annotations

from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.selectors import visible_accounts
from api import bodies as b
from api import shapes
from api.base import Listed, OfAccounts
from api.filters import filters
from core.clock import business_today
from escalations.approvals import (
    counter_agreement,
    offer_agreement,
    propose_correction,
    reage_plan,
    withdraw_agreement,
    withdraw_correction,
)
from payments.agreements import Terms, accept, preview
from payments.enums import AgreementKind
from payments.models import Agreement, Correction, Payment, Promise, Refund, Remittance
from payments.refunds import approve_refund, decline_refund, pay_refund
from payments.remitting import close_remittance, pay_remittance, visible_remittances
from payments.services import cancel_promise, post_payment, post_split, record_promise, reverse_payment


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
        "split": "payments.post_payment",
        "reverse": "payments.reverse_payment",
    }
    bodies = {"create": b.PaymentBody, "split": b.SplitBody, "reverse": b.ReverseBody}
    answers = {"split": {201: shapes.PaymentRow(many=True)}}

    def create(self, request: Request) -> Response:
        """Posts what was received over the balances, in the client's order, and judges what was promised and agreed."""
        return self.shown(post_payment(**self.checked(), by=request.user), 201)

    @action(detail=False, methods=["post"])
    def split(self, request: Request) -> Response:
        """One payment for several debts of one person, never to what is disputed (12 CFR 1006.30(c)); a payment for each part."""
        given = self.checked()
        parts: dict[str, Decimal] = {}
        for part in given.pop("directions"):
            parts[part["account"]] = parts.get(part["account"], Decimal(0)) + part["amount"]
        visible = visible_accounts(request.user)
        made = post_split(**given, directions=parts, visible=visible, by=request.user)
        return Response(self.get_serializer(made, many=True).data, status=201)

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


def _terms(given: dict[str, Any]) -> dict[str, Any]:
    """What was read, with the fields of the terms as one."""
    names = {field.name for field in fields(Terms)}
    rest = {name: value for name, value in given.items() if name not in names}
    return {**rest, "terms": Terms(**{name: given[name] for name in names})}


class AgreementViewSet(OfAccounts):
    model = Agreement
    joined = ("account", "made_by", "approved_by")
    serializer_class = shapes.AgreementRow
    filterset_class = filters(
        Agreement, account="account__ref", client="account__client__code", status="status", next_due_on="next_due_on",
    )  # fmt: skip
    kind: str
    permissions = {
        "list": "accounts.view_account",
        "retrieve": "accounts.view_account",
        **dict.fromkeys(("create", "preview", "counter", "accept", "withdraw"), "payments.make_agreement"),
    }
    bodies = {
        "create": b.OfferBody,
        "preview": b.PreviewBody,
        "counter": b.CounterBody,
        "accept": b.NoteBody,
        "withdraw": b.ReasonBody,
    }
    answers = {"preview": shapes.Preview}

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(kind=self.kind)

    def create(self, request: Request) -> Response:
        """Within your authority it is offered, and with `agreed` in force; above it an approval is asked for."""
        made = offer_agreement(kind=self.kind, **_terms(self.checked()), by=request.user)
        return self.shown(made, 201)

    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """The instalments, and what of the terms exceeds your authority; nothing is kept."""
        given = _terms(self.checked())
        on = business_today(given.pop("at"))
        found = preview(kind=self.kind, **given, by=request.user, on=on)
        return Response(shapes.Preview({**asdict(found), "percent": round(found.percent, 4)}).data)

    @action(detail=True, methods=["post"])
    def counter(self, request: Request, pk: str) -> Response:
        """Other terms, measured anew; an approval of those before is void."""
        return self.shown(
            counter_agreement(agreement=self.get_object(), **_terms(self.checked()), by=request.user)
        )

    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """The debtor agrees: it is in force from now on."""
        return self.shown(accept(agreement=self.get_object(), **self.checked(), by=request.user))

    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        return self.shown(withdraw_agreement(agreement=self.get_object(), **self.checked(), by=request.user))


class SettlementViewSet(AgreementViewSet):
    """Less than is owed as payment in full: when it is kept, by the ledger and in time, the rest is written off."""

    kind = AgreementKind.SETTLEMENT


class PlanViewSet(AgreementViewSet):
    """What is owed, by instalments, judged by the ledger."""

    kind = AgreementKind.PLAN
    permissions = {**AgreementViewSet.permissions, "reage": "payments.make_agreement"}
    bodies = {**AgreementViewSet.bodies, "reage": b.ReageBody}

    @action(detail=True, methods=["post"])
    def reage(self, request: Request, pk: str) -> Response:
        """A new schedule agreed for a plan in force or broken, with the reason; the answer is the new plan."""
        made = reage_plan(agreement=self.get_object(), **_terms(self.checked()), by=request.user)
        return self.shown(made, 201)


class CorrectionViewSet(OfAccounts):
    """Write-offs, waivers and adjustments: posted within the authority of who asks, else when somebody with more approves."""

    model = Correction
    joined = ("account", "asked_by", "decided_by")
    serializer_class = shapes.CorrectionRow
    filterset_class = filters(
        Correction, account="account__ref", client="account__client__code", status="status", kind="kind"
    )
    permissions = {
        "list": "accounts.view_account",
        "retrieve": "accounts.view_account",
        "create": "payments.propose_correction",
        "withdraw": "payments.propose_correction",
    }
    bodies = {"create": b.CorrectionBody, "withdraw": b.NoteBody}

    def create(self, request: Request) -> Response:
        return self.shown(propose_correction(**self.checked(), by=request.user), 201)

    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        return self.shown(
            withdraw_correction(correction=self.get_object(), **self.checked(), by=request.user)
        )


class RefundViewSet(OfAccounts):
    """Money that goes back: what was paid beyond the debt, or a payment that was not theirs to make."""

    model = Refund
    joined = ("account", "asked_by", "approved_by")
    serializer_class = shapes.RefundRow
    filterset_class = filters(
        Refund, account="account__ref", client="account__client__code", status="status", paid_on="paid_on"
    )
    permissions = {
        "list": "accounts.view_account",
        "retrieve": "accounts.view_account",
        "approve": "payments.approve_refund",
        "decline": "payments.approve_refund",
        "pay": "payments.pay_refund",
    }
    bodies = {"approve": b.TimedBody, "decline": b.ReasonBody, "pay": b.RefundPaidBody}

    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Within your authority, and not what you asked for yourself."""
        return self.shown(approve_refund(refund=self.get_object(), **self.checked(), by=request.user))

    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str) -> Response:
        return self.shown(decline_refund(refund=self.get_object(), **self.checked(), by=request.user))

    @action(detail=True, methods=["post"])
    def pay(self, request: Request, pk: str) -> Response:
        """Records by which check or transfer it went back."""
        return self.shown(pay_refund(refund=self.get_object(), **self.checked(), by=request.user))


class RemittanceViewSet(Listed):
    """What a client was told and paid. Closed once; what is taken back later stands in a later one."""

    queryset = Remittance.objects.none()
    serializer_class = shapes.RemittanceRow
    filterset_class = filters(Remittance, client="client__code", status="status", through_on="through_on")
    permissions = {
        "list": "payments.view_remittance",
        "retrieve": "payments.view_remittance",
        "lines": "payments.view_remittance",
        "create": "payments.close_remittance",
        "pay": "payments.pay_remittance",
    }
    bodies = {"create": b.CloseBody, "pay": b.RefundPaidBody}
    answers = {"lines": {200: shapes.RemittanceLineRow(many=True)}}

    def get_queryset(self) -> QuerySet[Any]:
        return visible_remittances(self.request.user)

    def create(self, request: Request) -> Response:
        """Closes a client's remittance: every payment and reversal up to the day that none has told of, with our fee."""
        return self.shown(close_remittance(**self.checked(), by=request.user), 201)

    @action(detail=True, methods=["get"])
    def lines(self, request: Request, pk: str) -> Response:
        """All of its lines, in order."""
        found = self.get_object().lines.select_related("account").order_by("number")
        return Response(shapes.RemittanceLineRow(found, many=True).data)

    @action(detail=True, methods=["post"])
    def pay(self, request: Request, pk: str) -> Response:
        """Records the transfer; whoever closed it does not."""
        return self.shown(pay_remittance(remittance=self.get_object(), **self.checked(), by=request.user))
