"""The administrator's Django admin: what the role may configure, read, and may not make of itself."""

import pytest
from django.contrib import admin
from django.urls import reverse

from tests.factories import make_account, make_user
from users.models import User

pytestmark = pytest.mark.django_db

CHANGED_THERE = {
    "users.team", "users.user", "accounts.client", "worklists.queue", "contacts.template", "strategies.strategy",
    "django_celery_beat.periodictask",
}  # fmt: skip


@pytest.fixture
def signed_in(client):
    client.force_login(make_user("admin"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def labels():
    return sorted(model._meta.label_lower for model in admin.site._registry)


def test_an_administrator_opens_every_page_of_the_admin(signed_in):
    make_account()
    assert signed_in.get("/admin/").status_code == 200
    closed = {
        label
        for label in labels()
        if signed_in.get(reverse(f"admin:{label.replace('.', '_')}_changelist")).status_code != 200
    }
    assert {label for label in closed if not label.startswith(("axes.", "django_celery_beat."))} == set()


@pytest.mark.parametrize("label", sorted(CHANGED_THERE))
def test_an_administrator_adds_what_is_configured(signed_in, label):
    assert signed_in.get(reverse(f"admin:{label.replace('.', '_')}_add")).status_code == 200


def test_nothing_is_deleted_in_the_admin(signed_in):
    request = type("Request", (), {"user": make_user("admin")})()
    deletable = {
        model._meta.label_lower
        for model, page in admin.site._registry.items()
        if page.has_delete_permission(request)
        and not model._meta.app_label.startswith(("axes", "django_celery"))
    }
    assert deletable == set()


def test_an_administrator_neither_becomes_nor_changes_a_superuser(signed_in):
    root = User.objects.create_superuser("root", password="correct horse battery")
    page = reverse("admin:users_user_change", args=[root.pk])
    assert signed_in.post(page, {"username": "root", "email": "mine@example.com"}).status_code == 403
    assert signed_in.post(reverse("admin:auth_user_password_change", args=[root.pk]), {}).status_code == 403
    me = User.objects.exclude(pk=root.pk).get()
    signed_in.post(
        reverse("admin:users_user_change", args=[me.pk]),
        {"username": me.username, "is_active": "on", "is_staff": "on", "is_superuser": "on"},
    )
    me.refresh_from_db()
    assert not me.is_superuser


@pytest.mark.parametrize("role", ["rep", "supervisor", "poster", "client", None])
def test_nobody_else_enters(client, role):
    client.force_login(make_user(role), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/admin/").status_code in (302, 403)


def test_compliance_enters_for_the_law_and_the_letters_and_configures_nothing_else(client):
    officer = make_user("compliance")
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/admin/").status_code == 200
    request = type("Request", (), {"user": officer})()
    changed = {
        model._meta.label_lower
        for model, page in admin.site._registry.items()
        if page.has_add_permission(request) or page.has_change_permission(request)
    }
    assert changed == {"compliance.policypack", "compliance.licence", "contacts.template"}
