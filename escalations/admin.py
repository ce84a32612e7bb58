from __future__ import annotations

from django.contrib import admin

from core.admin import ReadOnlyAdmin
from escalations.models import Escalation, EscalationLogEntry


@admin.register(Escalation)
class EscalationAdmin(ReadOnlyAdmin):
    list_display = ("account", "kind", "status", "raised_by", "raised_at", "due_at", "decided_by")
    list_select_related = ("account", "raised_by", "decided_by")
    list_filter = ("status", "kind")


@admin.register(EscalationLogEntry)
class EscalationLogEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "escalation", "from_status", "to_status", "by", "note")
    list_select_related = ("escalation", "by")
