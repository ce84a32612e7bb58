"""axe finds nothing on any page, light, dark and on a phone; and no page is wider than the screen."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Account
from compliance.models import Decision
from contacts.optout import make_token
from contacts.services import ContactRefused, log_call
from payments.services import record_promise
from tests import factories as make
from tests.journeys.test_desk import page, pytestmark, sign_in  # noqa: F401  fixture and marks

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
LOOKS = {"light": (1440, "light"), "dark": (1440, "dark"), "phone": (390, "light"), "zoomed": (720, "light")}
ADMIN = ["/admin/", "/admin/users/user/"]
PAGES = {
    "rep": ["/", "/queues/calls/", "/search/?q=whitaker", "/accounts/{ref}/"]
    + [f"/accounts/{{ref}}/?act={act}" for act in ("promise", "callback", "note", "send", "escalate", "phone")],
    "supervisor": ["/", "/escalations/", "/placements/", "/placements/new/", "/letters/", "/strategies/", "/reports/"],
    "poster": ["/payments/", "/accounts/{ref}/?act=payment"],
    "compliance": ["/", "/compliance/", "/decisions/decision:{decision}/",
                   "/accounts/{ref}/?act=dispute", "/accounts/{ref}/?act=hold", "/accounts/{ref}/?act=opt-out"],
    "client": ["/"],
}  # fmt: skip


# The admin's frame is the theme package's own: no main landmark, parts outside of any, and two of one name.
FRAME_OF_THE_ADMIN = ("landmark-one-main", "landmark-unique", "region", "page-has-heading-one")


def findings(page: Any) -> list[str]:  # noqa: F811
    """One line per violation and element, as a person would look for it."""
    page.wait_for_load_state("networkidle")
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    if "/admin/" in page.url:
        found = [rule for rule in found if rule["id"] not in FRAME_OF_THE_ADMIN]
    lines = [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]
    width = page.evaluate("document.documentElement.scrollWidth")
    return lines + ([f"{width} pixels wide"] if width > page.viewport_size["width"] else [])


def on_every_look(page: Any, path: str, looks: dict[str, tuple[int, str]] = LOOKS) -> dict[str, list[str]]:  # noqa: F811
    answers = {}
    for name, (width, theme) in looks.items():
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # colours at once, not on their way
        answers[f"{path} {name}"] = findings(page)
    return {where: lines for where, lines in answers.items() if lines}


def a_full_file() -> Account:
    account = make.make_account()
    make.make_phone(account.debtor)
    make.make_address(account.debtor)
    make.make_email(account.debtor)
    make.make_task(account)
    rep, at = make.make_user("rep"), timezone.now()
    make.make_escalation(account, by=rep)
    record_promise(
        account=account, amount=account.balance, due_on=at.date(), how="check", by=rep, at=at, on=at.date()
    )
    return account


@pytest.mark.parametrize("role", PAGES)
def test_axe_finds_nothing(role: str, live_server, page) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    account = a_full_file()
    make.make_user(role, username="reader")
    sign_in(page, live_server.url, "reader")
    found = {}
    for path in PAGES[role]:
        page.goto(live_server.url + path.format(ref=account.ref, decision=refusal(account)))
        found |= on_every_look(page, path)
    assert found == {}


def refusal(account: Account) -> int:
    """A call that the gate stopped."""
    with pytest.raises(ContactRefused):
        log_call(
            account=account, direction="out", address="+12125550148", outcome="no_answer", note="", by=None,
            at=make.AT.replace(hour=4),
        )  # fmt: skip
    return Decision.objects.latest("pk").pk


def test_axe_finds_nothing_before_signing_in_and_for_a_debtor(live_server, page) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    token = make_token(make.make_debtor().pk, "marisol@example.com")
    found = {}
    for path in ("/sign-in/", f"/p/opt-out/{token}/"):
        page.goto(live_server.url + path)
        found |= on_every_look(page, path)
    assert found == {}


@pytest.mark.parametrize("path", ADMIN)
def test_axe_finds_nothing_in_the_admin(path: str, live_server, page) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    make.make_user("admin", username="reader")
    sign_in(page, live_server.url, "reader")
    page.goto(live_server.url + path)
    assert on_every_look(page, path) == {}
