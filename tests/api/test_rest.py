"""Tokens, declared permissions, problems, idempotency, scoping and constant queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Account
from api.models import IdempotencyRecord
from api.tokens import create_token
from api.urls import router
from payments.models import Payment
from tests.factories import AT, make_account, make_team, make_user

pytestmark = pytest.mark.django_db
LISTS = ["clients", "accounts", "contacts", "holds", "promises", "payments", "tasks", "escalations"]


def signed(role: str, **kwargs: Any) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {create_token(user=make_user(role, **kwargs), at=AT)}")
    return client


def pay(client: APIClient, account: Account, key: str = "", amount: str = "100.00") -> Any:
    body = {"account": account.ref, "amount": amount, "method": "check", "effective_on": "2026-04-01"}
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/api/v1/payments/", body, format="json", headers=headers)


@pytest.mark.parametrize("view", [view for _, view, _ in router.registry])
def test_every_view_declares_every_action(view: Any) -> None:
    own = {"list", "retrieve", "create"} & set(dir(view))
    extra = {found.__name__ for found in view.get_extra_actions()}
    assert set(view.permissions) == own | extra


def test_without_token_it_is_a_problem() -> None:
    answer = APIClient().get("/api/v1/accounts/")
    assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (
        401,
        "application/problem+json",
        "not_authenticated",
    )


def test_a_role_without_the_permission_is_refused() -> None:
    assert pay(signed("rep"), make_account()).status_code == 403


def test_a_payment_lowers_the_balance_once_per_key() -> None:
    account, client = make_account(), signed("poster")
    first, second = pay(client, account, "k1"), pay(client, account, "k1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Payment.objects.count() == 1
    assert client.get(f"/api/v1/accounts/{account.ref}/").json()["balance"] == "900.00"


def test_the_same_key_with_another_body_conflicts() -> None:
    account, client = make_account(), signed("poster")
    pay(client, account, "k1")
    answer = pay(client, account, "k1", "5.00")
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_conflict")
    assert Payment.objects.count() == IdempotencyRecord.objects.count() == 1


def test_a_refusal_of_the_rooms_is_a_problem_with_its_code() -> None:
    answer = pay(signed("poster"), make_account(), amount="5000.00")
    assert (answer.status_code, answer.json()["code"]) == (409, "payment_refused")


def test_errors_by_field() -> None:
    answer = signed("poster").post("/api/v1/payments/", {}, format="json")
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"account", "amount", "method", "effective_on"}


def test_another_teams_account_is_not_there() -> None:
    account = make_account()
    client = signed("rep", team=make_team("Desk two", "desk-two"))
    assert client.get(f"/api/v1/accounts/{account.ref}/").status_code == 404


def test_balance_as_of() -> None:
    account, client = make_account(), signed("poster")
    pay(client, account)
    url = f"/api/v1/accounts/{account.ref}/balance/?as_of="
    assert client.get(url + "2026-03-31").json()["balance"] == "1000.00"
    assert client.get(url + "2026-04-01").json()["balance"] == "900.00"


@pytest.mark.parametrize("name", LISTS)
def test_lists_cost_the_same_for_one_and_three(name: str) -> None:
    client, counts = signed("admin"), []
    for extra in (1, 2):
        for _ in range(extra):
            account = make_account(at=AT - timedelta(days=1))
            pay(client, account)
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert client.get(f"/api/v1/{name}/").status_code == 200
        counts.append(len(caught))
    assert counts[0] == counts[1]


def test_schema_is_openapi_31_and_docs_load_nothing() -> None:
    client = signed("rep")
    schema = client.get("/api/schema/", headers={"Accept": "application/json"})
    assert schema.status_code == 200
    assert schema.json()["openapi"].startswith("3.1")
    client.force_login(make_user("rep"))
    assert b"http://" not in client.get("/api/docs/").content
