from __future__ import annotations

from django.contrib import admin

from core.admin import NoDeleteAdmin, ReadOnlyAdmin
from payments.models import (
    Agreement,
    AgreementJudgment,
    AgreementStep,
    Correction,
    FeeRule,
    FeeSchedule,
    Payment,
    Promise,
    PromiseJudgment,
    Refund,
    Remittance,
    RemittanceLine,
    TrustEntry,
)


@admin.register(Promise)
class PromiseAdmin(ReadOnlyAdmin):
    list_display = ("account", "amount", "due_on", "made_on", "status", "paid", "by")
    list_select_related = ("account", "by")
    list_filter = ("status",)


@admin.register(PromiseJudgment)
class PromiseJudgmentAdmin(ReadOnlyAdmin):
    list_display = ("on", "promise", "expected", "paid", "verdict")
    list_select_related = ("promise",)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("account", "amount", "method", "effective_on", "reference", "status", "posted_by")
    list_select_related = ("account", "posted_by")
    list_filter = ("status", "method")
    search_fields = ("account__ref__exact", "reference__exact")


@admin.register(Agreement)
class AgreementAdmin(ReadOnlyAdmin):
    list_display = (
        "account",
        "kind",
        "amount",
        "balance",
        "status",
        "next_due_on",
        "paid",
        "made_by",
        "approved_by",
    )
    list_select_related = ("account", "made_by", "approved_by")
    list_filter = ("kind", "status")


@admin.register(AgreementStep)
class AgreementStepAdmin(ReadOnlyAdmin):
    list_display = ("at", "agreement", "verb", "round", "amount", "status", "by", "note")
    list_select_related = ("agreement", "by")
    list_filter = ("verb",)


@admin.register(AgreementJudgment)
class AgreementJudgmentAdmin(ReadOnlyAdmin):
    list_display = ("on", "agreement", "expected", "paid", "verdict")
    list_select_related = ("agreement",)


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = (
        "account",
        "amount",
        "reason",
        "status",
        "asked_by",
        "approved_by",
        "paid_on",
        "reference",
    )
    list_select_related = ("account", "asked_by", "approved_by")
    list_filter = ("status",)


@admin.register(Correction)
class CorrectionAdmin(ReadOnlyAdmin):
    list_display = ("account", "kind", "bucket", "amount", "reason", "status", "asked_by", "decided_by")
    list_select_related = ("account", "asked_by", "decided_by")
    list_filter = ("kind", "status")


@admin.register(FeeSchedule)
class FeeScheduleAdmin(NoDeleteAdmin):
    list_display = ("client", "code", "from_on")
    list_select_related = ("client",)
    list_filter = ("client",)
    search_fields = ("code", "client__name")


@admin.register(FeeRule)
class FeeRuleAdmin(NoDeleteAdmin):
    list_display = ("schedule", "position", "stage", "age_days", "placed_amount", "percent", "flat")
    list_select_related = ("schedule__client",)
    autocomplete_fields = ("schedule",)


@admin.register(Remittance)
class RemittanceAdmin(ReadOnlyAdmin):
    list_display = ("client", "through_on", "remits", "collected", "commission", "due", "invoiced", "status")
    list_select_related = ("client",)
    list_filter = ("status",)


@admin.register(RemittanceLine)
class RemittanceLineAdmin(ReadOnlyAdmin):
    list_display = ("remittance", "number", "account", "kind", "amount", "percent", "commission")
    list_select_related = ("remittance__client", "account")


@admin.register(TrustEntry)
class TrustEntryAdmin(ReadOnlyAdmin):
    list_display = ("on", "posting", "book", "client", "amount", "memo")
    list_select_related = ("client",)
    list_filter = ("book",)
