"""Posting interest: every account's by night, one account's when money comes or something is learned late; and what is owed on a day."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection, transaction

from accounts.enums import Bucket, DayCount, EntryKind
from accounts.interest import Buckets, Derived, Given, Limit, Term, derive, of_day, rate_on
from accounts.models import OPEN_STATUSES, Account, Accrual, InterestLimit, InterestTerm, LedgerEntry
from accounts.services import lock_account
from core.money import ZERO
from users.models import User

K = EntryKind
CHUNK = 20_000
DERIVED = frozenset({K.INTEREST, K.PAYMENT, K.REPLAY})
"""What follows from terms, payments and the order in which they pay; a reversal is as what it reverses."""


class InterestRefused(Exception):
    """``field`` names what is wrong."""

    code = "interest_refused"

    def __init__(self, field: str, text: str) -> None:
        self.field = field
        super().__init__(text)


# One statement a chunk. Interest of a day is on the principal at the end of the day before; a day missed is made up, day by day.
# Rounding is that of ``interest.whole``: half a cent up.
ACCRUE = """
    WITH due AS MATERIALIZED (
        SELECT s.account_id, s.through, s.carry, a.principal
        FROM accounts_accrual s JOIN accounts_account a ON a.id = s.account_id
        WHERE s.through < %(on)s AND a.status = ANY(%(open)s) AND s.account_id > %(after)s
          AND NOT EXISTS (SELECT FROM accounts_interestterm t WHERE t.account_id = s.account_id AND t.compounds)
        ORDER BY s.account_id LIMIT %(chunk)s FOR UPDATE OF a, s SKIP LOCKED
    ), days AS (
        SELECT d.account_id, d.carry, day, t.authority,
            round(GREATEST(d.principal - later.amount, 0) * LEAST(t.rate, lowest.most)
                * CASE t.basis WHEN '30/360' THEN
                    (extract(year FROM day) * 360 + extract(month FROM day) * 30 + LEAST(extract(day FROM day), 30))
                    - (extract(year FROM day - 1) * 360 + extract(month FROM day - 1) * 30 + LEAST(extract(day FROM day - 1), 30))
                  ELSE 1 END
                / (100 * CASE WHEN t.basis IN ('360', '30/360') THEN 360
                    WHEN t.basis = 'actual' THEN extract(doy FROM make_date(extract(year FROM day)::int, 12, 31))
                    ELSE 365 END), 10) AS exact
        FROM due d
        CROSS JOIN LATERAL (SELECT d.through + n AS day FROM generate_series(1, %(on)s::date - d.through) n) g
        JOIN accounts_interestterm t ON t.account_id = d.account_id AND t.from_on < day AND (t.until_on IS NULL OR day <= t.until_on)
        CROSS JOIN LATERAL (SELECT COALESCE(sum(e.amount), 0) AS amount FROM accounts_ledgerentry e
            WHERE e.account_id = d.account_id AND e.bucket = 'principal' AND e.effective_on >= day) later
        CROSS JOIN LATERAL (SELECT min(l.most) AS most FROM accounts_interestlimit l
            WHERE l.account_id = d.account_id AND l.from_on <= day AND (l.until_on IS NULL OR day <= l.until_on)) lowest
    ), run AS (
        SELECT *, carry + sum(exact) OVER (PARTITION BY account_id ORDER BY day) AS upto FROM days
    ), rounded AS (
        SELECT *, floor(upto * 100 + 0.5) / 100 - floor((upto - exact) * 100 + 0.5) / 100 AS amount FROM run
    ), posted AS (
        INSERT INTO accounts_ledgerentry (account_id, posting, kind, bucket, amount, effective_on, posted_at, by_id, authority, memo)
        SELECT account_id, uuidv7(), 'interest', 'interest', amount, day, %(at)s, NULL, authority, '' FROM rounded WHERE amount <> 0
        RETURNING 1
    ), totals AS (
        SELECT account_id, sum(exact) - sum(amount) AS left_over FROM rounded GROUP BY account_id
    ), kept AS (
        UPDATE accounts_accrual s SET through = %(on)s, carry = s.carry + COALESCE(t.left_over, 0)
        FROM due d LEFT JOIN totals t ON t.account_id = d.account_id WHERE s.account_id = d.account_id
        RETURNING s.account_id
    )
    SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM posted), (SELECT max(account_id) FROM kept)
