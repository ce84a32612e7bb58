"""What every house needs before its first account: roles, the law, logins of a demo, queues, templates and strategies."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from compliance.packs import ensure_policies
from contacts.standard_templates import ensure_templates
from core.audit import audit_actor
from core.clock import now
from payments.trust import open_journal
from strategies.services import ensure_default_strategy
from users.services import sync_roles
from worklists.services import ensure_queues


class Command(BaseCommand):
    help = (
        "Create what every house needs and this one lacks; leaves edited ones alone. Demo logins with DEBUG."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        at = now()
        with audit_actor(None, "command:seed_basics"):
            sync_roles()
            if settings.DEBUG:
                call_command("seed_demo_users", verbosity=0)
            open_journal()
            made = {
                "policies": ensure_policies(at=at),
                "queues": sorted(ensure_queues()),
                "templates": sorted(f"{code} ({channel})" for code, channel in ensure_templates(at=at)),
                "strategies": sorted(ensure_default_strategy(at=at)),
            }
        if options["json"]:
            self.stdout.write(json.dumps(made))
        elif options["verbosity"]:
            for kind, names in made.items():
                self.stdout.write(f"{kind.capitalize()}: {', '.join(names)}")
