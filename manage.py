#!/usr/bin/env python
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collections_crm.settings")
    # A developer's checkout names no database: commands then use the embedded services. The web, worker and
    # scheduler entry points never default this way, so a deployment that forgot DATABASE_URL fails to start.
    if not os.environ.get("DATABASE_URL"):
        os.environ.setdefault("DEBUG", "1")
    if sys.argv[1:2] in (["services"], ["help"], ["--help"], ["mailcatcher"]):
        os.environ.setdefault("EMBEDDED_SERVICES", "manual")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
