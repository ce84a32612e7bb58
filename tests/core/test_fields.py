import base64

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models
from hypothesis import given
from hypothesis import strategies as st

from core.fields import CannotDecrypt, EncryptedTextField, blind_index, decrypt, encrypt

OLD = base64.b64encode(b"o" * 32).decode()
NEW = base64.b64encode(b"n" * 32).decode()


@given(st.text(min_size=1))
def test_what_is_encrypted_is_read_back(text):
    assert decrypt(encrypt(text)) == text


def test_the_same_text_is_never_stored_twice_alike():
    assert encrypt("123-45-6789") != encrypt("123-45-6789")


def test_a_changed_byte_is_noticed():
    stored = encrypt("123-45-6789")
    raw = bytearray(base64.b64decode(stored[3:]))
    raw[-1] ^= 1
    with pytest.raises(CannotDecrypt):
        decrypt("v1:" + base64.b64encode(raw).decode())


@pytest.mark.parametrize("stored", ["123-45-6789", "v9:aaaa", "v0:aaaa", "v1:", "v1:***"])
def test_text_that_is_not_encrypted_is_never_passed_through(stored):
    with pytest.raises(CannotDecrypt):
        decrypt(stored)


def test_after_rotation_the_old_is_still_read_and_the_new_key_writes(settings):
    settings.FIELD_ENCRYPTION_KEY = OLD
    stored = encrypt("secret")
    settings.FIELD_ENCRYPTION_KEY = f"{OLD},{NEW}"
    assert decrypt(stored) == "secret"
    assert encrypt("secret").startswith("v2:")


def test_rotation_keeps_blind_indexes(settings):
    settings.FIELD_ENCRYPTION_KEY = OLD
    before = blind_index("123456789", "ssn")
    settings.FIELD_ENCRYPTION_KEY = f"{OLD},{NEW}"
    assert blind_index("123456789", "ssn") == before


def test_indexes_of_different_purposes_do_not_match():
    assert blind_index("123456789", "ssn") != blind_index("123456789", "ein")


def test_a_short_key_is_refused(settings):
    settings.FIELD_ENCRYPTION_KEY = base64.b64encode(b"short").decode()
    with pytest.raises(ImproperlyConfigured):
        encrypt("secret")


def test_an_encrypted_column_is_not_searched_by_its_text():
    class Vault(models.Model):  # noqa: DJ008
        secret = EncryptedTextField(null=True)

        class Meta:
            app_label = "core"

    with pytest.raises(FieldError, match="blind index"):
        Vault.objects.filter(secret="x")
    assert Vault.objects.filter(secret__isnull=True).query
