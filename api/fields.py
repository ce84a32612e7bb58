"""Fields that the bodies share: days and instants within reason, and things of ours by their own names."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from rest_framework import serializers as s

from accounts.models import Account
from accounts.selectors import visible_accounts, visible_debtors
from contacts.models import Template
from debtors.models import Debtor
from worklists.models import Queue

YEARS = range(1900, 2200)


def money(**kwargs: Any) -> s.DecimalField:
    """US dollars, as text with two decimals."""
    return s.DecimalField(max_digits=14, decimal_places=2, **kwargs)


def percent(**kwargs: Any) -> s.DecimalField:
    """As text with up to four decimals."""
    return s.DecimalField(max_digits=7, decimal_places=4, **kwargs)


def text(limit: int, **kwargs: Any) -> s.CharField:
    """Free text, empty when it is not given."""
    return s.CharField(max_length=limit, **{"required": False, "allow_blank": True, "default": "", **kwargs})


class Day(s.DateField):
    default_error_messages = {"range": "A day between the years 1900 and 2199."}

    def to_internal_value(self, value: Any) -> Any:
        day = super().to_internal_value(value)
        if day.year not in YEARS:
            self.fail("range")
        return day


class Instant(s.DateTimeField):
    """An instant that says its offset from UTC."""

    default_error_messages = {
        "offset": "An instant with its offset, like 2026-04-07T15:00:00-04:00.",
        "range": "An instant between the years 1900 and 2199.",
    }

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None:
            self.fail("offset")
        if value.year not in YEARS:
            self.fail("range")
        return super().enforce_timezone(value)


class _Own(s.SlugRelatedField[Any]):
    """A row found among those that the asker may see; another's is as absent as none."""

    default_error_messages = {"does_not_exist": "There is no such {slug_name}: {value}."}

    def asker(self) -> Any:
        return self.context["request"].user


class AccountField(_Own):
    """An account by our reference."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="ref", queryset=Account.objects.all(), **kwargs)

    def get_queryset(self) -> QuerySet[Account]:
        return visible_accounts(self.asker()).select_related("client", "debtor")


class DebtorField(_Own):
    """A debtor by id."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="id", queryset=Debtor.objects.all(), **kwargs)

    def get_queryset(self) -> QuerySet[Debtor]:
        return visible_debtors(self.asker())


class QueueField(_Own):
    """A queue of every team or of one's own, by its slug."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="slug", queryset=Queue.objects.all(), **kwargs)

    def get_queryset(self) -> QuerySet[Queue]:
        return own_queues(self.asker())


class TemplateField(_Own):
    """A template by id."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="id", queryset=Template.objects.all(), **kwargs)


def own_queues(user: Any) -> QuerySet[Queue]:
    return Queue.objects.filter(Q(team__isnull=True) | Q(team_id=user.team_id))
