"""Our licences, as the places that ask for one gave them."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from compliance.models import Licence
from users.models import User


@transaction.atomic
def record_licence(
    *,
    licence: Licence | None,
    place: str,
    number: str,
    valid_from: date,
    valid_to: date | None,
    by: User | None,
    at: datetime,
) -> Licence:
    """A new one, or one put right; who and when is kept by the audit. Raises ValidationError."""
    row = licence or Licence()
    row.place, row.number = place.strip().upper(), number.strip()
    row.valid_from, row.valid_to = valid_from, valid_to
    row.full_clean()
    row.save()
    return row
