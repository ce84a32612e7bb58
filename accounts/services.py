"""The only writers of the accounts room."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.files.base import File
from django.db import IntegrityError, connection, transaction

from accounts.enums import Bucket, EntryKind, ItemizationType
from accounts.models import (
    Account,
    Accrual,
    Client,
    Document,
    InterestTerm,
    LedgerEntry,
    Placement,
    StatusTransition,
)
from accounts.statuses import target
from core.money import cents, dollars
from debtors.models import Debtor
from users.models import User

SIGNATURES = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/tiff": (b"II*\x00", b"MM\x00*"),
}
SUFFIXES = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/tiff": "tif",
    "text/plain": "txt",
    "text/csv": "csv",
}
DOCUMENT_LIMIT = 20 * 1024 * 1024


class AlreadyPlaced(Exception):
    """This client has placed an account with this reference, and it is still with us."""

    code = "already_placed"


class DocumentRefused(Exception):
    code = "document_refused"


class PostingRefused(Exception):
    code = "posting_refused"


class ItemizationRefused(Exception):
    """``field`` names what is wrong."""

    code = "itemization_refused"

    def __init__(self, field: str, text: str) -> None:
        self.field = field
        super().__init__(text)


class ClientRefused(Exception):
    code = "client_refused"


@transaction.atomic
def create_client(
    *, code: str, name: str, kind: str, debt_type: str, by: User | None, at: datetime
) -> Client:
    """A creditor whose accounts every team may work until the admin says which."""
    if Client.objects.filter(code=code).exists():
        raise ClientRefused(f"There is a client with the code {code!r} already.")
    return Client.objects.create(code=code, name=name, kind=kind, debt_type=debt_type)


@transaction.atomic
def create_placement(
    *,
    client: Client,
    batch: str,
    placed_on: date,
    by: User | None,
    file_name: str = "",
    file_sha256: str = "",
) -> Placement:
    return Placement.objects.create(
        client=client,
        batch=batch,
        placed_on=placed_on,
        loaded_by=by,
        file_name=file_name,
        file_sha256=file_sha256,
    )


@transaction.atomic
def place_account(
    *,
    placement: Placement,
    debtor: Debtor,
    fields: Mapping[str, Any],
    buckets: Mapping[str, Decimal],
    by: User | None,
    at: datetime,
) -> Account:
    """One account with its opening entries, effective on the placement's day. ``fields`` are columns of Account."""
    amount = cents(sum(buckets.values(), Decimal(0)))
    values: dict[str, Any] = {
        "debt_type": placement.client.debt_type,
        "original_creditor": placement.client.name,
        "current_creditor": placement.client.name,
        "placed_on": placement.placed_on,
        **fields,
    }
    try:
        with transaction.atomic():
            account = Account.objects.create(
                client=placement.client, placement=placement, debtor=debtor, placed_amount=amount, **values
            )
    except IntegrityError as error:
        if "account_once_per_client" not in str(error):
            raise
        raise AlreadyPlaced(f"{placement.client} has already placed {values['client_reference']}.") from error
    post_entries(
        account=account,
        kind=EntryKind.PLACEMENT,
        amounts=buckets,
        effective_on=placement.placed_on,
        by=by,
        at=at,
    )
    if account.interest_rate and account.interest_authority:
        _open_interest(account)
    account.refresh_from_db()
    return account


def _open_interest(account: Account) -> None:
    """As the agreement allows it, from the placement on: what ran before it is in what was placed."""
    began = account.interest_from or account.placed_on
    InterestTerm.objects.create(
        account=account, from_on=began, rate=account.interest_rate, authority=account.interest_authority
    )
    since = max(began, account.placed_on)
    Accrual.objects.create(account=account, since=since, through=since)


