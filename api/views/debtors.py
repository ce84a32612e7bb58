"""Who owes, and how they are reached. Debtors come in with placements; there is no other door."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django_filters import CharFilter
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.selectors import visible_debtors
from api import bodies as b
from api import shapes
from api.base import Listed
from api.filters import filters
from core.clock import now
from debtors import services
from debtors.models import Debtor
from debtors.selectors import search

MOST_FOUND = 100


class DebtorFilters(filters(Debtor, kind="kind", state="state")):
    q = CharFilter(method="found", help_text="name (typos allowed), phone, e-mail, SSN/EIN or its last four")
    reference = CharFilter(field_name="accounts__ref", help_text="our reference of an account")

    def found(self, queryset: QuerySet[Debtor], name: str, value: str) -> QuerySet[Debtor]:
        return queryset.filter(pk__in=search(value, limit=MOST_FOUND, only=queryset))


class DebtorViewSet(Listed):
    """People and businesses. Reading one is recorded; SSN and EIN are masked but for `reveal`."""

    filterset_class = DebtorFilters
    serializer_class = shapes.DebtorRow
    permissions = {
        "list": "debtors.view_debtor",
        "retrieve": "debtors.view_debtor",
        "reveal": "debtors.reveal_ssn",
        **dict.fromkeys(
            (
                "tax_id", "add_phone", "add_address", "add_email", "set_phone_status", "set_address_status", "set_email_status",
            ),
            "debtors.change_debtor",
        ),
    }  # fmt: skip
    bodies = {
        "reveal": b.ReasonBody,
        "tax_id": b.TaxIdBody,
        "add_phone": b.PhoneBody,
        "add_address": b.AddressBody,
        "add_email": b.EmailBody,
        **dict.fromkeys(("set_phone_status", "set_address_status", "set_email_status"), b.ReachBody),
    }
    answers = {
        "retrieve": shapes.DebtorDetail,
        "reveal": shapes.TaxId,
        "add_phone": {201: shapes.PhoneRow},
        "add_address": {201: shapes.AddressRow},
        "add_email": {201: shapes.EmailRow},
        "set_phone_status": shapes.PhoneRow,
        "set_address_status": shapes.AddressRow,
        "set_email_status": shapes.EmailRow,
    }

    def get_queryset(self) -> QuerySet[Debtor]:
        return visible_debtors(self.request.user).defer("tax_id")

    def retrieve(self, request: Request, pk: str) -> Response:
        debtor = self.get_object()
        services.record_view(debtor=debtor, by=request.user, at=now())
        return Response(shapes.DebtorDetail(debtor).data)

    @action(detail=True, methods=["post"])
    def reveal(self, request: Request, pk: str) -> Response:
        """The full SSN or EIN. Who, when and why are recorded."""
        return Response({"tax_id": services.reveal_tax_id(debtor=self.get_object(), **self._act())})

    @action(detail=True, methods=["post"], url_path="tax-id")
    def tax_id(self, request: Request, pk: str) -> Response:
        """Sets the SSN or EIN; it is kept encrypted and shown masked."""
        return self.shown(services.set_tax_id(debtor=self.get_object(), **self._act()))

    @action(detail=True, methods=["post"], url_path="phones")
    def add_phone(self, request: Request, pk: str) -> Response:
        """Adds a number; one on file already is answered as it is, believed again if it was marked bad."""
        phone = services.add_phone(debtor=self.get_object(), **self._act())
        return Response(shapes.PhoneRow(phone).data, status=201)

    @action(detail=True, methods=["post"], url_path="addresses")
    def add_address(self, request: Request, pk: str) -> Response:
        """Adds a postal address; earlier ones of its kind are no longer current."""
        address = services.add_address(debtor=self.get_object(), **self._act())
        return Response(shapes.AddressRow(address).data, status=201)

    @action(detail=True, methods=["post"], url_path="emails")
    def add_email(self, request: Request, pk: str) -> Response:
        """Adds an e-mail address. To write to it takes a basis as well, such as a consent."""
        email = services.add_email(debtor=self.get_object(), **self._act())
        return Response(shapes.EmailRow(email).data, status=201)

    @action(detail=True, methods=["post"], url_path=r"phones/(?P<item>\d{1,18})/status")
    def set_phone_status(self, request: Request, pk: str, item: str) -> Response:
        phone = get_object_or_404(self.get_object().phones, pk=item)
        return Response(shapes.PhoneRow(services.set_phone_status(phone=phone, **self._act())).data)

    @action(detail=True, methods=["post"], url_path=r"addresses/(?P<item>\d{1,18})/status")
    def set_address_status(self, request: Request, pk: str, item: str) -> Response:
        address = get_object_or_404(self.get_object().addresses, pk=item)
        return Response(shapes.AddressRow(services.set_address_status(address=address, **self._act())).data)

    @action(detail=True, methods=["post"], url_path=r"emails/(?P<item>\d{1,18})/status")
    def set_email_status(self, request: Request, pk: str, item: str) -> Response:
        email = get_object_or_404(self.get_object().emails, pk=item)
        return Response(shapes.EmailRow(services.set_email_status(email=email, **self._act())).data)

    def _act(self) -> dict[str, Any]:
        return {**self.checked(), "by": self.request.user}