"""
COMPOUNDING = """
    SELECT s.account_id FROM accounts_accrual s JOIN accounts_account a ON a.id = s.account_id
    WHERE s.through < %(on)s AND a.status = ANY(%(open)s)
      AND EXISTS (SELECT FROM accounts_interestterm t WHERE t.account_id = s.account_id AND t.compounds)
    ORDER BY s.account_id
"""


def accrue(*, on: date, at: datetime) -> dict[str, int]:
    """Posts the interest of every open account up to and with the day ``on``. Safe to run twice, and two at once.

    An account that somebody is at work on is left for the next run, which makes the day up.
    """
    said: dict[str, Any] = {"on": on, "at": at, "open": OPEN_STATUSES, "chunk": CHUNK}
    accounts = entries = 0
    after: int | None = 0
    while after is not None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(ACCRUE, {**said, "after": after})
            looked_at, posted, after = cursor.fetchone()
        accounts, entries = accounts + looked_at, entries + posted
    with connection.cursor() as cursor:
        cursor.execute(COMPOUNDING, said)
        compounding = [row[0] for row in cursor.fetchall()]
    for pk in compounding:
        entries += bring_up(account=Account(pk=pk), through=on, by=None, at=at).entries
    return {"accounts": accounts + len(compounding), "entries": entries}


@dataclass(frozen=True, slots=True)
class BroughtUp:
    """``credit``: what has been paid beyond what was owed at the time, dollars."""

    entries: int = 0
    credit: Decimal = ZERO


@transaction.atomic
def bring_up(*, account: Account, through: date, by: User | None, at: datetime) -> BroughtUp:
    """Derives interest and the spread of every payment anew from the ledger's own dates, and posts what differs.

    So money that came on an earlier day, a payment taken back and a limit learned late correct what followed them: by compensating
    entries on the days they belong to, never by a changed one. Without a term there is nothing to derive.
    """
    locked = lock_account(account)
    accrual = Accrual.objects.select_for_update().filter(account=locked).first()
    if accrual is None:
        return BroughtUp()
    book = _book(locked, accrual.since)
    known, until = accrual.through, max([accrual.through, through, *book.given])
    terms, limits = _terms(locked), _limits(locked)
    derived = derive(
        opening=book.opening, given=book.given, terms=[term for term, _ in terms], limits=limits, since=accrual.since,
        through=until,
    )  # fmt: skip
    entries = _differences(locked, book.actual, derived, known, terms, by, at)
    LedgerEntry.objects.bulk_create(entries)
    accrual.through, accrual.carry = until, derived.carry
    accrual.save(update_fields=["through", "carry"])
    account.refresh_from_db(fields=["principal", "interest", "fees", "costs", "balance"])
    return BroughtUp(len(entries), derived.credit)


@dataclass(slots=True)
class _Book:
    """An account's entries after the day its interest began: as given, and by day and bucket what was derived before."""

    opening: Buckets
    given: dict[date, Given]
    actual: dict[date, Buckets]


