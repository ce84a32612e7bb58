"""The only writer of the trust journal. Each posting balances, by a trigger that looks at the end of the transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum

from core.clock import business_today, business_zone
from core.money import ZERO
from payments.enums import Book, Method
from payments.models import Payment, Refund, Remittance, TrustEntry
from users.models import User

Side = tuple[str, Decimal]


def _post(
    sides: Sequence[Side], *, client_id: int | None, memo: str, by: User | None, at: datetime, **of: Any
) -> None:
    posting = uuid.uuid4()
    TrustEntry.objects.bulk_create(
        TrustEntry(
            posting=posting, book=book, client_id=client_id if book == Book.CLIENT else None, amount=amount,
            on=business_today(at), posted_at=at, by=by, memo=memo[:120], **of,
        )
        for book, amount in sides
        if amount
    )  # fmt: skip


def receive(*, payment: Payment, by: User | None, at: datetime) -> None:
    """What was paid to us is the client's, but for what was paid too much. What the client was paid is no money of the trust."""
    if payment.method == Method.CLIENT:
        return
    _post(
        _receipt(payment),
        client_id=payment.account.client_id,
        memo=f"Payment {payment.pk}",
        by=by,
        at=at,
        payment=payment,
    )


def take_back(*, payment: Payment, give_back: bool, by: User | None, at: datetime) -> None:
    """The money has left the bank again; with ``give_back`` it is still there, and the payer's."""
    if payment.method == Method.CLIENT:
        return
    sides = [(book, -amount) for book, amount in _receipt(payment)]
    if give_back:
        sides = [(book, amount) for book, amount in sides if book != Book.BANK]
        sides.append((Book.REFUNDS, -payment.amount))
    _post(
        sides,
        client_id=payment.account.client_id,
        memo=f"Payment {payment.pk} taken back",
        by=by,
        at=at,
        payment=payment,
    )


def _receipt(payment: Payment) -> list[Side]:
    return [
        (Book.BANK, payment.amount),
        (Book.CLIENT, -(payment.amount - payment.excess)),
        (Book.REFUNDS, -payment.excess),
    ]


def refund_paid(*, refund: Refund, by: User | None, at: datetime) -> None:
    if refund.payment.method == Method.CLIENT:
        return
    sides = [(Book.REFUNDS, refund.amount), (Book.BANK, -refund.amount)]
    _post(sides, client_id=None, memo=f"Refund {refund.pk} {refund.reference}", by=by, at=at, refund=refund)


def earn(*, remittance: Remittance, amount: Decimal, by: User | None, at: datetime) -> None:
    """Our fee, kept of the client's money when a net remittance is closed; below zero it is given back."""
    sides = [(Book.CLIENT, amount), (Book.AGENCY, -amount)]
    _post(
        sides, client_id=remittance.client_id, memo=f"Fees {remittance.number}", by=by, at=at, remittance=remittance
    )  # fmt: skip


def remit(*, remittance: Remittance, by: User | None, at: datetime) -> None:
    sides = [(Book.CLIENT, remittance.due), (Book.BANK, -remittance.due)]
    _post(
        sides, client_id=remittance.client_id, memo=f"Remittance {remittance.number} {remittance.reference}", by=by, at=at,
        remittance=remittance,
    )  # fmt: skip


class TrustRefused(Exception):
    code = "trust_refused"


