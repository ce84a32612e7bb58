"""Paid: what was received, what is given back, and what was corrected by decision."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from accounts.enums import Bucket
from core.history import audited, never_deleted
from payments.enums import CorrectionKind, DecisionStatus, Method, PaymentStatus, RefundStatus


@audited
class Payment(models.Model):
    """Money received for one account. Its ledger entries share ``posting`` and add up to ``amount`` less ``excess``."""

    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="payments")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    method = models.CharField(max_length=12, choices=Method)
    effective_on = models.DateField()
    reference = models.CharField(
        max_length=80, blank=True, default="", help_text="check number, bank reference"
    )
    excess = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        default=0,
        db_default=0,
        help_text="the part beyond what was owed: it is on no bucket and waits to be refunded",
    )
    posting = models.UUIDField(unique=True)
    received = models.UUIDField(
        null=True, blank=True, db_index=True, help_text="shared by the parts of one payment for several debts"
    )
    posted_at = models.DateTimeField()
    posted_by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    status = models.CharField(max_length=10, choices=PaymentStatus, default=PaymentStatus.POSTED)
    reversed_at = models.DateTimeField(null=True, blank=True)
    reversed_by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    reversal_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        permissions = [("post_payment", "Can post payments"), ("reverse_payment", "Can reverse payments")]
        indexes = [
            models.Index(fields=["account", "-effective_on"], name="payment_account_effective"),
            models.Index(fields=["posted_at"], name="payment_posted"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="payment_positive",
                violation_error_message="A payment is of more than nothing.",
            ),
            models.CheckConstraint(
                condition=Q(excess__gte=0, excess__lt=F("amount")),
                name="payment_excess_is_a_part",
                violation_error_message="The excess is a part of the payment.",
            ),
            models.UniqueConstraint(
                fields=["account", "method", "reference", "amount", "effective_on"],
                condition=~Q(reference="") & Q(status="posted"),
                name="payment_not_twice",
                violation_error_message="A payment with this reference, amount and date is already posted to this account.",
            ),
        ]
        triggers = [
            *never_deleted(),
            pgtrigger.ReadOnly(
                name="receipt_stands", exclude=["status", "reversed_at", "reversed_by", "reversal_reason"]
            ),
            pgtrigger.Protect(
                name="reversed_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status="reversed"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} on {self.effective_on}"


@audited
class Refund(models.Model):
    """Money of one payment to be given back. It is paid when somebody with the authority has approved it, and once."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="refunds")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    reason = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=RefundStatus, default=RefundStatus.WAITING)
    asked_by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    asked_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    paid_on = models.DateField(null=True, blank=True)
    paid_by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    reference = models.CharField(
        max_length=80, blank=True, default="", help_text="check number, bank reference"
    )
    note = models.CharField(
        max_length=200, blank=True, default="", help_text="why it was declined or cancelled"
    )

    class Meta:
        permissions = [
            ("approve_refund", "Can approve refunds"),
            ("pay_refund", "Can record refunds as paid"),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"], condition=Q(status__in=["waiting", "approved"]), name="refund_open"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="refund_positive",
                violation_error_message="A refund is of more than nothing.",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "paid"]) | Q(approved_by__isnull=False),
                name="refund_approved_by_somebody",
                violation_error_message="A refund is approved before it is paid.",
            ),
            models.CheckConstraint(
                condition=~Q(status="paid") | Q(paid_on__isnull=False, paid_by__isnull=False),
                name="refund_paid_has_day",
                violation_error_message="A refund that was paid has its day and who paid it.",
            ),
        ]
        triggers = [
            *never_deleted(),
            pgtrigger.ReadOnly(
                name="what_is_refunded_stands",
                fields=["payment", "account", "amount", "asked_by", "asked_at"],
            ),
            pgtrigger.Protect(
                name="paid_once", operation=pgtrigger.Update, condition=pgtrigger.Q(old__status="paid")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} back, {self.get_status_display().lower()}"


@audited
class Correction(models.Model):
    """A change of what is owed by decision: a write-off, a waiver of fees or interest, an adjustment. Never by who asked, above
    their authority; posted once. ``amount``: dollars; positive raises what is owed, negative lowers it."""

    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="corrections")
    kind = models.CharField(max_length=12, choices=CorrectionKind)
    bucket = models.CharField(max_length=10, choices=Bucket)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    reason = models.CharField(max_length=200)
    authority = models.CharField(
        max_length=200,
        blank=True,
        default="",
        help_text="clause or statute, where interest or a fee is raised",
    )
    status = models.CharField(max_length=10, choices=DecisionStatus, default=DecisionStatus.WAITING)
    asked_by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True, default="")
    posting = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        permissions = [("propose_correction", "Can ask for write-offs, waivers and adjustments")]
        indexes = [
            models.Index(fields=["account", "-asked_at"], name="correction_account_asked"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(amount=0),
                name="correction_not_zero",
                violation_error_message="A correction is of more than nothing.",
            ),
            models.CheckConstraint(
                condition=Q(kind="adjustment") | Q(amount__lt=0),
                name="correction_lowers",
                violation_error_message="A write-off and a waiver lower what is owed.",
            ),
            models.CheckConstraint(
                condition=Q(amount__lt=0) | ~Q(bucket__in=["interest", "fees"]) | ~Q(authority=""),
                name="correction_has_authority",
                violation_error_message="A fee or interest needs the agreement clause or statute that allows it (12 CFR 1006.22(b)).",
            ),
            models.CheckConstraint(
                condition=Q(status="posted", posting__isnull=False)
                | (~Q(status="posted") & Q(posting__isnull=True)),
                name="correction_posted_has_entries",
                violation_error_message="A correction that was posted names its entries, and only such a one does.",
            ),
        ]
        triggers = [
            *never_deleted(),
            pgtrigger.ReadOnly(
                name="what_is_corrected_stands",
                fields=["account", "kind", "bucket", "amount", "asked_by", "asked_at"],
            ),
            pgtrigger.Protect(
                name="decided_once", operation=pgtrigger.Update, condition=~pgtrigger.Q(old__status="waiting")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount} ({self.bucket})"
