from __future__ import annotations

from django.contrib import admin

from core.admin import ReadOnlyAdmin
from payments.models import Payment, Promise, PromiseJudgment


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
