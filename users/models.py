"""Who works here."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pghistory
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from core.history import append_only, audited, audited_links
from users.roles import Role


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


def _most() -> models.DecimalField[Any, Any]:
    """US dollars on one account."""
    return models.DecimalField(max_digits=14, decimal_places=2, default=Decimal("0"))


@audited
class Authority(models.Model):
    """Up to where somebody decides alone about money: the limits of a role, or of one person instead of their role's.

    What exceeds them waits for somebody whose own limits reach far enough.
    """

    role = models.CharField(max_length=20, choices=Role, blank=True, default="")
    user = models.OneToOneField(
        User, on_delete=models.PROTECT, related_name="authority", null=True, blank=True
    )
    settlement_floor = models.DecimalField(
        max_digits=7,
        decimal_places=4,
        default=Decimal(100),
        help_text="percent of the balance that a settlement must bring at least",
    )
    forgives_most = _most()
    plan_months = models.PositiveSmallIntegerField(
        default=0, help_text="months from its making to the last instalment of an agreement"
    )
    adjusts_most = _most()
    refunds_most = _most()

    class Meta:
        verbose_name_plural = "authorities"
        ordering = ["role", "user"]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True) ^ Q(role=""),
                name="authority_of_role_or_person",
                violation_error_message="Give the limits to a role or to a person.",
            ),
            models.UniqueConstraint(
                fields=["role"],
                condition=~Q(role=""),
                name="authority_once_a_role",
                violation_error_message="This role has limits already.",
            ),
            models.CheckConstraint(
                condition=Q(
                    settlement_floor__gte=0,
                    settlement_floor__lte=100,
                    forgives_most__gte=0,
                    adjusts_most__gte=0,
                    refunds_most__gte=0,
                ),
                name="authority_not_negative",
                violation_error_message="A limit is not below zero, and the floor lies between 0 and 100 percent.",
            ),
        ]

    def __str__(self) -> str:
        return str(self.user) if self.user else Role(self.role).label
