from __future__ import annotations

from django.contrib import admin

from compliance.models import AddressBasis, Consent, Decision, Dispute, Hold, InconvenientTime, OptOut
from core.admin import ReadOnlyAdmin


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ("at", "account", "channel", "address", "allowed", "codes", "policy_version")
    list_select_related = ("account",)
    list_filter = ("allowed", "channel", "policy_version")
    search_fields = ("account__ref__exact",)
    ordering = ("-id",)


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    list_display = ("debtor", "account", "kind", "from_on", "until_on", "source", "recorded_by")
    list_select_related = ("debtor", "account", "recorded_by")
    list_filter = ("kind",)


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    list_display = ("account", "debtor", "received_on", "reason", "status", "resolved_at")
    list_select_related = ("account", "debtor")
    list_filter = ("status", "reason")


@admin.register(Consent, OptOut, AddressBasis, InconvenientTime)
class RecordAdmin(ReadOnlyAdmin):
    list_display = ("debtor", "__str__", "source", "recorded_by", "recorded_at")
    list_select_related = ("debtor", "recorded_by")
    list_filter = ("source",)
