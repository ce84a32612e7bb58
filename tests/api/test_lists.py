"""What a list costs, whose rows it shows, how it is narrowed and followed."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Account
from accounts.services import create_placement
from tests.api.making import LISTS, V1, make_world, signed
from tests.factories import TODAY, make_account, make_client, make_team, make_user
from worklists.models import Queue

pytestmark = pytest.mark.django_db

COSTS = {**dict.fromkeys(LISTS, 5), "templates": 4, "queues": 4, "strategies": 4, "remittances": 4}
OF_ACCOUNTS = [
    "documents", "notes", "contacts", "messages", "holds", "consents", "disputes", "promises", "payments", "tasks",
    "escalations",
]  # fmt: skip


def queries(client: APIClient, path: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        answer = client.get(path)
    assert answer.status_code == 200, answer.content
    return len(caught)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_the_same_with_one_row_and_with_three(name: str) -> None:
    by, rep, counts = make_user("rep"), signed("poster" if name == "remittances" else "supervisor"), []
    for rows in (1, 2):
        for _ in range(rows):
            make_world(by=by, client=make_client(f"client-{Account.objects.count()}"))
            Queue.objects.create(slug=f"q-{Queue.objects.count()}", name="Q")
        counts.append(queries(rep, f"{V1}{name}/"))
    assert counts == [COSTS[name], COSTS[name]]


def test_a_debtor_costs_the_same_whatever_their_file_holds() -> None:
    account, client = make_world(by=make_user("rep")), signed("rep")
    url = f"{V1}debtors/{account.debtor_id}/"
    before = queries(client, url)
    for digit in range(3):
        client.post(f"{url}phones/", {"number": f"+1212555014{digit}"}, format="json")
        client.post(f"{url}emails/", {"address": f"x{digit}@example.com"}, format="json")
    assert (queries(client, url), before) == (10, 10)


@pytest.mark.parametrize("name", LISTS)
def test_a_row_of_a_list_is_the_row_by_itself(name: str) -> None:
    make_world(by=make_user("rep"))
    client = signed("admin")
    row = client.get(f"{V1}{name}/").json()["results"][0]
    key = {"clients": "code", "placements": "batch", "accounts": "ref", "queues": "slug"}.get(name, "id")
    whole = client.get(f"{V1}{name}/{row[key]}/").json()
    assert {field: whole[field] for field in row} == row


def test_pages_follow_each_other_without_a_gap_or_a_double() -> None:
    made = [make_account().ref for _ in range(5)]
    client, url, seen = signed("rep"), f"{V1}accounts/?page_size=2", []
    while url:
        page = client.get(url).json()
        seen += [row["ref"] for row in page["results"]]
        url = page["next"]
    assert seen == made[::-1]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("cursor=nonsense", "cursor"),
        ("cursor=cD1hYmM%3D", "cursor"),
        ("cursor=cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk%3D", "cursor"),
        ("page_size=0", "page_size"),
        ("page_size=many", "page_size"),
        ("colour=red", "colour"),
        ("account__ref=A-1", "account__ref"),
        ("status=unheard", "status"),
        ("placed_on=tomorrow", "placed_on"),
        ("debtor=one", "debtor"),
        ("client_reference=%00", "client_reference"),
    ],
)
def test_what_a_list_does_not_know_is_refused_by_name(query: str, field: str) -> None:
    answer = signed("rep").get(f"{V1}accounts/?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def refs(client: APIClient, query: str) -> set[str]:
    return {row["ref"] for row in client.get(f"{V1}accounts/?{query}").json()["results"]}


def test_accounts_are_found_by_what_is_known_of_them() -> None:
    one = make_account(client=make_client("lakeside"), client_reference="0007")
    two = make_account(client=make_client("hilltop"))
    client = signed("rep")
    assert refs(client, "client_reference=0007") == {one.ref}
    assert refs(client, "client=hilltop") == {two.ref}
    assert refs(client, f"debtor={two.debtor_id}") == {two.ref}
    assert refs(client, f"placement={one.placement.batch}") == {one.ref}
    assert refs(client, "status=active") == set()
    assert refs(client, "placed_on=2026-01-05") == {one.ref, two.ref}
    assert refs(client, "placed_on_from=2026-01-06") == set()
    assert refs(client, "placed_on_to=2026-01-05&status=new") == {one.ref, two.ref}


@pytest.mark.parametrize("name", OF_ACCOUNTS)
def test_rows_are_narrowed_to_one_account(name: str) -> None:
    by, client = make_user("admin"), signed("admin")
    one, _ = make_world(by=by), make_world(by=by)
    rows = client.get(f"{V1}{name}/?account={one.ref}").json()["results"]
    assert {row["account"] for row in rows} == {one.ref}


def test_debtors_are_found_by_name_with_a_typo_and_by_account() -> None:
    account = make_world(by=make_user("rep"))
    make_world(by=make_user("rep"))
    client = signed("rep")
    account.debtor.name = "Marisol Whitaker"
    account.debtor.save()
    for query in ("q=marisol+whitacker", f"reference={account.ref}"):
        found = client.get(f"{V1}debtors/?{query}").json()["results"]
        assert [row["id"] for row in found] == [account.debtor_id]


@pytest.mark.parametrize(
    "name", [n for n in LISTS if n not in ("templates", "queues", "strategies", "remittances")]
)
def test_a_rep_sees_nothing_of_another_teams_accounts(name: str) -> None:
    elsewhere = make_team("Elsewhere", "elsewhere")
    account = make_world(by=make_user("rep"))
    Account.objects.update(team=elsewhere)
    account.client.teams.set([elsewhere])
    stranger, colleague = signed("supervisor"), signed("supervisor", team=elsewhere)
    assert stranger.get(f"{V1}{name}/").json()["results"] == []
    rows = colleague.get(f"{V1}{name}/").json()["results"]
    assert len(rows) >= 1
    key = {"clients": "code", "placements": "batch", "accounts": "ref"}.get(name, "id")
    assert stranger.get(f"{V1}{name}/{rows[0][key]}/").status_code == 404
    assert colleague.get(f"{V1}{name}/{rows[0][key]}/").status_code == 200


@pytest.mark.parametrize(
    "name", ["clients", "placements", "accounts", "disputes", "promises", "payments", "remittances"]
)
def test_a_client_sees_their_own_portfolio_only(name: str) -> None:
    by = make_user("rep")
    ours, theirs = make_client("ours"), make_client("theirs")
    mine = make_world(by=by, client=ours)
    make_world(by=by, client=theirs)
    create_placement(client=theirs, batch="theirs-2", placed_on=TODAY, by=None)
    person = make_user("client")
    ours.members.add(person)
    rows = signed(user=person).get(f"{V1}{name}/").json()["results"]
    shown: dict[str, Any] = {
        "clients": ("code", "ours"),
        "placements": ("client", "ours"),
        "accounts": ("ref", mine.ref),
        "remittances": ("client", "ours"),
    }
    field, value = shown.get(name, ("account", mine.ref))
    assert [row[field] for row in rows] == [value]
