"""The only writers of the payments room."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

from accounts.accruing import bring_up
from accounts.allocation import Overpayment, allocate, every_bucket
from accounts.enums import AccountStatus, Bucket, EntryKind
from accounts.models import Account
from accounts.services import apply_transition, lock_account, post_entries, reverse_posting
from accounts.statuses import OPEN
from compliance.enums import DisputeKind, DisputeStatus
from compliance.models import Dispute
from core.cards import refuse_cards
from core.clock import business_today
from core.money import ZERO, cents, dollars
from debtors.models import Debtor
from payments.agreements import judge_agreements
from payments.enums import AgreementStatus, Method, PaymentStatus, PromiseStatus, RefundStatus
from payments.judging import Judgment, judge
from payments.models import Payment, Promise, PromiseJudgment, Refund
from payments.refunds import ask_refund
from payments.splitting import Debt, split
from payments.standing import Receipt, end_promised, receipts, since
from payments.trust import receive, take_back
from users.models import User

GRACE_DAYS = 1
LONGEST_PROMISE = timedelta(days=30)
CHUNK = 2000


class PromiseRefused(Exception):
    code = "promise_refused"


class PaymentRefused(Exception):
    code = "payment_refused"


@transaction.atomic
def record_promise(
    *,
    account: Account,
    amount: Decimal,
    due_on: date,
    how: str = "",
    by: User | None,
    at: datetime,
    on: date | None = None,
) -> Promise:
    """A promise of ``amount`` dollars by ``due_on``. ``on`` is the business day it is made (default: the day of ``at``).

    Raises PromiseRefused: no open balance, more than is owed, due in the past or over 30 days ahead, another one open.
    """
    locked = lock_account(account)
    made_on = on or business_today(at)
    amount = cents(amount)
    _check_promise(locked, amount, due_on, made_on)
    try:
        with transaction.atomic():
            promise = Promise.objects.create(
                account=locked,
                amount=amount,
                due_on=due_on,
                made_on=made_on,
                made_at=at,
                by=by,
                how=how,
                grace_days=GRACE_DAYS,
            )
    except IntegrityError as error:
        raise PromiseRefused("This account has an open promise already; cancel it first.") from error
    apply_transition(
        account=locked,
        transition="promise",
        by=by,
        at=at,
        reason=f"Promise of ${amount} by {due_on:%d %b %Y}",
    )
    return promise


def _check_promise(account: Account, amount: Decimal, due_on: date, made_on: date) -> None:
    if account.status not in (AccountStatus.NEW, AccountStatus.ACTIVE, AccountStatus.PROMISED):
        raise PromiseRefused(
            f"The account is {account.get_status_display().lower()}; no promise can be taken on it."
        )
    if account.agreements.filter(status=AgreementStatus.ACTIVE).exists():
        raise PromiseRefused("A settlement or plan is in force; its next instalment is what is promised.")
    if not Decimal(0) < amount <= account.balance:
        raise PromiseRefused(f"Promise between $0.01 and the balance of ${account.balance:,.2f}.")
    if due_on < made_on:
        raise PromiseRefused("The promise would be due in the past.")
    if due_on > made_on + LONGEST_PROMISE:
        raise PromiseRefused(
            f"A promise is due within 30 days, by {made_on + LONGEST_PROMISE:%d %b %Y}; beyond that, escalate for a plan."
        )


@transaction.atomic
def cancel_promise(*, promise: Promise, reason: str, by: User | None, at: datetime) -> Promise:
    locked = Promise.objects.select_for_update(of=("self",)).select_related("account").get(pk=promise.pk)
    if locked.status != PromiseStatus.OPEN:
        raise PromiseRefused(
            f"This promise is {locked.get_status_display().lower()}; only an open one can be cancelled."
        )
    if not reason.strip():
        raise PromiseRefused("Say why the promise is cancelled.")
    locked.status, locked.cancelled_reason = PromiseStatus.CANCELLED, reason.strip()[:200]
    locked.save(update_fields=["status", "cancelled_reason"])
    end_promised(locked.account, by, at, "Promise cancelled")
    return locked


@transaction.atomic
def post_payment(
    *,
    account: Account,
    amount: Decimal,
    method: str,
    effective_on: date,
    reference: str = "",
    refund_excess: bool = False,
    received: uuid.UUID | None = None,
    by: User | None,
    at: datetime,
) -> Payment:
    """Posts what was received, spread over the buckets in the client's order, and judges what was promised and agreed.

    What exceeds the debt is refused, or with ``refund_excess`` kept apart and put into the queue of refunds. Raises
    PaymentRefused: nothing owed, more than owed, a future date, or the same payment (reference, amount, date) twice.
    """
    locked = lock_account(account)
    amount = cents(amount)
    _check_payment(locked, amount, method, effective_on, reference, at)
    given = _Given(amount, method, effective_on, reference.strip(), received, by, at)
    payment, credit = _post(locked, given, ZERO, refund_excess)
    if payment is None and refund_excess:
        payment, credit = _post(locked, given, credit, refund_excess)
    if payment is None:
        raise PaymentRefused(
            f"With this date less interest accrued: post {dollars(amount - credit)} and refund {dollars(credit)}."
        )
    receive(payment=payment, by=by, at=at)
    if payment.excess:
        ask_refund(payment=payment, amount=payment.excess, reason="Paid more than was owed", by=by, at=at)
    _keep_last_payment(locked, at)
    settle_status(locked, by, at)
    judge_account(account=locked, on=business_today(at), at=at, by=by)
    return payment


@dataclass(frozen=True, slots=True)
class _Given:
    amount: Decimal
    method: str
    effective_on: date
    reference: str
    received: uuid.UUID | None
    by: User | None
    at: datetime


def _post(
    account: Account, given: _Given, credit: Decimal, refund_excess: bool
) -> tuple[Payment | None, Decimal]:
    """The payment less what is known to be ``credit``. None, and the credit, where deriving interest anew shows that it leaves one."""
    with transaction.atomic():
        bring_up(account=account, through=given.effective_on, by=given.by, at=given.at)
        account.refresh_from_db(fields=["principal", "interest", "fees", "costs", "balance"])
        excess = max(credit, given.amount - max(account.balance, ZERO)) if refund_excess else ZERO
        if excess >= given.amount:
            raise PaymentRefused("Nothing of it is owed; send it back.")
        payment = _receive(account, given, max(excess, ZERO))
        left = bring_up(account=account, through=given.effective_on, by=given.by, at=given.at).credit
        if left <= 0:
            return payment, ZERO
        transaction.set_rollback(True)
    return None, left + max(excess, ZERO)


def _receive(account: Account, given: _Given, excess: Decimal) -> Payment:
    try:
        shares = allocate(_balances(account), given.amount - excess, account.client.payment_order)
    except Overpayment as error:
        raise PaymentRefused(str(error)) from error
    effective_on, by, at, reference = given.effective_on, given.by, given.at, given.reference
    account_order = every_bucket(account.client.payment_order)
    posting = post_entries(
        account=account,
        kind=EntryKind.PAYMENT,
        amounts={bucket: -share for bucket, share in shares.items()},
        effective_on=effective_on,
        by=by,
        at=at,
        memo=f"{Method(given.method).label} {reference}".strip(),
        order=account_order,
    )
    try:
        with transaction.atomic():
            return Payment.objects.create(
                account=account,
                amount=given.amount,
                excess=excess,
                received=given.received,
                method=given.method,
                effective_on=effective_on,
                reference=reference,
                posting=posting,
                posted_at=at,
                posted_by=by,
            )
    except IntegrityError as error:
        raise PaymentRefused(
            f"A payment of ${given.amount} with reference {reference} and this date is already posted to this account."
        ) from error


@dataclass(frozen=True, slots=True)
class Debts:
    """The open debts of one person, oldest first, and what of each is disputed."""

    accounts: dict[str, Account]
    owed: list[Debt]


def open_debts(debtor: Debtor, visible: QuerySet[Account] | None = None) -> Debts:
    """``visible``: the accounts that may be seen; without it all."""
    rows = (Account.objects.all() if visible is None else visible).filter(
        debtor=debtor, status__in=OPEN, balance__gt=0
    )
    accounts = {account.ref: account for account in rows.order_by("placed_on", "pk")}
    disputes = Dispute.objects.filter(
        account__in=accounts.values(), status=DisputeStatus.OPEN, kind=DisputeKind.DISPUTE
    )
    disputed: dict[int, Decimal] = defaultdict(lambda: ZERO)
    balances = {account.pk: account.balance for account in accounts.values()}
    for pk, amount in disputes.values_list("account_id", "disputed_amount"):
        disputed[pk] += balances[pk] if amount is None else amount
    return Debts(
        accounts,
        [
            Debt(ref, account.balance, min(account.balance, disputed[account.pk]))
            for ref, account in accounts.items()
        ],
    )


@transaction.atomic
def post_split(
    *,
    debtor: Debtor,
    amount: Decimal,
    method: str,
    effective_on: date,
    reference: str = "",
    directions: Mapping[str, Decimal],
    refund_excess: bool = False,
    visible: QuerySet[Account] | None = None,
    by: User | None,
    at: datetime,
) -> list[Payment]:
    """One payment for several debts: as directed, by our reference, the rest to the oldest first; never to what is disputed.

    Each part is a payment of its own; they share ``received``. Raises PaymentRefused and SplitRefused.
    """
    for account in Account.objects.select_for_update().filter(debtor=debtor).order_by("pk"):
        bring_up(account=account, through=effective_on, by=by, at=at)
    same = Payment.objects.filter(
        account__debtor=debtor,
        method=method,
        reference=reference.strip(),
        effective_on=effective_on,
        status=PaymentStatus.POSTED,
    )
    if reference.strip() and same.exists():
        raise PaymentRefused(
            f"A payment with reference {reference} and this date is already posted to a debt of this person."
        )
    debts = open_debts(debtor, visible)
    shares, left = split(cents(amount), debts.owed, {ref: cents(part) for ref, part in directions.items()})
    if not shares:
        raise PaymentRefused("Nothing of it may be posted: no debt of this person is open and undisputed.")
    if left and not refund_excess:
        raise PaymentRefused(f"{dollars(left)} is more than may be posted; refund it, or post less.")
    last, received = list(shares)[-1], uuid.uuid4()
    if left and shares[last] < debts.accounts[last].balance:
        raise PaymentRefused(f"{dollars(left)} is left and the rest of the debts is disputed; post less.")
    return [
        post_payment(
            account=debts.accounts[ref], amount=share + (left if ref == last else ZERO), method=method, effective_on=effective_on,
            reference=reference, refund_excess=refund_excess, received=received, by=by, at=at,
        )
        for ref, share in shares.items()
    ]  # fmt: skip


def _check_payment(
    account: Account, amount: Decimal, method: str, effective_on: date, reference: str, at: datetime
) -> None:
    if method not in Method.values:
        raise PaymentRefused(f"Unknown method {method!r}; one of {', '.join(Method.values)}.")
    if account.status not in OPEN:
        raise PaymentRefused(
            f"The account is {account.get_status_display().lower()}; money for it goes to a supervisor."
        )
    refuse_cards(PaymentRefused, reference)
    if amount <= 0:
        raise PaymentRefused("A payment is of more than nothing.")
    if effective_on > business_today(at):
        raise PaymentRefused("The payment's date lies in the future; post what was received.")
    if effective_on < account.placed_on - timedelta(days=365):
        raise PaymentRefused("The payment's date lies more than a year before the placement; check it.")


def _balances(account: Account) -> dict[str, Decimal]:
    return {bucket: getattr(account, bucket) for bucket in Bucket.values}


def _keep_last_payment(account: Account, at: datetime) -> None:
    posted = account.payments.filter(status=PaymentStatus.POSTED)
    newest = posted.aggregate(newest=Max("effective_on"))["newest"]
    Account.objects.filter(pk=account.pk).update(last_payment_on=newest, updated_at=at)


def settle_status(account: Account, by: User | None, at: datetime) -> None:
    """Paid when nothing is owed any more, open again when something is."""
    account.refresh_from_db(fields=["principal", "interest", "fees", "costs", "balance", "status"])
    if account.balance == 0 and account.status in OPEN:
        apply_transition(account=account, transition="pay_in_full", by=by, at=at, reason="Balance is zero")
    elif account.balance > 0 and account.status == AccountStatus.PAID:
        apply_transition(account=account, transition="reopen", by=by, at=at, reason="Payment reversed")


@transaction.atomic
def reverse_payment(
    *, payment: Payment, reason: str, give_back: bool = False, by: User | None, at: datetime
) -> Payment:
    """Takes a payment back by compensating entries on the payment's own date, and judges anew what it had kept.

    Refunds of it that wait are cancelled: there is nothing to refund. With ``give_back`` the money is here and goes back to
    who paid: a refund of all of it waits instead. Raises PaymentRefused, also where a part has been refunded already.
    """
    account = lock_account(payment.account)
    locked = Payment.objects.select_for_update(of=("self",)).get(pk=payment.pk)
    if locked.status == PaymentStatus.REVERSED:
        raise PaymentRefused("This payment has been reversed already.")
    if not reason.strip():
        raise PaymentRefused("Say why the payment is reversed.")
    refuse_cards(PaymentRefused, reason)
    _cancel_refunds(locked, by, at)
    reverse_posting(posting=locked.posting, effective_on=locked.effective_on, by=by, at=at, memo=reason)
    locked.status, locked.reversed_at, locked.reversed_by, locked.reversal_reason = (
        PaymentStatus.REVERSED,
        at,
        by,
        reason.strip()[:200],
    )
    locked.save(update_fields=["status", "reversed_at", "reversed_by", "reversal_reason"])
    take_back(payment=locked, give_back=give_back, by=by, at=at)
    judge_account(account=account, on=business_today(at), at=at, by=by)
    bring_up(account=account, through=locked.effective_on, by=by, at=at)
    _keep_last_payment(account, at)
    settle_status(account, by, at)
    if give_back:
        ask_refund(payment=locked, amount=locked.amount, reason=reason, by=by, at=at)
    return locked


def _cancel_refunds(payment: Payment, by: User | None, at: datetime) -> None:
    for refund in Refund.objects.select_for_update().filter(payment=payment):
        if refund.status == RefundStatus.PAID:
            raise PaymentRefused(
                f"{dollars(refund.amount)} of this payment was refunded on {refund.paid_on}; ask a supervisor to adjust the account."
            )
        if refund.status in (RefundStatus.WAITING, RefundStatus.APPROVED):
            refund.status, refund.note = RefundStatus.CANCELLED, "The payment was reversed"
            refund.save(update_fields=["status", "note"])


def judge_account(*, account: Account, on: date, at: datetime, by: User | None = None) -> None:
    """Judges every promise and agreement of one account by its ledger as of ``on``; those judged before too, for money may have
    come or gone. The account's row is locked by the caller."""
    promises = list(
        account.promises.select_for_update().exclude(status=PromiseStatus.CANCELLED).order_by("id")
    )
    _judge(promises, on, at, by)
    judge_agreements(account_ids=[account.pk], on=on, at=at, by=by)
    account.refresh_from_db(fields=["status"])


