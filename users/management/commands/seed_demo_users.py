from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from users.models import Team
from users.roles import DEMO_LOGINS
from users.services import provide_user, sync_roles

NAMES = {
    "rep": ("Riley", "Reyes", "alpha"),
    "rep2": ("Robin", "Rhodes", "alpha"),
    "supervisor": ("Sam", "Sutton", "alpha"),
    "compliance": ("Casey", "Cole", None),
    "poster": ("Parker", "Price", None),
    "admin": ("Alex", "Adams", None),
    "client": ("Charlie", "Clark", None),
}


class Command(BaseCommand):
    help = "Create one login per role, password demo. Refused when DEBUG is off."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Demo users have a known password: they are created only with DEBUG on.")
        sync_roles()
        teams = {
            slug: Team.objects.get_or_create(slug=slug, defaults={"name": slug.title()})[0]
            for slug in ("alpha", "bravo")
        }
        for username, role in DEMO_LOGINS.items():
            first_name, last_name, team = NAMES[username]
            provide_user(
                username=username,
                role=role,
                team=teams[team] if team else None,
                password="demo",  # noqa: S106
                first_name=first_name,
                last_name=last_name,
                email=f"{username}@example.com",
            )
        if options["json"]:
            self.stdout.write(json.dumps({"users": list(DEMO_LOGINS)}))
        elif options["verbosity"]:
            self.stdout.write(f"Demo users: {', '.join(DEMO_LOGINS)}; password demo.")
