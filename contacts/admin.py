"""Templates are written and approved here; messages, contacts and print batches are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from contacts.enums import TemplateStatus
from contacts.models import Contact, Message, PrintBatch, Template
from contacts.services import approve_template
from contacts.templates import MERGE_FIELDS, TemplateRefused, lint
from core.admin import ReadOnlyAdmin
from core.clock import now
from users.models import User

if TYPE_CHECKING:
    TemplateModelForm = ModelForm[Template]
else:
    TemplateModelForm = ModelForm

FIELDS_HELP = "Fields: " + ", ".join(f"{{{{ {name} }}}}" for name in MERGE_FIELDS)


class TemplateForm(TemplateModelForm):
    """Refuses what could never be sent, naming every reason."""

    class Meta:
        model = Template
        fields = ("code", "channel", "language", "version", "name", "subject", "body", "tags")
        help_texts = {"body": FIELDS_HELP, "tags": "separated by commas"}
        widgets = {"body": forms.Textarea(attrs={"rows": 20, "cols": 90})}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        written = Template(**{name: cleaned[name] for name in ("channel", "subject", "body", "tags")})
        problems = lint(written)
        if problems:
            raise ValidationError([ValidationError(problem, code="template") for problem in problems])
        return cleaned


@admin.register(Template)
class TemplateAdmin(ModelAdmin):
    """An approved version is not changed: write the next version."""

    form = TemplateForm
    list_display = ("code", "channel", "language", "version", "name", "status", "approved_by", "approved_at")
    list_filter = ("status", "channel", "language")
    search_fields = ("code", "name", "subject")
    actions = ("approve",)

    def _may(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("contacts.manage_template"))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request)

    def has_change_permission(self, request: HttpRequest, obj: Template | None = None) -> bool:
        return self._may(request) and (obj is None or obj.status == TemplateStatus.DRAFT)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="Approve and put into use", permissions=["view"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Template]) -> None:
        for template in queryset:
            try:
                approve_template(template=template, by=cast(User, request.user), at=now())
            except TemplateRefused as error:
                messages.error(request, f"{template}: {error}")
            else:
                messages.success(request, f"{template} is in use.")


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = (
        "queued_at",
        "channel",
        "account",
        "address",
        "status",
        "send_after",
        "failures",
        "last_error",
    )
    list_filter = ("status", "channel")
    search_fields = ("=key", "=provider_id", "=account__ref")
    list_select_related = ("account",)


@admin.register(Contact)
class ContactAdmin(ReadOnlyAdmin):
    list_display = ("at", "channel", "direction", "account", "address", "outcome", "by")
    list_filter = ("channel", "direction", "outcome")
    search_fields = ("=account__ref", "=address")
    list_select_related = ("account", "by")


@admin.register(PrintBatch)
class PrintBatchAdmin(ReadOnlyAdmin):
    list_display = ("id", "made_at", "made_by", "letters", "pages", "printed_at")
