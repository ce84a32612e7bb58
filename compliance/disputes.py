"""Disputes and requests for the original creditor: what stops with them, and what lets collection go on (12 CFR 1006.38)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import Account
from accounts.services import apply_transition, lock_account
from accounts.statuses import OPEN
from compliance.enums import DisputeKind, DisputeMedium, DisputeStatus, HoldKind, RecordSource
from compliance.models import Dispute
from compliance.services import end_hold, write_hold
from core.clock import business_today
from core.money import dollars
from debtors.models import Debtor
from users.models import User

S = DisputeStatus
HOLDS = {
    DisputeKind.DISPUTE: HoldKind.DISPUTE,
    DisputeKind.ORIGINAL_CREDITOR: HoldKind.ORIGINAL_CREDITOR_REQUEST,
}
BY_HAND = {
    DisputeKind.DISPUTE: (S.VERIFIED, S.WITHDRAWN, S.UPHELD),
    DisputeKind.ORIGINAL_CREDITOR: (S.ANSWERED, S.WITHDRAWN),
}
SENT = {DisputeKind.DISPUTE: S.VERIFIED, DisputeKind.ORIGINAL_CREDITOR: S.ANSWERED}


class DisputeRefused(Exception):
    """``field`` names what is wrong; blank where it is the dispute as a whole."""

    code = "dispute_refused"

    def __init__(self, text: str, field: str = "") -> None:
        self.field = field
        super().__init__(text)


@transaction.atomic
def open_dispute(
    *,
    account: Account,
    debtor: Debtor | None = None,
    received_on: date,
    medium: str = DisputeMedium.LETTER,
    kind: str = DisputeKind.DISPUTE,
    reason: str = "other",
    disputed_amount: Decimal | None = None,
    postmarked_on: date | None = None,
    is_timely: bool = True,
    stop_anyway: bool = False,
    duplicate_of: Dispute | None = None,
    note: str = "",
    source: str = RecordSource.CONSUMER_WRITTEN,
    by: User | None,
    at: datetime,
) -> Dispute:
    """Records it. A timely one, and one that is to ``stop_anyway``, places its hold from the day it was received.

    ``is_timely``: in writing and within the validation period; without being so it is a dispute none the less, and the debt is
    marked as disputed. ``duplicate_of``: the one, answered before, that it repeats with nothing new (1006.38(a)(1)); no hold.
    """
    locked = lock_account(account)
    person = debtor or locked.debtor
    _check(locked, person, kind, disputed_amount, received_on, postmarked_on, at)
    stops = (is_timely and duplicate_of is None) or stop_anyway
    hold = (
        write_hold(person, locked, HOLDS[DisputeKind(kind)], received_on, None, source, note, by, at)
        if stops
        else None
    )
    dispute = Dispute.objects.create(
        account=locked, debtor=person, kind=kind, received_on=received_on, postmarked_on=postmarked_on, medium=medium,
        is_timely=is_timely, duplicate_of=duplicate_of, reason=reason, disputed_amount=disputed_amount, hold=hold,
        source=source, note=note[:300], recorded_by=by, recorded_at=at,
    )  # fmt: skip
    _mark_account(dispute, "Dispute recorded", by, at)
    return dispute


def _check(
    account: Account,
    person: Debtor,
    kind: str,
    disputed_amount: Decimal | None,
    received_on: date,
    postmarked_on: date | None,
    at: datetime,
) -> None:
    if account.status not in OPEN:
        raise DisputeRefused(
            f"The account is {account.get_status_display().lower()}; there is nothing open to dispute."
        )
    if disputed_amount is not None and not Decimal(0) < disputed_amount <= account.balance:
        raise DisputeRefused(
            f"The disputed amount lies above 0 and up to the balance of {dollars(account.balance)}.",
            "disputed_amount",
        )
    if received_on > business_today(at):
        raise DisputeRefused("The day it was received lies ahead.", "received_on")
    if postmarked_on is not None and postmarked_on > received_on:
        raise DisputeRefused("It was postmarked before it was received, or on that day.", "postmarked_on")
    if account.disputes.filter(debtor=person, kind=kind, status=S.OPEN).exists():
        raise DisputeRefused("This account already has an open dispute of this person.")


def _mark_account(dispute: Dispute, reason: str, by: User | None, at: datetime) -> None:
    """Disputed as a whole, with a hold, it is not worked; disputed in part its rest may still be promised and paid."""
    account = lock_account(dispute.account)
    whole = (
        dispute.kind == DisputeKind.DISPUTE
        and dispute.hold_id is not None
        and dispute.disputed_amount is None
    )
    if whole and account.status in OPEN:
        apply_transition(account=account, transition="dispute", by=by, at=at, reason=reason)


@transaction.atomic
def resolve_dispute(
    *, dispute: Dispute, status: str, resolution: str, by: User | None, at: datetime
) -> Dispute:
    """Ends it and its hold by a person's word. A timely one ends verified or answered only by what has been sent."""
    locked = _locked(dispute)
    if locked.status != S.OPEN:
        raise DisputeRefused("This dispute has been resolved already.")
    allowed = (
        BY_HAND[DisputeKind(locked.kind)]
        if locked.duplicate_of_id is None
        else (*BY_HAND[DisputeKind.DISPUTE], S.ANSWERED)
    )
    if status not in allowed:
        raise DisputeRefused(f"A dispute ends {' or '.join(allowed)}.", "status")
    if status in SENT.values() and locked.is_timely and locked.duplicate_of_id is None:
        raise DisputeRefused(
            f"It ends {status} by itself when the answer has been sent: send it (12 CFR 1006.38(c), (d)(2)).",
            "status",
        )
    if not resolution.strip():
        raise DisputeRefused("Say how the dispute was resolved.", "resolution")
    return _end(locked, status, resolution.strip()[:300], by, at)


