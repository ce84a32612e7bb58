"""Taking a placement back: nothing is deleted, everything is compensated."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from accounts.enums import PlacementStatus
from accounts.models import Placement
from contacts.models import Contact, Message, Note
from escalations.models import Escalation
from payments.models import Payment, Promise
from strategies.models import Enrolment
from users.models import User
from worklists.models import Task


class UndoRefused(Exception):
    code = "undo_refused"


REVERSE = """
    INSERT INTO accounts_ledgerentry
        (account_id, posting, kind, bucket, amount, effective_on, posted_at, by_id, authority, memo, reverses_id)
    SELECT e.account_id, gen_random_uuid(), 'reversal', e.bucket, -e.amount, e.effective_on, %(at)s, %(by)s, '', 'Placement undone', e.id
    FROM accounts_ledgerentry e JOIN accounts_account a ON a.id = e.account_id
    WHERE a.placement_id = %(placement)s AND e.kind <> 'reversal'
"""
LOG = """
    INSERT INTO accounts_statustransition (account_id, transition, from_status, to_status, at, by_id, reason)
    SELECT id, 'close', status, 'closed', %(at)s, %(by)s, 'Placement undone' FROM accounts_account WHERE placement_id = %(placement)s
"""
CLOSE = (
    "UPDATE accounts_account SET status = 'closed', updated_at = %(at)s WHERE placement_id = %(placement)s"
)


def undo(placement: Placement, by: User | None, at: datetime) -> Placement:
    locked = Placement.objects.select_for_update().get(pk=placement.pk)
    if locked.status != PlacementStatus.LOADED:
        raise UndoRefused(f"{locked.batch} has been undone already.")
    worked = _worked(locked)
    if worked:
        raise UndoRefused(
            f"{locked.batch} was worked since: {', '.join(worked)}. Recall or close its accounts instead."
        )
    params = {"placement": locked.pk, "by": by.pk if by else None, "at": at}
    with connection.cursor() as cursor:
        for sql in (REVERSE, LOG, CLOSE):
            cursor.execute(sql, params)
    Enrolment.objects.filter(account__placement=locked).update(next_on=None, next_step=None)
    Task.objects.filter(account__placement=locked, status="open").update(
        status="cancelled", done_at=at, done_by=by, result="Placement undone"
    )
    locked.status = PlacementStatus.UNDONE
    locked.save(update_fields=["status"])
    return locked


def _worked(placement: Placement) -> list[str]:
    counts = {
        "contacts": Contact.objects.filter(account__placement=placement).count(),
        "messages": Message.objects.filter(account__placement=placement).exclude(status="cancelled").count(),
        "notes": Note.objects.filter(account__placement=placement).count(),
        "payments": Payment.objects.filter(account__placement=placement).count(),
        "promises": Promise.objects.filter(account__placement=placement).count(),
        "escalations": Escalation.objects.filter(account__placement=placement).count(),
        "tasks done": Task.objects.filter(account__placement=placement, status="done").count(),
    }
    return [f"{count} {name}" for name, count in counts.items() if count]
