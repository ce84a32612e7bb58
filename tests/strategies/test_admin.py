from __future__ import annotations

import pytest
from django.test import Client as Browser
from django.urls import reverse

from strategies.services import create_version
from tests.factories import make_user
from tests.strategies.book import invoice, run, set_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Browser:
    browser = Browser()
    browser.force_login(
        make_user("admin", is_staff=True, is_superuser=True),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return browser


def test_every_page_of_the_room_opens(browser: Browser) -> None:
    strategy = set_up()
    account = invoice()
    run(3)
    for name in ("strategy", "enrolment", "steprun"):
        assert browser.get(reverse(f"admin:strategies_{name}_changelist")).status_code == 200
    for name, pk in (("strategy", strategy.pk), ("enrolment", account.enrolment.pk)):
        assert browser.get(reverse(f"admin:strategies_{name}_change", args=[pk])).status_code == 200


@pytest.mark.parametrize(("action", "status"), [("pause_them", "paused"), ("retire_them", "retired")])
def test_a_strategy_is_paused_and_retired_by_an_action(browser: Browser, action: str, status: str) -> None:
    strategy = set_up()
    browser.post(
        reverse("admin:strategies_strategy_changelist"), {"action": action, "_selected_action": [strategy.pk]}
    )
    strategy.refresh_from_db()
    assert strategy.status == status


def test_publishing_a_draft_version_retires_the_one_before(browser: Browser) -> None:
    strategy = set_up()
    draft = create_version(strategy=strategy)
    browser.post(
        reverse("admin:strategies_strategy_changelist"),
        {"action": "publish_them", "_selected_action": [draft.pk]},
    )
    draft.refresh_from_db()
    strategy.refresh_from_db()
    assert (draft.status, strategy.status) == ("published", "retired")


def test_what_is_in_force_cannot_be_edited(browser: Browser) -> None:
    strategy = set_up()
    url = reverse("admin:strategies_strategy_change", args=[strategy.pk])
    assert browser.post(url, {"name": "Other"}).status_code == 403
