import re

import pytest
from django.urls import reverse

from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def kim():
    return User.objects.create_user("kim", password="right")


def sign_in(client, password, username="kim"):
    return client.post(reverse("sign-in"), {"username": username, "password": password, "next": "/healthz"})


def test_the_right_password_signs_in_and_goes_where_one_was_going(client, kim):
    response = sign_in(client, "right")
    assert (response.status_code, response["Location"]) == (302, "/healthz")


def test_a_wrong_password_says_so_without_saying_which_half_was_wrong(client, kim):
    wrong_password = sign_in(client, "wrong").content
    wrong_name = sign_in(client, "wrong", username="nobody").content
    assert b"correct username and password" in wrong_password
    assert b"correct username and password" in wrong_name


def test_the_fifth_failure_locks_the_name_and_says_until_when(client, kim):
    for _ in range(4):
        assert sign_in(client, "wrong").status_code == 200
    response = sign_in(client, "wrong")
    assert response.status_code == 429
    assert re.search(r"locked from here until \d\d:\d\d E[SD]T", response.content.decode())
    assert sign_in(client, "right").status_code == 429


def test_a_lock_holds_for_that_name_and_address_only(client, kim):
    User.objects.create_user("lee", password="right")
    for _ in range(5):
        sign_in(client, "wrong")
    assert sign_in(client, "right", username="lee").status_code == 302


def test_signing_out_ends_the_session(client, kim):
    client.force_login(kim)
    assert client.post(reverse("sign-out")).status_code == 302
    assert "_auth_user_id" not in client.session


def test_a_session_ends_after_thirty_idle_minutes(client, kim, settings):
    assert settings.SESSION_COOKIE_AGE == 1800
    client.force_login(kim)
    assert client.get("/sign-in/").cookies["sessionid"]["max-age"] == 1800


def test_a_foreign_place_is_not_gone_to(client, kim):
    response = client.post(
        reverse("sign-in"), {"username": "kim", "password": "right", "next": "https://evil.example.com/"}
    )
    assert response["Location"] == "/"
