"""Taking a placement back: nothing is deleted, everything is compensated."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet

from accounts.enums import PlacementStatus
from accounts.models import Account, LedgerEntry, Placement
from accounts.statuses import OPEN
from compliance.models import Dispute, Hold
from contacts.models import Contact, Message, Note
from escalations.models import Escalation
from exchange.staging import QUIET_TRIGGERS
from payments.models import Agreement, Correction, Payment, Promise
from strategies.models import Enrolment
from users.models import User
from worklists.models import Task

STATUSES = tuple(str(status) for status in OPEN)


class UndoRefused(Exception):
    code = "undo_refused"


REVERSE = """
    WITH p AS MATERIALIZED (SELECT id, uuidv7() AS posting FROM accounts_account WHERE placement_id = %(placement)s)
    INSERT INTO accounts_ledgerentry
        (account_id, posting, kind, bucket, amount, effective_on, posted_at, by_id, authority, memo, reverses_id)
    SELECT e.account_id, p.posting, 'reversal', e.bucket, -e.amount, e.effective_on, %(at)s, %(by)s, '', 'Placement undone', e.id
    FROM p JOIN accounts_ledgerentry e ON e.account_id = p.id
    WHERE e.kind <> 'reversal' AND NOT EXISTS (SELECT FROM accounts_ledgerentry r WHERE r.reverses_id = e.id)
"""
# what the load itself recorded bears the client as its source and the instant at which the account was made
END_DISPUTES = """
    UPDATE compliance_dispute d SET status = 'withdrawn', resolved_at = %(at)s, resolved_by_id = %(by)s, resolution = 'Placement undone'
    FROM accounts_account a WHERE a.id = d.account_id AND a.placement_id = %(placement)s AND d.status = 'open'
"""
LIFT_HOLDS = """
    UPDATE compliance_hold h SET until_on = GREATEST(h.from_on, %(on)s), lifted_at = %(at)s, lifted_by_id = %(by)s,
        lift_reason = 'Placement undone'
    FROM accounts_account a WHERE a.id = h.account_id AND a.placement_id = %(placement)s AND h.lifted_at IS NULL
        AND h.source = 'client' AND h.recorded_at = a.created_at
"""
LOG = """
    INSERT INTO accounts_statustransition (account_id, transition, from_status, to_status, at, by_id, reason)
    SELECT id, 'close', status, 'closed', %(at)s, %(by)s, 'Placement undone' FROM accounts_account
    WHERE placement_id = %(placement)s AND status = ANY(%(open)s)
"""
CLOSE = """
    UPDATE accounts_account SET status = 'closed', updated_at = %(at)s
    WHERE placement_id = %(placement)s AND status = ANY(%(open)s)
"""


def undo(placement: Placement, by: User | None, at: datetime) -> Placement:
    """A death that the file told stays told: it is the person's, not the placement's."""
    locked = Placement.objects.select_for_update(no_key=True).get(pk=placement.pk)
    if locked.status != PlacementStatus.LOADED:
        raise UndoRefused(f"{locked.batch} has been undone already.")
    _lock_accounts(locked)
    worked = _worked(locked)
    if worked:
        raise UndoRefused(
            f"{locked.batch} was worked since: {', '.join(worked)}. Recall or close its accounts instead."
        )
    params = {
        "placement": locked.pk, "by": by.pk if by else None, "at": at, "on": at.date(), "open": list(STATUSES),
    }  # fmt: skip
    with connection.cursor() as cursor:
        for sql in (QUIET_TRIGGERS, REVERSE, END_DISPUTES, LIFT_HOLDS, LOG, CLOSE):
            cursor.execute(sql, params)
    Enrolment.objects.filter(account__placement=locked).update(next_on=None, next_step=None)
    Task.objects.filter(account__placement=locked, status="open").update(
        status="cancelled", done_at=at, done_by=by, result="Placement undone"
    )
    locked.status = PlacementStatus.UNDONE
    locked.save(update_fields=["status"])
    return locked


def _lock_accounts(placement: Placement) -> None:
    """Whoever posts to one of them now waits for us; whoever came first, we wait for and then see.

    Not against references (no_key): these are checked at the end of transactions that may hold what we wait for.
    """
    accounts = Account.objects.filter(placement=placement).order_by("pk")
    for _ in accounts.select_for_update(no_key=True).values_list("pk").iterator():
        pass


def _worked(placement: Placement) -> list[str]:
    of = {"account__placement": placement}
    since = {
        "contact": Contact.objects.filter(**of),
        "message": Message.objects.filter(**of).exclude(status="cancelled"),
        "note": Note.objects.filter(**of),
        "payment": Payment.objects.filter(**of),
        "promise": Promise.objects.filter(**of),
        "agreement": Agreement.objects.filter(**of),
        "correction": Correction.objects.filter(**of),
        "escalation": Escalation.objects.filter(**of),
        "finished task": Task.objects.filter(**of, status="done"),
        "dispute": _recorded_since(Dispute, placement),
        "hold": _recorded_since(Hold, placement),
        "adjustment": LedgerEntry.objects.filter(**of, reversed_by=None).exclude(
            kind__in=("placement", "interest", "payment", "reversal", "replay")
        ),
    }
    counts = {name: found.count() for name, found in since.items()}
    return [f"{count} {name}{'s' if count > 1 else ''}" for name, count in counts.items() if count]


def _recorded_since(model: type[Dispute] | type[Hold], placement: Placement) -> QuerySet[Any]:
    """Those that the load did not record: it names the client as their source, and the instant of the account."""
    return model.objects.filter(account__placement=placement).exclude(
        source="client", recorded_at=F("account__created_at")
    )
