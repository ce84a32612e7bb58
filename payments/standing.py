"""What stands promised on an account, and what the ledger shows of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q
from django.db.models.functions import Coalesce

from accounts.enums import AccountStatus, EntryKind
from accounts.models import Account, LedgerEntry
from accounts.services import apply_transition
from accounts.statuses import WORKABLE
from payments.enums import AgreementStatus, PromiseStatus
from users.models import User


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money as the ledger shows it: a reversal is negative, on the date and under the posting time of what it reverses."""

    effective_on: date
    posted_at: datetime
    amount: Decimal


def receipts(account_ids: Sequence[int]) -> dict[int, list[Receipt]]:
    rows = (
        LedgerEntry.objects.filter(account_id__in=account_ids)
        .filter(Q(kind=EntryKind.PAYMENT) | Q(kind=EntryKind.REVERSAL, reverses__kind=EntryKind.PAYMENT))
        .annotate(first_posted_at=Coalesce("reverses__posted_at", "posted_at"))
        .values_list("account_id", "effective_on", "first_posted_at", "amount")
    )
    found: dict[int, list[Receipt]] = defaultdict(list)
    for account_id, day, posted_at, amount in rows:
        found[account_id].append(Receipt(day, posted_at, -amount))
    return found


def since(received: Sequence[Receipt], made_at: datetime) -> list[tuple[date, Decimal]]:
    """Money that was posted before something was agreed does not keep it."""
    return [(receipt.effective_on, receipt.amount) for receipt in received if receipt.posted_at >= made_at]


def begin_promised(account: Account, by: User | None, at: datetime, reason: str) -> None:
    """A legal account stays legal, whatever is agreed on it, and so does one in dispute or on hold."""
    account.refresh_from_db(fields=["status"])
    if account.status in WORKABLE:
        apply_transition(account=account, transition="promise", by=by, at=at, reason=reason)


def end_promised(account: Account, by: User | None, at: datetime, reason: str) -> None:
    account.refresh_from_db(fields=["status"])
    if account.status != AccountStatus.PROMISED:
        return
    promised = account.promises.filter(status=PromiseStatus.OPEN).exists()
    if not promised and not account.agreements.filter(status=AgreementStatus.ACTIVE).exists():
        apply_transition(account=account, transition="end_promise", by=by, at=at, reason=reason)
