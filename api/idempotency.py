"""A POST under an Idempotency-Key happens once, and is answered alike ever after.

Its record is written in the transaction of its effect: a second holder of the key waits for the first to end, then is
given the first's answer. An act that commits on its way (a nightly pass) is held apart by a lock of the session
instead, which ends with the process; its second holder is told to come back.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, cast

from django.db import OperationalError, connection
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api.models import IdempotencyRecord
from api.problems import Conflict
from core.clock import now
from core.fields import blind_index
from users.models import User

LONGEST_KEY = 200


class AnsweredBefore(Exception):
    def __init__(self, record: IdempotencyRecord) -> None:
        self.record = record

    def response(self) -> Response:
        """The first answer once more."""
        body = json.loads(self.record.response or "null")
        return Response(body, status=self.record.status, content_type=self.record.content_type)


def in_progress() -> Conflict:
    return Conflict(
        "A request with this Idempotency-Key is still running; ask again in a moment.",
        code="idempotency_in_progress",
    )


def take_key(request: Request, key: str) -> IdempotencyRecord:
    """The record to fill. Raises AnsweredBefore, or Conflict when the key was used for another request."""
    if len(key) > LONGEST_KEY:
        raise ValidationError({"Idempotency-Key": [f"A key has at most {LONGEST_KEY} characters."]})
    path, body_hash = request.path[:300], _body_hash(request)
    values = {"path": path, "body_hash": body_hash, "created_at": now()}
    try:
        record, _ = IdempotencyRecord.objects.get_or_create(user=request.user, key=key, defaults=values)
    except OperationalError as error:
        if "timeout" not in str(error):
            raise
        raise in_progress() from error
    if (record.path, record.body_hash) != (path, body_hash):
        raise Conflict("This Idempotency-Key was used for another request.", code="idempotency_conflict")
    if record.status is not None:
        raise AnsweredBefore(record)
    return record


def keep_answer(record: IdempotencyRecord, response: Response) -> None:
    record.response = JSONRenderer().render(response.data).decode()
    record.status = response.status_code
    record.content_type = response.content_type or "application/json"
    record.save(update_fields=["response", "status", "content_type"])


def lock_key(user: User, key: str) -> int:
    """Holds the key until ``unlock_key``, through as many transactions as there are. Raises Conflict."""
    name = int.from_bytes(hashlib.sha256(f"{user.pk}:{key}".encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [name])
        if not cursor.fetchone()[0]:
            raise in_progress()
    return name


def unlock_key(name: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [name])


def _body_hash(request: Request) -> str:
    """Keyed, for a body may hold an SSN."""
    files, data = request.FILES, cast(Any, request.data)
    parts: list[Any] = [{name: data[name] for name in data if name not in files} if files else data]
    for name in sorted(files):
        parts.append([name, files[name].name, hashlib.sha256(files[name].read()).hexdigest()])
        files[name].seek(0)
    return blind_index(json.dumps(parts, sort_keys=True), "idempotency")
