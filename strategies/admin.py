from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline

from core.admin import NoDeleteAdmin, ReadOnlyAdmin
from core.clock import now
from strategies.enums import StrategyStatus
from strategies.models import Enrolment, Step, StepRun, Strategy
from strategies.writing import StrategyRefused, create_version, pause, publish, resume, retire


def _is_draft(strategy: Any) -> bool:
    return strategy is None or strategy.status == StrategyStatus.DRAFT


class StepInline(TabularInline):
    """Steps are written while the strategy is a draft; after that a new version is."""

    model = Step
    extra = 0
    fields = ("position", "name", "anchor", "offset_days", "action", "template_code", "queue")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_draft(obj) and request.user.has_perm("strategies.manage_strategy")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_draft(obj) and request.user.has_perm("strategies.manage_strategy")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_draft(obj) and request.user.has_perm("strategies.manage_strategy")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("strategies.view_strategy")


@admin.register(Strategy)
class StrategyAdmin(NoDeleteAdmin):
    list_display = ("name", "code", "version", "status", "debt_type", "published_at", "published_by")
    list_select_related = ("published_by",)
    list_filter = ("status",)
    search_fields = ("name", "code")
    fields = (
        "code",
        "version",
        "name",
        "status",
        "debt_type",
        "clients",
        "catch_up_days",
        "published_at",
        "published_by",
    )
    readonly_fields = ("version", "status", "published_at", "published_by")
    filter_horizontal = ("clients",)
    inlines: ClassVar = [StepInline]
    actions: ClassVar = ["publish_them", "pause_them", "resume_them", "retire_them", "new_version"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("strategies.manage_strategy")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is in force is not edited: its accounts are under way."""
        return _is_draft(obj) and request.user.has_perm("strategies.manage_strategy")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("strategies.view_strategy")

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("strategies.manage_strategy")

    def _each(self, request: HttpRequest, chosen: QuerySet[Strategy], verb: Any, said: str) -> None:
        for strategy in chosen:
            try:
                verb(strategy=strategy, by=request.user, at=now())
            except StrategyRefused as error:
                self.message_user(request, f"{strategy}: {error}", messages.ERROR)
            else:
                self.message_user(request, f"{strategy}: {said}.", messages.SUCCESS)

    @admin.action(description="Publish", permissions=["manage"])
    def publish_them(self, request: HttpRequest, chosen: QuerySet[Strategy]) -> None:
        self._each(request, chosen, publish, "published")

    @admin.action(description="Pause", permissions=["manage"])
    def pause_them(self, request: HttpRequest, chosen: QuerySet[Strategy]) -> None:
        self._each(request, chosen, pause, "paused")

    @admin.action(description="Resume", permissions=["manage"])
    def resume_them(self, request: HttpRequest, chosen: QuerySet[Strategy]) -> None:
        self._each(request, chosen, resume, "resumed")

    @admin.action(description="Retire", permissions=["manage"])
    def retire_them(self, request: HttpRequest, chosen: QuerySet[Strategy]) -> None:
        self._each(request, chosen, retire, "retired")

    @admin.action(description="New version (a draft copy)", permissions=["manage"])
    def new_version(self, request: HttpRequest, chosen: QuerySet[Strategy]) -> None:
        for strategy in chosen:
            self.message_user(request, f"{create_version(strategy=strategy)} is a draft.", messages.SUCCESS)


@admin.register(Enrolment)
class EnrolmentAdmin(ReadOnlyAdmin):
    list_display = ("account", "strategy", "enrolled_on", "next_step", "next_on", "paused_until")
    list_select_related = ("account", "strategy", "next_step")
    list_filter = ("strategy",)
    search_fields = ("account__ref",)


@admin.register(StepRun)
class StepRunAdmin(ReadOnlyAdmin):
    list_display = ("ran_on", "enrolment", "step", "result", "channel", "due_on")
    list_select_related = ("enrolment", "step")
    list_filter = ("result", "channel")
    ordering = ("-id",)
