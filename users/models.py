"""Who works here."""

from __future__ import annotations

import pghistory
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower

from core.history import append_only, audited_links


@pghistory.track(meta={"triggers": append_only()})
class Team(models.Model):
    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@pghistory.track(exclude=["password", "last_login"], meta={"triggers": append_only()})
class User(AbstractUser):
    """Anyone who signs in: staff by their role, a creditor's people by the role client."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="members", null=True, blank=True)

    class Meta(AbstractUser.Meta):
        permissions = [("manage_user", "Can manage users, teams and roles")]
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="user_username_unique_in_any_case",
                violation_error_message="A user with that username already exists.",
            )
        ]

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username


@audited_links
class UserRole(User.groups.through):  # type: ignore[name-defined]
    """Who was given a role or lost one, and when."""

    class Meta:
        proxy = True
