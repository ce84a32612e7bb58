"""The only writers of the compliance room: dated, sourced records of what stands in the way of a contact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

from django.db import IntegrityError, transaction

from accounts.models import Account
from compliance.enums import Channel, HoldKind, RecordSource
from compliance.forgiving import limit_by_holds
from compliance.models import AddressBasis, Consent, Dispute, Hold, InconvenientTime, OptOut
from debtors.models import Debtor
from users.models import User


class HoldRefused(Exception):
    code = "hold_refused"


class RecordRefused(Exception):
    """A consent, opt-out or basis that cannot be recorded as asked."""

    code = "record_refused"


@transaction.atomic
def place_hold(
    *,
    debtor: Debtor,
    account: Account | None,
    kind: str,
    from_on: date,
    until_on: date | None = None,
    chapter: str = "",
    source: str = RecordSource.REP,
    note: str = "",
    by: User | None,
    at: datetime,
) -> Hold:
    """``account`` None: every debt of the debtor. ``chapter``: of a bankruptcy. Dispute holds come from ``open_dispute`` only."""
    if chapter and kind != HoldKind.BANKRUPTCY:
        raise HoldRefused("Only a bankruptcy has a chapter.")
    if kind == HoldKind.DISPUTE:
        raise HoldRefused("A dispute hold comes with a dispute: record the dispute.")
    return write_hold(debtor, account, kind, from_on, until_on, source, note, by, at, chapter)


def write_hold(
    debtor: Debtor,
    account: Account | None,
    kind: str,
    from_on: date,
    until_on: date | None,
    source: str,
    note: str,
    by: User | None,
    at: datetime,
    chapter: str = "",
) -> Hold:
    if until_on is not None and until_on < from_on:
        raise HoldRefused("A hold cannot end before it begins.")
    hold = Hold.objects.create(
        debtor=debtor,
        account=account,
        kind=HoldKind(kind),
        chapter=chapter,
        from_on=from_on,
        until_on=until_on,
        source=source,
        note=note[:300],
        recorded_by=by,
        recorded_at=at,
    )
    limit_by_holds(at=at, debtor_id=debtor.pk)
    return hold


@transaction.atomic
def lift_hold(*, hold: Hold, reason: str, on: date, by: User | None, at: datetime) -> Hold:
    """Ends the hold before the day ``on``. One that came with a dispute is lifted by resolving that."""
    locked = Hold.objects.select_for_update().get(pk=hold.pk)
    if locked.kind == HoldKind.DISPUTE or Dispute.objects.filter(hold=locked).exists():
        raise HoldRefused("A dispute hold is lifted by resolving its dispute.")
    return end_hold(locked, reason, on, by, at)


def end_hold(locked: Hold, reason: str, on: date, by: User | None, at: datetime) -> Hold:
    if not reason.strip():
        raise HoldRefused("Say why the hold is lifted.")
    if locked.lifted_at is not None:
        raise HoldRefused("This hold has been lifted already.")
    locked.until_on, locked.lifted_by, locked.lifted_at, locked.lift_reason = (
        max(on, locked.from_on),
        by,
        at,
        reason.strip()[:200],
    )
    locked.save(update_fields=["until_on", "lifted_by", "lifted_at", "lift_reason"])
    limit_by_holds(at=at, debtor_id=locked.debtor_id)
    return locked


@transaction.atomic
def record_consent(
    *,
    debtor: Debtor,
    channel: str,
    address: str = "",
    account: Account | None = None,
    given_at: datetime,
    until_on: date | None = None,
    source: str = RecordSource.CONSUMER_CALL,
    is_esign: bool = False,
    note: str = "",
    by: User | None,
    at: datetime,
) -> Consent:
    """Consent given directly to us. One to e-mail or text an address is its basis as well (1006.6(d)(4)(i)(B))."""
    if given_at > at:
        raise RecordRefused("Consent cannot be given in the future.")
    if channel in (Channel.EMAIL, Channel.TEXT):
        if not address:
            raise RecordRefused("Consent to e-mail or texts names the address or number.")
        basis = "EMAIL_CONSENT" if channel == Channel.EMAIL else "SMS_CONSENT"
        record_basis(
            debtor=debtor, address=address, basis=basis, as_of=given_at.date(), source=source, by=by, at=at
        )
    return Consent.objects.create(
        debtor=debtor,
        channel=channel,
        address=address,
        account=account,
        given_at=given_at,
        until_on=until_on,
        source=source,
        is_esign=is_esign,
        note=note[:300],
        recorded_by=by,
        recorded_at=at,
    )


@transaction.atomic
def revoke_consent(*, consent: Consent, by: User | None, at: datetime) -> Consent:
    consent.revoked_at = at
    consent.save(update_fields=["revoked_at"])
    return consent


@transaction.atomic
def record_basis(
    *,
    debtor: Debtor,
    address: str,
    basis: str,
    as_of: date,
    deadline_on: date | None = None,
    checked_on: date | None = None,
    source: str = RecordSource.REP,
    by: User | None,
    at: datetime,
) -> AddressBasis:
    """``deadline_on``: last day to opt out of a creditor's notice; ``checked_on``: clean check of reassigned numbers."""
    return AddressBasis.objects.create(
        debtor=debtor,
        address=address,
        basis=basis,
        as_of=as_of,
        deadline_on=deadline_on,
        checked_on=checked_on,
        source=source,
        recorded_by=by,
        recorded_at=at,
    )


