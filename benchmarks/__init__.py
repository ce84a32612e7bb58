"""What every benchmark stands on: a database of its own, and what machine the figures are of."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager


def _on_server(*statements: str, then: str) -> None:
    """Carried out from the server's own database; afterwards the connection is one to ``then``."""
    from django.db import connection, connections

    connections["default"].close()
    connections["default"].settings_dict["NAME"] = "postgres"
    with connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(sql)
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = then


@contextmanager
def own_database(name: str, *, keep: bool = False) -> Iterator[None]:
    """Beside the configured one, on the same server: made anew and dropped, or with ``keep`` found again and kept."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    home = settings.DATABASES["default"]["NAME"]
    settle = f"ALTER DATABASE {name} SET collections.may_be_emptied = 'yes'"
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        exists = cursor.fetchone() is not None
    _on_server(*([] if keep and exists else [drop, f"CREATE DATABASE {name}", settle]), then=name)
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        _on_server(*([] if keep else [drop]), then=home)


@contextmanager
def copy_of(name: str) -> Iterator[str]:
    """Within a copy of the database ``name``, dropped afterwards: two ways start from the same rows, and both commit."""
    copy = f"{name}_copy"
    drop = f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)"
    _on_server(drop, f"CREATE DATABASE {copy} TEMPLATE {name}", "CHECKPOINT", then=copy)
    try:
        yield copy
    finally:
        _on_server(drop, then=name)


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