def _book(account: Account, since: date) -> _Book:
    book = _Book({}, defaultdict(Given), defaultdict(lambda: defaultdict(lambda: ZERO)))
    paid: dict[uuid.UUID, tuple[date, Decimal, Sequence[str]]] = {}
    columns = ("id", "effective_on", "posting", "kind", "bucket", "amount", "order", "reverses_id")
    rows = sorted(LedgerEntry.objects.filter(account=account).values_list(*columns))
    kinds = {pk: kind for pk, _, _, kind, *_ in rows}
    taken_back = {reverses for *_, reverses in rows if reverses}
    for pk, day, posting, kind, bucket, amount, order, reverses in rows:
        if day <= since:
            book.opening[bucket] = book.opening.get(bucket, ZERO) + amount
        elif kinds.get(reverses, kind) not in DERIVED:
            given = book.given[day].amounts
            given[bucket] = given.get(bucket, ZERO) + amount
        else:
            book.actual[day][bucket] += amount
            if kind == K.PAYMENT and pk not in taken_back:
                before = paid[posting][1] if posting in paid else ZERO
                paid[posting] = day, before - amount, order.split() or account.client.payment_order
    for day, amount, pays in paid.values():
        book.given[day].payments.append((amount, pays))
    return book


Named = Sequence[tuple[Term, str]]


def _terms(account: Account) -> list[tuple[Term, str]]:
    """With the authority of each."""
    rows = InterestTerm.objects.filter(account=account).order_by("from_on")
    return [(Term(t.rate, t.from_on, t.until_on, t.basis, t.compounds), t.authority) for t in rows]


def _limits(account: Account) -> list[Limit]:
    rows = InterestLimit.objects.filter(account=account).order_by("id")
    return [Limit(row.most, row.from_on, row.until_on) for row in rows]


def _differences(
    account: Account,
    actual: dict[date, Buckets],
    derived: Derived,
    known: date,
    terms: Named,
    by: User | None,
    at: datetime,
) -> list[LedgerEntry]:
    """What was not known before is interest of its day; what was, and is otherwise now, is derived anew."""
    found = []
    for day in sorted({*actual, *derived.entries}):
        posting = uuid.uuid4()
        new, old = derived.entries.get(day, {}), actual.get(day, {})
        for bucket in Bucket.values:
            amount = new.get(bucket, ZERO) - old.get(bucket, ZERO)
            if not amount:
                continue
            fresh = day > known and bucket == Bucket.INTEREST and not old
            found.append(
                LedgerEntry(
                    account=account, posting=posting, kind=K.INTEREST if fresh else K.REPLAY, bucket=bucket, amount=amount,
                    effective_on=day, posted_at=at, by=by, authority=_authority(day, terms) if bucket == Bucket.INTEREST else "",
                    memo="" if fresh else "Derived anew from what is known now",
                )
            )  # fmt: skip
    return found


def _authority(day: date, terms: Named) -> str:
    return next((authority for term, authority in terms if term.runs_on(day)), "")


@transaction.atomic
def begin_interest(
    *,
    account: Account,
    rate: Decimal,
    authority: str,
    from_on: date,
    until_on: date | None = None,
    basis: str = DayCount.FIXED_365,
    compounds: bool = False,
    by: User | None,
    at: datetime,
) -> InterestTerm:
    """A rate from the day after ``from_on``, or after the placement if that is later; the one that runs then ends with that day.

    Raises InterestRefused.
    """
    locked = lock_account(account)
    if not authority.strip():
        raise InterestRefused(
            "authority",
            "Name the agreement clause, statute or order that allows interest (12 CFR 1006.22(b)).",
        )
    if not 0 < rate <= 100:
        raise InterestRefused("rate", "A rate lies above 0 and up to 100 percent a year.")
    if until_on is not None and until_on <= from_on:
        raise InterestRefused("until_on", "The rate ends before its first day.")
    running = InterestTerm.objects.filter(account=locked, until_on__isnull=True).first()
    if running is not None:
        if running.from_on >= from_on:
            raise InterestRefused("from_on", f"A rate runs from {running.from_on} on; begin this one later.")
        running.until_on = from_on
        running.save(update_fields=["until_on"])
    if InterestTerm.objects.filter(account=locked, until_on__gt=from_on).exists():
        raise InterestRefused("from_on", "Another rate runs on some of these days.")
    placed_on = locked.placed_on
    Accrual.objects.get_or_create(account=locked, defaults={"since": placed_on, "through": placed_on})
    term = InterestTerm.objects.create(
        account=locked, rate=rate, authority=authority.strip()[:200], from_on=from_on, until_on=until_on, basis=basis,
        compounds=compounds,
    )  # fmt: skip
    bring_up(account=locked, through=date.min, by=by, at=at)
    return term


