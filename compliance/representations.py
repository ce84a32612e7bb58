"""Attorneys, debt by debt: who stands between us and the person, and when silence ends that (12 CFR 1006.6(b)(2))."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.models import Account
from compliance.enums import HoldKind, RecordSource
from compliance.models import Representation
from compliance.packs import clocks_on
from compliance.services import RecordRefused, lift_hold, place_hold
from users.models import User


@transaction.atomic
def record_representation(
    *,
    account: Account,
    name: str,
    address: str = "",
    from_on: date,
    until_on: date | None = None,
    source: str = RecordSource.CONSUMER_CALL,
    note: str = "",
    by: User | None,
    at: datetime,
) -> Representation:
    """Contact about this debt stops from ``from_on`` on. Raises RecordRefused, or HoldRefused for a time that ends before it begins."""
    if not name.strip():
        raise RecordRefused("name: say who the attorney is.")
    hold = place_hold(
        debtor=account.debtor, account=account, kind=HoldKind.ATTORNEY, from_on=from_on, until_on=until_on, source=source,
        note=f"Attorney {name.strip()}. {note}".strip(), by=by, at=at,
    )  # fmt: skip
    return Representation.objects.create(
        account=account, hold=hold, name=name.strip()[:160], address=address.strip()[:400], source=source, note=note[:300],
        recorded_by=by, recorded_at=at,
    )  # fmt: skip


@transaction.atomic
def ask_attorney(
    *, representation: Representation, on: date, by: User | None, at: datetime
) -> Representation:
    """The inquiry that went to the attorney on that day; the days to answer run from it."""
    locked = _standing(representation)
    if not locked.address:
        raise RecordRefused("address: an inquiry needs the attorney's address.")
    if locked.inquired_on is not None:
        raise RecordRefused(
            f"on: the attorney was asked on {locked.inquired_on} already and has not answered."
        )
    if on < locked.hold.from_on:
        raise RecordRefused(f"on: the attorney stands for this debt from {locked.hold.from_on} on only.")
    locked.inquired_on = on
    locked.save(update_fields=["inquired_on"])
    return locked


@transaction.atomic
def note_answer(*, representation: Representation, by: User | None, at: datetime) -> Representation:
    """The attorney answered: the block stands, and silence begins anew with another inquiry only."""
    locked = _standing(representation)
    if locked.inquired_on is None:
        raise RecordRefused("No inquiry waits for an answer.")
    locked.inquired_on = None
    locked.save(update_fields=["inquired_on"])
    return locked


def end_silent(*, on: date, at: datetime) -> int:
    """Lifts the block of each attorney whose days to answer have passed, with the reason. How many. Safe to run twice."""
    asked = Representation.objects.filter(inquired_on__isnull=False, hold__lifted_at__isnull=True)
    return sum(_end_if_silent(found, on, at) for found in asked.order_by("pk"))


@transaction.atomic
def _end_if_silent(representation: Representation, on: date, at: datetime) -> bool:
    locked = (
        Representation.objects.select_for_update(of=("self",))
        .select_related("hold")
        .get(pk=representation.pk)
    )
    asked_on = locked.inquired_on
    if asked_on is None or locked.hold.lifted_at is not None:
        return False
    days = clocks_on(asked_on).attorney_response_days
    if on <= asked_on + timedelta(days=days):
        return False
    reason = f"The attorney {locked.name[:90]} did not answer the inquiry of {asked_on} within {days} days"
    lift_hold(hold=locked.hold, reason=reason, on=on, by=None, at=at)
    return True


def _standing(representation: Representation) -> Representation:
    locked = (
        Representation.objects.select_for_update(of=("self",))
        .select_related("hold")
        .get(pk=representation.pk)
    )
    if locked.hold.lifted_at is not None:
        raise RecordRefused("This attorney stands for the debt no more.")
    return locked
