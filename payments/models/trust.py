"""Clients' money: the trust journal beside the debts' ledger, what we earn of it, and what is remitted."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q

from core.history import append_only, audited, never_deleted
from payments.enums import Book, LineKind, Remits, RemittanceStatus, Stage
from payments.models.receipts import Payment, Refund


def _dollars(**kwargs: Any) -> models.DecimalField[Any, Any]:
    return models.DecimalField(max_digits=14, decimal_places=2, **kwargs)


BALANCED = """
    IF (SELECT sum(amount) FROM payments_trustentry WHERE posting = NEW.posting) <> 0 THEN
        RAISE EXCEPTION 'A posting of the trust journal balances.';
    END IF;
    RETURN NULL;
"""


@audited
class FeeSchedule(models.Model):
    """What we earn of a client's collections, for payments effective from ``from_on`` on. ``code`` is the commission plan that an
    account names; empty: of every account that names none."""

    client = models.ForeignKey("accounts.Client", on_delete=models.PROTECT, related_name="fee_schedules")
    code = models.CharField(max_length=40, blank=True, default="")
    from_on = models.DateField()

    class Meta:
        ordering = ["client", "code", "-from_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "code", "from_on"],
                name="fee_schedule_once_a_day",
                violation_error_message="This client has a schedule of this plan from that day on already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.client} {self.code or 'standard'} from {self.from_on}"


@audited
class FeeRule(models.Model):
    """Percent of what is collected, and dollars a payment, of accounts it fits: the first that fits, in order, is used.

    ``age_days``: days from the first delinquency, else from the due date, to the placement.
    """

    schedule = models.ForeignKey(FeeSchedule, on_delete=models.PROTECT, related_name="rules")
    position = models.PositiveSmallIntegerField(default=1)
    stage = models.CharField(max_length=8, choices=Stage, blank=True, default="")
    age_days = models.PositiveIntegerField(default=0, help_text="aged at least this many days when placed")
    placed_amount = _dollars(default=0, help_text="placed with at least this much")
    percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    flat = _dollars(default=0)

    class Meta:
        ordering = ["schedule", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "position"],
                name="fee_rule_position",
                violation_error_message="Two rules of a schedule stand at the same position.",
            ),
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lte=100, flat__gte=0),
                name="fee_rule_share",
                violation_error_message="A fee is not below nothing, and a share lies between 0 and 100 percent.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.percent.normalize():f} %"


@audited
class Remittance(models.Model):
    """What a client is told and paid for everything posted up to a day. Closed once; its lines never change.

    ``collected``: received by us, less reversals; ``direct``: paid to the client; ``due``: what we pay; ``invoiced``: what
    the client owes us.
    """

    client = models.ForeignKey("accounts.Client", on_delete=models.PROTECT, related_name="remittances")
    through_on = models.DateField()
    remits = models.CharField(max_length=5, choices=Remits)
    status = models.CharField(max_length=6, choices=RemittanceStatus, default=RemittanceStatus.CLOSED)
    collected = _dollars()
    direct = _dollars()
    commission = _dollars()
    due = _dollars()
    invoiced = _dollars()
    lines_count = models.PositiveIntegerField()
    closed_at = models.DateTimeField()
    closed_by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    paid_on = models.DateField(null=True, blank=True)
    paid_by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    reference = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        ordering = ["-through_on", "-id"]
        permissions = [
            ("close_remittance", "Can close remittances"),
            ("pay_remittance", "Can record remittances as paid"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "through_on"],
                name="remittance_once_a_day",
                violation_error_message="This client's remittance up to that day is closed already.",
            ),
            models.CheckConstraint(condition=Q(due__gte=0, invoiced__gte=0), name="remittance_not_negative"),
            models.CheckConstraint(
                condition=Q(status="closed", paid_on__isnull=True) | Q(status="paid", paid_on__isnull=False),
                name="remittance_paid_has_day",
            ),
        ]
        triggers = [
            *never_deleted(),
            pgtrigger.ReadOnly(
                name="what_was_remitted_stands", exclude=["status", "paid_on", "paid_by", "reference"]
            ),
            pgtrigger.Protect(
                name="paid_once", operation=pgtrigger.Update, condition=pgtrigger.Q(old__status="paid")
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"{self.client.code}-{self.through_on:%Y%m%d}"


class RemittanceLine(models.Model):
    """One payment, or its reversal in this or a later period, with its split and our share. Append-only."""

    remittance = models.ForeignKey(Remittance, on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveIntegerField()
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="remittance_lines")
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=LineKind)
    effective_on = models.DateField()
    posted_on = models.DateField()
    amount = _dollars()
    principal = _dollars()
    interest = _dollars()
    fees = _dollars()
    costs = _dollars()
    percent = models.DecimalField(max_digits=7, decimal_places=4)
    commission = _dollars()

    class Meta:
        ordering = ["remittance", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["payment"],
                condition=~Q(kind="reversal"),
                name="remitted_once",
                violation_error_message="This payment has been remitted already.",
            ),
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(kind="reversal"),
                name="taken_back_once",
                violation_error_message="This reversal has been remitted already.",
            ),
            models.UniqueConstraint(fields=["remittance", "number"], name="line_number"),
            models.CheckConstraint(
                condition=Q(
                    amount=models.F("principal") + models.F("interest") + models.F("fees") + models.F("costs")
                ),
                name="line_split_adds_up",
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"


class TrustEntry(models.Model):
    """One side of a posting of the trust journal: debits above zero, credits below. Every posting adds up to nothing.

    BANK is what lies in the trust account; CLIENT what of it is each client's, AGENCY ours until it is withdrawn, REFUNDS the
    payers'. So at any time BANK plus the other three is nothing.
    """

    posting = models.UUIDField()
    book = models.CharField(max_length=8, choices=Book)
    client = models.ForeignKey(
        "accounts.Client", on_delete=models.PROTECT, related_name="trust_entries", null=True, db_index=False
    )
    amount = _dollars()
    on = models.DateField()
    posted_at = models.DateTimeField()
    by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, related_name="+", null=True, db_index=False
    )
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="trust_entries", null=True)
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="trust_entries", null=True)
    remittance = models.ForeignKey(
        Remittance, on_delete=models.PROTECT, related_name="trust_entries", null=True
    )
    memo = models.CharField(max_length=120)

    class Meta:
        verbose_name_plural = "trust entries"
        indexes = [
            models.Index(fields=["posting"], name="trust_posting"),
            models.Index(fields=["client", "on"], include=["amount"], name="trust_client_on"),
            models.Index(fields=["on", "id"], name="trust_on"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="trust_not_zero"),
            models.CheckConstraint(
                condition=Q(book="client", client__isnull=False) | ~Q(book="client") & Q(client__isnull=True),
                name="trust_client_named",
                violation_error_message="What is a client's names the client, and nothing else does.",
            ),
        ]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="posting_balances",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=BALANCED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.book} {self.amount}"
