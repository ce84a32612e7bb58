"""Broken and hostile placements: each a sentence that says what to do, and nothing half-done."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import DataError
from openpyxl import Workbook
from rest_framework.test import APIClient

from accounts.models import Account, Client, Placement
from api.tokens import create_token
from debtors.models import Debtor
from exchange import services
from exchange.mapping import MappingRefused, read_definition
from exchange.reader import FileRefused
from exchange.services import ImportRefused, load_placement, load_records
from tests.exchange.placement_files import GOOD, load, load_one, record, row, text_of
from tests.factories import AT, TODAY, make_client, make_user

pytestmark = pytest.mark.django_db
MAPPING = {"fields": {name: {"column": name} for name in GOOD}, "encoding": "cp1252", "delimiter": ";"}


@pytest.fixture
def client() -> Client:
    return make_client(debt_type="medical")


@pytest.fixture
def rejects() -> Any:
    """The names of the reject files that are stored."""

    def listed() -> list[str]:
        return default_storage.listdir("rejects")[1] if default_storage.exists("rejects") else []

    return listed


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (text_of(row(first_name="José")).encode("latin-1"), r"not utf-8-sig: byte 0xe9.*cp1252"),
        (text_of(row()).encode("utf-16"), "not utf-8-sig: byte 0xff"),
        (text_of(row()).encode("utf-16-le"), "header holds a NUL"),
        (b"client_reference last_name\n1 2\n", "one column only"),
        (text_of(row(), delimiter="~").encode(), "one column only"),
        ((text_of(row()) + '"0001,' + "x" * 100).encode(), "never closed"),
        (text_of(row()).encode() + b"x" * 1_100_000, "does not end"),
        (text_of(row()).encode() + b'"' + b"x\n" * 600_000, "never closed"),
        (b"\xd0\xcf\x11\xe0rest", "old .xls"),
        (b"PK\x03\x04broken", "neither a workbook nor text"),
        (b"a,,b\n1,2,3\n", "no name"),
        (b"\n\n", "one column only"),
    ],
)
def test_a_broken_file_is_refused_whole_with_the_remedy(
    client: Client, tmp_path: Path, content: bytes, sentence: str, rejects: Any
) -> None:
    with pytest.raises(FileRefused, match=sentence):
        load(client, tmp_path / "a.csv", content)
    assert (Account.objects.count(), rejects()) == (0, [])


def test_a_file_that_breaks_in_its_middle_leaves_nothing(
    client: Client, tmp_path: Path, rejects: Any
) -> None:
    good = text_of(*(row(str(n), current_balance="1" if n == 3 else "102.00") for n in range(5000)))
    with pytest.raises(FileRefused, match="cp1252"):
        load(client, tmp_path / "a.csv", good.encode() + b"\xe9\n")
    assert (Account.objects.count(), Debtor.objects.count(), Placement.objects.count()) == (0, 0, 0)
    assert rejects() == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_usual_delimiters_are_told_apart_by_the_header(
    client: Client, tmp_path: Path, delimiter: str
) -> None:
    assert load(client, tmp_path / "a.csv", text_of(row(), delimiter=delimiter)).loaded == 1


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("current_balance", "-102.00", "current_balance: -102.00 is not above zero"),
        ("current_balance", "0.00", "current_balance: 0.00 is not above zero"),
        ("current_balance", "103.00", "not current_balance 103.00"),
        ("current_balance", "102.005", "current_balance: '102.005' is not an amount"),
        ("current_balance", "1,02.00", "current_balance: '1,02.00' is not an amount"),
        ("fees", "-2.00", "fees: -2.00 is below zero"),
        ("first_delinquency_on", "2025-02-30", "first_delinquency_on: '2025-02-30' is no date"),
        ("first_delinquency_on", "0025-02-03", "first_delinquency_on: '0025-02-03' lies outside"),
        ("itemization_on", "2026-12-01", "itemization_on: 2026-12-01 lies after the placement"),
        ("date_of_birth", "2031-01-01", "date_of_birth: 2031-01-01 lies after the placement"),
        ("phone1", "call me", "phone1: "),
        ("phone1", "(999) 555-0148", "phone1: "),
        ("phone1", "602-155-0148", "phone1: "),
        ("phone1", "=6025550148", "phone1: a formula"),
        ("email1", "m at example", "email1: 'm at example' is no e-mail"),
        ("state", "ZZ", "state: 'ZZ' is no US state"),
        ("zip", "1040", "zip: '1040' is no ZIP code; five digits with leading zeros"),
        ("zip", "8501\u0664", "zip: '8501\u0664' is no ZIP"),
        ("tax_id", "666-55-4471", "tax_id"),
        ("original_creditor", "=1+1", "original_creditor: a formula; put its value in the cell"),
        ("fees", "=1+1", "fees: a formula; put its value in the cell"),
        ("email1", "=cmd@example.com", "email1: a formula"),
        ("city", "#REF!", "city: #REF! is a spreadsheet's error"),
        ("city", "Pho\x00enix", "city: holds a NUL character after 'Pho'; take it out"),
        ("client_reference", "12\x00", "client_reference: holds a NUL character after '12'"),
        ("fees", "2\x00.00", "fees: '2\\x00.00' is not an amount"),
        ("line1", "812 E\nOsborn Rd", "line1: holds a line break after '812 E'"),
        ("itemization_type", "", "itemization_type: is required"),
        ("client_reference", "x" * 61, "client_reference: is longer than 60"),
        ("client_code", "northwind", "client_code: 'northwind' is not 'lakeside'"),
    ],
)
def test_a_bad_row_is_rejected_by_field_and_the_good_ones_are_loaded(
    client: Client, tmp_path: Path, old: str, new: str, reason: str
) -> None:
    result = load(client, tmp_path / "a.csv", text_of(row("1"), row("2") | {old: new}))
    assert (result.loaded, result.rejected) == (1, 1)
    assert result.problems[0]["row"] >= 3
    assert reason in result.problems[0]["reason"]
    assert Account.objects.get().client_reference == "1"


def test_a_row_of_another_length_is_rejected(client: Client, tmp_path: Path) -> None:
    result = load(client, tmp_path / "a.csv", text_of(row()).rstrip() + ",extra\n")
    assert result.problems[0]["reason"] == "the row has 20 values, the header 19"


def test_leading_zeros_stay_in_csv(client: Client, tmp_path: Path) -> None:
    place = {"city": "Holyoke", "state": "MA", "zip": "01040"}
    load(client, tmp_path / "a.csv", text_of(row("0000000007", debtor_reference="007", **place)))
    account = Account.objects.get()
    assert (account.client_reference, account.debtor_reference) == ("0000000007", "007")
    assert account.debtor.addresses.get().zip == "01040"


def workbook(path: Path, rows: list[list[Any]], formats: dict[str, str] | None = None) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for each in rows:
        sheet.append(each)
    for cell, number_format in (formats or {}).items():
        sheet[cell].number_format = number_format
    book.save(path)
    return path


def test_leading_zeros_stay_in_a_workbook_as_text_and_as_numbers_shown_so(
    client: Client, tmp_path: Path
) -> None:
    columns = [*GOOD, "prior_reference", "opened_on"]
    values = {
        **GOOD,
        "prior_reference": "0042",
        "opened_on": date(2024, 1, 2),
        "city": "Holyoke",
        "state": "MA",
    }
    values |= {"client_reference": 611365, "zip": 1040, "tax_id": 12345678, "current_balance": 102.0}
    cells = [values[name] for name in columns]
    at = {name: f"{'ABCDEFGHIJKLMNOPQRSTU'[place]}2" for place, name in enumerate(columns)}
    formats = {at["client_reference"]: "0000000000", at["zip"]: "00000", at["tax_id"]: "000-00-0000"}
    path = workbook(tmp_path / "a.xlsx", [columns, cells], formats)
    result = load_placement(path=path, client=client, placed_on=TODAY, by=None, at=AT)
    assert result.problems == []
    account = Account.objects.get()
    assert (account.client_reference, account.prior_reference) == ("0000611365", "0042")
    assert (account.opened_on, account.balance) == (date(2024, 1, 2), D("102.00"))
    assert (account.debtor.addresses.get().zip, account.debtor.tax_id) == ("01040", "012345678")


def test_a_zip_that_lost_its_zero_in_a_workbook_is_rejected(client: Client, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [list(GOOD), list({**GOOD, "zip": 1040}.values())])
    result = load_placement(path=path, client=client, placed_on=TODAY, by=None, at=AT)
    assert "five digits with leading zeros" in result.problems[0]["reason"]


def test_formulas_in_a_workbook_are_rejected_and_never_written_back_alive(
    client: Client, tmp_path: Path
) -> None:
    bad = {**GOOD, "line1": "=HYPERLINK(A1)", "fees": "+1", "city": "@SUM(A1)", "last_name": "-2+3"}
    path = workbook(tmp_path / "a.xlsx", [list(GOOD), list(bad.values())])
    result = load_placement(path=path, client=client, placed_on=TODAY, by=None, at=AT)
    assert (result.loaded, result.rejected) == (0, 1)
    with default_storage.open(result.reject_file) as stored:
        (kept,) = csv.DictReader(io.StringIO(stored.read().decode("utf-8-sig")))
    assert not [value for value in kept.values() if value.startswith(("=", "+", "-", "@"))]
    assert (kept["line1"], kept["city"]) == ("'=HYPERLINK(A1)", "'@SUM(A1)")


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "x")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)


def crowd(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(2100):
            archive.writestr(f"xl/{number}", "")


def broken_sheet(path: Path) -> None:
    whole = workbook(path.with_suffix(".whole"), [["a", "b"], ["1", "2"]])
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[: len(content) // 2] if "sheet1" in name else content)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (bomb, "unpacks to far more"),
        (crowd, "unpacks to far more"),
        (broken_sheet, "workbook cannot be read"),
        (lambda path: zipfile.ZipFile(path, "w").close(), "neither a workbook|no workbook"),
    ],
)
def test_a_hostile_or_broken_workbook_is_refused(
    client: Client, tmp_path: Path, make: Any, sentence: str
) -> None:
    make(tmp_path / "a.xlsx")
    with pytest.raises(FileRefused, match=sentence):
        load_placement(path=tmp_path / "a.xlsx", client=client, placed_on=TODAY, by=None, at=AT)
    assert Account.objects.count() == 0


def test_unknown_missing_and_doubled_columns_are_named_with_the_remedy(
    client: Client, tmp_path: Path
) -> None:
    with pytest.raises(MappingRefused, match=r"shoe_size.*ignore"):
        load(client, tmp_path / "a.csv", text_of(row() | {"shoe_size": "44"}))
    with pytest.raises(MappingRefused, match=r"lacks the column.*invoiceNumber"):
        load(client, tmp_path / "a.csv", text_of(row()), mapping="receivables")
    with pytest.raises(MappingRefused, match="'ssn' both say tax_id"):
        load(client, tmp_path / "a.csv", text_of(row() | {"ssn": "1"}))
    with pytest.raises(MappingRefused, match="'fees' more than once"):
        load(client, tmp_path / "a.csv", "fees,fees\n1,2\n")


def test_the_columns_may_be_named_as_the_regulation_note_names_them(client: Client, tmp_path: Path) -> None:
    theirs = {
        "client_reference": "client_account_number", "first_name": "first", "last_name": "last", "tax_id": "ssn",
        "first_delinquency_on": "delinquency_date", "itemization_on": "itemization_date", "phone1": "phone",
        "itemization_balance": "balance_at_itemization", "email1": "email",
    }  # fmt: skip
    named = {theirs.get(name, name): value for name, value in GOOD.items()}
    result = load(
        client, tmp_path / "a.csv", text_of(named | {"client_code": "lakeside", "dob": "1970-02-03"})
    )
    assert (result.loaded, result.problems) == (1, [])
    debtor = Account.objects.get().debtor
    assert (debtor.date_of_birth, debtor.tax_id) == (date(1970, 2, 3), "412554471")


def test_the_control_total_is_that_of_the_whole_file(client: Client, tmp_path: Path, rejects: Any) -> None:
    content = text_of(row("1"), row("2", state="ZZ"), row("1"))
    with pytest.raises(
        ImportRefused, match=r"\$102\.00, the balances.*\$306\.00; .*\$102\.00 of it, 2 are rejected"
    ):
        load(client, tmp_path / "a.csv", content, expect_amount=D("102.00"))
    assert (Account.objects.count(), rejects()) == (0, [])
    result = load(client, tmp_path / "a.csv", content, expect_amount=D("306.00"), expect_rows=3)
    assert (result.loaded, result.amount, result.amount_read) == (1, D("102.00"), D("306.00"))
    assert len(rejects()) == 1


def test_what_the_database_refuses_leaves_no_reject_file(
    client: Client, tmp_path: Path, rejects: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise DataError("numeric field overflow\nmore")

    monkeypatch.setattr(services.loading, "make_all", refuse)
    with pytest.raises(ImportRefused, match=r"refused the placement: numeric field overflow\. Nothing"):
        load(client, tmp_path / "a.csv", text_of(row("1"), row("2", state="ZZ")))
    assert (Placement.objects.count(), rejects()) == (0, [])


def test_a_reject_file_is_stored_and_taken_away_with_its_load(
    client: Client, tmp_path: Path, rejects: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit itself may fail, when the rejects are stored already."""
    real = services._Rejects.store

    def store_and_fail(self: Any, name: str) -> None:
        real(self, name)
        assert len(rejects()) == 1
        raise DataError("at the very end")

    monkeypatch.setattr(services._Rejects, "store", store_and_fail)
    with pytest.raises(ImportRefused):
        load(client, tmp_path / "a.csv", text_of(row("1"), row("2", state="ZZ")))
    assert (Account.objects.count(), rejects()) == (0, [])