@transaction.atomic
def limit_interest(
    *,
    account: Account,
    most: Decimal,
    from_on: date,
    until_on: date | None = None,
    reason: str,
    cause: str = "",
    by: User | None,
    at: datetime,
) -> InterestLimit:
    """Forgives what exceeds ``most`` percent on these days, those already posted too (50 USC 3937(a)(2)). Raises InterestRefused."""
    if not reason.strip():
        raise InterestRefused("reason", "Say why interest is limited.")
    if not 0 <= most <= 100:
        raise InterestRefused("most", "A limit lies between 0 and 100 percent a year.")
    if until_on is not None and until_on < from_on:
        raise InterestRefused("until_on", "The limit ends before it begins.")
    locked = lock_account(account)
    limit = InterestLimit.objects.create(
        account=locked, most=most, from_on=from_on, until_on=until_on, reason=reason.strip()[:200], cause=cause,
        recorded_by=by, recorded_at=at,
    )  # fmt: skip
    bring_up(account=locked, through=date.min, by=by, at=at)
    return limit


@transaction.atomic
def end_limit(*, limit: InterestLimit, on: date | None, by: User | None, at: datetime) -> InterestLimit:
    """``on`` is its last day; None: it stands until further notice. Raises InterestRefused."""
    locked = InterestLimit.objects.select_for_update(of=("self",)).select_related("account").get(pk=limit.pk)
    if on is not None and on < locked.from_on:
        raise InterestRefused("on", "The limit ends before it begins.")
    locked.until_on = on
    locked.save(update_fields=["until_on"])
    bring_up(account=locked.account, through=date.min, by=by, at=at)
    return locked


FURTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Payoff:
    """``per_day``: what the day after adds while nothing is paid, dollars to four places."""

    on: date
    buckets: Buckets
    per_day: Decimal

    @property
    def total(self) -> Decimal:
        return sum(self.buckets.values(), ZERO)


def payoff(*, account: Account, on: date) -> Payoff:
    """What is owed at the end of a day, as far as is known: interest to come is added to what is posted, and nothing is posted.

    Raises InterestRefused: the day lies before the placement, or more than a year ahead of what is posted.
    """
    if on < account.placed_on:
        raise InterestRefused("on", f"The account was placed on {account.placed_on}.")
    accrual = Accrual.objects.filter(account=account).first()
    if accrual is None or on <= accrual.through:
        buckets = _posted(account, on)
    elif on > accrual.through + FURTHEST:
        raise InterestRefused(
            "on", f"Interest is known up to {accrual.through}; ask for a day within a year of it."
        )
    else:
        buckets = _derived(account, accrual, on)
    return Payoff(on, buckets, _per_day(account, buckets, on + timedelta(days=1)) if accrual else ZERO)


def _posted(account: Account, on: date) -> Buckets:
    buckets: Buckets = dict.fromkeys(Bucket.values, ZERO)
    for bucket, amount in LedgerEntry.objects.filter(account=account, effective_on__lte=on).values_list(
        "bucket", "amount"
    ):
        buckets[bucket] += amount
    return buckets


def _derived(account: Account, accrual: Accrual, on: date) -> Buckets:
    book = _book(account, accrual.since)
    return derive(
        opening=book.opening, given=book.given, terms=[term for term, _ in _terms(account)], limits=_limits(account),
        since=accrual.since, through=on,
    ).balances  # fmt: skip


def _per_day(account: Account, buckets: Buckets, day: date) -> Decimal:
    found = rate_on(day, [term for term, _ in _terms(account)], _limits(account))
    if found is None or account.status not in OPEN_STATUSES:
        return ZERO
    term, rate = found
    return of_day(max(buckets["principal"], ZERO), rate, day, term.basis).quantize(
        Decimal("0.0001"), ROUND_HALF_UP
    )
