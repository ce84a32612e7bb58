import pytest


def test_pages_allow_nothing_inline(client):
    policy = client.get("/healthz")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.django_db
def test_only_the_admin_has_the_looser_policy(client):
    assert (
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'"
        in client.get("/admin/login/")["Content-Security-Policy"]
    )


@pytest.mark.django_db
def test_ready_says_what_answers(client):
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"database": True, "redis": True})
