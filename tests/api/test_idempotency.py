"""Under one key a POST has one effect and one answer: in turn, at once, refused, and when the server gave up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from rest_framework.test import APIClient

from api.models import IdempotencyRecord
from compliance.models import Decision
from contacts.models import Contact
from debtors.services import set_tax_id
from payments.models import Payment
from strategies.services import PassResult
from tests.api.making import payment, post, signed
from tests.factories import AT, TODAY, make_account, make_phone, make_user


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Runs the acts in threads of their own, each with its own connection, started together."""
    gate, answers = threading.Barrier(len(acts)), {}

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            gate.wait()
            answers[place] = act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [answers[place] for place in range(len(acts))]


@pytest.mark.django_db(transaction=True)
def test_the_same_payment_sent_five_times_at_once_is_posted_once_and_answered_alike() -> None:
    account, poster = make_account(), make_user("poster")
    clients = [signed(user=poster) for _ in range(5)]
    answers = at_once(*[lambda c=c: post(c, "payments/", payment(account), key="k1") for c in clients])
    assert [answer.status_code for answer in answers] == [201] * 5
    assert {answer.content for answer in answers} == {answers[0].content}
    assert Payment.objects.count() == IdempotencyRecord.objects.count() == 1
    account.refresh_from_db()
    assert str(account.balance) == "900.00"


@pytest.mark.django_db(transaction=True)
def test_a_pass_under_a_key_that_still_runs_is_told_so_and_not_run_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    admin, running, go_on, passes = make_user("admin"), threading.Event(), threading.Event(), []

    def slow_pass(**given: Any) -> PassResult:
        assert not connection.in_atomic_block, "a pass commits chunk by chunk"
        passes.append(given["on"])
        running.set()
        go_on.wait(30)
        return PassResult(given["on"], evaluated=7)

    monkeypatch.setattr("api.views.work.run_pass", slow_pass)
    one, two = signed(user=admin), signed(user=admin)
    body = {"on": TODAY.isoformat()}

    def second() -> Any:
        running.wait(30)
        try:
            return post(two, "strategies/run/", body, key="night")
        finally:
            go_on.set()

    first, told = at_once(lambda: post(one, "strategies/run/", body, key="night"), second)
    assert (first.status_code, first.json()["evaluated"]) == (200, 7)
    assert (told.status_code, told.json()["code"]) == (409, "idempotency_in_progress")
    assert post(two, "strategies/run/", body, key="night").content == first.content
    assert passes == [TODAY]


@pytest.mark.django_db(transaction=True)
def test_a_pass_that_broke_off_may_be_asked_for_again_under_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = signed("admin")

    def broken(**given: Any) -> PassResult:
        raise RuntimeError("the machine went away")

    monkeypatch.setattr("api.views.work.run_pass", broken)
    assert post(admin, "strategies/run/", {"on": TODAY.isoformat()}, key="night").status_code == 500
    monkeypatch.setattr("api.views.work.run_pass", lambda **given: PassResult(given["on"], evaluated=3))
    assert post(admin, "strategies/run/", {"on": TODAY.isoformat()}, key="night").json()["evaluated"] == 3


@pytest.mark.django_db(transaction=True)
def test_an_act_that_the_server_gave_up_leaves_nothing_and_may_be_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account, poster = make_account(), signed("poster")
    real = __import__("api.views.payments", fromlist=["post_payment"]).post_payment

    def too_busy(**given: Any) -> Any:
        real(**given)
        raise OperationalError("canceling statement due to lock timeout")

    monkeypatch.setattr("api.views.payments.post_payment", too_busy)
    answer = post(poster, "payments/", payment(account), key="k1")
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert Payment.objects.count() == IdempotencyRecord.objects.count() == 0
    monkeypatch.setattr("api.views.payments.post_payment", real)
    assert post(poster, "payments/", payment(account), key="k1").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_a_refused_call_under_a_key_leaves_its_decision_and_is_refused_alike_ever_after() -> None:
    account, rep = make_account(), signed("rep")
    make_phone(account.debtor)
    post(rep, "opt-outs/", {"debtor": account.debtor_id, "medium": "call"})
    body = {"account": account.ref, "address": "+12125550148", "outcome": "no_answer"}
    first, second = (post(rep, "contacts/", body, key="call-1") for _ in range(2))
    assert (first.status_code, first.json()["code"]) == (409, "contact_refused")
    assert first.content == second.content
    assert second["Content-Type"] == "application/problem+json"
    assert (Decision.objects.get().allowed, Contact.objects.count()) == (False, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "amount"), [("payments/", "5.00"), ("promises/", "100.00")])
def test_another_body_or_path_under_a_key_is_a_conflict(path: str, amount: str) -> None:
    account, admin = make_account(), signed("admin")
    post(admin, "payments/", payment(account), key="k1")
    answer = post(admin, path, payment(account, amount), key="k1")
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_conflict")
    assert Payment.objects.count() == 1


@pytest.mark.django_db
def test_keys_belong_to_the_user_who_sent_them() -> None:
    account = make_account()
    for client in (signed("poster"), signed("poster")):
        assert post(client, "payments/", payment(account), key="k1").status_code == 201
    assert Payment.objects.count() == 2


@pytest.mark.django_db
def test_an_answer_that_shows_an_ssn_is_not_kept_in_the_clear() -> None:
    account, supervisor = make_account(), signed("supervisor")
    set_tax_id(debtor=account.debtor, number="219-09-9999", by=None, at=AT)
    for _ in range(2):
        answer = post(supervisor, f"debtors/{account.debtor_id}/reveal/", {"reason": "Identity"}, key="r1")
        assert answer.json() == {"tax_id": "219099999"}
    assert account.debtor.reveals.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(r)::text FROM api_idempotencyrecord r")
        assert "219099999" not in cursor.fetchone()[0]


@pytest.mark.django_db
def test_a_key_too_long_is_refused() -> None:
    answer = post(signed("poster"), "payments/", payment(make_account()), key="k" * 201)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["Idempotency-Key"])


# --- when an act happened


def stated(client: APIClient, at: str) -> Any:
    return post(client, "payments/", payment(make_account(), at=at))


@pytest.mark.django_db
def test_only_who_may_state_an_instant_does() -> None:
    answer = stated(signed("poster"), "2026-04-02T15:00:00Z")
    assert (answer.status_code, answer.json()["code"]) == (403, "at_not_yours")
    made = stated(signed("admin"), "2026-04-02T15:00:00Z")
    assert (made.status_code, made.json()["posted_at"]) == (201, "2026-04-02T15:00:00Z")
    assert Payment.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("at", "status"),
    [
        ("2026-04-07T15:04:00Z", 201),
        ("2026-04-07T15:06:00Z", 400),
        ("2026-04-07T15:00:00", 400),
        ("0001-01-01T00:00:00Z", 400),
    ],
)
def test_an_act_did_not_happen_in_the_future_and_says_its_offset(at: str, status: int) -> None:
    answer = stated(signed("admin"), at)
    assert answer.status_code == status
    if status == 400:
        assert list(answer.json()["errors"]) == ["at"]
