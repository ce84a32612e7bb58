"""The only writer of settlements and plans: who may agree on what, step by step, and what the ledger makes of it.

Authority is asked at every step anew, of whoever takes it: an offer, a counter-offer, an approval, an acceptance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_UP, Decimal

from django.db import transaction

from accounts.enums import AccountStatus, Bucket, EntryKind
from accounts.models import Account
from accounts.services import apply_transition, lock_account, post_entries, reverse_posting
from accounts.statuses import OPEN
from core.clock import business_today
from core.money import CENT, ZERO, cents, dollars
from payments.enums import AgreementKind, AgreementStatus, AgreementVerb, Every, PromiseStatus
from payments.judging import BROKEN, KEPT, Standing, judge_schedule
from payments.models import LIVE, Agreement, AgreementJudgment, AgreementStep
from payments.schedules import Instalment, ScheduleRefused, months_later, schedule
from payments.standing import Receipt, begin_promised, end_promised, receipts, since
from users.authority import Limits, limits_of
from users.models import User

GRACE_DAYS = 1
OFFER_STANDS = timedelta(days=14)
FIRST_WITHIN = timedelta(days=60)
CHUNK = 1000
S, V = AgreementStatus, AgreementVerb
AGREEABLE = (AccountStatus.NEW, AccountStatus.ACTIVE, AccountStatus.PROMISED, AccountStatus.LEGAL)
JUDGED = (S.ACTIVE, S.KEPT, S.BROKEN)

# verb: from, to; an offer or a counter-offer above authority is proposed instead
TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    V.COUNTER: (frozenset({S.PROPOSED, S.OFFERED}), S.OFFERED),
    V.APPROVE: (frozenset({S.PROPOSED}), S.OFFERED),
    V.DECLINE: (frozenset({S.PROPOSED}), S.DECLINED),
    V.ACCEPT: (frozenset({S.OFFERED}), S.ACTIVE),
    V.WITHDRAW: (frozenset({S.PROPOSED, S.OFFERED, S.ACTIVE}), S.WITHDRAWN),
    V.LAPSE: (frozenset({S.PROPOSED, S.OFFERED}), S.LAPSED),
    V.REPLACE: (frozenset({S.ACTIVE, S.BROKEN}), S.REPLACED),
}


class AgreementRefused(Exception):
    """``field`` names what is wrong, where one field is."""

    code = "agreement_refused"

    def __init__(self, text: str, field: str = "") -> None:
        self.field = field
        super().__init__(text)


class AboveAuthority(AgreementRefused):
    """Somebody with wider limits must decide."""

    code = "above_authority"


@dataclass(frozen=True, slots=True)
class Terms:
    """``amount``: dollars to be paid in all. One of ``count`` and ``instalment`` says how it is split; neither, at once."""

    amount: Decimal
    first_on: date
    every: str = Every.ONCE
    count: int | None = None
    instalment: Decimal | None = None
    down: Decimal = ZERO
    down_on: date | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What these terms come to. ``above`` says what of them exceeds the authority of who asks; empty: nothing does."""

    instalments: tuple[Instalment, ...]
    amount: Decimal
    forgiven: Decimal
    percent: Decimal
    above: str
    expires_on: date


def preview(*, account: Account, kind: str, terms: Terms, by: User | None, on: date) -> Preview:
    """As ``offer`` would take them; nothing is written. Raises AgreementRefused and ScheduleRefused."""
    return _check(account, kind, terms, by, on)


@transaction.atomic
def offer(
    *,
    account: Account,
    kind: str,
    terms: Terms,
    agreed: bool = False,
    note: str = "",
    by: User | None,
    at: datetime,
    replaces: Agreement | None = None,
) -> Agreement:
    """Offered when it lies within the authority of ``by``, and in force at once when the debtor has ``agreed``; else proposed.

    Raises AgreementRefused and ScheduleRefused; what exceeds the client's own limits nobody may offer.
    """
    locked = lock_account(account)
    on = business_today(at)
    if locked.agreements.filter(status__in=LIVE).exists():
        raise AgreementRefused("This account has a settlement or a plan under way already.")
    found = _check(locked, kind, terms, by, on)
    agreement = Agreement.objects.create(
        account=locked, kind=kind, made_on=on, made_at=at, made_by=by, replaces=replaces, grace_days=GRACE_DAYS,
        **_columns(locked, terms, found),
    )  # fmt: skip
    _log(agreement, V.OFFER, by, at, note)
    if agreed and agreement.status == S.OFFERED:
        _accept(agreement, by, at)
    return agreement


