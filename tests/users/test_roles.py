import re
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError

from users.models import Team, User
from users.roles import DEMO_LOGINS, PERMISSIONS, Role
from users.services import give_role, sync_roles

pytestmark = pytest.mark.django_db


def held(role):
    permissions = Group.objects.get(name=role.value).permissions.select_related("content_type")
    return {f"{permission.content_type.app_label}.{permission.codename}" for permission in permissions}


def test_every_permission_of_the_table_is_declared_by_a_room():
    assert sync_roles() == []


@pytest.mark.parametrize("role", list(Role))
def test_after_migration_every_role_holds_exactly_its_row(role):
    assert held(role) == PERMISSIONS[role]


def test_what_was_added_by_hand_is_taken_away_again():
    extra = Permission.objects.get(codename="manage_user")
    Group.objects.get(name="rep").permissions.add(extra)
    sync_roles()
    assert held(Role.REP) == PERMISSIONS[Role.REP]


def test_a_representative_neither_posts_money_nor_decides():
    assert not PERMISSIONS[Role.REP] & {
        "payments.post_payment",
        "payments.reverse_payment",
        "escalations.decide_escalation",
        "compliance.override_gate",
        "compliance.lift_hold",
        "debtors.reveal_ssn",
    }


def test_a_client_reads_only():
    assert PERMISSIONS[Role.CLIENT] == {
        "accounts.view_account",
        "reporting.view_report",
        "payments.view_remittance",
    }


def test_every_permission_asked_for_in_code_is_in_the_table():
    root = Path(__file__).resolve().parents[2]
    rooms = ["console", "portal", "api"]
    asked = {
        name
        for room in rooms
        for path in (root / room).rglob("*.py")
        for call in re.findall(r"@?\brequires\(([^)]*)\)", path.read_text())
        for name in re.findall(r"\"([a-z]+\.[a-z_]+)\"", call)
    }
    assert asked - PERMISSIONS[Role.ADMIN] == set()


def test_a_new_role_takes_the_place_of_the_old():
    user = User.objects.create_user("kim")
    give_role(user=user, role=Role.ADMIN)
    give_role(user=user, role=Role.REP)
    assert list(user.groups.values_list("name", flat=True)) == ["rep"]
    assert not user.is_superuser
    assert not user.is_staff


def test_usernames_are_unique_in_any_case():
    User.objects.create_user("kim")
    with pytest.raises(IntegrityError):
        User.objects.create_user("KIM")


def test_demo_users_are_made_once_with_one_role_each(settings):
    settings.DEBUG = True
    for _ in range(2):
        call_command("seed_demo_users", verbosity=0)
    users = User.objects.prefetch_related("groups").select_related("team")
    assert {user.username: [group.name for group in user.groups.all()] for user in users} == {
        name: [role.value] for name, role in DEMO_LOGINS.items()
    }
    assert {user.username for user in users if user.team and user.team.slug == "alpha"} == {
        "rep",
        "rep2",
        "supervisor",
    }
    assert Team.objects.count() == 2


def test_demo_users_are_refused_outside_development(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG"):
        call_command("seed_demo_users")
