"""Where letters go: for each person the postal address that may still be believed."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Case, IntegerField, Value, When

from contacts.facts import among, window_lines
from debtors.enums import AddressKind, ReachStatus
from debtors.models import Address

NOT_BELIEVED = (ReachStatus.BAD, ReachStatus.WRONG_PARTY)


def good_first() -> Case:
    return Case(When(status=ReachStatus.GOOD, then=Value(0)), default=Value(1), output_field=IntegerField())


def postal_addresses(debtor_ids: Collection[int]) -> dict[int, str]:
    """In lines. A mailing address before any other, confirmed ones first, the newest of equals; never the place of work."""
    mailing = Case(
        When(kind=AddressKind.MAILING, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    believed = (
        Address.objects.filter(debtor_id__in=among(debtor_ids), is_current=True)
        .exclude(status__in=NOT_BELIEVED)
        .exclude(kind=AddressKind.WORK)
        .order_by("debtor_id", mailing, good_first(), "-id")
        .distinct("debtor_id")
    )
    columns = ("debtor_id", "line1", "line2", "city", "state", "zip")
    return {debtor: window_lines(*lines) for debtor, *lines in believed.values_list(*columns)}
