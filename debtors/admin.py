from __future__ import annotations

from django.contrib import admin
from unfold.admin import TabularInline

from core.admin import ReadOnlyAdmin
from debtors.models import Address, Debtor, DebtorName, Email, FileView, Phone, Relation, Reveal


class Shown(TabularInline):
    extra = 0
    can_delete = False

    def has_add_permission(self, *args: object) -> bool:
        return False

    def has_change_permission(self, *args: object) -> bool:
        return False


class NameInline(Shown):
    model = DebtorName
    fields = readonly_fields = ("kind", "name", "source")


class AddressInline(Shown):
    model = Address
    fields = readonly_fields = ("kind", "line1", "city", "state", "zip", "is_current", "status")


class PhoneInline(Shown):
    model = Phone
    fields = readonly_fields = ("number", "kind", "status", "source")


class EmailInline(Shown):
    model = Email
    fields = readonly_fields = ("address", "status", "source")


class RelationInline(Shown):
    model = Relation
    fk_name = "debtor"
    fields = readonly_fields = ("kind", "other")


@admin.register(Debtor)
class DebtorAdmin(ReadOnlyAdmin):
    """The number itself is shown on the desk only, where a reveal is recorded."""

    list_display = ("name", "kind", "state", "language", "masked_tax_id")
    fields = ("kind", "name", "language", "date_of_birth", "deceased_on", "state", "zones", "masked_tax_id")
    search_fields = ("name__icontains",)
    inlines = (NameInline, AddressInline, PhoneInline, EmailInline, RelationInline)


@admin.register(Reveal)
class RevealAdmin(ReadOnlyAdmin):
    list_display = ("at", "by", "debtor", "reason")
    list_select_related = ("by", "debtor")


@admin.register(FileView)
class FileViewAdmin(ReadOnlyAdmin):
    list_display = ("at", "by", "debtor")
    list_select_related = ("by", "debtor")
