"""Who decides: what a rep may not decide goes to somebody with more authority, with a clock on it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from core.history import append_only, audited
from escalations.enums import EscalationKind, EscalationStatus


@audited
class Escalation(models.Model):
    """``raised_by`` null: the strategy raised it. ``key`` unique: the same cause never raises two."""

    key = models.CharField(max_length=80, unique=True)
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="escalations")
    kind = models.CharField(max_length=16, choices=EscalationKind)
    reason = models.TextField()
    amount = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, help_text="money at stake"
    )
    agreement = models.ForeignKey(
        "payments.Agreement", on_delete=models.PROTECT, related_name="escalations", null=True, blank=True
    )
    round = models.PositiveSmallIntegerField(null=True, blank=True, help_text="of the agreement's terms")
    correction = models.ForeignKey(
        "payments.Correction", on_delete=models.PROTECT, related_name="escalations", null=True, blank=True
    )
    status = models.CharField(max_length=10, choices=EscalationStatus, default=EscalationStatus.OPEN)
    raised_by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, related_name="escalations_raised", null=True
    )
    raised_at = models.DateTimeField()
    due_at = models.DateTimeField()
    taken_by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, related_name="escalations_taken", null=True, blank=True
    )
    decided_by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, related_name="escalations_decided", null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.TextField(blank=True, default="")

    class Meta:
        permissions = [
            ("raise_escalation", "Can escalate an account"),
            ("decide_escalation", "Can decide escalations"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(status__in=["open", "taken"]), name="escalation_open_due"
            ),
            models.Index(fields=["account", "-raised_at"], name="escalation_account_raised"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | Q(raised_by__isnull=True)
                | ~Q(decided_by=F("raised_by")),
                name="escalation_not_own",
                violation_error_message="Nobody decides their own escalation.",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "declined"])
                | (Q(decided_by__isnull=False) & ~Q(decision_note="")),
                name="escalation_decided_with_note",
                violation_error_message="A decision needs a note.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_status_display()})"


class EscalationLogEntry(models.Model):
    """The log of an escalation, append-only."""

    escalation = models.ForeignKey(Escalation, on_delete=models.PROTECT, related_name="log")
    at = models.DateTimeField()
    by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    from_status = models.CharField(max_length=10, blank=True, default="")
    to_status = models.CharField(max_length=10, choices=EscalationStatus)
    note = models.TextField(blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["escalation", "at"], name="escalationlog_at")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.to_status}"
