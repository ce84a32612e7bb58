"""``create_api_token USER``: a token that works, kept as a hash."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from rest_framework.test import APIClient

from api.models import ApiToken
from api.tokens import create_token
from tests.api.making import V1
from tests.factories import AT, make_user

pytestmark = pytest.mark.django_db


def created(*arguments: str) -> str:
    out = StringIO()
    call_command("create_api_token", *arguments, stdout=out)
    return out.getvalue()


def status_with(token: str) -> int:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client.get(f"{V1}accounts/").status_code


def test_it_prints_a_token_that_works_and_keeps_its_hash_only() -> None:
    make_user("rep", username="marta")
    token = created("marta").strip()
    assert status_with(token) == 200
    kept = ApiToken.objects.get()
    assert len(kept.digest) == 64
    assert token not in kept.digest


def test_no_token_reads_as_an_option_of_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.token_urlsafe", lambda count: "--gADABJXF4c")
    assert create_token(user=make_user("rep"), at=AT) == "crm_--gADABJXF4c"


def test_as_json_it_prints_one_object() -> None:
    make_user("rep", username="marta")
    found = json.loads(created("marta", "--json"))
    assert set(found) == {"user", "token"}
    assert (found["user"], status_with(found["token"])) == ("marta", 200)


@pytest.mark.parametrize("username", ["nobody", "gone", ""])
def test_an_unknown_or_inactive_user_is_one_clear_sentence(username: str) -> None:
    make_user("rep", username="gone", is_active=False)
    with pytest.raises(CommandError, match=rf"^There is no active user '{username}'\.$") as refused:
        created(username)
    assert refused.value.returncode == 1
    assert ApiToken.objects.count() == 0


def test_a_token_ends_with_its_user_or_when_it_is_revoked() -> None:
    user = make_user("rep", username="marta")
    first, second = created("marta").strip(), created("marta").strip()
    ApiToken.objects.order_by("pk").first().delete()
    assert (status_with(first), status_with(second)) == (401, 200)
    ApiToken.objects.update(revoked_at=AT)
    assert status_with(second) == 401
    ApiToken.objects.update(revoked_at=None)
    user.is_active = False
    user.save()
    assert status_with(second) == 401
