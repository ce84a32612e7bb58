"""Promised. A promise is judged by the ledger and by nothing else."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from core.history import append_only, audited
from payments.enums import Method, PromiseStatus


@audited
class Promise(models.Model):
    """A promised amount by a date. ``grace_days`` and ``tolerance`` are those of the policy when it was made.

    Counted: payments effective after ``made_on`` (that day included) up to ``due_on`` plus grace.
    """

    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="promises")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    due_on = models.DateField()
    made_on = models.DateField()
    made_at = models.DateTimeField()
    by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    how = models.CharField(max_length=12, choices=Method, blank=True, default="")
    grace_days = models.PositiveSmallIntegerField(default=1)
    tolerance = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal("0"))
    status = models.CharField(max_length=12, choices=PromiseStatus, default=PromiseStatus.OPEN)
    paid = models.DecimalField(
        max_digits=14, decimal_places=2, default=Decimal("0"), help_text="as of the last judgment"
    )
    judged_at = models.DateTimeField(null=True, blank=True)
    cancelled_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        permissions = [("record_promise", "Can record promises")]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(status="open"), name="promise_open_due"),
            models.Index(fields=["account", "-made_at"], name="promise_account_made"),
            models.Index(fields=["by", "due_on"], name="promise_by_due"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="promise_amount_positive",
                violation_error_message="A promise is of more than nothing.",
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("made_on")),
                name="promise_due_not_past",
                violation_error_message="A promise is due today or later.",
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(status="open"),
                name="promise_one_open",
                violation_error_message="This account has an open promise already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} by {self.due_on}"


class PromiseJudgment(models.Model):
    """Each judgment with both figures, append-only: what was expected, what the ledger showed."""

    promise = models.ForeignKey(Promise, on_delete=models.PROTECT, related_name="judgments")
    at = models.DateTimeField()
    on = models.DateField()
    expected = models.DecimalField(max_digits=14, decimal_places=2)
    paid = models.DecimalField(max_digits=14, decimal_places=2)
    verdict = models.CharField(max_length=12, choices=PromiseStatus)

    class Meta:
        indexes = [models.Index(fields=["promise", "at"], name="judgment_promise_at")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.on} {self.verdict}"
