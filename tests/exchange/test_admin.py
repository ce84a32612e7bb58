from __future__ import annotations

import json

import pytest
from django.test import Client as Browser

from accounts.models import Client
from exchange.models import Mapping
from tests.factories import AT, make_client, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Browser:
    browser = Browser()
    browser.force_login(make_user("admin"), backend="django.contrib.auth.backends.ModelBackend")
    return browser


def page(client: Client, browser: Browser, definition: object) -> str:
    saved = Mapping.objects.create(client=client, name="monthly", definition={"fields": {}}, saved_at=AT)
    form = {"client": client.pk, "name": "monthly", "definition": json.dumps(definition)}
    return browser.post(f"/admin/exchange/mapping/{saved.pk}/change/", form, follow=True).content.decode()


@pytest.mark.parametrize(
    ("definition", "says"), [([1], "A mapping is an object"), ({"colour": 1}, "is no setting of a mapping")]
)
def test_a_mapping_that_cannot_be_is_refused_in_the_admin_too(
    browser: Browser, definition: object, says: str
) -> None:
    assert says in page(make_client("lakeside"), browser, definition)
    assert Mapping.objects.get().saved_at == AT


def test_a_mapping_changed_in_the_admin_tells_the_wizard_when(browser: Browser) -> None:
    page(make_client("lakeside"), browser, {"fields": {"client_reference": {"column": "Ref"}}})
    saved = Mapping.objects.get()
    assert saved.saved_at > AT
    assert saved.saved_by is not None