@transaction.atomic
def record_opt_out(
    *,
    debtor: Debtor,
    medium: str,
    address: str = "",
    source: str = RecordSource.CONSUMER_CALL,
    note: str = "",
    received_at: datetime | None = None,
    by: User | None,
    at: datetime,
) -> OptOut:
    """Blocks a medium, or one address of it, for every debt of the person, at once. Saying it twice changes nothing.

    ``received_at``: when they asked, if that was earlier. Outside of imports, ``contacts.revoking.opt_out`` does all that follows.
    """
    if received_at is not None and received_at > at:
        raise RecordRefused("received_at: an opt-out cannot have been received in the future.")
    try:
        with transaction.atomic():
            return OptOut.objects.create(
                debtor=debtor,
                medium=medium,
                address=address,
                at=received_at or at,
                source=source,
                note=note[:300],
                recorded_by=by,
                recorded_at=at,
            )
    except IntegrityError:
        return OptOut.objects.get(debtor=debtor, medium=medium, address=address, withdrawn_at__isnull=True)


@transaction.atomic
def withdraw_opt_out(*, opt_out: OptOut, note: str, by: User | None, at: datetime) -> OptOut:
    """The person asked us to use the medium again; the note says how."""
    if not note.strip():
        raise RecordRefused("Say how the person took the opt-out back.")
    locked = OptOut.objects.select_for_update().get(pk=opt_out.pk)
    if locked.withdrawn_at is not None:
        raise RecordRefused("This opt-out was taken back already.")
    locked.withdrawn_at, locked.note = at, note.strip()[:300]
    locked.save(update_fields=["withdrawn_at", "note"])
    return locked


@transaction.atomic
def record_inconvenient_time(
    *,
    debtor: Debtor,
    weekdays: Sequence[int] = (),
    start: time | None = None,
    end: time | None = None,
    place: str = "",
    from_on: date,
    until_on: date | None = None,
    source: str = RecordSource.CONSUMER_CALL,
    note: str = "",
    by: User | None,
    at: datetime,
) -> InconvenientTime:
    if (start is None) != (end is None):
        raise RecordRefused("Give both the start and the end of the time, or neither.")
    if any(day not in range(7) for day in weekdays):
        raise RecordRefused("Weekdays run from 0 (Monday) to 6 (Sunday).")
    return InconvenientTime.objects.create(
        debtor=debtor,
        weekdays=sorted(set(weekdays)),
        start=start,
        end=end,
        place=place,
        from_on=from_on,
        until_on=until_on,
        source=source,
        note=note[:300],
        recorded_by=by,
        recorded_at=at,
    )
