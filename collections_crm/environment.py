"""Reads the process environment (12-factor): typed values, clear errors, development secrets."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    return os.environ.get(name) or default


def flag(name: str, *, default: bool) -> bool:
    raw = os.environ.get(name)
    if raw is None:
        return default
    if raw.lower() in TRUE:
        return True
    if raw.lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {raw!r}.")


def number(name: str, default: int) -> int:
    raw = os.environ.get(name)
    if not raw:
        return default
    try:
        return int(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {raw!r}.") from None


def words(name: str, default: list[str]) -> list[str]:
    raw = os.environ.get(name)
    return [word.strip() for word in raw.split(",") if word.strip()] if raw else default


def required(name: str, what: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set: {what}. (On a developer's machine, DEBUG=1 uses the embedded services "
            f"and development secrets instead.)"
        )
    return value


def told(name: str, what: str, default: str | bool) -> str:
    """Required where there is no default, as outside development."""
    return os.environ.get(name) or default or required(name, what)  # type: ignore[return-value]


def database(url: str) -> dict[str, Any]:
    """Django's settings for a `postgres://user:password@host:port/name?option=value` URL."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgres:// or postgresql://.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def development_secrets(folder: Path) -> dict[str, str]:
    """The secrets of this checkout, generated once, readable by their owner only."""
    path = folder / "secret.json"
    if path.exists():
        found: dict[str, str] = json.loads(path.read_text())
        return found
    folder.mkdir(parents=True, exist_ok=True)
    made = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "POSTGRES_PASSWORD": secrets.token_urlsafe(24),
        "REDIS_PASSWORD": secrets.token_urlsafe(24),
    }
    draft = path.with_suffix(f".{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(made, out)
    try:
        os.link(draft, path)  # whoever comes second keeps what the first one made
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    kept: dict[str, str] = json.loads(path.read_text())
    return kept
