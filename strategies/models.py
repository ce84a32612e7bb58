"""What happens next, on a schedule: strategies of steps, and the record of each step of each account."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.enums import DebtType
from core.history import append_only, audited
from strategies.enums import Action, Anchor, RunResult, StrategyStatus


@audited
class Strategy(models.Model):
    """A version of a schedule of treatments.

    It is for its clients; without any, for the clients of its debt type that have none of their own; without either it is
    the default for everybody else.
    """

    code = models.SlugField(max_length=40)
    version = models.PositiveIntegerField(default=1)
    name = models.CharField(max_length=120)
    status = models.CharField(max_length=10, choices=StrategyStatus, default=StrategyStatus.DRAFT)
    clients = models.ManyToManyField("accounts.Client", blank=True, related_name="strategies")
    debt_type = models.CharField(max_length=12, choices=DebtType, blank=True, default="")
    catch_up_days = models.PositiveSmallIntegerField(
        default=30, help_text="a step older than this is skipped, not made up"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        verbose_name_plural = "strategies"
        ordering = ["code", "-version"]
        permissions = [
            ("manage_strategy", "Can write and publish strategies"),
            ("run_strategies", "Can start a pass"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="strategy_version_once"),
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(status="published"),
                name="strategy_one_published",
                violation_error_message="Another version of this strategy is published; retire it first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


@audited
class Step(models.Model):
    """``offset_days`` after ``anchor``: due date, placement date, or the day the previous step fired."""

    strategy = models.ForeignKey(Strategy, on_delete=models.PROTECT, related_name="steps")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    anchor = models.CharField(max_length=10, choices=Anchor, default=Anchor.DUE)
    offset_days = models.PositiveSmallIntegerField()
    action = models.CharField(max_length=12, choices=Action)
    template_code = models.SlugField(max_length=60, blank=True, default="")
    queue = models.ForeignKey(
        "worklists.Queue", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        ordering = ["strategy", "position"]
        constraints = [
            models.UniqueConstraint(fields=["strategy", "position"], name="step_position_once"),
            models.CheckConstraint(
                condition=~Q(action__in=["email", "letter", "text", "notice"]) | ~Q(template_code=""),
                name="step_message_has_template",
                violation_error_message="A step that sends something names its template.",
            ),
            models.CheckConstraint(
                condition=~Q(action="call_task") | Q(queue__isnull=False),
                name="step_task_has_queue",
                violation_error_message="A call task names its queue.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Enrolment(models.Model):
    """An account under a strategy. ``next_step``/``next_on`` are kept by the pass: what is due is ``next_on <= today``.

    ``next_on`` follows from the account's dates and the two days below (``strategies.book.WANTED``); it is empty when
    the strategy is at its end or the account is closed.
    """

    account = models.OneToOneField("accounts.Account", on_delete=models.PROTECT, related_name="enrolment")
    strategy = models.ForeignKey(Strategy, on_delete=models.PROTECT, related_name="enrolments")
    enrolled_on = models.DateField()
    next_step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="+", null=True)
    next_on = models.DateField(null=True)
    last_step_on = models.DateField(null=True, help_text="day of the last step fired or skipped")
    last_contact_on = models.DateField(null=True, help_text="day of the last message; one a day at most")
    paused_until = models.DateField(null=True, blank=True)
    pause_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["next_on", "id"], condition=Q(next_on__isnull=False), name="enrolment_next")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.next_on}"


class StepRun(models.Model):
    """A step of an account was carried out or skipped: once, by constraint."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="runs")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="runs")
    due_on = models.DateField()
    ran_on = models.DateField()
    ran_at = models.DateTimeField()
    result = models.CharField(max_length=10, choices=RunResult)
    channel = models.CharField(max_length=12, blank=True, default="")
    codes = models.JSONField(default=list, blank=True)
    message = models.ForeignKey("contacts.Message", on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrolment", "step"], name="step_once_per_enrolment")]
        indexes = [models.Index(fields=["ran_on"], name="steprun_ran_on")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.step_id} {self.result}"
