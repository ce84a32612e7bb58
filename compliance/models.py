"""May we? Dated, sourced records of what stands in the way of a contact, and the decisions made from them."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from compliance.enums import (
    Basis,
    Channel,
    Chapter,
    DisputeKind,
    DisputeMedium,
    DisputeReason,
    DisputeStatus,
    HoldKind,
    Medium,
    PackStatus,
    RecordSource,
)
from core.history import append_only, audited, never_deleted


class Sourced(models.Model):
    """Who recorded it, when, and where it came from."""

    source = models.CharField(max_length=16, choices=RecordSource, default=RecordSource.REP)
    recorded_by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        abstract = True


@audited
class Hold(Sourced):
    """A reason why something may not be done. ``account`` null: every debt of the debtor.

    Stands from the day ``from_on`` and before the day ``until_on`` (null: open-ended). Lifting sets ``until_on``.
    """

    debtor = models.ForeignKey("debtors.Debtor", on_delete=models.PROTECT, related_name="holds")
    account = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, related_name="holds", null=True, blank=True
    )
    kind = models.CharField(max_length=28, choices=HoldKind)
    chapter = models.CharField(
        max_length=2, choices=Chapter, blank=True, default="", help_text="of a bankruptcy; empty: not known"
    )
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    lifted_at = models.DateTimeField(null=True, blank=True)
    lift_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        permissions = [("place_hold", "Can place holds"), ("lift_hold", "Can lift holds")]
        indexes = [
            models.Index(fields=["debtor"], condition=Q(until_on__isnull=True), name="hold_open_debtor"),
            models.Index(fields=["debtor", "until_on"], name="hold_debtor_until"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")),
                name="hold_ends_after_it_begins",
                violation_error_message="A hold cannot end before it begins.",
            ),
            models.CheckConstraint(
                condition=Q(chapter="") | Q(kind="bankruptcy"),
                name="hold_chapter_of_bankruptcy",
                violation_error_message="Only a bankruptcy has a chapter.",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


@audited
class Representation(Sourced):
    """An attorney for one debt (1006.6(b)(2)). Its hold stops contact until the attorney consents, or is asked and stays silent."""

    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="representations")
    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, related_name="representation")
    name = models.CharField(max_length=160)
    address = models.CharField(
        max_length=400, blank=True, default="", help_text="empty: still to be found out"
    )
    inquired_on = models.DateField(
        null=True, blank=True, help_text="when the attorney was asked, not yet answered"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="representation_names_attorney",
                violation_error_message="Name the attorney.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


@audited
class Consent(Sourced):
    """Direct consent to calls (exempt from the call count for seven days) or to another channel. No accounts: every debt."""

    debtor = models.ForeignKey("debtors.Debtor", on_delete=models.PROTECT, related_name="consents")
    channel = models.CharField(max_length=10, choices=Channel)
    address = models.CharField(max_length=254, blank=True, default="")
    account = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, related_name="consents", null=True, blank=True
    )
    given_at = models.DateTimeField()
    until_on = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    is_esign = models.BooleanField(
        default=False,
        db_default=False,
        help_text="also to notices in electronic form only (15 USC 7001(c); 12 CFR 1006.42(b))",
    )

    class Meta:
        permissions = [("record_consent", "Can record consents, opt-outs and inconvenient times")]
        indexes = [models.Index(fields=["debtor", "-given_at"], name="consent_debtor_given")]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.given_at:%Y-%m-%d}"


@audited
class AddressBasis(Sourced):
    """Why an e-mail address or number may be used for messages (12 CFR 1006.6(d)(3)-(5))."""

    debtor = models.ForeignKey("debtors.Debtor", on_delete=models.PROTECT, related_name="address_bases")
    address = models.CharField(max_length=254)
    basis = models.CharField(max_length=24, choices=Basis)
    as_of = models.DateField()
    deadline_on = models.DateField(
        null=True, blank=True, help_text="last day to opt out that the creditor's notice gave"
    )
    checked_on = models.DateField(
        null=True, blank=True, help_text="last clean check of reassigned numbers since then"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "address bases"

    def __str__(self) -> str:
        return f"{self.address} {self.basis}"


@audited
class OptOut(Sourced):
    """A medium, or with ``address`` one address of it, that the person asked us not to use, for any debt (1006.14(h))."""

    debtor = models.ForeignKey("debtors.Debtor", on_delete=models.PROTECT, related_name="opt_outs")
    medium = models.CharField(max_length=10, choices=Medium)
    address = models.CharField(max_length=254, blank=True, default="")
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["debtor"], condition=Q(withdrawn_at__isnull=True), name="optout_standing_debtor"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["debtor", "medium", "address"],
                condition=Q(withdrawn_at__isnull=True),
                name="optout_once_while_it_stands",
                violation_error_message="This opt-out is already on file.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_medium_display()} {self.address}".strip()


@audited
class InconvenientTime(Sourced):
    """A time or place the person called inconvenient (1006.6(b)(1)). Weekday 0 is Monday; no weekdays: every day.

    Start included, end excluded, local to the person; no start and end: the whole day. ``place`` blank: anywhere.
    """

    debtor = models.ForeignKey("debtors.Debtor", on_delete=models.PROTECT, related_name="inconvenient_times")
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    start = models.TimeField(null=True, blank=True)
    end = models.TimeField(null=True, blank=True)
    place = models.CharField(max_length=20, blank=True, default="")
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["debtor"], name="inconvenient_debtor")]

    def __str__(self) -> str:
        return f"{self.start}–{self.end} {self.place}".strip()


@audited
class Dispute(Sourced):
    """A dispute of an account or of part of its amount, or a request for its original creditor (12 CFR 1006.38).

    One in writing within the validation period is ``is_timely``: its hold stands until the answer has been sent.
    """

    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="disputes")
    debtor = models.ForeignKey("debtors.Debtor", on_delete=models.PROTECT, related_name="disputes")
    kind = models.CharField(
        max_length=17, choices=DisputeKind, default=DisputeKind.DISPUTE, db_default="dispute"
    )
    received_on = models.DateField(help_text="in the person's zone")
    postmarked_on = models.DateField(null=True, blank=True)
    medium = models.CharField(max_length=10, choices=DisputeMedium, default=DisputeMedium.LETTER)
    is_timely = models.BooleanField(default=True, db_default=True)
    duplicate_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="duplicates", null=True, blank=True
    )
    reason = models.CharField(max_length=10, choices=DisputeReason, default=DisputeReason.OTHER)
    disputed_amount = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, help_text="empty: the whole debt"
    )
    status = models.CharField(max_length=10, choices=DisputeStatus, default=DisputeStatus.OPEN)
    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, related_name="dispute", null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    resolution = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        permissions = [("manage_dispute", "Can record and resolve disputes")]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "debtor", "kind"],
                condition=Q(status="open"),
                name="dispute_one_open_per_account",
                violation_error_message="This account already has an open dispute of this person.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.status}"


@audited
class PolicyPack(models.Model):
    """One version of the law's numbers: a TOML text as ``compliance.policy`` reads it, in force from a day on.

    Once published it stands: decisions name it, and must be explained by it years later.
    """

    version = models.SlugField(max_length=40, unique=True)
    effective_from = models.DateField()
    text = models.TextField(help_text="TOML: version, effective_from and the tables of the shipped packs")
    status = models.CharField(max_length=10, choices=PackStatus, default=PackStatus.DRAFT)
    loaded_by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    loaded_at = models.DateTimeField()
    published_by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-effective_from"]
        permissions = [("publish_policy", "Can publish versions of the gate's policy")]
        constraints = [
            models.UniqueConstraint(
                fields=["effective_from"],
                condition=Q(status="published"),
                name="policypack_one_a_day",
                violation_error_message="Another published policy takes effect on that day.",
            ),
            models.CheckConstraint(
                condition=Q(status="draft", published_at__isnull=True)
                | Q(status="published", published_at__isnull=False),
                name="policypack_published_has_time",
                violation_error_message="A published policy has the time of its publication.",
            ),
        ]
        triggers = [
            *never_deleted(),
            pgtrigger.Protect(
                name="published_stands",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status="published"),
            ),
        ]

    def __str__(self) -> str:
        return self.version


@audited
class Licence(models.Model):
    """Our leave to collect in a state or city, from a day to a last one. As soon as one is on record the gate asks for them."""

    place = models.CharField(max_length=10, help_text="USPS code of the state, or NYC")
    number = models.CharField(max_length=40)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True, help_text="its last day; empty: no end")

    class Meta:
        ordering = ["place", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "number", "valid_from"],
                name="licence_once",
                violation_error_message="This licence is on record already.",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="licence_ends_after_it_begins",
                violation_error_message="A licence cannot end before it begins.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.number}"


class Decision(models.Model):
    """What the gate answered, with the facts it answered from. Append-only: the evidence of 12 CFR 1006.100."""

    debtor = models.ForeignKey("debtors.Debtor", on_delete=models.PROTECT, related_name="decisions")
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="decisions")
    channel = models.CharField(max_length=10, choices=Channel)
    address = models.CharField(max_length=254, blank=True, default="")
    at = models.DateTimeField(help_text="the instant asked about")
    made_at = models.DateTimeField()
    allowed = models.BooleanField()
    codes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    next_allowed_at = models.DateTimeField(null=True)
    policy_version = models.CharField(max_length=40)
    question = models.JSONField(help_text="request and facts, the gate's own shape")
    answer = models.JSONField()
    asked_by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    override_reason = models.CharField(max_length=40, blank=True, default="")
    override_text = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        permissions = [("override_gate", "Can override an overridable refusal, giving the law's reason")]
        indexes = [
            models.Index(fields=["account", "-at"], name="decision_account_at"),
            models.Index(fields=["made_at"], condition=Q(allowed=False), name="decision_refused_made"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return "allowed" if self.allowed else "refused: " + ", ".join(self.codes)
