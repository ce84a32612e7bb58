"""Reads of escalations."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.selectors import visible_accounts
from escalations.models import Escalation
from users.models import User


def visible_escalations(user: User) -> QuerySet[Escalation]:
    """Those of accounts the user may see: all of them with the right to view the queue, else only one's own."""
    found = Escalation.objects.filter(account__in=visible_accounts(user)).select_related(
        "account",
        "account__debtor",
        "account__client",
        "raised_by",
        "taken_by",
        "decided_by",
        "agreement",
        "correction",
    )
    if user.has_perm("escalations.view_escalation"):
        return found
    return found.filter(raised_by=user)
