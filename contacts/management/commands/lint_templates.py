"""Reads every template that is in use or being written as the linter does today."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contacts.enums import TemplateStatus
from contacts.models import Template
from contacts.templates import lint


class Command(BaseCommand):
    help = "Say what is wrong with the templates in use and the drafts; exits non-zero when one in use may not be used."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object: templates, problems")

    def handle(self, *args: Any, **options: Any) -> None:
        read = Template.objects.exclude(status=TemplateStatus.RETIRED).order_by(
            "code", "channel", "language", "version"
        )
        found = {template: problems for template in read if (problems := lint(template))}
        if options["json"]:
            told = [{"template": str(t), "status": t.status, "problems": p} for t, p in found.items()]
            self.stdout.write(json.dumps({"templates": len(read), "problems": told}))
        else:
            for template, problems in found.items():
                self.stdout.writelines(f"{template} ({template.status}): {problem}" for problem in problems)
        bad = sum(template.status == TemplateStatus.APPROVED for template in found)
        if bad:
            raise CommandError(f"{bad} of the templates in use may not be used as they are.")
