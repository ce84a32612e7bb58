"""Who, where and why: the context that the database's audit triggers attach to every change."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pghistory
from django.http import HttpRequest, HttpResponse

SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}


class AuditMiddleware:
    """Everything a request changes is recorded with its user and path."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in SAFE_METHODS:
            return self.get_response(request)
        with pghistory.context(user=request.user.pk, path=request.path, request=str(uuid.uuid4())):
            return self.get_response(request)


@contextmanager
def audit_reason(reason: str) -> Iterator[None]:
    """Changes made inside carry the reason that was asked for."""
    if not reason.strip():
        raise ValueError("A reason must say something.")
    with pghistory.context(reason=reason.strip()):
        yield


@contextmanager
def audit_actor(user_id: int | None, source: str) -> Iterator[None]:
    """For tasks and commands: changes made inside name who asked and through what (`task:judge_promises`)."""
    with pghistory.context(user=user_id, path=source):
        yield