@transaction.atomic
def withdraw_fees(*, amount: Decimal, reference: str, by: User, at: datetime) -> None:
    """Our fees leave the trust account. Raises TrustRefused: nothing, more than was earned, no reference."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE payments_trustentry IN SHARE ROW EXCLUSIVE MODE")
    earned = -balances()[Book.AGENCY]
    if not ZERO < amount <= earned:
        raise TrustRefused(f"Withdraw between $0.01 and the ${earned:,.2f} earned.")
    if not reference.strip():
        raise TrustRefused("Give the number of the transfer.")
    _post(
        [(Book.AGENCY, amount), (Book.BANK, -amount)],
        client_id=None,
        memo=f"Fees withdrawn {reference.strip()}",
        by=by,
        at=at,
    )


def balances(on: date | None = None) -> dict[str, Decimal]:
    """Of each book, at the end of ``on``, default now: debits above zero. They add up to nothing."""
    entries = TrustEntry.objects.all() if on is None else TrustEntry.objects.filter(on__lte=on)
    found = dict(entries.values_list("book").annotate(total=Sum("amount")))
    return {book: found.get(book, ZERO) for book in Book.values}


OPEN_JOURNAL = """
    WITH missing AS MATERIALIZED (
        SELECT p.id, p.amount, p.excess, p.status, a.client_id, p.posted_at, p.reversed_at, p.posted_by_id, p.reversed_by_id,
               gen_random_uuid() AS posting, gen_random_uuid() AS reversal
        FROM payments_payment p JOIN accounts_account a ON a.id = p.account_id
        WHERE p.method <> 'client' AND NOT EXISTS (SELECT FROM payments_trustentry t WHERE t.payment_id = p.id)
    ), sides AS (
        SELECT m.*, s.book, s.amount AS side FROM missing m
        CROSS JOIN LATERAL (VALUES ('bank', m.amount), ('client', m.excess - m.amount), ('refunds', -m.excess)) s(book, amount)
        WHERE s.amount <> 0
    )
    INSERT INTO payments_trustentry (posting, book, client_id, amount, "on", posted_at, by_id, payment_id, memo)
    SELECT posting, book, CASE WHEN book = 'client' THEN client_id END, side, (posted_at AT TIME ZONE %(zone)s)::date, posted_at,
           posted_by_id, id, 'Payment ' || id FROM sides
    UNION ALL
    SELECT reversal, book, CASE WHEN book = 'client' THEN client_id END, -side, (reversed_at AT TIME ZONE %(zone)s)::date, reversed_at,
           reversed_by_id, id, 'Payment ' || id || ' taken back' FROM sides WHERE status = 'reversed'
"""


@transaction.atomic
def open_journal() -> int:
    """Entries for payments that have none: those posted before there was a journal, or loaded in bulk. Safe to run twice."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN_JOURNAL, {"zone": str(business_zone())})
        return int(cursor.rowcount)


DISAGREEING = """
    SELECT p.id, COALESCE(sum(t.amount) FILTER (WHERE t.book = 'bank'), 0),
           CASE WHEN p.method = 'client' THEN 0 WHEN p.status = 'posted' THEN p.amount
                ELSE (SELECT COALESCE(sum(r.amount), 0) FROM payments_refund r
                      WHERE r.payment_id = p.id AND r.amount = p.amount AND r.asked_at = p.reversed_at) END
    FROM payments_payment p LEFT JOIN payments_trustentry t ON t.payment_id = p.id
    GROUP BY p.id HAVING COALESCE(sum(t.amount) FILTER (WHERE t.book = 'bank'), 0) <>
           CASE WHEN p.method = 'client' THEN 0 WHEN p.status = 'posted' THEN p.amount
                ELSE (SELECT COALESCE(sum(r.amount), 0) FROM payments_refund r
                      WHERE r.payment_id = p.id AND r.amount = p.amount AND r.asked_at = p.reversed_at) END
"""
UNSPLIT = """
    SELECT p.id, p.amount - p.excess, -sum(e.amount) FROM payments_payment p JOIN accounts_ledgerentry e ON e.posting = p.posting
    GROUP BY p.id HAVING p.amount - p.excess <> -sum(e.amount)
"""
UNEVEN = "SELECT posting, sum(amount) FROM payments_trustentry GROUP BY posting HAVING sum(amount) <> 0"


def verify_trust() -> list[str]:
    """What does not add up: postings, payments against the bank, payments against their ledger entries, the books together."""
    wrong: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute(UNEVEN)
        wrong += [f"posting {posting} is off by {amount}" for posting, amount in cursor.fetchall()]
        cursor.execute(DISAGREEING)
        wrong += [
            f"payment {pk}: {found} in the bank, {wanted} received" for pk, found, wanted in cursor.fetchall()
        ]
        cursor.execute(UNSPLIT)
        wrong += [
            f"payment {pk}: {found} on the ledger, {wanted} of it owed"
            for pk, wanted, found in cursor.fetchall()
        ]
    total = sum(balances().values(), ZERO)
    return wrong + ([f"the books are off by {total}"] if total else [])
