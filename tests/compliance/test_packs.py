from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from django.test import Client as Browser

from compliance import packs
from compliance.models import PolicyPack
from compliance.packs import PackRefused, ensure_policies, load_pack, policies, policy_in_force, publish_pack
from compliance.policy import FOLDER, known_policies
from contacts.services import check_contact, log_call
from tests.factories import AT, make_account, make_phone, make_user

pytestmark = pytest.mark.django_db
SHIPPED = (FOLDER / "us-2021-11.toml").read_text(encoding="utf-8")
TOMORROW = AT.date() + timedelta(days=1)


def text(version: str = "house-2026", effective_from: object = TOMORROW, limit: int = 2) -> str:
    return (
        SHIPPED.replace('version = "us-2021-11"', f'version = "{version}"')
        .replace("effective_from = 2021-11-30", f"effective_from = {effective_from}")
        .replace("limit = 7", f"limit = {limit}", 1)
    )


def test_a_new_house_starts_under_the_law_that_ships() -> None:
    assert policies() == known_policies()
    assert ensure_policies(at=AT) == [path.stem for path in sorted(FOLDER.glob("*.toml"))]
    assert policies() == known_policies()
    assert set(PolicyPack.objects.values_list("status", flat=True)) == {"published"}
    assert ensure_policies(at=AT) == []


def test_a_pack_that_comes_with_an_upgrade_waits_for_compliance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_policies(at=AT)
    (tmp_path / "us-2027.toml").write_text(text("us-2027"), encoding="utf-8")
    monkeypatch.setattr(packs, "FOLDER", tmp_path)
    assert ensure_policies(at=AT) == ["us-2027"]
    assert policy_in_force(TOMORROW).version == "us-2021-11"
    publish_pack(pack=PolicyPack.objects.get(version="us-2027"), by=make_user("compliance"), at=AT)
    assert policy_in_force(AT.date()).version == "us-2021-11"
    assert policy_in_force(TOMORROW).version == "us-2027"


def test_the_gate_decides_by_what_compliance_published_from_its_day_on() -> None:
    ensure_policies(at=AT)
    officer, account = make_user("compliance"), make_account()
    phone = make_phone(account.debtor)
    publish_pack(pack=load_pack(text=text(), by=officer, at=AT), by=officer, at=AT)
    for hours in range(2):
        when = AT + timedelta(hours=hours)
        log_call(
            account=account,
            direction="out",
            address=phone.number,
            outcome="no_answer",
            note="",
            by=officer,
            at=when,
        )
    ask = {"account": account, "channel": "call", "address": phone.number}
    today = check_contact(**ask, at=AT + timedelta(hours=3))
    tomorrow = check_contact(**ask, at=AT + timedelta(days=1, hours=3))
    assert (today.allowed, today.policy_version) == (True, "us-2021-11")
    assert (tomorrow.allowed, tomorrow.policy_version) == (False, "house-2026")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("version = ", "text: is not TOML"),
        (text().replace("limit = 2", "limit = 0"), r"calls.*: limit must be at least 1"),
        (text() + "\n[colours]\nsky = 1\n", "colours is not a known setting"),
        (text("us-2021-11"), "has been published"),
    ],
)
def test_a_pack_that_cannot_be_read_names_the_field(content: str, says: str) -> None:
    ensure_policies(at=AT)
    before = PolicyPack.objects.count()
    with pytest.raises(PackRefused, match=says):
        load_pack(text=content, by=None, at=AT)
    assert PolicyPack.objects.count() == before


def test_nothing_is_published_for_a_day_gone_by_or_twice_or_beside_another() -> None:
    ensure_policies(at=AT)
    with pytest.raises(PackRefused, match="not a day ahead"):
        publish_pack(pack=load_pack(text=text(effective_from=AT.date()), by=None, at=AT), by=None, at=AT)
    pack = publish_pack(pack=load_pack(text=text("one"), by=None, at=AT), by=None, at=AT)
    with pytest.raises(PackRefused, match="already"):
        publish_pack(pack=pack, by=None, at=AT)
    with pytest.raises(PackRefused, match="one takes effect on"):
        publish_pack(pack=load_pack(text=text("two"), by=None, at=AT), by=None, at=AT)


def test_what_was_published_stands() -> None:
    ensure_policies(at=AT)
    pack = PolicyPack.objects.first()
    assert pack is not None
    with pytest.raises(DatabaseError), transaction.atomic():
        PolicyPack.objects.filter(pk=pack.pk).update(text="version = 'other'")
    with pytest.raises(DatabaseError), transaction.atomic():
        PolicyPack.objects.filter(pk=pack.pk)._raw_delete("default")  # type: ignore[attr-defined]


def test_compliance_loads_and_publishes_in_the_admin_and_a_supervisor_does_not() -> None:
    ensure_policies(at=AT)
    browser = Browser()
    browser.force_login(make_user("compliance"), backend="django.contrib.auth.backends.ModelBackend")
    bad = browser.post("/admin/compliance/policypack/add/", {"text": text(limit=0)})
    assert "limit must be at least 1" in bad.content.decode()
    far = text(effective_from="2999-01-01")
    assert browser.post("/admin/compliance/policypack/add/", {"text": far}).status_code == 302
    pack = PolicyPack.objects.get(version="house-2026")
    chosen = {"action": "publish_them", "_selected_action": [pack.pk]}
    done = browser.post("/admin/compliance/policypack/", chosen, follow=True)
    assert "takes effect on 2999-01-01" in done.content.decode()
    pack.refresh_from_db()
    assert pack.published_by is not None
    assert "<textarea" not in browser.get(f"/admin/compliance/policypack/{pack.pk}/change/").content.decode()
    browser.force_login(make_user("supervisor"), backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get("/admin/compliance/policypack/").status_code in (302, 403)
