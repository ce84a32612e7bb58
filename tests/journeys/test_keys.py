"""A day without a mouse: every form opens by its key, takes the focus, is sent from the keyboard and gives the focus back."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import Account
from compliance.models import Dispute, Hold, OptOut
from contacts.models import Message, Template
from payments.models import Payment
from tests import factories as make
from tests.journeys.test_desk import page, pytestmark, sign_in  # noqa: F401  fixture and marks
from worklists.models import Task

LATER = timezone.now() + timedelta(days=3)


def focused(page: Any) -> str:  # noqa: F811
    """The id of what the keys go to; "done" for the words that say what was done, "page" for the page itself."""
    return str(
        page.evaluate(
            "document.activeElement.id || ('done' in document.activeElement.dataset ? 'done' : 'page')"
        )
    )


def keys(page: Any, *pressed: str) -> None:  # noqa: F811
    """Names of keys are pressed, anything longer is typed: keys(page, "o", "Works nights", "Control+Enter")."""
    for key in pressed:
        named = len(key) == 1 or "+" in key or key in ("Tab", "Enter", "Escape", "ArrowDown", "ArrowUp")
        (page.keyboard.press if named else page.keyboard.type)(key)


def opened(page: Any, key: str, field: str) -> None:  # noqa: F811
    keys(page, key)
    page.wait_for_selector(f"#{field}:focus")


def done(page: Any, said: str) -> None:  # noqa: F811
    page.wait_for_selector(f"[data-done]:focus >> text={said}")


@pytest.fixture
def account() -> Account:
    account = make.make_account()
    make.make_phone(account.debtor)
    make.make_address(account.debtor)
    Template.objects.create(
        code="reminder", channel="letter", name="Reminder", body="Please call us.", status="approved"
    )
    make.make_user("rep", username="dana")
    return account


def test_a_rep_does_every_act_of_the_day_by_keys(live_server, page, account: Account) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    other = make.make_account(debtor=make.make_debtor("Marisa Whitmore"))
    task = make.make_task(other, kind="review")
    sign_in(page, live_server.url, "dana")

    # the next account, and not now
    keys(page, "n")
    page.wait_for_url(f"{live_server.url}/accounts/{other.ref}/")
    keys(page, "k")
    page.wait_for_url(f"{live_server.url}/")
    task.refresh_from_db()
    assert task.not_before > timezone.now()

    # search: the box, two hits down, one up, and in
    keys(page, "/")
    assert focused(page) == "find"
    keys(page, "Maris")
    page.wait_for_selector("#hits a >> nth=1")
    keys(page, "ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp")
    assert focused(page) == "find"
    keys(page, "Escape")
    assert (focused(page), page.query_selector("#hits a")) == ("page", None)
    keys(page, "/", "marisol whitakr")
    page.wait_for_selector("#hits >> text=Marisol Whitaker")
    keys(page, "ArrowDown", "Enter")
    page.wait_for_url(f"{live_server.url}/accounts/{account.ref}/")

    # the keys themselves
    keys(page, "?")
    page.wait_for_selector("#keys[open]")
    keys(page, "o")
    assert page.query_selector("#note_text") is None  # behind the list of keys nothing happens
    keys(page, "Escape")
    page.wait_for_selector("#keys", state="hidden")

    # a form left half-way keeps what was typed; Escape gives the keys back to the page
    opened(page, "o", "note_text")
    keys(page, "Works nights", "Escape")
    assert focused(page) == "page"
    opened(page, "b", "callback_at_time")
    keys(page, LATER.strftime("%m%d%Y"), "Tab", "1000AM", "Tab", "Tab", "After work", "Enter")
    done(page, "You will be reminded to call on")
    assert Task.objects.get(kind="callback").reason == "After work"
    opened(page, "o", "note_text")
    assert page.input_value("#note_text") == "Works nights"
    keys(page, "Control+Enter")
    done(page, "Note kept.")
    assert account.notes.get().text == "Works nights"

    opened(page, "s", "send_template")
    keys(page, "Tab", "Tab", "Enter")
    done(page, "Letter “Reminder” is in the outbox.")
    assert Message.objects.get().channel == "letter"

    # refused: why, the focus back in the form, and nothing typed is lost
    opened(page, "p", "promise_amount")
    keys(page, "5000", "Tab", LATER.strftime("%m%d%Y"), "Enter")
    page.wait_for_selector("[role=alert] >> text=Promise between $0.01 and the balance of")
    page.wait_for_selector("#promise_amount:focus")
    typed = [page.input_value(f"#promise_{name}") for name in ("amount", "due_on")]
    assert typed == ["5000", LATER.date().isoformat()]
    keys(page, "Control+a", "150", "Enter")
    done(page, "Promise of $150.00")

    # opt-out: its key, and Enter; or a digit between the two for another kind
    keys(page, "x")
    page.wait_for_selector("#opt-out_medium_0:focus")
    keys(page, "2", "Enter")
    done(page, "Opt-out kept: texts.")
    assert OptOut.objects.get().medium == "text"

    opened(page, "d", "dispute_reason")
    keys(page, "Tab", "200", "Control+Enter")
    done(page, "Dispute recorded.")
    assert Dispute.objects.get().disputed_amount == 200
    opened(page, "h", "hold_kind")
    keys(page, "Control+Enter")
    done(page, "Hold placed:")
    assert Hold.objects.filter(kind="attorney").count() == 1


def test_a_poster_posts_by_keys_and_the_next_account_begins_empty(  # type: ignore[no-untyped-def]
    live_server,
    page,  # noqa: F811
    account: Account,
) -> None:
    make.make_user("poster", username="pat")
    other = make.make_account(debtor=make.make_debtor("Bob Stone"))
    sign_in(page, live_server.url, "pat")
    page.goto(f"{live_server.url}/payments/")
    assert focused(page) == "q"
    keys(page, "marisol", "Enter")
    page.wait_for_selector(".row-line >> text=Marisol Whitaker")
    keys(page, "ArrowDown", "Enter") if focused(page) == "q" else keys(page, "Enter")
    page.wait_for_selector("#payment_amount:focus")
    keys(page, "4000", "Enter")
    page.wait_for_selector(".notice.bad[role=alert]")
    page.wait_for_selector("#payment_amount:focus")
    assert page.input_value("#payment_amount") == "4000"
    keys(page, "Control+a", "40", "Tab", "Tab", *["Tab"] * 4, "771", "Enter")
    page.wait_for_selector("text=$40.00 posted to")
    posted = Payment.objects.get()
    assert (posted.account, posted.amount, posted.reference) == (account, 40, "771")

    page.goto(f"{live_server.url}/payments/?account={other.ref}")
    page.wait_for_selector("#payment_amount:focus")
    assert page.input_value("#payment_amount") == ""
    page.goto(f"{live_server.url}/payments/?account={account.ref}")
    assert page.input_value("#payment_amount") == ""  # posted, so its draft is gone

    page.goto(f"{live_server.url}/accounts/{other.ref}/")
    opened(page, "y", "payment_amount")
    keys(page, "25", "Control+Enter")
    done(page, "Payment of $25.00 posted.")


def test_a_session_deleted_on_the_server_loses_nothing_and_the_act_is_done_once(  # type: ignore[no-untyped-def]
    live_server,
    page,  # noqa: F811
    account: Account,
) -> None:
    sign_in(page, live_server.url, "dana")
    page.goto(f"{live_server.url}/accounts/{account.ref}/?act=callback")
    page.wait_for_selector("#callback_at_time:focus")
    keys(page, LATER.strftime("%m%d%Y"), "Tab", "1000AM", "Tab", "Tab", "After work")
    when = page.input_value("#callback_at_time")
    page.wait_for_selector("ul.chips")  # an answer on its way would keep the session
    page.wait_for_load_state("networkidle")
    Session.objects.all().delete()
    keys(page, "Enter")
    page.wait_for_selector("#lapsed[open] >> text=What you typed is still here.")
    assert not Task.objects.exists()

    again = page.context.new_page()
    sign_in(again, live_server.url, "dana")
    keys(page, "Escape")
    page.wait_for_selector("#lapsed", state="hidden")
    assert [page.input_value(f"#callback_{name}") for name in ("at_time", "note")] == [when, "After work"]
    page.focus("#callback_note")
    keys(page, "Enter", "Enter")
    done(page, "You will be reminded to call on")
    assert Task.objects.get().reason == "After work"


def test_an_answer_that_comes_late_takes_no_focus_from_who_is_typing(  # type: ignore[no-untyped-def]
    live_server,
    page,  # noqa: F811
    account: Account,
) -> None:
    def late(route: Any) -> None:
        time.sleep(1)
        route.continue_()

    sign_in(page, live_server.url, "dana")
    page.route("**/*part=strip*", late)
    page.goto(f"{live_server.url}/accounts/{account.ref}/?act=callback")
    page.wait_for_selector("#callback_at_time:focus")
    page.focus("#callback_note")
    page.wait_for_selector("ul.chips")
    page.wait_for_timeout(200)
    assert page.evaluate("document.activeElement.id") == "callback_note"


def test_a_lapsed_session_over_a_whole_page_comes_back_to_what_was_typed(  # type: ignore[no-untyped-def]
    live_server,
    page,  # noqa: F811
    account: Account,
) -> None:
    make.make_user("poster", username="pat")
    sign_in(page, live_server.url, "pat")
    page.goto(f"{live_server.url}/payments/?account={account.ref}")
    page.wait_for_selector("#payment_amount:focus")
    keys(page, "40")
    page.wait_for_load_state("networkidle")  # an answer on its way would keep the session
    Session.objects.all().delete()
    keys(page, "Enter")
    page.wait_for_selector("#id_username")
    page.fill("#id_username", "pat")
    page.fill("#id_password", make.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#payment_amount")
    assert page.input_value("#payment_amount") == "40"
    page.focus("#payment_amount")
    keys(page, "Enter")
    page.wait_for_selector("text=$40.00 posted to")
    assert Payment.objects.get().amount == 40
