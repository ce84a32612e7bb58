"""What every view of the API stands on: idempotent POSTs, scoping, checked input, and the clock."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404
from rest_framework import serializers, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Account
from accounts.selectors import visible_accounts
from api.models import IdempotencyRecord
from api.problems import Conflict
from core.clock import now


class _AnsweredBefore(Exception):
    def __init__(self, record: IdempotencyRecord) -> None:
        self.record = record


class DeskViewSet(viewsets.GenericViewSet[Any]):
    """A POST runs in one transaction with its idempotency record; ``permissions`` declares action → permission."""

    permissions: dict[str, str] = {}
    _record: IdempotencyRecord | None = None

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if request.method != "POST" or not request.headers.get("Idempotency-Key"):
            return super().dispatch(request, *args, **kwargs)
        with transaction.atomic():
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        key = request.headers.get("Idempotency-Key", "")
        if request.method == "POST" and key:
            self._record = _take_key(request, key)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, _AnsweredBefore):
            return Response(
                exc.record.response, status=exc.record.status, content_type=exc.record.content_type
            )
        return super().handle_exception(exc)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        if self._record is not None:
            self._record.response = _plain(response.data)
            self._record.status = response.status_code
            self._record.content_type = response.content_type or "application/json"
            self._record.save(update_fields=["response", "status", "content_type"])
        return final

    def checked(self, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """The body as ``shape`` reads it; ``at`` is now unless it says otherwise."""
        reader = shape(data=self.request.data)
        reader.is_valid(raise_exception=True)
        found = dict(reader.validated_data)
        found["at"] = found.get("at") or now()
        return found

    def account(self, ref: str) -> Account:
        accounts = visible_accounts(self.request.user).select_related("client", "debtor")
        found = accounts.filter(ref=ref).first()
        if found is None:
            raise ValidationError({"account": [f"There is no account {ref}."]})
        return found

    def one(self) -> Any:
        return get_object_or_404(self.get_queryset(), **{self.lookup_field: self.kwargs[self.lookup_field]})

    def shown(self, thing: Any, status: int = 200) -> Response:
        return Response(self.get_serializer(thing).data, status=status)


def _plain(data: Any) -> Any:
    import json

    return None if data is None else json.loads(JSONRenderer().render(data))


def _take_key(request: Request, key: str) -> IdempotencyRecord:
    """A second holder of the key waits here until the first has ended, then is given the first's answer."""
    if len(key) > 200:
        raise ValidationError({"Idempotency-Key": ["A key has at most 200 characters."]})
    body = _body_hash(request)
    values = {"path": request.path[:300], "body_hash": body, "created_at": now()}
    record, fresh = IdempotencyRecord.objects.get_or_create(user=request.user, key=key, defaults=values)
    if fresh:
        return record
    if (record.path, record.body_hash) != (request.path[:300], body):
        raise Conflict("This Idempotency-Key was used for another request.", code="idempotency_conflict")
    raise _AnsweredBefore(record)


def _body_hash(request: Request) -> str:
    digest = hashlib.sha256(_as_bytes(request))
    for name in sorted(request.FILES):
        upload = request.FILES[name]
        digest.update(name.encode() + hashlib.sha256(upload.read()).digest())
        upload.seek(0)
    return digest.hexdigest()


def _as_bytes(request: Request) -> bytes:
    data = request.data
    return (
        JSONRenderer().render({key: data[key] for key in sorted(data) if key not in request.FILES})
        if isinstance(data, dict)
        else JSONRenderer().render(data)
    )


def stamp() -> Any:
    """Field: the instant of the act, when it is not now."""
    return serializers.DateTimeField(required=False)


def moment(text: str | None) -> datetime:
    if not text:
        return now()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValidationError({"at": ["An instant like 2026-04-07T15:00:00-04:00."]})
    return found
