from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from api.tokens import create_token
from core.clock import now
from users.models import User


class Command(BaseCommand):
    help = "Prints a new API token of a user, once; only its hash is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {options['user']!r}.")
        token = create_token(user=user, at=now())
        self.stdout.write(json.dumps({"user": user.username, "token": token}) if options["json"] else token)
