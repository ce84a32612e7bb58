"""What every benchmark stands on: a database of its own, and what machine the figures are of."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def own_database(name: str, *, keep: bool = False) -> Iterator[None]:
    """Beside the configured one, on the same server: made anew and dropped, or with ``keep`` found again and kept."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection, connections

    home = settings.DATABASES["default"]["NAME"]

    def on_server(*statements: str) -> None:
        connections["default"].close()
        connections["default"].settings_dict["NAME"] = home
        with connection.cursor() as cursor:
            for sql in statements:
                cursor.execute(sql)
        connections["default"].close()
        connections["default"].settings_dict["NAME"] = name

    settle = f"ALTER DATABASE {name} SET collections.may_be_emptied = 'yes'"
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        exists = cursor.fetchone() is not None
    on_server(*([] if keep and exists else [drop, f"CREATE DATABASE {name}", settle]))
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        on_server(*([] if keep else [drop]))
        connections["default"].settings_dict["NAME"] = home


def machine() -> dict[str, object]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0]
    return {
        "machine": platform.platform(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "postgres": version,
    }