@transaction.atomic
def post_entries(
    *,
    account: Account,
    kind: str,
    amounts: Mapping[str, Decimal],
    effective_on: date,
    by: User | None,
    at: datetime,
    authority: str = "",
    memo: str = "",
    order: Sequence[str] = (),
) -> uuid.UUID:
    """Writes one entry per bucket under one posting. Positive amounts raise what is owed. Zero amounts write nothing.

    ``order``: of a payment, the buckets as it pays them, by which it is spread anew when something is learned late.
    """
    posting = uuid.uuid4()
    entries = [
        LedgerEntry(
            account=account,
            posting=posting,
            kind=kind,
            bucket=Bucket(bucket),
            amount=cents(amount),
            effective_on=effective_on,
            posted_at=at,
            by=by,
            authority=authority,
            memo=memo[:200],
            order=" ".join(order),
        )
        for bucket, amount in amounts.items()
        if cents(amount)
    ]
    if not entries:
        raise PostingRefused("There is nothing to post: every amount is zero.")
    LedgerEntry.objects.bulk_create(entries)
    return posting


@transaction.atomic
def reverse_posting(
    *, posting: uuid.UUID, effective_on: date, by: User | None, at: datetime, memo: str
) -> uuid.UUID:
    """Compensates every entry of ``posting``, each reversal naming its entry.

    Raises PostingRefused: reversed before, or itself a reversal (post the act anew instead).
    """
    originals = list(LedgerEntry.objects.filter(posting=posting).order_by("id"))
    if not originals:
        raise PostingRefused("No such posting.")
    if any(entry.kind == EntryKind.REVERSAL for entry in originals):
        raise PostingRefused("A reversal is not taken back; post the act anew.")
    reversal = uuid.uuid4()
    try:
        with transaction.atomic():
            LedgerEntry.objects.bulk_create(
                LedgerEntry(
                    account_id=entry.account_id,
                    posting=reversal,
                    kind=EntryKind.REVERSAL,
                    bucket=entry.bucket,
                    amount=-entry.amount,
                    effective_on=effective_on,
                    posted_at=at,
                    by=by,
                    memo=memo[:200],
                    reverses=entry,
                )
                for entry in originals
            )
    except IntegrityError as error:
        raise PostingRefused("This posting has been reversed already.") from error
    return reversal


@dataclass(frozen=True, slots=True)
class Itemization:
    """What was owed on the itemization date, and what came since until the placement (12 CFR 1006.34(b)(3), (c)(2)(vi)-(viii))."""

    on: date
    type: str
    balance: Decimal
    interest: Decimal = Decimal("0.00")
    fees: Decimal = Decimal("0.00")
    payments: Decimal = Decimal("0.00")
    credits: Decimal = Decimal("0.00")

    @property
    def at_placement(self) -> Decimal:
        return self.balance + self.interest + self.fees - self.payments - self.credits


@transaction.atomic
def set_itemization(*, account: Account, itemization: Itemization, by: User | None, at: datetime) -> Account:
    """Fills in or corrects what the client told. Raises ItemizationRefused.

    Date and type stand from the first validation notice on; the amounts always add up to what was placed.
    """
    locked, told = lock_account(account), itemization
    _check_itemization(locked, told)
    locked.itemization_on, locked.itemization_type, locked.itemization_balance = (
        told.on,
        told.type,
        told.balance,
    )
    locked.interest_since, locked.fees_since = told.interest, told.fees
    locked.payments_since, locked.credits_since = told.payments, told.credits
    locked.save(
        update_fields=[
            "itemization_on", "itemization_type", "itemization_balance", "interest_since", "fees_since", "payments_since",
            "credits_since", "updated_at",
        ]
    )  # fmt: skip
    return locked


