from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from collections_crm import services


class Command(BaseCommand):
    help = "Start, stop or show the embedded PostgreSQL and Redis of this checkout."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "action", choices=["start", "stop", "status", "purge"], help="purge also deletes the data"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            if action == "start":
                services.ensure()
            elif action == "stop":
                services.stop()
            elif action == "purge":
                services.purge()
        except services.ServiceError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(services.status_json()))
            return
        for service in services.status():
            state = (
                f"running on 127.0.0.1:{service.port}, pid {service.pid}" if service.running else "stopped"
            )
            self.stdout.write(f"{service.name}: {state}")