@transaction.atomic
def end_by_answer(*, dispute: Dispute, sent: str, by: User | None, at: datetime) -> Dispute:
    """The answer has left; said twice it changes nothing. ``sent`` says what and when."""
    locked = _locked(dispute)
    if locked.status != S.OPEN:
        return locked
    status = S.ANSWERED if locked.duplicate_of_id is not None else SENT[DisputeKind(locked.kind)]
    return _end(locked, status, sent, by, at)


@transaction.atomic
def reopen_dispute(*, dispute: Dispute, reason: str, at: datetime) -> Dispute:
    """The answer came back: the hold stands anew from that day. An account closed meanwhile, and one disputed anew, stay as they are."""
    locked = _locked(dispute)
    others = locked.account.disputes.filter(debtor=locked.debtor_id, kind=locked.kind, status=S.OPEN)
    if locked.status not in SENT.values() or locked.account.status not in OPEN or others.exists():
        return locked
    if locked.hold_id is not None:
        locked.hold = write_hold(
            locked.debtor,
            locked.account,
            HOLDS[DisputeKind(locked.kind)],
            business_today(at),
            None,
            locked.source,
            reason,
            None,
            at,
        )
    locked.status, locked.resolved_at, locked.resolved_by, locked.resolution = S.OPEN, None, None, ""
    locked.save(update_fields=["hold", "status", "resolved_at", "resolved_by", "resolution"])
    _mark_account(locked, reason, None, at)
    return locked


def _locked(dispute: Dispute) -> Dispute:
    return (
        Dispute.objects.select_for_update(of=("self",))
        .select_related("account", "hold", "debtor")
        .get(pk=dispute.pk)
    )


def _end(locked: Dispute, status: str, resolution: str, by: User | None, at: datetime) -> Dispute:
    """The account is worked again when no other dispute of it stops it."""
    locked.status, locked.resolved_at, locked.resolved_by, locked.resolution = (
        status,
        at,
        by,
        resolution[:300],
    )
    locked.save(update_fields=["status", "resolved_at", "resolved_by", "resolution"])
    if locked.hold is not None and locked.hold.lifted_at is None:
        end_hold(locked.hold, f"Dispute {status}", business_today(at), by, at)
    account = lock_account(locked.account)
    others = account.disputes.filter(status=S.OPEN, hold__isnull=False, disputed_amount__isnull=True).exists()
    if not others and account.status == "disputed":
        apply_transition(account=account, transition="end_dispute", by=by, at=at, reason=f"Dispute {status}")
    return locked