@transaction.atomic
def counter(
    *, agreement: Agreement, terms: Terms, agreed: bool = False, note: str = "", by: User | None, at: datetime
) -> Agreement:
    """Other terms, by whichever side, put down by ``by`` and measured by their authority anew; an approval of others is void."""
    locked = _locked(agreement, V.COUNTER)
    on = business_today(at)
    found = _check(locked.account, locked.kind, terms, by, on)
    for name, value in _columns(locked.account, terms, found).items():
        setattr(locked, name, value)
    locked.made_on, locked.made_at, locked.made_by, locked.approved_by = on, at, by, None
    locked.round += 1
    locked.save()
    _log(locked, V.COUNTER, by, at, note)
    if agreed and locked.status == S.OFFERED:
        _accept(locked, by, at)
    return locked


def _columns(account: Account, terms: Terms, found: Preview) -> dict[str, object]:
    return {
        "status": S.PROPOSED if found.above else S.OFFERED,
        "amount": found.amount,
        "balance": account.balance,
        "every": terms.every,
        "schedule": [[part.due_on.isoformat(), str(part.amount)] for part in found.instalments],
        "expires_on": found.expires_on,
    }


@transaction.atomic
def approve(*, agreement: Agreement, round: int, note: str = "", by: User, at: datetime) -> Agreement:
    """Of the terms of one round, by somebody else than who put them down, and only within their own limits."""
    locked = _locked(agreement, V.APPROVE)
    if locked.round != round:
        raise AgreementRefused("Other terms have been put down meanwhile; look again.")
    if locked.made_by_id == by.pk:
        raise AgreementRefused("Nobody approves what they have put down themselves.")
    above = _above(_Measure.of(locked), limits_of(by))
    if above:
        raise AboveAuthority(f"It exceeds your own authority too: {above}")
    locked.status, locked.approved_by = S.OFFERED, by
    locked.save(update_fields=["status", "approved_by"])
    _log(locked, V.APPROVE, by, at, note)
    return locked


@transaction.atomic
def decline(*, agreement: Agreement, round: int, note: str = "", by: User, at: datetime) -> Agreement:
    locked = _locked(agreement, V.DECLINE)
    if locked.round != round:
        raise AgreementRefused("Other terms have been put down meanwhile; look again.")
    return _end(locked, V.DECLINE, note, by, at)


@transaction.atomic
def accept(*, agreement: Agreement, by: User | None, at: datetime, note: str = "") -> Agreement:
    """The debtor agrees. Whoever stands behind the terms must still have the authority for them. Raises AgreementRefused."""
    locked = _locked(agreement, V.ACCEPT)
    if business_today(at) > locked.expires_on:
        raise AgreementRefused(f"The offer stood until {locked.expires_on:%d %b %Y}; make a new one.")
    measure = _Measure.of(locked)
    behind = [by, locked.approved_by, locked.made_by]
    if all(_above(measure, limits_of(person)) for person in behind):
        raise AboveAuthority(
            "Nobody behind these terms has the authority for them any more; put them down anew."
        )
    _accept(locked, by, at, note)
    return locked


def _accept(agreement: Agreement, by: User | None, at: datetime, note: str = "") -> None:
    account = agreement.account
    agreement.status, agreement.accepted_at = S.ACTIVE, at
    first = agreement.instalments[0]
    agreement.next_due_on, agreement.next_amount = first.due_on, first.amount
    agreement.save(update_fields=["status", "accepted_at", "next_due_on", "next_amount"])
    _log(agreement, V.ACCEPT, by, at, note)
    for promise in account.promises.select_for_update().filter(status=PromiseStatus.OPEN):
        promise.status = PromiseStatus.CANCELLED
        promise.cancelled_reason = f"Superseded by the {agreement.get_kind_display().lower()}"
        promise.save(update_fields=["status", "cancelled_reason"])
    reason = f"{agreement.get_kind_display()} of {dollars(agreement.amount)} until {agreement.instalments[-1].due_on:%d %b %Y}"
    begin_promised(account, by, at, reason)
    judge_agreements(account_ids=[account.pk], on=business_today(at), at=at, by=by)
    agreement.refresh_from_db()


@transaction.atomic
def withdraw(*, agreement: Agreement, reason: str, by: User | None, at: datetime) -> Agreement:
    """By either side. What was paid stays paid. Raises AgreementRefused."""
    locked = _locked(agreement, V.WITHDRAW)
    if not reason.strip():
        raise AgreementRefused("Say why it is withdrawn.", "reason")
    return _end(locked, V.WITHDRAW, reason, by, at)


