from __future__ import annotations

import pytest
from django.test import Client

from compliance.models import OptOut
from contacts.optout import make_token, opt_out_url
from tests.factories import make_debtor

pytestmark = pytest.mark.django_db


@pytest.fixture
def link() -> str:
    return f"/p/opt-out/{make_token(make_debtor().pk, 'marisol@example.com')}/"


def test_opening_the_link_writes_nothing(client, link):
    answer = client.get(link)
    assert (answer.status_code, OptOut.objects.count()) == (200, 0)
    assert b"marisol@example.com" in answer.content
    assert b'name="viewport"' in answer.content


def test_the_button_opts_the_address_out_once(client, link):
    for _ in range(2):
        assert client.post(link).status_code == 200
    assert list(OptOut.objects.values_list("medium", "address", "source")) == [
        ("email", "marisol@example.com", "consumer_online")
    ]


def test_one_click_needs_no_cookie(link):
    """RFC 8058: the mail program posts, without session and without token."""
    answer = Client(enforce_csrf_checks=True).post(link, {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, OptOut.objects.count()) == (200, 1)


def test_a_link_that_was_changed_does_nothing(client, link):
    answer = client.post(link[:-3] + "xx/")
    assert (answer.status_code, OptOut.objects.count()) == (404, 0)


def test_the_link_in_an_email_is_this_page():
    assert opt_out_url(7, "a@example.com").split("/p/")[1].startswith("opt-out/")
