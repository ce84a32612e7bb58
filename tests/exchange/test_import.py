# ruff: noqa: E501
from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from openpyxl import Workbook

from accounts.models import Account, Client
from accounts.services import verify_ledger
from compliance.models import Dispute
from debtors.models import Debtor
from exchange.mapping import MappingRefused, read_definition
from exchange.services import (
    DuplicateFile,
    ImportRefused,
    ImportResult,
    load_placement,
    load_records,
)
from tests.factories import AT, TODAY, make_client

pytestmark = pytest.mark.django_db

HEADER = (
    "client_reference,first_name,last_name,line1,city,state,zip,phone1,email1,original_creditor,first_delinquency_on,itemization_on,"
    "itemization_type,itemization_balance,interest_since,payments_since,current_balance,fees,tax_id\n"
)
GOOD = "0000611365,Marisol,Whitaker,812 E Osborn Rd,Phoenix,AZ,85014,(602) 555-0148,m@example.com,Lakeside,2025-11-01,2025-12-01,charge_off,100.00,5.00,3.00,102.00,2.00,412-55-4471\n"


@pytest.fixture
def client() -> Client:
    return make_client(debt_type="medical")


def load(client: Client, path: Path, content: str | bytes, **options: object) -> ImportResult:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load_placement(path=path, client=client, placed_on=TODAY, by=None, at=AT, **options)  # type: ignore[arg-type]


def test_a_row_becomes_a_debtor_an_account_and_its_ledger(client: Client, tmp_path: Path) -> None:
    result = load(client, tmp_path / "a.csv", HEADER + GOOD)
    assert (result.rows, result.loaded, result.rejected, result.amount, result.reject_file) == (
        1,
        1,
        0,
        D("102.00"),
        "",
    )
    account = Account.objects.select_related("debtor", "placement").get()
    assert (account.client_reference, account.principal, account.fees, account.balance) == (
        "0000611365",
        D("100"),
        D("2"),
        D("102"),
    )
    assert (account.debtor.name, account.debtor.tax_id, account.debtor.tax_id_last4) == (
        "Marisol Whitaker",
        "412554471",
        "4471",
    )
    assert account.debtor.zones == ["America/Phoenix"]
    assert account.debtor.phones.get().number == "+16025550148"
    assert (account.placement.batch, account.placement.rows, account.placement.amount) == (
        result.batch,
        1,
        D("102.00"),
    )
    assert verify_ledger() == []


def test_the_reject_file_can_be_mended_and_loaded_again_and_runs_nothing(
    client: Client, tmp_path: Path
) -> None:
    bad = (
        GOOD.replace("102.00", "-102.00")
        .replace("812 E Osborn Rd", "=cmd|' /C calc'!A0")
        .replace("m@", "+m@")
    )
    result = load(client, tmp_path / "a.csv", HEADER + bad)
    with default_storage.open(result.reject_file) as stored:
        text = stored.read().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["line1"].startswith("'=cmd")
    assert row["current_balance"] == "'-102.00"
    assert (row["reject_row"], row["client_reference"]) == ("2", "0000611365")
    mended = text.replace("'-102.00", "102.00").replace("'=cmd|' /C calc'!A0", "812 E Osborn Rd")
    again = load(client, tmp_path / "b.csv", mended)
    assert (again.loaded, again.rejected) == (1, 0)
    assert Account.objects.get().debtor.emails.get().address == "+m@example.com"


def test_duplicates_in_the_file_in_the_book_and_the_file_itself_are_found(
    client: Client, tmp_path: Path
) -> None:
    result = load(client, tmp_path / "a.csv", HEADER + GOOD + GOOD)
    assert (result.loaded, result.duplicates, result.rejected) == (1, 1, 1)
    assert "row 2 of this file" in result.problems[0]["reason"]
    with pytest.raises(DuplicateFile, match=result.batch):
        load(client, tmp_path / "b.csv", HEADER + GOOD + GOOD)
    other = load(client, tmp_path / "c.csv", HEADER + GOOD)
    assert (other.loaded, other.duplicates, other.batch) == (0, 1, "")
    assert Account.objects.get().ref in other.problems[0]["reason"]


def test_the_same_person_is_one_debtor_within_a_file_and_across_files(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path / "a.csv", HEADER + GOOD + GOOD.replace("0000611365", "0000000002"))
    load(client, tmp_path / "b.csv", HEADER + GOOD.replace("0000611365", "0000000003"))
    assert (Debtor.objects.count(), Account.objects.count()) == (1, 3)


def test_a_dry_run_and_a_wrong_control_total_write_nothing(client: Client, tmp_path: Path) -> None:
    dry = load(client, tmp_path / "a.csv", HEADER + GOOD, dry_run=True)
    assert (dry.loaded, dry.batch) == (1, "")
    with pytest.raises(ImportRefused, match="control total says 2 rows"):
        load(client, tmp_path / "a.csv", HEADER + GOOD, expect_rows=2)
    with pytest.raises(ImportRefused, match=r"\$102\.01"):
        load(client, tmp_path / "a.csv", HEADER + GOOD, expect_amount=D("102.01"))
    assert (Account.objects.count(), Debtor.objects.count()) == (0, 0)


def test_a_workbook_keeps_text_zeros_reads_dates_and_rejects_formulas(client: Client, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    header, good = next(csv.reader([HEADER])), next(csv.reader([GOOD]))
    sheet.append(header)
    sheet.append(
        [
            date(2025, 11, 1) if value == "2025-11-01" else 102.0 if value == "102.00" else value
            for value in good
        ]
    )
    sheet.append(["=1+1" if value == "0000611365" else value for value in good])
    book.save(tmp_path / "a.xlsx")
    result = load_placement(path=tmp_path / "a.xlsx", client=client, placed_on=TODAY, by=None, at=AT)
    assert (result.loaded, result.rejected) == (1, 1)
    assert "client_reference: a formula" in result.problems[0]["reason"]
    account = Account.objects.get()
    assert (account.client_reference, account.first_delinquency_on) == ("0000611365", date(2025, 11, 1))


@pytest.mark.parametrize(
    ("definition", "sentence"),
    [
        ({"fields": {"nonsense": {"column": "x"}}}, "none of our fields"),
        ({"fields": {"zip": {"column": "x", "constant": "y"}}}, "exactly one"),
        ({"fields": {"zip": {"template": "{x|explode}"}}}, "no filter"),
        ({"fields": {}}, "needs"),
        ({"field": {}}, "no setting"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(definition: dict[str, object], sentence: str) -> None:
    with pytest.raises(MappingRefused, match=sentence):
        read_definition(definition)


def test_records_with_a_dispute_open_it(client: Client) -> None:
    record = {
        "client_reference": "0001", "debtor_name": "Customer 1", "debtor_kind": "business", "debt_type": "commercial", "line1": "100 Broadway",
        "city": "New York", "state": "NY", "zip": "10005", "current_balance": "55.94", "due_on": "2026-04-06", "dispute_reason": "other",
        "debtor_reference": "C1", "electronic_billing": True,
    }  # fmt: skip
    result = load_records(client=client, records=[record], placed_on=TODAY, by=None, at=AT)
    assert result.loaded == 1, result.problems
    account = Account.objects.get()
    assert (account.status, account.electronic_billing, account.due_on) == (
        "disputed",
        True,
        date(2026, 4, 6),
    )
    dispute = Dispute.objects.get()
    assert (dispute.status, dispute.received_on) == ("open", TODAY)
    assert dispute.hold is not None
    assert (dispute.hold.kind, dispute.hold.account_id) == ("dispute", account.pk)
