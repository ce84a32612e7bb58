from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from users.models import Team, User

if TYPE_CHECKING:
    TeamModelAdmin = admin.ModelAdmin[Team]
    UserModelAdmin = DjangoUserAdmin[User]
else:
    TeamModelAdmin = ModelAdmin

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
    readonly_fields = ["last_login", "date_joined"]


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    """Roles follow the table in users/roles.py at every migration."""


@admin.register(Team)
class TeamAdmin(TeamModelAdmin):
    list_display = ["name", "slug"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}
