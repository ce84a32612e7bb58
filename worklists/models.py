"""Who works it: tasks in queues, and the lease that gives one rep the exclusive right to work one debtor."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from core.history import audited
from worklists.enums import TaskKind, TaskStatus


@audited
class Queue(models.Model):
    """An ordered list of tasks for a team (no team: for everybody). Lower ``position`` first on My day."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    team = models.ForeignKey(
        "users.Team", on_delete=models.PROTECT, related_name="queues", null=True, blank=True
    )
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    lease_minutes = models.PositiveSmallIntegerField(default=15)

    class Meta:
        ordering = ["position", "name"]
        permissions = [
            ("work_queue", "Can take the next account of a queue"),
            ("manage_queue", "Can change queues and hand tasks to others"),
            ("view_team", "Can see the team's board"),
        ]

    def __str__(self) -> str:
        return self.name


class Task(models.Model):
    """Something a person is to do. ``key`` unique: the same cause never makes two.

    A task is taken by ``priority`` (higher first), then ``due_at``. ``not_before``: hidden from next-account until
    then, set when a rep postpones it or when the gate refuses every channel it needs. ``client`` and ``team`` are the
    account's, kept by the database, so that whose task it is needs no join.
    """

    key = models.CharField(max_length=80, unique=True)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="tasks")
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="tasks")
    debtor = models.ForeignKey("debtors.Debtor", on_delete=models.PROTECT, related_name="tasks")
    client = models.ForeignKey("accounts.Client", on_delete=models.PROTECT, related_name="+", editable=False)
    team = models.ForeignKey(
        "users.Team", on_delete=models.PROTECT, related_name="+", null=True, editable=False
    )
    kind = models.CharField(max_length=20, choices=TaskKind)
    reason = models.CharField(max_length=200)
    priority = models.SmallIntegerField(default=0)
    due_at = models.DateTimeField()
    not_before = models.DateTimeField()
    status = models.CharField(max_length=10, choices=TaskStatus, default=TaskStatus.OPEN)
    assigned_to = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, related_name="tasks", null=True, blank=True
    )
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    result = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(
                F("queue"),
                F("priority").desc(),
                F("due_at"),
                F("id"),
                condition=Q(status="open"),
                name="task_next",
            ),
            models.Index(
                fields=["queue", "not_before"],
                include=["assigned_to", "team", "client"],
                condition=Q(status="open"),
                name="task_ready",
            ),
            models.Index(fields=["account"], condition=Q(status="open"), name="task_open_account"),
            models.Index(fields=["debtor"], condition=Q(status="open"), name="task_open_debtor"),
            models.Index(
                fields=["assigned_to", "due_at"], condition=Q(status="open"), name="task_open_assigned"
            ),
            models.Index(fields=["done_by", "-done_at"], condition=Q(status="done"), name="task_done_by"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open", done_at__isnull=True)
                | (~Q(status="open") & Q(done_at__isnull=False)),
                name="task_done_has_time",
                violation_error_message="A task that is no longer open has the time it ended.",
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="portfolio_of_account",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func="""
                    SELECT client_id, team_id INTO NEW.client_id, NEW.team_id
                    FROM accounts_account WHERE id = NEW.account_id;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason}"


class Lease(models.Model):
    """The short exclusive right to work one debtor: one row per debtor, so two reps can never hold the same."""

    debtor = models.OneToOneField(
        "debtors.Debtor", on_delete=models.PROTECT, primary_key=True, related_name="lease"
    )
    user = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="leases")
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="+", null=True)
    taken_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["user", "expires_at"], name="lease_user_expires")]

    def __str__(self) -> str:
        return f"{self.user} until {self.expires_at:%H:%M}"
