"""Who may do what: one table of every action of every resource, held against what happens."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Account
from payments.models import Remittance
from tests.api.making import V1, make_world, post, signed
from tests.factories import make_client, make_user

pytestmark = pytest.mark.django_db
STAFF = {"rep", "supervisor", "compliance", "poster", "admin"}
EVERYONE = STAFF | {"client"}
DESK = {"rep", "supervisor", "admin"}
OVERSEERS = {"supervisor", "compliance", "admin"}
CASE_WORK = DESK | {"compliance"}

LISTS: dict[str, set[str]] = {
    **dict.fromkeys(("clients", "placements", "accounts", "disputes", "promises", "plans", "settlements", "payments", "refunds",
                     "corrections"), EVERYONE),
    **dict.fromkeys(
        ("debtors", "documents", "notes", "contacts", "messages", "templates", "holds", "consents", "opt-outs", "tasks",
         "escalations"),
        STAFF,
    ),
    "remittances": {"poster", "admin", "client"},
    "remittances/{remittance}/lines": {"poster", "admin", "client"},
    "queues": DESK,
    "strategies": OVERSEERS,
    "strategies/runs": OVERSEERS,
    "accounts/{ref}/ledger": EVERYONE,
    "accounts/{ref}/balance": EVERYONE,
    "accounts/{ref}/payoff": EVERYONE,
    "accounts/{ref}/interest": EVERYONE,
    "accounts/{ref}/timeline": STAFF,
}  # fmt: skip
POSTS: dict[str, set[str]] = {
    "clients/": {"admin"},
    "placements/": {"supervisor", "admin"},
    "placements/{batch}/undo/": {"supervisor", "admin"},
    "debtors/{debtor}/phones/": DESK,
    "debtors/{debtor}/addresses/": DESK,
    "debtors/{debtor}/emails/": DESK,
    "debtors/{debtor}/phones/1/status/": DESK,
    "debtors/{debtor}/addresses/1/status/": DESK,
    "debtors/{debtor}/emails/1/status/": DESK,
    "debtors/{debtor}/tax-id/": DESK,
    "debtors/{debtor}/reveal/": OVERSEERS,
    "accounts/{ref}/take/": DESK,
    "accounts/{ref}/release/": DESK,
    "accounts/{ref}/interest/begin/": {"supervisor", "admin"},
    "accounts/{ref}/interest/limit/": OVERSEERS,
    "accounts/{ref}/interest/end-limit/": OVERSEERS,
    "documents/": CASE_WORK,
    "notes/": DESK,
    "contact-checks/": DESK,
    "contacts/": DESK,
    "contacts/outside/": DESK,
    "contacts/texts/": CASE_WORK,
    "messages/": DESK,
    "messages/1/cancel/": {"supervisor", "admin"},
    "messages/1/release/": {"supervisor", "admin"},
    "messages/1/resolve/": {"supervisor", "admin"},
    "templates/1/approve/": {"compliance", "admin"},
    "holds/": CASE_WORK,
    "holds/1/lift/": OVERSEERS,
    "consents/": CASE_WORK,
    "consents/1/revoke/": CASE_WORK,
    "opt-outs/": CASE_WORK,
    "opt-outs/1/withdraw/": CASE_WORK,
    "disputes/": CASE_WORK,
    "disputes/1/answer/": CASE_WORK,
    "disputes/1/resolve/": CASE_WORK,
    "promises/": DESK,
    "promises/1/cancel/": DESK,
    **dict.fromkeys(
        (
            f"{kind}/{act}"
            for kind in ("plans", "settlements")
            for act in ("", "preview/", "1/counter/", "1/accept/", "1/withdraw/")
        ),
        DESK,
    ),
    "plans/1/reage/": DESK,
    "corrections/": DESK | {"poster"},
    "corrections/1/withdraw/": DESK | {"poster"},
    "refunds/1/approve/": {"supervisor", "admin"},
    "refunds/1/decline/": {"supervisor", "admin"},
    "refunds/1/pay/": {"poster", "admin"},
    "remittances/": {"poster", "admin"},
    "remittances/1/pay/": {"poster", "admin"},
    "payments/": {"poster", "admin"},
    "payments/split/": {"poster", "admin"},
    "payments/1/reverse/": {"poster", "supervisor", "admin"},
    "tasks/": DESK,
    "tasks/1/complete/": DESK,
    "tasks/1/postpone/": DESK,
    "queues/calls/next/": DESK,
    "escalations/": DESK,
    "escalations/1/decide/": OVERSEERS,
    "escalations/1/answer/": DESK,
    "strategies/run/": {"admin"},
}


def person(role: str | None) -> tuple[Account, APIClient]:
    ours = make_client("ours")
    account, user = make_world(by=make_user("rep"), client=ours), make_user(role)
    if role == "client":
        ours.members.add(user)
    return account, signed(user=user)


def filled(path: str, account: Account) -> str:
    remittance = Remittance.objects.values_list("pk", flat=True)[0]
    return path.format(
        ref=account.ref, debtor=account.debtor_id, batch=account.placement.batch, remittance=remittance
    )


@pytest.mark.parametrize("role", [*sorted(EVERYONE), None])
def test_a_role_reads_what_it_needs_and_nothing_else(role: str | None) -> None:
    account, client = person(role)
    answers = {path: client.get(f"{V1}{filled(path, account)}/").status_code for path in LISTS}
    assert answers == {path: 200 if role in roles else 403 for path, roles in LISTS.items()}


@pytest.mark.parametrize("role", [*sorted(EVERYONE), None])
def test_a_role_does_what_it_may_and_nothing_else(role: str | None) -> None:
    """What is allowed goes on to be refused for its empty body, or done; what is not is a 403 before anything is read."""
    account, client = person(role)
    answers: dict[str, Any] = {path: post(client, filled(path, account), {}).status_code for path in POSTS}
    assert {path for path, status in answers.items() if status != 403} == {
        path for path, roles in POSTS.items() if role in roles
    }


def test_the_table_names_every_action_there_is() -> None:
    from drf_spectacular.generators import SchemaGenerator

    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    posts = {path.removeprefix(V1) for path, methods in paths.items() if "post" in methods}

    def plain(path: str) -> str:
        first, *rest = path.split("/")
        return "/".join(
            [first, *("*" if part[:1] in "{1" or part == "calls" else part for part in rest if part)]
        )

    assert {plain(path) for path in posts} == {plain(path) for path in POSTS}


@pytest.mark.parametrize("path", ["accounts/", "payments/", "debtors/1/", "schema"])
def test_a_stranger_is_asked_who_they_are(path: str) -> None:
    answer = APIClient().get("/api/schema/" if path == "schema" else V1 + path)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert (answer.json()["code"], answer["WWW-Authenticate"]) == ("not_authenticated", "Token")


@pytest.mark.parametrize("header", ["Token", "Token wrong", "Token a b", "Token \xff", "Bearer x"])
def test_a_token_that_is_none_lets_nobody_in(header: str) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)
    assert client.get(V1 + "accounts/").status_code == 401


def test_a_session_of_the_console_posts_with_its_csrf_token_only() -> None:
    rep = make_user("rep")
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(rep, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(V1 + "accounts/").status_code == 200
    assert client.post(V1 + "notes/", {}, format="json").status_code == 403
