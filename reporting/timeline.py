"""Everything that happened on one account, newest first, as one statement: a keyset page over a UNION of short index scans."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from accounts.enums import AccountStatus, EntryKind
from accounts.models import Account
from compliance.enums import Channel, DisputeReason, HoldKind, Medium
from contacts.enums import CallOutcome, Direction, MessageStatus
from core.money import ZERO, dollars
from debtors.phones import format_phone
from escalations.enums import EscalationKind, EscalationStatus
from payments.enums import (
    AgreementKind,
    AgreementStatus,
    AgreementVerb,
    Method,
    PaymentStatus,
    PromiseStatus,
    RefundStatus,
)
from reporting.refusals import sentence


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """``ref`` names the row (``contact:12``) and breaks ties of ``at``; ``url_hint`` is ``message:12`` when there is a PDF to open.

    ``decided``: the contact gate was asked about it.
    """

    at: datetime
    kind: str
    title: str
    detail: str
    amount: Decimal | None
    by: str
    ref: str
    url_hint: str = ""
    decided: bool = False


GROUPS: dict[str, frozenset[str]] = {
    "calls": frozenset({"call", "in_person"}),
    "letters": frozenset({"letter", "email", "text"}),
    "money": frozenset({"payment", "promise", "agreement", "refund", "entry"}),
    "notes": frozenset({"note", "document"}),
    "compliance": frozenset({"status", "decision", "hold", "opt_out", "dispute", "escalation"}),
}

# Each source gives: kind, id, at, who, amount, and up to four texts that its teller below reads.
_SOURCES: dict[str, tuple[frozenset[str], str]] = {
    "contact": (
        frozenset({"call", "in_person", "email", "text", "letter"}),
        """SELECT x.channel, x.id, x.at, x.by_id, NULL::numeric, x.direction, x.outcome, x.address, x.note
           FROM contacts_contact x WHERE x.account_id = %(account)s AND x.message_id IS NULL""",
    ),
    "message": (
        frozenset({"email", "text", "letter"}),
        """SELECT x.channel, x.id, x.queued_at AS at, x.queued_by_id, NULL::numeric, x.status,
                  CASE WHEN x.notice IS NULL THEN x.subject ELSE
                      'Validation notice, disputes until ' || to_char((x.notice ->> 'ends_on')::date, 'DD Mon YYYY') END, x.address,
                  CASE WHEN x.pdf <> '' THEN 'pdf' ELSE '' END || x.last_error
           FROM contacts_message x WHERE x.account_id = %(account)s""",
    ),
    "payment": (
        frozenset({"payment"}),
        """SELECT 'payment', x.id, x.posted_at AS at, x.posted_by_id, x.amount, x.method, x.status, x.reference,
                  to_char(x.effective_on, 'DD Mon YYYY')
           FROM payments_payment x WHERE x.account_id = %(account)s""",
    ),
    "promise": (
        frozenset({"promise"}),
        """SELECT 'promise', x.id, x.made_at AS at, x.by_id, x.amount, x.status, to_char(x.due_on, 'DD Mon YYYY'), x.paid::text,
                  x.cancelled_reason
           FROM payments_promise x WHERE x.account_id = %(account)s""",
    ),
    "agreement": (
        frozenset({"agreement"}),
        """SELECT 'agreement', x.id, x.at, x.by_id, x.amount, g.kind, x.verb, x.status,
                  jsonb_array_length(x.schedule)::text || ' ' || to_char((x.schedule -> -1 ->> 0)::date, 'DD Mon YYYY') ||
                      CASE WHEN x.note = '' THEN '' ELSE '|' || x.note END
           FROM payments_agreement g JOIN payments_agreementstep x ON x.agreement_id = g.id WHERE g.account_id = %(account)s""",
    ),
    "refund": (
        frozenset({"refund"}),
        """SELECT 'refund', x.id, x.asked_at AS at, x.asked_by_id, x.amount, x.status, x.reason, x.reference,
                  COALESCE(to_char(x.paid_on, 'DD Mon YYYY'), x.note)
           FROM payments_refund x WHERE x.account_id = %(account)s""",
    ),
    "entry": (
        frozenset({"entry"}),
        """SELECT 'entry', min(x.id), min(x.posted_at) AS at, min(x.by_id), sum(x.amount), x.kind, max(x.memo),
                  max(x.authority), ''
           FROM accounts_ledgerentry x WHERE x.account_id = %(account)s AND x.kind NOT IN ('payment', 'reversal')
           GROUP BY x.posting, x.kind""",
    ),
    "note": (
        frozenset({"note"}),
        """SELECT 'note', x.id, x.at, x.by_id, NULL::numeric, x.text, '', '', ''
           FROM contacts_note x WHERE x.account_id = %(account)s""",
    ),
    "document": (
        frozenset({"document"}),
        """SELECT 'document', x.id, x.added_at AS at, x.added_by_id, NULL::numeric, x.title, '', '', ''
           FROM accounts_document x WHERE x.account_id = %(account)s""",
    ),
    "status": (
        frozenset({"status"}),
        """SELECT 'status', x.id, x.at, x.by_id, NULL::numeric, x.from_status, x.to_status, x.reason, ''
           FROM accounts_statustransition x WHERE x.account_id = %(account)s""",
    ),
    "decision": (
        frozenset({"decision"}),
        """SELECT 'decision', x.id, x.made_at AS at, x.asked_by_id, NULL::numeric, x.channel, array_to_string(x.codes, ','),
                  x.address, ''
           FROM compliance_decision x WHERE x.account_id = %(account)s AND NOT x.allowed""",
    ),
    "hold": (
        frozenset({"hold"}),
        """SELECT 'hold', x.id, x.recorded_at AS at, x.recorded_by_id, NULL::numeric, x.kind,
                  to_char(x.until_on, 'DD Mon YYYY'), x.note, ''
           FROM compliance_hold x
           WHERE x.debtor_id = %(debtor)s AND (x.account_id IS NULL OR x.account_id = %(account)s) AND x.kind <> 'dispute'""",
    ),
    "opt_out": (
        frozenset({"opt_out"}),
        """SELECT 'opt_out', x.id, x.at, x.recorded_by_id, NULL::numeric, x.medium, x.address, x.note, ''
           FROM compliance_optout x WHERE x.debtor_id = %(debtor)s""",
    ),
    "dispute": (
        frozenset({"dispute"}),
        """SELECT 'dispute', x.id, x.recorded_at AS at, x.recorded_by_id, x.disputed_amount, x.reason, x.status, x.note,
                  x.resolution
           FROM compliance_dispute x WHERE x.account_id = %(account)s""",
    ),
    "escalation": (
        frozenset({"escalation"}),
        """SELECT 'escalation', l.id, l.at, l.by_id, x.amount, x.kind, l.from_status, l.to_status, l.note
           FROM escalations_escalation x JOIN escalations_escalationlogentry l ON l.escalation_id = x.id
           WHERE x.account_id = %(account)s""",
    ),
}


def timeline(
    *,
    account: Account,
    kinds: Collection[str] | None = None,
    before: datetime | None = None,
    before_ref: str = "",
    limit: int = 50,
) -> list[TimelineItem]:
    """One query. The next page is asked with ``before`` and ``before_ref`` of the last item shown."""
    sources = [
        (name, sql) for name, (gives, sql) in _SOURCES.items() if kinds is None or not gives.isdisjoint(kinds)
    ]
    if not sources:
        return []
    params: dict[str, Any] = {
        "account": account.pk,
        "debtor": account.debtor_id,
        "limit": limit,
        "before": before,
        "ref": before_ref,
        "kinds": list(kinds or []),
    }
    with connection.cursor() as cursor:
        cursor.execute(_statement(sources, kinds is not None, before is not None), params)
        return [_tell(row) for row in cursor.fetchall()]


def _statement(sources: list[tuple[str, str]], by_kind: bool, paged: bool) -> str:
    conditions = [
        *(["s.kind = ANY(%(kinds)s)"] if by_kind else []),
        *(["(s.at, '{name}:' || s.id) < (%(before)s, %(ref)s)"] if paged else []),
    ]
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    parts = [
        f"(SELECT '{name}:' || s.id AS ref, s.* FROM ({sql}) s(kind, id, at, by_id, amount, a, b, c, d) "  # noqa: S608
        f"{where.replace('{name}', name)} ORDER BY s.at DESC, 1 DESC LIMIT %(limit)s)"
        for name, sql in sources
    ]
    return (
        "SELECT t.ref, t.kind, t.at, COALESCE(NULLIF(TRIM(u.first_name || ' ' || u.last_name), ''), u.username, ''), "  # noqa: S608
        f"t.amount, t.a, t.b, t.c, t.d FROM ({' UNION ALL '.join(parts)}) t "
        "LEFT JOIN users_user u ON u.id = t.by_id ORDER BY t.at DESC, t.ref DESC LIMIT %(limit)s"
    )


def _tell(row: tuple[Any, ...]) -> TimelineItem:
    ref, kind, at, by, amount, *texts = row
    source = ref.partition(":")[0]
    title, detail = _TELLERS[source](kind, amount, *(text or "" for text in texts))
    has_pdf = source == "message" and (texts[3] or "").startswith("pdf")
    hint = ref if has_pdf or source == "document" else ""
    decided = source in ("decision", "message") or (source == "contact" and texts[0] == Direction.OUT)
    return TimelineItem(at, kind, title, detail, amount, by, ref, hint, decided)


def _contact(
    kind: str, amount: Decimal | None, direction: str, outcome: str, address: str, note: str
) -> tuple[str, str]:
    what = f"{Direction(direction).label} {Channel(kind).label.lower()}"
    result = f", {CallOutcome(outcome).label.lower()}" if outcome else ""
    return f"{what}{result} · {format_phone(address) or 'no address'}", note


def _message(
    kind: str, amount: Decimal | None, status: str, subject: str, address: str, rest: str
) -> tuple[str, str]:
    subject = f" “{subject}”" if subject else ""
    to = ", ".join(line for line in format_phone(address).splitlines() if line)
    error = rest.removeprefix("pdf")
    return (
        f"{Channel(kind).label}{subject}, {MessageStatus(status).label.lower()}",
        f"To {to}{': ' + error if error else ''}",
    )


def _payment(
    kind: str, amount: Decimal | None, method: str, status: str, reference: str, on: str
) -> tuple[str, str]:
    undone = ", reversed" if status == PaymentStatus.REVERSED else ""
    return (
        f"Payment ${amount:,.2f}{undone}",
        f"{Method(method).label} {reference} · counts from {on}".replace("  ", " "),
    )


def _promise(
    kind: str, amount: Decimal | None, status: str, due: str, paid: str, cancelled: str
) -> tuple[str, str]:
    detail = {
        PromiseStatus.OPEN: "Judged by the ledger after one day of grace.",
        PromiseStatus.CANCELLED: f"Cancelled: {cancelled}",
    }.get(PromiseStatus(status), f"${Decimal(paid or 0):,.2f} of ${amount:,.2f} came in.")
    return f"Promise ${amount:,.2f} by {due}, {PromiseStatus(status).label.lower()}", detail


def _agreement(
    kind: str, amount: Decimal | None, what: str, verb: str, status: str, rest: str
) -> tuple[str, str]:
    schedule, _, note = rest.partition("|")
    count, _, last = schedule.partition(" ")
    step = AgreementStatus(status).label if verb == AgreementVerb.JUDGE else AgreementVerb(verb).label
    waits = ", waits for approval" if status == AgreementStatus.PROPOSED else ""
    terms = f"in one payment by {last}" if count == "1" else f"in {count} instalments until {last}"
    title = f"{AgreementKind(what).label} ${amount:,.2f} {step.lower()}{waits}"
    told = verb in (AgreementVerb.OFFER, AgreementVerb.COUNTER, AgreementVerb.REPLACE)
    return title, " · ".join(part for part in (terms if told else "", note) if part)


def _refund(
    kind: str, amount: Decimal | None, status: str, reason: str, reference: str, rest: str
) -> tuple[str, str]:
    detail = " · ".join(part for part in (reason, reference, rest) if part)
    return f"Refund ${amount:,.2f}, {RefundStatus(status).label.lower()}", detail


def _entry(
    kind: str, amount: Decimal | None, entry: str, memo: str, authority: str, _: str
) -> tuple[str, str]:
    return f"{EntryKind(entry).label} {dollars(amount or ZERO)}", " · ".join(
        part for part in (memo, authority) if part
    )


def _note(kind: str, amount: Decimal | None, text: str, *_: str) -> tuple[str, str]:
    return "Note", text


def _document(kind: str, amount: Decimal | None, title: str, *_: str) -> tuple[str, str]:
    return f"Document “{title}”", ""


def _status(
    kind: str, amount: Decimal | None, before: str, after: str, reason: str, _: str
) -> tuple[str, str]:
    return f"{AccountStatus(before).label} → {AccountStatus(after).label}", reason


def _decision(
    kind: str, amount: Decimal | None, channel: str, codes: str, address: str, _: str
) -> tuple[str, str]:
    why = "; ".join(sentence(code) for code in codes.split(",") if code)
    return f"{Channel(channel).label} stopped by the gate", f"{format_phone(address)}: {why}".removeprefix(
        ": "
    )


def _hold(kind: str, amount: Decimal | None, hold: str, until: str, note: str, _: str) -> tuple[str, str]:
    return f"Hold: {HoldKind(hold).label}{' until ' + until if until else ''}", note


def _opt_out(
    kind: str, amount: Decimal | None, medium: str, address: str, note: str, _: str
) -> tuple[str, str]:
    return (
        f"Opted out of {Medium(medium).label.lower()}{' to ' + format_phone(address) if address else ''}",
        note,
    )


def _dispute(
    kind: str, amount: Decimal | None, reason: str, status: str, note: str, resolution: str
) -> tuple[str, str]:
    what = "" if amount is None else f" of ${amount:,.2f}"
    return f"Dispute{what}: {DisputeReason(reason).label.lower()}, {status}", resolution or note


def _escalation(
    kind: str, amount: Decimal | None, what: str, before: str, after: str, note: str
) -> tuple[str, str]:
    step = "Escalated" if not before else f"Escalation {EscalationStatus(after).label.lower()}"
    return f"{step}: {EscalationKind(what).label}", note


_TELLERS = {
    "contact": _contact,
    "message": _message,
    "payment": _payment,
    "promise": _promise,
    "agreement": _agreement,
    "refund": _refund,
    "entry": _entry,
    "note": _note,
    "document": _document,
    "status": _status,
    "decision": _decision,
    "hold": _hold,
    "opt_out": _opt_out,
    "dispute": _dispute,
    "escalation": _escalation,
}