def _check_itemization(account: Account, told: Itemization) -> None:
    if told.type not in ItemizationType.values:
        raise ItemizationRefused("type", "Choose what the itemization date is the date of.")
    if told.on > account.placed_on:
        raise ItemizationRefused("on", "The itemization date lies after the placement.")
    same = (told.on, told.type) == (account.itemization_on, account.itemization_type)
    if account.first_notice_on is not None and not same:
        raise ItemizationRefused(
            "on",
            f"The validation notice of {account.first_notice_on} named the itemization date; date and type stand from then on "
            "(12 CFR 1006.34(b)(3)).",
        )
    if min(told.balance, told.interest, told.fees, told.payments, told.credits) < 0:
        raise ItemizationRefused("balance", "No amount of an itemization is below zero.")
    if told.at_placement != account.placed_amount:
        raise ItemizationRefused(
            "balance",
            f"The balance then with interest and fees, less payments and credits, is {dollars(told.at_placement)}; "
            f"{dollars(account.placed_amount)} was placed.",
        )


def note_first_notice(*, account_ids: Sequence[int], on: date) -> None:
    """A validation notice has left; those of whom one had left before keep its day."""
    Account.objects.filter(pk__in=account_ids, first_notice_on__isnull=True).update(first_notice_on=on)


def lock_account(account: Account) -> Account:
    """The account's row, locked for the rest of the transaction, as it is now."""
    return (
        Account.objects.select_for_update(of=("self",)).select_related("client", "debtor").get(pk=account.pk)
    )


@transaction.atomic
def apply_transition(
    *, account: Account, transition: str, by: User | None, at: datetime, reason: str = ""
) -> Account:
    """Moves the status machine one step and logs it. Raises TransitionRefused."""
    locked = lock_account(account)
    to = target(transition, locked.status)
    if to == locked.status:
        return locked
    StatusTransition.objects.create(
        account=locked,
        transition=transition,
        from_status=locked.status,
        to_status=to,
        at=at,
        by=by,
        reason=reason[:200],
    )
    locked.status = to
    locked.save(update_fields=["status", "updated_at"])
    account.status = to
    return locked


@transaction.atomic
def add_document(
    *, account: Account, upload: File[bytes], title: str, by: User | None, at: datetime
) -> Document:
    """Checks size (20 MiB) and the content's own type, which names the stored file. Raises DocumentRefused."""
    size = upload.size or 0
    if not 0 < size <= DOCUMENT_LIMIT:
        raise DocumentRefused("A document has between 1 byte and 20 MiB.")
    content = upload.read()
    kind = _content_type(content, upload.name or "")
    upload.seek(0)
    return Document.objects.create(
        account=account,
        title=title.strip()[:160] or (upload.name or "Document")[:160],
        file=File(upload, name=f"{uuid.uuid4()}.{SUFFIXES[kind]}"),
        content_type=kind,
        size=size,
        sha256=hashlib.sha256(content).hexdigest(),
        added_by=by,
        added_at=at,
    )


def _content_type(content: bytes, name: str) -> str:
    for kind, signatures in SIGNATURES.items():
        if any(content.startswith(signature) for signature in signatures):
            return kind
    suffix = name.lower().rsplit(".", 1)[-1]
    if suffix in ("txt", "csv") and b"\x00" not in content:
        return "text/csv" if suffix == "csv" else "text/plain"
    raise DocumentRefused(
        "Only PDF, PNG, JPEG, TIFF, text and CSV files are taken; the content of this one is none of them."
    )


VERIFY = """
    SELECT a.ref, b.bucket, b.kept, COALESCE(e.total, 0)
    FROM accounts_account a
    CROSS JOIN LATERAL (VALUES ('principal', a.principal), ('interest', a.interest), ('fees', a.fees), ('costs', a.costs)) b(bucket, kept)
    LEFT JOIN (SELECT account_id, bucket, SUM(amount) AS total FROM accounts_ledgerentry GROUP BY 1, 2) e
           ON e.account_id = a.id AND e.bucket = b.bucket
    WHERE b.kept <> COALESCE(e.total, 0) ORDER BY a.ref
"""


def verify_ledger() -> list[dict[str, Any]]:
    """Every balance that its entries do not add up to: account, bucket, balance kept, sum of entries."""
    with connection.cursor() as cursor:
        cursor.execute(VERIFY)
        return [
            dict(zip(("account", "bucket", "kept", "entries"), row, strict=True)) for row in cursor.fetchall()
        ]
