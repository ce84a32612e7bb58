"""A form sent twice, by a second press or by a browser that tries again, is done once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction

from console.models import SentForm
from contacts.services import ContactRefused
from users.models import User

T = TypeVar("T")

REMEMBERED = timedelta(days=2)


def once(*, user: User, token: str, at: datetime, do: Callable[[], T]) -> T | None:
    """What ``do`` returned, or None where the form of this token was done before. All of it is one transaction.

    A second press waits for the first one's end. What is refused leaves no trace, so that it may be mended and sent again;
    a ContactRefused leaves what the gate decided.
    """
    with transaction.atomic():
        if token and not _first(user, token[:64], at):
            return None
        try:
            return do()
        except ContactRefused as error:
            SentForm.objects.filter(user=user, token=token[:64]).delete()
            refused = error
    raise refused


def _first(user: User, token: str, at: datetime) -> bool:
    SentForm.objects.filter(user=user, at__lt=at - REMEMBERED).delete()
    return SentForm.objects.get_or_create(user=user, token=token, defaults={"at": at})[1]
