"""Every error as application/problem+json (RFC 9457), with a stable ``code`` and errors by field."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from compliance.policy import PolicyError
from compliance.questions import answer_dict
from compliance.reader import QuestionError
from debtors.services import InvalidDetail

CONTENT_TYPE = "application/problem+json"
log = logging.getLogger(__name__)


class Conflict(exceptions.APIException):
    status_code = 409
    default_code = "conflict"


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    body = {
        "type": "about:blank",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "code": code,
    }
    return Response({**body, "detail": detail, **more}, status=status, content_type=CONTENT_TYPE)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, Http404):
        return problem(404, "not_found", "There is no such thing, or it is not yours to see.")
    if isinstance(error, PermissionDenied):
        return problem(403, "permission_denied", "Your role does not allow this.")
    if isinstance(error, exceptions.ValidationError):
        return problem(400, "invalid", "Some fields are not right.", errors=error.detail)
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    if isinstance(error, (OperationalError, DataError, IntegrityError)):
        return _of_database(error)
    return _of_domain(error)


def _of_framework(error: exceptions.APIException) -> Response:
    code = error.get_codes()
    response = problem(error.status_code, code if isinstance(code, str) else "invalid", str(error.detail))
    header = getattr(error, "auth_header", None)
    if header:
        response["WWW-Authenticate"] = header
    return response


def _of_database(error: Exception) -> Response | None:
    """What slipped past the fields and the rooms' own checks: refused by the database, and logged as ours to mend."""
    if isinstance(error, OperationalError):
        if "timeout" in str(error) or "deadlock" in str(error):
            return problem(503, "busy", "Somebody else is changing this; try again in a moment.")
        return None
    log.warning("Refused by the database: %s", type(error).__name__, exc_info=error)
    if isinstance(error, DataError):
        return problem(422, "invalid", "A value does not fit its place.")
    return problem(409, "conflict", "This contradicts what is on file already.")


def _of_domain(error: Exception) -> Response | None:
    if isinstance(error, (InvalidDetail, QuestionError)):
        return problem(422, error.code, str(error), errors={error.field: [str(error)]})
    if isinstance(error, PolicyError):
        return problem(422, "no_policy", str(error))
    if isinstance(error, ValidationError):
        return problem(422, "invalid", " ".join(error.messages), errors={"non_field_errors": error.messages})
    code = getattr(error, "code", None)
    if not isinstance(code, str):
        return None
    return problem(409, code, str(error), **_refusal(error))


def _refusal(error: Exception) -> dict[str, Any]:
    decision = getattr(error, "decision", None)
    if decision is None:
        return {"codes": list(getattr(error, "codes", ()))} if hasattr(error, "codes") else {}
    answer = answer_dict(decision)
    return {"reasons": answer["reasons"], "next_allowed_at": answer["next_allowed_at"]}