@transaction.atomic
def reage(*, agreement: Agreement, terms: Terms, reason: str, by: User | None, at: datetime) -> Agreement:
    """A new schedule for what a plan in force or broken has left, agreed with the debtor; the old one is kept as replaced.

    Above the authority of ``by`` it is proposed, and takes the place of a broken plan only; one in force goes on.
    """
    locked = _locked(agreement, V.REPLACE)
    if locked.kind != AgreementKind.PLAN:
        raise AgreementRefused("A settlement is not re-aged; make a new offer.")
    if not reason.strip():
        raise AgreementRefused("Say why the plan gets a new schedule.", "reason")
    found = _check(locked.account, locked.kind, terms, by, business_today(at))
    if found.above and locked.status == S.ACTIVE:
        raise AboveAuthority(
            f"The plan is in force; somebody with the authority must re-age it: {found.above}"
        )
    if not found.above:
        _end(locked, V.REPLACE, reason, by, at)
    return offer(
        account=locked.account, kind=locked.kind, terms=terms, agreed=True, note=reason, by=by, at=at, replaces=locked
    )  # fmt: skip


@transaction.atomic
def lapse_offers(*, on: date, at: datetime) -> int:
    """Ends the offers that were not accepted in time. Safe to run twice."""
    open_offers = Agreement.objects.filter(status__in=[S.PROPOSED, S.OFFERED], expires_on__lt=on).order_by(
        "pk"
    )
    lapsed = 0
    for agreement in open_offers.select_related("account").iterator():
        locked = _locked(agreement)
        if locked.status in (S.PROPOSED, S.OFFERED) and locked.expires_on < on:
            _end(locked, V.LAPSE, f"It stood until {locked.expires_on:%d %b %Y}", None, at)
            lapsed += 1
    return lapsed


def _end(agreement: Agreement, verb: str, note: str, by: User | None, at: datetime) -> Agreement:
    agreement.status, agreement.next_due_on, agreement.next_amount = TRANSITIONS[verb][1], None, None
    agreement.save(update_fields=["status", "next_due_on", "next_amount"])
    _log(agreement, verb, by, at, note)
    end_promised(
        agreement.account, by, at, f"{agreement.get_kind_display()} {agreement.get_status_display().lower()}"
    )
    return agreement


def _locked(agreement: Agreement, verb: str = "") -> Agreement:
    """The account first, then the agreement, as everywhere; and whether this step may be taken from where it stands."""
    account = lock_account(agreement.account)
    locked = (
        Agreement.objects.select_for_update(of=("self",))
        .select_related("made_by", "approved_by")
        .get(pk=agreement.pk)
    )
    locked.account = account
    if verb and locked.status not in TRANSITIONS[verb][0]:
        raise AgreementRefused(
            f"This {locked.get_kind_display().lower()} is {_standing_as(locked)}; that cannot be done any more."
        )
    return locked


def _standing_as(agreement: Agreement) -> str:
    return (
        "waiting for approval" if agreement.status == S.PROPOSED else agreement.get_status_display().lower()
    )


def _log(agreement: Agreement, verb: str, by: User | None, at: datetime, note: str = "") -> None:
    AgreementStep.objects.create(
        agreement=agreement, verb=verb, at=at, by=by, round=agreement.round, amount=agreement.amount,
        schedule=agreement.schedule, status=agreement.status, note=note.strip()[:200],
    )  # fmt: skip


# --- may this be agreed, and by whom


@dataclass(frozen=True, slots=True)
class _Measure:
    amount: Decimal
    forgiven: Decimal
    percent: Decimal
    made_on: date
    last_on: date

    @classmethod
    def of(cls, agreement: Agreement) -> _Measure:
        last_on = agreement.instalments[-1].due_on
        percent = _percent(agreement.amount, agreement.balance)
        return cls(agreement.amount, agreement.forgives, percent, agreement.made_on, last_on)


def exceeds(agreement: Agreement, limits: Limits) -> str:
    """What of its terms lies beyond these limits, in a sentence; empty when nothing does."""
    return _above(_Measure.of(agreement), limits)


def _percent(amount: Decimal, balance: Decimal) -> Decimal:
    """Exact enough that no cent below a floor looks like the floor."""
    return amount * 100 / balance


def _above(measure: _Measure, limits: Limits) -> str:
    """What of the terms exceeds the limits, in a sentence; empty when nothing does."""
    found = []
    if measure.forgiven and measure.percent < limits.settlement_floor:
        found.append(
            f"{measure.percent:.1f} % of the balance is below {limits.settlement_floor.normalize():f} %"
        )
    if measure.forgiven > limits.forgives_most:
        found.append(f"{dollars(measure.forgiven)} forgiven is above {dollars(limits.forgives_most)}")
    if measure.last_on > months_later(measure.made_on, limits.plan_months):
        found.append(f"the last instalment comes later than {limits.plan_months} months from now")
    return "; ".join(found) + "." if found else ""


