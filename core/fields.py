"""Text encrypted at rest, and keyed digests to find it by."""

from __future__ import annotations

import base64
import hmac
import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models

if TYPE_CHECKING:
    TextField = models.TextField[str | None, str | None]
else:
    TextField = models.TextField

NONCE_BYTES = 12


class CannotDecrypt(Exception):
    """The stored text was changed, or was written with a key that is no longer configured."""


@lru_cache(maxsize=8)
def _keys(configured: str) -> tuple[bytes, ...]:
    """Keys oldest first. The n-th key (from 1) writes and reads the prefix `vn:`; the last one writes.

    Rotating means appending a key after a comma and saving the rows again. Keys are never reordered or dropped
    while a row still carries their prefix.
    """
    try:
        keys = tuple(base64.b64decode(part.strip(), validate=True) for part in configured.split(","))
    except ValueError:
        raise ImproperlyConfigured("FIELD_ENCRYPTION_KEY must be base64, keys parted by commas.") from None
    if any(len(key) != 32 for key in keys):
        raise ImproperlyConfigured("FIELD_ENCRYPTION_KEY: every key must be 32 bytes, in base64.")
    return keys


@lru_cache(maxsize=8)
def _writer(configured: str) -> tuple[str, AESGCM]:
    keys = _keys(configured)
    return f"v{len(keys)}", AESGCM(keys[-1])


@lru_cache(maxsize=8)
def _index_key(configured: str, purpose: str) -> bytes:
    return hmac.digest(_keys(configured)[0], f"blind-index:{purpose}".encode(), "sha256")


def encrypt(text: str) -> str:
    """AES-256-GCM with a fresh nonce: `v1:` and the base64 of nonce and ciphertext; the prefix is authenticated."""
    prefix, cipher = _writer(settings.FIELD_ENCRYPTION_KEY)
    nonce = os.urandom(NONCE_BYTES)
    sealed = cipher.encrypt(nonce, text.encode(), prefix.encode())
    return f"{prefix}:{base64.b64encode(nonce + sealed).decode()}"


def decrypt(stored: str) -> str:
    keys = _keys(settings.FIELD_ENCRYPTION_KEY)
    prefix, _, body = stored.partition(":")
    try:
        version = int(prefix.removeprefix("v"))
        raw = base64.b64decode(body, validate=True)
    except ValueError:
        raise CannotDecrypt("The stored text is not in the encrypted form.") from None
    if not 1 <= version <= len(keys):
        raise CannotDecrypt(f"No key is configured for version {version}.")
    try:
        plain = AESGCM(keys[version - 1]).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], prefix.encode())
    except (InvalidTag, ValueError):
        raise CannotDecrypt("The stored text does not match its key.") from None
    return plain.decode()


def blind_index(value: str, purpose: str) -> str:
    """A keyed digest (64 hex digits) to find an encrypted value by equality.

    `purpose` keeps the digests of different columns from being compared. The first key is used for ever, so that
    rotation does not lose what was indexed before.
    """
    return hmac.digest(_index_key(settings.FIELD_ENCRYPTION_KEY, purpose), value.encode(), "sha256").hex()


class EncryptedTextField(TextField):
    """Plain text in Python, AES-256-GCM in the database. Found only through a blind index beside it."""

    description = "Encrypted text"

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        return prepared if prepared in (None, "") else encrypt(prepared)

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        return decrypt(value) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in {"isnull"}:
            raise FieldError(f"{self.name} is encrypted: find it through its blind index.")
        return super().get_lookup(lookup_name)
