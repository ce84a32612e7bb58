from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from core.admin import NoDeleteAdmin, ReadOnlyAdmin
from users.models import Authority, Team, User

if TYPE_CHECKING:
    UserModelAdmin = DjangoUserAdmin[User]
else:

    class UserModelAdmin(DjangoUserAdmin, ModelAdmin):
        """Django's user pages in the theme's clothes."""


admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(UserModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "first_name", "last_name", "team", "is_active", "last_login"]
    list_filter = ["team", "groups", "is_active"]
    list_select_related = ["team"]
    search_fields = ["username", "first_name", "last_name", "email"]
    autocomplete_fields = ["team"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email", "team"]}),
        ("May", {"fields": ["is_active", "is_staff", "is_superuser", "groups"]}),
        ("When", {"fields": ["last_login", "date_joined"]}),
    ]
    readonly_fields = ["is_superuser", "last_login", "date_joined"]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """A superuser's page is a superuser's: whoever could set their password would become them."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


@admin.register(Group)
class GroupAdmin(ReadOnlyAdmin):
    """Roles follow the table in users/roles.py at every migration, so they are read here and changed there."""

    list_display = ["name"]
    filter_horizontal = ["permissions"]


@admin.register(Team)
class TeamAdmin(NoDeleteAdmin):
    list_display = ["name", "slug"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Authority)
class AuthorityAdmin(NoDeleteAdmin):
    list_display = [
        "__str__", "settlement_floor", "forgives_most", "plan_months", "adjusts_most", "refunds_most",
    ]  # fmt: skip
    list_select_related = ["user"]
    autocomplete_fields = ["user"]