def _check(account: Account, kind: str, terms: Terms, by: User | None, on: date) -> Preview:
    if account.status not in AGREEABLE:
        raise AgreementRefused(
            f"The account is {account.get_status_display().lower()}; nothing can be agreed on it."
        )
    amount = cents(terms.amount)
    _check_amount(account, kind, amount)
    instalments = schedule(
        total=amount, first_on=terms.first_on, every=terms.every, count=terms.count,
        instalment=terms.instalment, down=cents(terms.down), down_on=terms.down_on,
    )  # fmt: skip
    expires_on = terms.expires_on or min(on + OFFER_STANDS, instalments[0].due_on)
    _check_days(instalments, expires_on, bool(terms.down), on)
    minimum = account.plan_minimum
    if kind == AgreementKind.PLAN and minimum and any(part.amount < minimum for part in instalments[:-1]):
        raise AgreementRefused(f"The client takes instalments of {dollars(minimum)} or more.", "count")
    forgiven = account.balance - amount if kind == AgreementKind.SETTLEMENT else ZERO
    percent = _percent(amount, account.balance)
    above = _above(_Measure(amount, forgiven, percent, on, instalments[-1].due_on), limits_of(by))
    return Preview(instalments, amount, forgiven, percent, above, expires_on)


def _check_amount(account: Account, kind: str, amount: Decimal) -> None:
    if kind == AgreementKind.PLAN:
        if not ZERO < amount <= account.balance:
            raise AgreementRefused(
                f"A plan is of more than nothing and up to the {dollars(account.balance)} owed.", "amount"
            )
        return
    if not ZERO < amount < account.balance:
        raise AgreementRefused(
            f"A settlement is of less than the {dollars(account.balance)} owed; for all of it make a plan.",
            "amount",
        )
    floor = account.settlement_floor
    if floor is not None and _percent(amount, account.balance) < floor:
        least = (account.balance * floor / 100).quantize(CENT, rounding=ROUND_UP)
        raise AgreementRefused(
            f"The client settles for {dollars(least)} or more ({floor.normalize():f} % of the balance).",
            "amount",
        )


def _check_days(instalments: Sequence[Instalment], expires_on: date, down: bool, on: date) -> None:
    first = instalments[0].due_on
    field = "down_on" if down else "first_on"
    if first < on:
        raise AgreementRefused("The first payment would be due in the past.", field)
    if first > on + FIRST_WITHIN:
        raise AgreementRefused(
            f"The first payment is due within {FIRST_WITHIN.days} days, by {on + FIRST_WITHIN:%d %b %Y}.",
            field,
        )
    if not on <= expires_on <= first:
        raise AgreementRefused(
            "The offer stands from today to the day of the first payment at the longest.", "expires_on"
        )


# --- judged by the ledger


def judge_agreements(
    *, account_ids: Sequence[int], on: date, at: datetime, by: User | None = None
) -> dict[str, int]:
    """Judges what was agreed on these accounts by their ledgers as of ``on``, what was judged before too. Counts per verdict.

    Each account's row must be locked by the caller, or nobody else may be at work on it.
    """
    agreements = list(
        Agreement.objects.select_for_update(of=("self",))
        .filter(account_id__in=account_ids, status__in=JUDGED)
        .select_related("account", "account__client")
        .order_by("id")
    )
    received = receipts(sorted({agreement.account_id for agreement in agreements})) if agreements else {}
    counts: dict[str, int] = defaultdict(int)
    for agreement in agreements:
        verdict = _judge(agreement, received.get(agreement.account_id, []), on, at, by)
        if verdict:
            counts[verdict] += 1
    return dict(counts)


