"""What every view of the API stands on: idempotent POSTs, scoping, checked input, and the clock.

A view declares in tables, by action: ``permissions`` (what it takes), ``bodies`` (what comes in), ``queries`` (its
parameters) and ``answers`` (what goes out, where that is not the view's own row). The schema is made from them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django_filters.utils import get_model_field
from rest_framework import mixins, viewsets
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer, Serializer

from accounts.selectors import visible_accounts, visible_debtors
from api import idempotency
from api.documentation import DeskSchema
from api.filters import DeclaredFilters
from api.models import IdempotencyRecord
from api.parsing import CleanJSONParser
from core.cards import REFUSED, has_card
from core.clock import now
from users.models import User

SKEW = timedelta(minutes=5)
Shape = type[Serializer[Any]]


class DeskViewSet(viewsets.GenericViewSet[Any]):
    permissions: dict[str, str] = {}
    bodies: dict[str, Any] = {}
    queries: dict[str, Shape] = {}
    answers: dict[str, Any] = {}
    examples: dict[str, list[Any]] = {}
    commits_itself: frozenset[str] = frozenset()
    """Actions that commit on their way and are safe to repeat; every other POST under a key is one transaction."""

    schema = DeskSchema()
    renderer_classes = [JSONRenderer]
    parser_classes = [CleanJSONParser]
    filter_backends = [DeclaredFilters]
    metadata_class = None
    _record: IdempotencyRecord | None = None
    _lock: int | None = None

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if request.method != "POST" or not request.headers.get("Idempotency-Key"):
            return super().dispatch(request, *args, **kwargs)
        if self.action_map.get("post") in self.commits_itself:
            try:
                return super().dispatch(request, *args, **kwargs)
            finally:
                if self._lock is not None:
                    idempotency.unlock_key(self._lock)
        with transaction.atomic():
            response = super().dispatch(request, *args, **kwargs)
            if response.status_code >= 500:
                transaction.set_rollback(True)
            return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        key = request.headers.get("Idempotency-Key", "")
        if request.method != "POST" or not key:
            return
        if self.action in self.commits_itself:
            self._lock = idempotency.lock_key(request.user, key)
        self._record = idempotency.take_key(request, key)

    def handle_exception(self, exc: Exception) -> Response:
        return (
            exc.response() if isinstance(exc, idempotency.AnsweredBefore) else super().handle_exception(exc)
        )

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        if self._record is not None and response.status_code < 500:
            idempotency.keep_answer(self._record, response)
        return final

    def checked(self, shape: Shape | None = None) -> dict[str, Any]:
        """The body as the action's shape reads it, and ``at``: now, or the instant that the body may state."""
        given = self._read(shape or self.bodies[self.action], self.request.data)
        return {**given, "at": acted_at(self.request.user, given.get("at"))}

    def asked(self) -> dict[str, Any]:
        """The parameters of a GET."""
        return self._read(self.queries[self.action], self.request.query_params)

    def _read(self, shape: Any, data: Any) -> dict[str, Any]:
        reader = shape(data=data, context=self.get_serializer_context())
        reader.is_valid(raise_exception=True)
        found = dict(reader.validated_data)
        cards = {
            name: [REFUSED] for name, value in found.items() if isinstance(value, str) and has_card(value)
        }
        if cards:
            raise ValidationError(cards)
        return found

    def shown(self, thing: Any, status: int = 200) -> Response:
        """The row as a list shows it. It is read again where a service gave it back without what it belongs to."""
        return Response(self.get_serializer(thing).data, status=status)


@cache
def columns(serializer: type[ModelSerializer[Any]]) -> dict[str, str] | None:
    """The column behind each field of a row; None when one of them is worked out in Python."""
    paths = {name: field.source.replace(".", "__") for name, field in serializer().fields.items()}
    found = [get_model_field(serializer.Meta.model, path) for path in paths.values()]
    return paths if all(found) else None


def _told(value: Any) -> Any:
    """Money goes out as text, so that no reader makes a float of it."""
    return str(value) if isinstance(value, Decimal) else value


class Uploading:
    """Takes files as well as JSON."""

    parser_classes = [CleanJSONParser, MultiPartParser]


class Listed(mixins.ListModelMixin, mixins.RetrieveModelMixin, DeskViewSet):
    """GET list and detail. A row that is columns only goes from the database to JSON without becoming a model first."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        paths = columns(self.serializer_class)
        if paths is None:
            return super().list(request, *args, **kwargs)
        rows = self.filter_queryset(self.get_queryset()).values("id", *paths.values())
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(
            [{name: _told(row[path]) for name, path in paths.items()} for row in page]
        )


class OfAccounts(Listed):
    """Rows of the accounts that the user may see; ``joined`` are the relations that a row shows."""

    model: type[Model]
    joined: tuple[str, ...] = ("account",)

    def get_queryset(self) -> QuerySet[Any]:
        rows = self.model._default_manager.select_related(*self.joined)
        user = self.request.user
        if user.has_perm("accounts.view_all_portfolios"):
            return rows
        return rows.filter(account__in=visible_accounts(user))


class OfDebtors(Listed):
    """Rows of the debtors that the user may see."""

    model: type[Model]

    def get_queryset(self) -> QuerySet[Any]:
        rows = self.model._default_manager.all()
        user = self.request.user
        if user.has_perm("accounts.view_all_portfolios"):
            return rows
        return rows.filter(debtor__in=visible_debtors(user))


def acted_at(user: User, stated: datetime | None) -> datetime:
    """Only who may state an instant does, and never one to come."""
    current = now()
    if stated is None:
        return current
    if not user.has_perm("api.state_instant"):
        raise PermissionDenied(
            "Leave `at` out: your role may not state when an act happened.", code="at_not_yours"
        )
    if stated > current + SKEW:
        raise ValidationError({"at": ["An act cannot have happened in the future."]})
    return stated
