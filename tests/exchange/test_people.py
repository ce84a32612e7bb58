"""Who the people of a placement are: one debtor for one person, never two people in one."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, AccountParty, Client
from compliance.models import Hold
from debtors.models import Debtor, Relation
from exchange.services import load_records, undo_placement
from tests.exchange.placement_files import load, load_one, record, row, text_of
from tests.factories import AT, TODAY, make_client

pytestmark = pytest.mark.django_db
OTHER_TAX_ID = "412-55-4472"


@pytest.fixture
def client() -> Client:
    return make_client(debt_type="medical")


def test_a_reference_that_stands_with_two_tax_ids_is_rejected_whole(client: Client, tmp_path: Path) -> None:
    result = load(
        client,
        tmp_path / "a.csv",
        text_of(
            row("1", debtor_reference="C1"),
            row("2", debtor_reference="C1", tax_id=OTHER_TAX_ID, first_name="Darnell"),
            row("3", debtor_reference="C1", tax_id="", first_name="Priya"),
            row("4", debtor_reference="C2", tax_id=""),
        ),
    )
    assert (result.loaded, result.rejected, result.duplicates) == (1, 3, 0)
    assert [problem["row"] for problem in result.problems] == [2, 3, 4]
    assert "C1 stands with more than one tax id, in rows 2, 3, 4" in result.problems[0]["reason"]
    assert Account.objects.get().client_reference == "4"


def test_a_reference_known_with_another_tax_id_is_rejected(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path / "a.csv", text_of(row("1", debtor_reference="C1")))
    first = Account.objects.get()
    result = load(client, tmp_path / "b.csv", text_of(row("2", debtor_reference="C1", tax_id=OTHER_TAX_ID)))
    assert (result.loaded, result.rejected) == (0, 1)
    assert f"C1 is known with another tax id, on {first.ref}" in result.problems[0]["reason"]


def test_a_placement_undone_for_its_wrong_tax_ids_may_come_again_with_the_right_ones(
    client: Client, tmp_path: Path
) -> None:
    load(client, tmp_path / "a.csv", text_of(row("1", debtor_reference="C1")))
    undo_placement(placement=Account.objects.get().placement, by=None, at=AT)
    corrected = row("1", debtor_reference="C1", tax_id=OTHER_TAX_ID)
    assert load(client, tmp_path / "b.csv", text_of(corrected)).loaded == 1
    assert Debtor.objects.get(accounts__status="new").tax_id == "412554472"


def test_a_reference_lends_its_tax_id_to_the_rows_that_lack_it(client: Client, tmp_path: Path) -> None:
    rows = [
        row("1", debtor_reference="C1", tax_id=""),
        row("2", debtor_reference="C1"),
        row("3"),
        row("4", debtor_reference="C2", tax_id=""),
    ]
    load(client, tmp_path / "a.csv", text_of(*rows))
    owners = dict(Account.objects.values_list("client_reference", "debtor"))
    assert owners["1"] == owners["2"] == owners["3"] != owners["4"]
    assert Debtor.objects.get(pk=owners["1"]).tax_id == "412554471"


@pytest.mark.parametrize("household", ["", "H-7"])
def test_a_debtor_is_found_again_by_reference_whatever_the_household(
    client: Client, tmp_path: Path, household: str
) -> None:
    plain = {"debtor_reference": "C1", "tax_id": "", "household": household}
    load(client, tmp_path / "a.csv", text_of(row("1", **plain)))
    load(client, tmp_path / "b.csv", text_of(row("2", **{**plain, "household": "H-8"})))
    load(client, tmp_path / "c.csv", text_of(row("3", debtor_reference="C9", tax_id="")))
    assert Debtor.objects.count() == 2
    first, second, _ = Account.objects.order_by("client_reference")
    assert first.debtor == second.debtor
    assert (first.household, first.debtor_reference, second.household) == (household, "C1", "H-8")


def test_the_same_tax_id_is_one_person_under_two_references(client: Client, tmp_path: Path) -> None:
    load(
        client, tmp_path / "a.csv", text_of(row("1", debtor_reference="C1"), row("2", debtor_reference="C2"))
    )
    load(client, tmp_path / "b.csv", text_of(row("3", debtor_reference="C3", household="H")))
    assert Debtor.objects.count() == 1


def test_another_clients_debtor_stays_apart(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path / "a.csv", text_of(row(debtor_reference="C1")))
    other = make_client("northwind", debt_type="medical")
    load(other, tmp_path / "a.csv", text_of(row(debtor_reference="C1")))
    assert Debtor.objects.count() == 2


def test_a_death_is_told_of_a_known_debtor_and_holds_every_debt(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path / "a.csv", text_of(row("1"), row("2", tax_id="", deceased_on="2026-01-09")))
    assert Hold.objects.filter(kind="deceased").count() == 1
    load(client, tmp_path / "b.csv", text_of(row("3", deceased_on="2026-02-03"), row("4")))
    load(client, tmp_path / "c.csv", text_of(row("5", deceased_on="2026-02-04")))
    debtor = Account.objects.get(client_reference="1").debtor
    assert debtor.deceased_on == date(2026, 2, 3)
    (hold,) = Hold.objects.filter(debtor=debtor)
    assert (hold.kind, hold.account, hold.from_on, hold.source) == (
        "deceased",
        None,
        date(2026, 2, 3),
        "client",
    )


def test_an_attorney_without_a_date_holds_from_the_placement(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path / "a.csv", text_of(row(attorney_name="Ines Castellano")))
    hold = Hold.objects.get()
    assert (hold.kind, hold.from_on, hold.note) == ("attorney", TODAY, "Ines Castellano")


GUARANTOR = {
    "debtor2_role": "guarantor",
    "debtor2_first_name": "Darnell",
    "debtor2_last_name": "Okonkwo",
    "debtor2_tax_id": OTHER_TAX_ID,
    "debtor2_phone": "718-555-0123",
    "debtor2_line1": "9 Carroll St",
    "debtor2_city": "Brooklyn",
    "debtor2_state": "NY",
    "debtor2_zip": "11215",
}


def test_a_second_person_is_a_debtor_of_their_own_and_party_to_the_account(
    client: Client, tmp_path: Path
) -> None:
    assert load(client, tmp_path / "a.csv", text_of(row("1", **GUARANTOR), row("2"))).loaded == 2
    assert (Debtor.objects.count(), Account.objects.count()) == (2, 2)
    party = AccountParty.objects.get()
    assert (party.account.client_reference, party.role, party.debtor.name) == (
        "1",
        "guarantor",
        "Darnell Okonkwo",
    )
    guarantor = party.debtor
    assert (guarantor.tax_id, guarantor.state, guarantor.zones) == ("412554472", "NY", ["America/New_York"])
    assert guarantor.phones.get().number == "+17185550123"
    assert guarantor.addresses.get().zip == "11215"
    relation = Relation.objects.get()
    assert (relation.debtor, relation.other, relation.kind) == (party.account.debtor, guarantor, "guarantor")


def test_a_second_person_is_found_again_and_may_owe_a_debt_of_their_own(
    client: Client, tmp_path: Path
) -> None:
    load(client, tmp_path / "a.csv", text_of(row("1", **GUARANTOR)))
    own = row("2", first_name="Darnell", last_name="Okonkwo", tax_id=OTHER_TAX_ID)
    load(client, tmp_path / "b.csv", text_of(own, row("3", **{**GUARANTOR, "debtor2_role": "joint"})))
    assert Debtor.objects.count() == 2
    assert AccountParty.objects.get(role="joint").debtor == Account.objects.get(client_reference="2").debtor


def test_a_spouse_is_related_but_owes_nothing(client: Client, tmp_path: Path) -> None:
    spouse = {"debtor2_role": "spouse", "debtor2_name": "Priya Whitaker"}
    load(client, tmp_path / "a.csv", text_of(row(**spouse)))
    assert Relation.objects.get().kind == "spouse"
    assert not AccountParty.objects.exists()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"debtor2_role": ""}, "debtor2_role: is required"),
        ({"debtor2_role": "friend"}, "debtor2_role: 'friend' is not one of joint, guarantor"),
        ({"debtor2_first_name": "", "debtor2_last_name": ""}, "debtor2_name: is required"),
        ({"debtor2_zip": ""}, "debtor2_zip: is required for an address"),
        ({"debtor2_tax_id": "412-55-4471"}, "debtor2_tax_id: is the debtor's own"),
        ({"debtor2_tax_id": "000-55-4471"}, "debtor2_tax_id: No Social Security number"),
        ({"debtor2_phone": "ask"}, "debtor2_phone: "),
        ({"debtor2_date_of_birth": "2031-01-01"}, "debtor2_date_of_birth: 2031-01-01 lies after"),
    ],
)
def test_a_second_person_is_checked_like_the_first(
    client: Client, tmp_path: Path, changes: dict[str, str], reason: str
) -> None:
    result = load(client, tmp_path / "a.csv", text_of(row(**{**GUARANTOR, **changes})))
    assert (result.loaded, result.rejected) == (0, 1)
    assert reason in result.problems[0]["reason"]


def test_a_rejected_rows_second_person_is_not_made_either(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path / "a.csv", text_of(row("1"), row("1", **GUARANTOR)))
    assert Debtor.objects.count() == 1


def test_a_further_address_of_a_known_debtor_widens_the_zones(client: Client, tmp_path: Path) -> None:
    moved = {"line1": "9 Carroll St", "city": "Brooklyn", "state": "NY", "zip": "11215"}
    load(client, tmp_path / "a.csv", text_of(row("1"), row("2")))
    load(client, tmp_path / "b.csv", text_of(row("3", **moved)))
    debtor = Debtor.objects.get()
    assert (debtor.zones, debtor.state) == (["America/Phoenix", "America/New_York"], "AZ")
    assert debtor.addresses.count() == 2


def test_a_load_asks_as_many_statements_of_many_rows_a_debtor_as_of_one(
    client: Client,
) -> None:
    def records(first: int, count: int, **changes: str) -> list[dict[str, Any]]:
        return [
            record(f"{number}", debtor_reference="D1", **changes) for number in range(first, first + count)
        ]

    def asked(rows: list[dict[str, Any]]) -> int:
        with CaptureQueriesContext(connection) as captured:
            load_records(client=client, records=rows, placed_on=TODAY, by=None, at=AT)
        return len(captured)

    assert asked(records(1, 1)) == asked(records(10, 40))
    # and of a known one whose zones grow, with every row or one
    assert asked(records(100, 1, zip="85014", state="AZ")) == asked(records(200, 40, zip="60614", state="IL"))
    assert Debtor.objects.get().accounts.count() == 82


def test_the_triggers_of_a_load_find_their_setting_and_raise_no_error_of_their_own(client: Client) -> None:
    load_one(client)
    with connection.cursor() as cursor:
        cursor.execute("SHOW pgtrigger.ignore")
        assert cursor.fetchone() == ("{}",)
