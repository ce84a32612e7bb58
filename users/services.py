"""The only writers of users, teams and roles."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from users.models import Authority, Team, User
from users.roles import AUTHORITIES, PERMISSIONS, Role


@transaction.atomic
def sync_roles() -> list[str]:
    """Make every role's group hold exactly the table's permissions, and give limits to the roles that have none yet.

    Returns the permissions that no room declares.
    """
    wanted = set().union(*PERMISSIONS.values())
    found = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type").filter(
            codename__in={name.partition(".")[2] for name in wanted}
        )
    }
    for role, names in PERMISSIONS.items():
        group, _ = Group.objects.get_or_create(name=role.value)
        group.permissions.set([found[name] for name in sorted(names) if name in found])
    for role, limits in AUTHORITIES.items():
        Authority.objects.get_or_create(role=role.value, defaults=limits)
    return sorted(wanted - found.keys())


@transaction.atomic
def give_role(*, user: User, role: Role) -> None:
    """One role at a time: the new one takes the place of any other. Administrators enter the admin, and compliance for its policies.

    A superuser is made on the command line alone, and no role makes one.
    """
    roles = Group.objects.filter(name__in=Role.values)
    user.groups.remove(*roles.exclude(name=role.value))
    user.groups.add(roles.get(name=role.value))
    user.is_staff = role in (Role.ADMIN, Role.COMPLIANCE)
    user.save(update_fields=["is_staff"])


@transaction.atomic
def provide_user(
    *,
    username: str,
    role: Role,
    team: Team | None,
    password: str,
    first_name: str,
    last_name: str,
    email: str,
) -> User:
    """Create the user or bring it to this state; the password is set on creation only."""
    user = User.objects.filter(username__iexact=username).first()
    if user is None:
        user = User.objects.create_user(username, email=email, password=password)
    user.first_name, user.last_name, user.email, user.team = first_name, last_name, email, team
    user.is_active = True
    user.save(update_fields=["first_name", "last_name", "email", "team", "is_active"])
    give_role(user=user, role=role)
    return user