@transaction.atomic
def judge_promises(*, on: date, at: datetime) -> dict[str, int]:
    """Judges every open promise that is due. Safe to run twice. Counts per verdict."""
    counts: dict[str, int] = defaultdict(int)
    due = Promise.objects.filter(status=PromiseStatus.OPEN, due_on__lt=on).order_by("id")
    ids = list(due.values_list("id", flat=True))
    for start in range(0, len(ids), CHUNK):
        chunk = list(
            Promise.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(pk__in=ids[start : start + CHUNK], status=PromiseStatus.OPEN)
            .select_related("account")
        )
        for verdict in _judge(chunk, on, at, None):
            counts[verdict] += 1
    return dict(counts)


def _judge_one(promise: Promise, received: Sequence[Receipt], on: date) -> Judgment:
    """Money that was posted before the promise was made does not keep it."""
    return judge(
        amount=promise.amount,
        made_on=promise.made_on,
        due_on=promise.due_on,
        grace_days=promise.grace_days,
        tolerance=promise.tolerance,
        receipts=since(received, promise.made_at),
        on=on,
    )


def _judge(promises: Sequence[Promise], on: date, at: datetime, by: User | None) -> list[str]:
    received = receipts([promise.account_id for promise in promises])
    judgments = [
        (promise, _judge_one(promise, received.get(promise.account_id, []), on)) for promise in promises
    ]
    changed = [(p, j) for p, j in judgments if (j.verdict, j.paid) != (p.status, p.paid)]
    for promise, judgment in changed:
        promise.status, promise.paid, promise.judged_at = judgment.verdict, judgment.paid, at
    _supersede_reopened([promise for promise, _ in changed], promises)
    Promise.objects.bulk_update([p for p, _ in changed], ["status", "paid", "judged_at", "cancelled_reason"])
    PromiseJudgment.objects.bulk_create(
        PromiseJudgment(promise=p, at=at, on=on, expected=j.expected, paid=j.paid, verdict=p.status)
        for p, j in changed
    )
    for promise, _ in changed:
        if promise.status != PromiseStatus.OPEN:
            end_promised(promise.account, by, at, f"Promise {promise.get_status_display().lower()}")
    return [promise.status for promise, _ in changed]


def _supersede_reopened(changed: Sequence[Promise], all_judged: Sequence[Promise]) -> None:
    """A reversal may open a kept promise again while a later one stands: the later one is what was agreed last."""
    newest_open = {
        promise.account_id: promise.pk for promise in all_judged if promise.status == PromiseStatus.OPEN
    }
    for promise in changed:
        if promise.status == PromiseStatus.OPEN and newest_open[promise.account_id] != promise.pk:
            promise.status, promise.cancelled_reason = (
                PromiseStatus.CANCELLED,
                "Superseded by a later promise",
            )
