"""The one place where the API checks what a user may do: each view declares action → permission."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

SIGNED_IN = ""
"""Declared for an action that anyone signed in may do."""


class DeclaredPermission(BasePermission):
    """Refuses every action that its view does not declare."""

    message = "Your role does not allow this."

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        if getattr(view, "action", "") in (None, "metadata"):
            raise MethodNotAllowed(request.method or "")
        declared: dict[str, str] = getattr(view, "permissions", {})
        action = getattr(view, "action", None) or request.method.lower()
        if action not in declared:
            return False
        permission = declared[action]
        return permission == SIGNED_IN or bool(request.user.has_perm(permission))
