from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from users.services import sync_roles


class Command(BaseCommand):
    help = "Make every role's group hold exactly the permissions of the table in users/roles.py."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        missing = sync_roles()
        if options["json"]:
            self.stdout.write(json.dumps({"missing": missing}))
        elif options["verbosity"]:
            self.stdout.write(
                "Roles are in step." if not missing else f"No room declares: {', '.join(missing)}"
            )
