"""A rep works an account by keyboard alone, and a supervisor decides: in a real browser against a real server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from shutil import which

import pytest
from django.utils import timezone

from contacts.models import Contact
from escalations.models import Escalation
from payments.models import Promise
from tests import factories as make

sync_api = pytest.importorskip(
    "playwright.sync_api", reason="No journey was run: Playwright is not installed."
)
CHROMIUM = (
    os.environ.get("CHROMIUM") or which("chromium") or which("chromium-browser") or which("google-chrome")
)
pytestmark = [
    pytest.mark.journey,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        CHROMIUM is None,
        reason="No journey was run: no Chromium was found. Install chromium, or set CHROMIUM.",
    ),
]


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[sync_api.Page]:
    # the browser's driver runs an event loop in this thread; Django would refuse its database there
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_context().new_page()
        opened.set_default_timeout(30_000)
        yield opened
        browser.close()


def sign_in(page: sync_api.Page, address: str, username: str) -> None:
    page.goto(f"{address}/sign-in/")
    page.fill("#id_username", username)
    page.fill("#id_password", make.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")


def test_a_rep_works_an_account_by_keys_and_a_supervisor_decides(live_server, page) -> None:  # type: ignore[no-untyped-def]
    make.make_user("rep", username="dana")
    make.make_user("supervisor", username="sam")
    account = make.make_account()
    make.make_phone(account.debtor)
    make.make_task(account, kind="review")
    sign_in(page, live_server.url, "dana")

    page.keyboard.press("n")
    page.wait_for_url(f"{live_server.url}/accounts/{account.ref}/")
    page.wait_for_selector(".chip b")

    page.keyboard.press("l")
    page.wait_for_selector("#log-call_direction")
    page.select_option("#log-call_direction", "in")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Logged: spoke with the right party")
    assert Contact.objects.get(account=account).outcome == "conversation"

    # p, the amount, Tab, the date, Enter: three keys beyond amount and date
    due = timezone.now() + timedelta(days=3)
    page.keyboard.press("p")
    page.wait_for_selector("#promise_amount:focus")
    page.keyboard.type("150")
    page.keyboard.press("Tab")
    page.keyboard.type(due.strftime("%m%d%Y"))
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Promise of $150.00")
    assert Promise.objects.get(account=account).due_on == due.date()

    page.keyboard.press("e")
    page.wait_for_selector("#escalate_reason")
    page.fill("#escalate_reason", "Asks to settle for half")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("text=Escalated; to be decided by")

    desk = page.context.browser.new_page()  # another person sits at another desk
    desk.set_default_timeout(30_000)
    sign_in(desk, live_server.url, "sam")
    desk.goto(f"{live_server.url}/escalations/")
    desk.fill("textarea[name=note]", "Half, by Friday")
    desk.click("button[value=approve]")
    desk.wait_for_selector("text=approved")
    assert Escalation.objects.get(account=account).decided_by.username == "sam"  # type: ignore[union-attr]