def test_rejects_are_loaded_again_with_the_mapping_of_the_file_they_came_from(
    client: Client, tmp_path: Path
) -> None:
    bad = text_of(row(last_name="Núñez", state="ZZ"), delimiter=";").encode("cp1252")
    result = load(client, tmp_path / "a.csv", bad, mapping=MAPPING)
    with default_storage.open(result.reject_file) as stored:
        mended = stored.read().decode("utf-8-sig").replace("ZZ", "AZ")
    again = load(client, tmp_path / "b.csv", mended.encode("utf-8-sig"), mapping=MAPPING)
    assert (again.loaded, again.problems) == (1, [])
    assert Account.objects.get().debtor.last_name == "Núñez"


@pytest.mark.parametrize("delimiter", [";;", '"', "\n"])
def test_a_delimiter_that_cannot_be_is_refused(delimiter: str) -> None:
    with pytest.raises(MappingRefused, match="no delimiter"):
        read_definition({**MAPPING, "delimiter": delimiter})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"line1": "100\x00 Broadway"}, "line1: holds a NUL character after '100'; take it out"),
        ({"current_balance": "5\x00"}, "current_balance: '5\\x00' is not an amount"),
        ({"email1": "a\x00@example.com"}, "email1: holds a NUL"),
        ({"phone1": "602\x005550148"}, "phone1: holds a NUL"),
        ({"debtor_name": "Cust\ud800omer"}, "debtor_name: holds the control character U+D800"),
        ({"current_balance": 10**13}, "current_balance: '10000000000000' is not an amount"),
        ({"line1": {"street": 1}, "state": None}, "state: is required"),
    ],
)
def test_records_with_what_no_column_can_hold_are_rejected_by_field(
    client: Client, changes: dict[str, Any], reason: str
) -> None:
    result = load_records(
        client=client, records=[record("1"), record("2", **changes)], placed_on=TODAY, by=None, at=AT
    )
    assert (result.loaded, result.rejected) == (1, 1)
    assert result.problems[0] == {"row": 2, "reason": result.problems[0]["reason"]}
    assert reason in result.problems[0]["reason"]
    assert default_storage.exists(result.reject_file)


def test_records_with_unknown_fields_are_refused(client: Client) -> None:
    with pytest.raises(MappingRefused, match=r"Unknown field\(s\) 'shoe\\x00size'"):
        load_one(client, **{"shoe\x00size": "44"})


def test_a_nul_over_the_api_is_an_answer_and_no_failure(client: Client) -> None:
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Token {create_token(user=make_user('admin'), at=AT)}")
    body = {"client": client.code, "placed_on": "2026-04-07", "records": [record(city="New\x00York")]}
    answer = api.post("/api/v1/placements/", body, format="json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert "NUL" in answer.json()["detail"]
