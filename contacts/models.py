"""Every touch: the contact log, templates, the outbox of messages, print batches and notes."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from contacts.enums import (
    CallOutcome,
    Channel,
    Direction,
    MessageStatus,
    TemplateStatus,
)
from core.history import append_only, audited, never_deleted


@audited
class Template(models.Model):
    """One version of a letter, e-mail or text. ``body`` is plain text with ``{{ field }}`` merge fields and nothing else.

    The approved version with the highest number is the one in use. ``tags`` are what the gate must know of it:
    payment_deadline, suit_threat, terminate, may_invoke, will_invoke, action_notice, opt_out_confirmation, consent_request.
    """

    code = models.SlugField(max_length=60)
    channel = models.CharField(max_length=10, choices=Channel)
    language = models.CharField(max_length=8, default="en")
    version = models.PositiveIntegerField(default=1)
    name = models.CharField(max_length=120)
    subject = models.CharField(max_length=200, blank=True, default="")
    body = models.TextField()
    tags = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    status = models.CharField(max_length=10, choices=TemplateStatus, default=TemplateStatus.DRAFT)
    approved_by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["code", "channel", "language", "-version"]
        permissions = [("manage_template", "Can write and approve templates")]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "channel", "language", "version"],
                name="template_version_once",
                violation_error_message="This version exists already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.channel} v{self.version}"


@audited
class PrintBatch(models.Model):
    """The letters of one day in one PDF with its manifest (CSV)."""

    made_at = models.DateTimeField()
    made_by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    letters = models.PositiveIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)
    pdf = models.FileField(upload_to="print/%Y/%m/")
    manifest = models.FileField(upload_to="print/%Y/%m/")
    printed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "print batches"

    def __str__(self) -> str:
        return f"Batch {self.pk}"


class Message(models.Model):
    """The outbox: one letter, e-mail or text, from queued to its end.

    ``key`` says what made it (``step:<enrolment>:<step>``, ``manual:<uuid>``) and is unique: the same cause never makes
    two. ``decision`` is the gate's leave to queue it; the contact made on sending has the decision of that moment.
    ``leased_until`` bounds a worker's exclusive right to send; a lease that lapses after ``handing_over_at`` was set is
    uncertain, never sent again by itself.
    """

    key = models.CharField(max_length=80, unique=True)
    debtor = models.ForeignKey("debtors.Debtor", on_delete=models.PROTECT, related_name="messages")
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="messages")
    channel = models.CharField(max_length=10, choices=Channel)
    address = models.CharField(
        max_length=400, help_text="e-mail address, E.164 number, or postal address in lines"
    )
    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="messages")
    subject = models.CharField(max_length=250, blank=True, default="")
    body = models.TextField()
    status = models.CharField(max_length=12, choices=MessageStatus, default=MessageStatus.QUEUED)
    decision = models.ForeignKey("compliance.Decision", on_delete=models.PROTECT, related_name="messages")
    queued_at = models.DateTimeField()
    queued_by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    send_after = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text="leases so far; fences off a worker whose lease lapsed"
    )
    failures = models.PositiveSmallIntegerField(
        default=0, help_text="temporary failures so far; they set the next delay"
    )
    leased_until = models.DateTimeField(null=True)
    handing_over_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    provider_id = models.CharField(max_length=200, blank=True, default="")
    last_error = models.CharField(max_length=500, blank=True, default="")
    pdf = models.FileField(upload_to="letters/%Y/%m/%d/", blank=True)
    pages = models.PositiveSmallIntegerField(default=0)
    notice = models.JSONField(
        null=True,
        blank=True,
        help_text="a validation notice: its form as filled in, with sent_on and ends_on",
    )
    answers = models.ForeignKey(
        "compliance.Dispute", on_delete=models.PROTECT, related_name="messages", null=True, blank=True
    )
    enclosures = models.ManyToManyField("accounts.Document", related_name="+", blank=True)
    batch = models.ForeignKey(PrintBatch, on_delete=models.PROTECT, related_name="messages", null=True)

    class Meta:
        permissions = [
            ("send_message", "Can queue a letter, e-mail or text"),
            ("release_message", "Can release, cancel and resolve messages of the outbox"),
        ]
        indexes = [
            models.Index(fields=["send_after", "id"], condition=Q(status="queued"), name="message_due"),
            models.Index(fields=["leased_until"], condition=Q(status="leased"), name="message_leased"),
            models.Index(fields=["account", "-queued_at"], name="message_account_queued"),
            models.Index(fields=["status", "-queued_at"], name="message_status_queued"),
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="message_provider_id"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.key}"


class MessageEvent(models.Model):
    """Every state a message was in, with time, cause and the channel's own answer. Append-only."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=MessageStatus)
    detail = models.CharField(max_length=500, blank=True, default="")
    by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        indexes = [models.Index(fields=["message", "at"], name="messageevent_message_at")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.status}"


class Contact(models.Model):
    """A touch, in or out. An outgoing one cannot exist without the decision it was made under.

    ``account`` is the debt it was about; ``also_discussed`` the ids of further accounts that were spoken of.
    """

    debtor = models.ForeignKey("debtors.Debtor", on_delete=models.PROTECT, related_name="contacts")
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="contacts")
    also_discussed = ArrayField(models.BigIntegerField(), default=list, blank=True)
    channel = models.CharField(max_length=10, choices=Channel)
    direction = models.CharField(max_length=3, choices=Direction)
    address = models.CharField(max_length=400, blank=True, default="")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=24, choices=CallOutcome, blank=True, default="")
    purpose = models.CharField(max_length=16, default="collection")
    by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    decision = models.ForeignKey(
        "compliance.Decision", on_delete=models.PROTECT, related_name="contacts", null=True
    )
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="contact", null=True)
    note = models.TextField(blank=True, default="")

    class Meta:
        permissions = [("log_contact", "Can place and log calls and other contacts")]
        indexes = [
            models.Index(fields=["debtor", "-at"], name="contact_debtor_at"),
            models.Index(fields=["account", "-at"], name="contact_account_at"),
            models.Index(fields=["by", "-at"], name="contact_by_at"),
            # rows come in the order of time: a day of all people is found by a few pages' worth of index
            BrinIndex(fields=["at"], pages_per_range=32, autosummarize=True, name="contact_at"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(direction="in") | Q(decision__isnull=False),
                name="contact_out_has_decision",
                violation_error_message="An outgoing contact needs a decision of the contact gate.",
            ),
            models.CheckConstraint(
                condition=~Q(channel="call") | ~Q(outcome=""),
                name="contact_call_has_outcome",
                violation_error_message="A call needs an outcome.",
            ),
        ]
        triggers = [
            *never_deleted(),
            pgtrigger.ReadOnly(name="facts_stand", exclude=["outcome", "note"]),
            pgtrigger.Protect(
                name="outcome_once",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__outcome="dialing"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.channel} {self.direction}"


@audited
class Note(models.Model):
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="notes")
    at = models.DateTimeField()
    by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    text = models.TextField()
    is_pinned = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["account", "-at"], name="note_account_at")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(text=""), name="note_has_text", violation_error_message="A note needs a text."
            )
        ]

    def __str__(self) -> str:
        return self.text[:60]