def _judge(agreement: Agreement, received: Sequence[Receipt], on: date, at: datetime, by: User | None) -> str:
    standing = judge_schedule(
        instalments=agreement.instalments, made_on=agreement.made_on, grace_days=agreement.grace_days,
        tolerance=agreement.tolerance, receipts=since(received, agreement.made_at), on=on,
    )  # fmt: skip
    status = _verdict(agreement, standing)
    same = (status, standing.paid, standing.next_due_on, standing.next_amount) == (
        agreement.status, agreement.paid, agreement.next_due_on, agreement.next_amount
    )  # fmt: skip
    if same:
        return ""
    before, agreement.status, agreement.paid, agreement.judged_at = (
        agreement.status,
        status,
        standing.paid,
        at,
    )
    agreement.next_due_on, agreement.next_amount = (
        (standing.next_due_on, standing.next_amount) if status == S.ACTIVE else (None, None)
    )
    if status != S.KEPT and agreement.write_off is not None:
        _take_back(agreement, by, at)
    elif status == S.KEPT and before != S.KEPT:
        _forgive(agreement, on, by, at)
    agreement.save(update_fields=["status", "paid", "judged_at", "next_due_on", "next_amount", "write_off"])
    AgreementJudgment.objects.create(
        agreement=agreement, at=at, on=on, expected=standing.expected, paid=standing.paid, verdict=status
    )
    if status == before:
        return status
    _log(agreement, V.JUDGE, by, at)
    if status == S.ACTIVE:
        begin_promised(agreement.account, by, at, f"{agreement.get_kind_display()} in force again")
    else:
        end_promised(agreement.account, by, at, f"{agreement.get_kind_display()} {status.label.lower()}")
    return status


def _verdict(agreement: Agreement, standing: Standing) -> AgreementStatus:
    account = agreement.account
    paid_off = account.balance <= 0 and account.status != AccountStatus.CLOSED and agreement.write_off is None
    if standing.verdict == KEPT or paid_off:
        return S.KEPT
    if standing.verdict == BROKEN:
        return S.BROKEN
    if agreement.status == S.ACTIVE:
        return S.ACTIVE
    others = Agreement.objects.filter(account_id=agreement.account_id, status__in=LIVE).exclude(
        pk=agreement.pk
    )
    return S.REPLACED if others.exists() else S.ACTIVE


def _forgive(agreement: Agreement, on: date, by: User | None, at: datetime) -> None:
    """What a kept settlement leaves is written off, in every bucket; a plan leaves what it leaves."""
    account = agreement.account
    account.refresh_from_db(fields=["principal", "interest", "fees", "costs", "balance", "status"])
    left = {bucket: getattr(account, bucket) for bucket in Bucket.values if getattr(account, bucket) > 0}
    if agreement.kind != AgreementKind.SETTLEMENT or not left or account.status not in OPEN:
        return
    agreement.write_off = post_entries(
        account=account, kind=EntryKind.WRITE_OFF, amounts={bucket: -value for bucket, value in left.items()},
        effective_on=on, by=by, at=at, memo=f"Settlement of {dollars(agreement.amount)} kept",
    )  # fmt: skip
    account.refresh_from_db(fields=["principal", "interest", "fees", "costs", "balance"])
    apply_transition(account=account, transition="settle", by=by, at=at, reason="Settlement kept")


def _take_back(agreement: Agreement, by: User | None, at: datetime) -> None:
    """Money was taken back: what was forgiven for it is owed again, from the day it was forgiven."""
    assert agreement.write_off is not None
    entry = agreement.account.entries.filter(posting=agreement.write_off).values_list(
        "effective_on", flat=True
    )[0]
    reverse_posting(
        posting=agreement.write_off,
        effective_on=entry,
        by=by,
        at=at,
        memo="The settlement was not kept after all",
    )
    agreement.write_off = None
    if agreement.account.status == AccountStatus.SETTLED:
        apply_transition(
            account=agreement.account,
            transition="reopen",
            by=by,
            at=at,
            reason="A settlement's payment was reversed",
        )


def judge_due(*, on: date, at: datetime) -> dict[str, int]:
    """Judges every agreement in force that has an instalment due before ``on``, and ends offers that ran out. Safe to run twice."""
    counts: dict[str, int] = defaultdict(int)
    due = Agreement.objects.filter(status=S.ACTIVE, next_due_on__lt=on).order_by("account_id")
    ids = list(due.values_list("account_id", flat=True))
    for start in range(0, len(ids), CHUNK):
        with transaction.atomic():
            accounts = Account.objects.select_for_update(skip_locked=True).filter(
                pk__in=ids[start : start + CHUNK]
            )
            found = sorted(accounts.values_list("pk", flat=True))
            for verdict, count in judge_agreements(account_ids=found, on=on, at=at).items():
                counts[verdict] += count
    lapsed = lapse_offers(on=on, at=at)
    return {**counts, **({"lapsed": lapsed} if lapsed else {})}


__all__ = [
    "AboveAuthority", "AgreementRefused", "Preview", "ScheduleRefused", "Terms", "accept", "approve", "counter", "decline", "exceeds",
    "judge_agreements", "judge_due", "lapse_offers", "offer", "preview", "reage", "withdraw",
]  # fmt: skip
