"""Agreed: settlements and payment plans, judged by the ledger and by nothing else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import F, Q

from core.history import append_only, audited, never_deleted
from core.money import ZERO
from payments.enums import AgreementKind, AgreementStatus, AgreementVerb, Every
from payments.schedules import Instalment

LIVE = ["proposed", "offered", "active"]


@audited
class Agreement(models.Model):
    """What is to be paid, and by when: the balance by instalments (a plan), or less of it as payment in full (a settlement).

    ``round`` counts the terms: each counter-offer is a further one, and an approval is of one round. ``balance`` is what was
    owed when these terms were made. Counted: payments effective from ``made_on`` on and posted after ``made_at``.
    """

    kind = models.CharField(max_length=10, choices=AgreementKind)
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="agreements")
    status = models.CharField(max_length=10, choices=AgreementStatus)
    round = models.PositiveSmallIntegerField(default=1)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    balance = models.DecimalField(max_digits=14, decimal_places=2)
    every = models.CharField(max_length=12, choices=Every, default=Every.ONCE)
    schedule = models.JSONField(help_text="instalments in order: day and dollars")
    grace_days = models.PositiveSmallIntegerField(default=1)
    tolerance = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal("0"))
    expires_on = models.DateField(help_text="last day on which the offer may be accepted")
    made_on = models.DateField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    approved_by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    replaces = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="replaced_by", null=True, blank=True
    )
    paid = models.DecimalField(
        max_digits=14, decimal_places=2, default=Decimal("0"), help_text="as of the last judgment"
    )
    judged_at = models.DateTimeField(null=True, blank=True)
    next_due_on = models.DateField(null=True, blank=True)
    next_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    write_off = models.UUIDField(
        null=True,
        blank=True,
        unique=True,
        help_text="posting by which the rest of a kept settlement was forgiven",
    )

    class Meta:
        permissions = [("make_agreement", "Can agree on settlements and plans")]
        indexes = [
            models.Index(fields=["account", "-made_at"], name="agreement_account_made"),
            models.Index(fields=["next_due_on"], condition=Q(status="active"), name="agreement_active_due"),
            models.Index(
                fields=["expires_on"],
                condition=Q(status__in=["proposed", "offered"]),
                name="agreement_expires",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(status__in=LIVE),
                name="agreement_one_live",
                violation_error_message="This account has a settlement or a plan under way already.",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0) & Q(amount__lte=F("balance")),
                name="agreement_within_balance",
                violation_error_message="An agreement is of more than nothing and of no more than is owed.",
            ),
            models.CheckConstraint(
                condition=~Q(kind="settlement") | Q(amount__lt=F("balance")),
                name="settlement_is_less",
                violation_error_message="A settlement is of less than is owed; for all of it make a plan.",
            ),
            models.CheckConstraint(
                condition=Q(write_off__isnull=True) | Q(kind="settlement", status="kept"),
                name="agreement_forgives_when_kept",
                violation_error_message="The rest is forgiven when a settlement has been kept.",
            ),
            models.CheckConstraint(
                condition=~Q(status="active") | Q(accepted_at__isnull=False),
                name="agreement_accepted_has_time",
                violation_error_message="An agreement in force has the time of its acceptance.",
            ),
        ]
        triggers = [
            *never_deleted(),
            pgtrigger.ReadOnly(name="parties_stand", fields=["account", "kind", "replaces"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.amount} ({self.get_status_display().lower()})"

    @property
    def instalments(self) -> tuple[Instalment, ...]:
        return tuple(Instalment(date.fromisoformat(day), Decimal(amount)) for day, amount in self.schedule)

    @property
    def forgives(self) -> Decimal:
        """What a settlement leaves unpaid of what was owed when it was made; nothing of a plan."""
        return self.balance - self.amount if self.kind == AgreementKind.SETTLEMENT else ZERO


class AgreementStep(models.Model):
    """What each side did, append-only: offers and counter-offers with their terms, approvals, acceptance, how it ended."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="steps")
    verb = models.CharField(max_length=10, choices=AgreementVerb)
    at = models.DateTimeField()
    by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    round = models.PositiveSmallIntegerField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    schedule = models.JSONField()
    status = models.CharField(max_length=10, choices=AgreementStatus, help_text="after it")
    note = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["agreement", "at"], name="agreementstep_at")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.verb} {self.amount}"


class AgreementJudgment(models.Model):
    """Each judgment with both figures, append-only: what was to have come by then, what the ledger showed."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="judgments")
    at = models.DateTimeField()
    on = models.DateField()
    expected = models.DecimalField(max_digits=14, decimal_places=2)
    paid = models.DecimalField(max_digits=14, decimal_places=2)
    verdict = models.CharField(max_length=10, choices=AgreementStatus)

    class Meta:
        indexes = [models.Index(fields=["agreement", "at"], name="agreementjudgment_at")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.on} {self.verdict}"
