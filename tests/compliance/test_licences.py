"""Our licences, kept in the admin by compliance."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from compliance.models import Licence
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def signed(client: Any, role: str) -> Any:
    client.force_login(make_user(role), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_compliance_records_a_licence_and_puts_it_right(client: Any) -> None:
    browser = signed(client, "compliance")
    form = {"place": "ca", "number": "10123-99", "valid_from": "2026-01-01", "valid_to": "2026-12-31"}
    assert browser.post("/admin/compliance/licence/add/", form).status_code == 302
    row = Licence.objects.get()
    assert (row.place, row.valid_to) == ("CA", date(2026, 12, 31))
    renewed = {**form, "valid_to": "2027-12-31"}
    assert browser.post(f"/admin/compliance/licence/{row.pk}/change/", renewed).status_code == 302
    assert Licence.objects.get().valid_to == date(2027, 12, 31)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"valid_to": "2025-12-31"}, "A licence cannot end before it begins."),
        ({"number": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_is_told_beside_its_field(client: Any, change: dict[str, str], told: str) -> None:
    form = {"place": "CA", "number": "1", "valid_from": "2026-01-01", "valid_to": "", **change}
    page = signed(client, "compliance").post("/admin/compliance/licence/add/", form)
    assert (page.status_code, Licence.objects.count()) == (200, 0)
    assert told in page.content.decode()


def test_the_same_licence_is_recorded_once(client: Any) -> None:
    browser = signed(client, "compliance")
    form = {"place": "CA", "number": "1", "valid_from": "2026-01-01", "valid_to": ""}
    browser.post("/admin/compliance/licence/add/", form)
    assert "on record already" in browser.post("/admin/compliance/licence/add/", form).content.decode()
    assert Licence.objects.count() == 1


@pytest.mark.parametrize("role", ["rep", "supervisor"])
def test_nobody_else_records_one(client: Any, role: str) -> None:
    form = {"place": "CA", "number": "1", "valid_from": "2026-01-01"}
    assert signed(client, role).post("/admin/compliance/licence/add/", form).status_code in (302, 403)
    assert not Licence.objects.exists()
