from __future__ import annotations

from django.contrib import admin

from accounts.models import (
    Account,
    Accrual,
    Client,
    Document,
    InterestLimit,
    InterestTerm,
    Judgment,
    LedgerEntry,
    Placement,
    StatusTransition,
)
from core.admin import NoDeleteAdmin, ReadOnlyAdmin


@admin.register(Client)
class ClientAdmin(NoDeleteAdmin):
    list_display = ("name", "code", "kind", "debt_type", "is_active")
    list_filter = ("kind", "debt_type", "is_active")
    search_fields = ("name", "code")
    filter_horizontal = ("teams", "members")


@admin.register(Placement)
class PlacementAdmin(ReadOnlyAdmin):
    list_display = ("batch", "client", "placed_on", "status", "rows", "amount")
    list_select_related = ("client",)
    list_filter = ("status", "client")


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ("ref", "client_reference", "client", "debtor", "status", "balance")
    list_select_related = ("client", "debtor")
    list_filter = ("status", "debt_type")
    search_fields = ("ref__exact", "client_reference__exact")


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = ("effective_on", "account", "kind", "bucket", "amount", "by", "memo")
    list_select_related = ("account", "by")
    list_filter = ("kind", "bucket")
    search_fields = ("account__ref__exact",)
    ordering = ("-id",)


@admin.register(StatusTransition)
class StatusTransitionAdmin(ReadOnlyAdmin):
    list_display = ("at", "account", "from_status", "to_status", "by", "reason")
    list_select_related = ("account", "by")
    search_fields = ("account__ref__exact",)


@admin.register(InterestTerm)
class InterestTermAdmin(ReadOnlyAdmin):
    list_display = ("account", "rate", "from_on", "until_on", "basis", "compounds", "authority")
    list_select_related = ("account",)
    search_fields = ("account__ref__exact",)


@admin.register(InterestLimit)
class InterestLimitAdmin(ReadOnlyAdmin):
    list_display = ("account", "most", "from_on", "until_on", "reason", "recorded_by", "recorded_at")
    list_select_related = ("account", "recorded_by")
    search_fields = ("account__ref__exact",)


@admin.register(Accrual)
class AccrualAdmin(ReadOnlyAdmin):
    list_display = ("account", "since", "through", "carry")
    list_select_related = ("account",)
    search_fields = ("account__ref__exact",)


@admin.register(Judgment)
class JudgmentAdmin(ReadOnlyAdmin):
    list_display = ("entered_on", "account", "court", "case_number", "amount", "rate")
    list_select_related = ("account",)
    search_fields = ("account__ref__exact", "case_number__exact")


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    list_display = ("title", "account", "content_type", "size", "added_by", "added_at")
    list_select_related = ("account", "added_by")
