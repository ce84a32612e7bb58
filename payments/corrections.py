"""The only writer of write-offs, waivers and adjustments: asked for by one, decided by another, unless within one's own authority."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.enums import Bucket, EntryKind
from accounts.models import Account
from accounts.services import apply_transition, lock_account, post_entries
from accounts.statuses import OPEN
from core.clock import business_today
from core.money import cents, dollars
from payments.enums import CorrectionKind, DecisionStatus
from payments.models import Correction
from users.authority import limits_of
from users.models import User

WAIVED = (Bucket.FEES, Bucket.INTEREST, Bucket.COSTS)
RAISED_BY_RIGHT = (Bucket.INTEREST, Bucket.FEES)


class CorrectionRefused(Exception):
    """``field`` names what is wrong, where one field is."""

    code = "correction_refused"

    def __init__(self, text: str, field: str = "") -> None:
        self.field = field
        super().__init__(text)


@transaction.atomic
def propose_correction(
    *,
    account: Account,
    kind: str,
    bucket: str,
    amount: Decimal,
    reason: str,
    authority: str = "",
    by: User,
    at: datetime,
) -> Correction:
    """Posted at once within the authority of ``by``; else it waits for somebody with more. ``amount``: dollars, negative lowers.

    Raises CorrectionRefused: no reason, a bucket that has less than that, interest or a fee raised without its authority.
    """
    locked = lock_account(account)
    amount = cents(amount)
    _check(locked, kind, bucket, amount, authority)
    if not reason.strip():
        raise CorrectionRefused("Say why.", "reason")
    correction = Correction.objects.create(
        account=locked, kind=kind, bucket=bucket, amount=amount, reason=reason.strip()[:200], authority=authority.strip()[:200],
        asked_by=by, asked_at=at,
    )  # fmt: skip
    if abs(amount) <= limits_of(by).adjusts_most:
        _post(correction, "", by, at)
    return correction


@transaction.atomic
def approve_correction(*, correction: Correction, note: str = "", by: User, at: datetime) -> Correction:
    """Posts it. Nobody approves their own; whoever does is bound by their own limit."""
    locked = _decided_by(correction, by)
    _check(locked.account, locked.kind, locked.bucket, locked.amount, locked.authority)
    _post(locked, note, by, at)
    return locked


@transaction.atomic
def decline_correction(*, correction: Correction, note: str, by: User, at: datetime) -> Correction:
    return _end(_locked(correction), DecisionStatus.DECLINED, note, by, at)


@transaction.atomic
def withdraw_correction(*, correction: Correction, note: str = "", by: User, at: datetime) -> Correction:
    return _end(_locked(correction), DecisionStatus.WITHDRAWN, note, by, at)


def _locked(correction: Correction) -> Correction:
    account = lock_account(correction.account)
    locked = Correction.objects.select_for_update(of=("self",)).get(pk=correction.pk)
    locked.account = account
    if locked.status != DecisionStatus.WAITING:
        raise CorrectionRefused(f"This has been {locked.get_status_display().lower()} already.")
    return locked


def _decided_by(correction: Correction, by: User) -> Correction:
    locked = _locked(correction)
    if locked.asked_by_id == by.pk:
        raise CorrectionRefused("Nobody approves what they asked for themselves.")
    most = limits_of(by).adjusts_most
    if abs(locked.amount) > most:
        raise CorrectionRefused(
            f"You approve up to {dollars(most)}; this needs somebody with more authority."
        )
    return locked


def _check(account: Account, kind: str, bucket: str, amount: Decimal, authority: str) -> None:
    if kind not in CorrectionKind.values:
        raise CorrectionRefused(f"Unknown kind {kind!r}; one of {', '.join(CorrectionKind.values)}.", "kind")
    if account.status not in OPEN:
        raise CorrectionRefused(
            f"The account is {account.get_status_display().lower()}; nothing is corrected on it."
        )
    if amount == 0:
        raise CorrectionRefused("A correction is of more than nothing.", "amount")
    if amount > 0 and kind != CorrectionKind.ADJUSTMENT:
        raise CorrectionRefused(
            "A write-off and a waiver lower what is owed; give the amount below zero.", "amount"
        )
    if kind == CorrectionKind.WAIVER and bucket not in WAIVED:
        raise CorrectionRefused("Interest, fees and costs are waived; principal is written off.", "bucket")
    if amount > 0 and bucket in RAISED_BY_RIGHT and not authority.strip():
        raise CorrectionRefused(
            "A fee or interest needs the agreement clause or statute that allows it (12 CFR 1006.22(b)).",
            "authority",
        )
    owed: Decimal = getattr(account, bucket)
    if -amount > max(owed, Decimal(0)):
        raise CorrectionRefused(
            f"{dollars(max(owed, Decimal(0)))} is owed in {Bucket(bucket).label.lower()}.", "amount"
        )


def _post(correction: Correction, note: str, by: User, at: datetime) -> None:
    account = correction.account
    kind = EntryKind.WRITE_OFF if correction.kind == CorrectionKind.WRITE_OFF else EntryKind.ADJUSTMENT
    correction.posting = post_entries(
        account=account, kind=kind, amounts={correction.bucket: correction.amount}, effective_on=business_today(at), by=by, at=at,
        authority=correction.authority, memo=f"{correction.get_kind_display()}: {correction.reason}",
    )  # fmt: skip
    correction.status, correction.decided_by, correction.decided_at = DecisionStatus.POSTED, by, at
    correction.note = note.strip()[:200]
    correction.save(update_fields=["status", "decided_by", "decided_at", "note", "posting"])
    account.refresh_from_db(fields=["principal", "interest", "fees", "costs", "balance"])
    if account.balance == 0:
        apply_transition(
            account=account, transition="close", by=by, at=at, reason=correction.get_kind_display()
        )


def _end(correction: Correction, status: str, note: str, by: User, at: datetime) -> Correction:
    correction.status, correction.decided_by, correction.decided_at = status, by, at
    correction.note = note.strip()[:200]
    correction.save(update_fields=["status", "decided_by", "decided_at", "note"])
    return correction
