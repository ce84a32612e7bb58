"""The columns of regulation note 7.1: each has a place, under the note's own name, and none is dropped in silence."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Account, Accrual, Client, InterestTerm, Judgment
from compliance.models import AddressBasis, Consent, Dispute, Hold, InconvenientTime, OptOut
from debtors.models import Address, Debtor, Phone
from exchange.catalogue import GROUPS, LABELS
from exchange.fields import ALIASES, FIELDS
from tests.exchange.placement_files import load, row, text_of
from tests.factories import TODAY, make_client

NOTE = """
    client_code batch_id portfolio_id client_account_number prior_account_number packet_id household_id
    prefix first middle last suffix ssn dob language deceased_date military_flag
    line1 line2 city state zip country bad_address_flag since
    phone1 phone1_type consent_date consent_source wrong_party
    email1 optout_notice_date optout_deadline opted_out
    original_creditor current_creditor merchant_brand debt_type cfps_flag account_open_date contract_date service_date
    last_statement_date charge_off_date charge_off_balance last_payment_date last_payment_amount delinquency_date
    itemization_date itemization_type balance_at_itemization interest_since fees_since payments_since credits_since
    current_balance principal interest fees costs interest_rate interest_start interest_authority sol_date
    judgment_court judgment_case judgment_date judgment_amount judgment_rate
    cease attorney attorney_firm attorney_address attorney_phone dispute_date dispute_status bankruptcy_chapter
    bankruptcy_case bankruptcy_filed bankruptcy_status inconvenient_days inconvenient_start inconvenient_end prior_agency
    credit_reported_by_client licence_restrictions
    commission_plan legal_fee settlement_floor payment_plan_min recall_date
"""


def test_every_column_of_the_note_is_known() -> None:
    assert [name for name in NOTE.split() if ALIASES.get(name, name) not in FIELDS] == []


def test_every_alias_leads_to_a_field_and_every_field_stands_in_the_catalogue_once() -> None:
    assert [name for name in ALIASES.values() if name not in FIELDS] == []
    shown = [name for names in GROUPS.values() for name in names]
    assert sorted(shown) == sorted(FIELDS)
    assert [name for name in LABELS if name not in FIELDS] == []


@pytest.fixture
def client() -> Client:
    return make_client(debt_type="card")


@pytest.mark.django_db
def test_the_debt_keeps_what_the_client_says_of_it(client: Client, tmp_path: Path) -> None:
    said = row(
        prefix="Ms", batch_id="2026-04 cards", last_payment_date="2025-09-30", last_payment_amount="40.00", cfps_flag="yes",
        prior_agency="First Agency", credit_reported_by_client="no", licence_restrictions="not NV", commission_plan="C25",
        legal_fee="35", settlement_floor="60.5", payment_plan_min="25.00", judgment_court="Maricopa", judgment_case="CV-1",
        judgment_date="2025-12-20", judgment_amount="102.00", judgment_rate="10", address_since="2020-02-01",
    )  # fmt: skip
    assert load(client, tmp_path / "a.csv", text_of(said)).loaded == 1
    account = Account.objects.values(
        "portfolio", "creditor_payment_on", "creditor_payment_amount", "is_financial", "prior_agency", "is_reported_by_client",
        "restrictions", "commission_plan", "legal_fee_rate", "settlement_floor", "plan_minimum", "debtor__prefix",
    ).get()  # fmt: skip
    assert account == {
        "portfolio": "2026-04 cards", "creditor_payment_on": date(2025, 9, 30), "creditor_payment_amount": Decimal("40.00"),
        "is_financial": True, "prior_agency": "First Agency", "is_reported_by_client": False, "restrictions": "not NV",
        "commission_plan": "C25", "legal_fee_rate": Decimal("35"), "settlement_floor": Decimal("60.5"),
        "plan_minimum": Decimal("25.00"), "debtor__prefix": "Ms",
    }  # fmt: skip
    judgment = Judgment.objects.get()
    assert (judgment.court, judgment.case_number, judgment.entered_on) == (
        "Maricopa",
        "CV-1",
        date(2025, 12, 20),
    )
    assert (judgment.amount, judgment.rate) == (Decimal("102.00"), Decimal("10"))
    assert Address.objects.get().since_on == date(2020, 2, 1)


@pytest.mark.django_db
def test_what_stands_in_the_way_of_a_contact_stands_on_file(client: Client, tmp_path: Path) -> None:
    said = row(
        military_flag="Y", bad_address_flag="1", wrong_party="yes", phone2="602-555-0149", phone2_consent_on="2025-01-31",
        phone2_consent_source="application form", opted_out="x", inconvenient_days="Tue, Thursday", inconvenient_start="15:00",
        inconvenient_end="17:00", inconvenient_until="2026-12-31", attorney_name="Ada Voss", attorney_firm="Voss LLP",
        attorney_phone="602-555-0100", bankruptcy_chapter="13", bankruptcy_case="26-104", bankruptcy_filed="2026-03-01",
        bankruptcy_status="filed",
    )  # fmt: skip
    assert load(client, tmp_path / "a.csv", text_of(said)).loaded == 1
    assert set(Hold.objects.values_list("kind", "chapter", "from_on", "note")) == {
        ("scra", "", TODAY, ""),
        ("attorney", "", TODAY, "Ada Voss, Voss LLP, 602-555-0100"),
        ("bankruptcy", "13", date(2026, 3, 1), "Chapter 13, case 26-104, filed"),
    }
    assert Address.objects.get().status == "bad"
    assert dict(Phone.objects.values_list("number", "status")) == {
        "+16025550148": "wrong_party",
        "+16025550149": "unknown",
    }
    consent = Consent.objects.get()
    assert (consent.channel, consent.address, consent.note, consent.source) == (
        "call",
        "+16025550149",
        "application form",
        "client",
    )
    assert consent.given_at == datetime(2025, 1, 31, tzinfo=ZoneInfo("UTC"))
    assert OptOut.objects.values_list("medium", "address").get() == ("email", "m@example.com")
    window = InconvenientTime.objects.get()
    assert (window.weekdays, window.start, window.end) == ([1, 3], time(15), time(17))
    assert window.until_on == date(2026, 12, 31)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "kinds"),
    [("dismissed", []), ("closed", []), ("discharged", ["discharged"]), ("converted", ["bankruptcy"])],
)
def test_a_bankruptcy_holds_by_its_state(
    client: Client, tmp_path: Path, status: str, kinds: list[str]
) -> None:
    load(client, tmp_path / "a.csv", text_of(row(bankruptcy_status=status, bankruptcy_filed="2026-03-01")))
    assert list(Hold.objects.values_list("kind", flat=True)) == kinds


@pytest.mark.django_db
def test_a_dispute_that_ended_before_holds_nothing(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path / "a.csv", text_of(row(dispute_status="verified", dispute_date="2026-02-01")))
    dispute = Dispute.objects.get()
    assert (dispute.status, dispute.received_on, dispute.hold) == ("verified", date(2026, 2, 1), None)
    assert (Account.objects.get().status, Hold.objects.count()) == ("new", 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("deadline", "starts", "loaded"),
    [("2026-03-07", None, 0), ("2026-03-08", "2026-02-01", 1), ("2026-03-20", "2026-02-13", 1)],
)
def test_t20_the_creditors_notice_leaves_thirty_five_days(
    client: Client, tmp_path: Path, deadline: str, starts: str | None, loaded: int
) -> None:
    said = row(email_basis="email_creditor", optout_notice_date="2026-02-01", optout_deadline=deadline)
    result = load(client, tmp_path / "a.csv", text_of(said))
    assert result.loaded == loaded
    assert [str(each.as_of) for each in AddressBasis.objects.all()] == ([starts] if starts else [])
    if not loaded:
        assert "leaves less than 35 days after the notice" in result.problems[0]["reason"]


@pytest.mark.django_db
def test_four_people_of_one_row(client: Client, tmp_path: Path) -> None:
    said = row(
        debtor2_role="joint", debtor2_name="Ada Whitaker", debtor3_role="guarantor", debtor3_first="Ben",
        debtor3_last="Whitaker", debtor3_military_flag="yes", debtor4_role="authorised_user", debtor4_name="Cy Whitaker",
    )  # fmt: skip
    assert load(client, tmp_path / "a.csv", text_of(said)).loaded == 1
    parties = Account.objects.get().parties.values_list("debtor__name", "role")
    assert set(parties) == {
        ("Ada Whitaker", "joint"),
        ("Ben Whitaker", "guarantor"),
        ("Cy Whitaker", "authorised_user"),
    }
    assert Debtor.objects.count() == 4
    assert Hold.objects.values_list("debtor__name", "kind").get() == ("Ben Whitaker", "scra")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"judgment_court": "Maricopa"}, "judgment_on: is required of a judgment"),
        ({"judgment_on": "2026-01-01", "judgment_amount": "0"}, "judgment_amount: 0"),
        ({"judgment_rate": "ten"}, "judgment_rate: 'ten' is no percentage"),
        ({"inconvenient_start": "15:00"}, "inconvenient_end: give both"),
        (
            {"inconvenient_start": "25:00", "inconvenient_end": "26:00"},
            "inconvenient_start: '25:00' is no time of day",
        ),
        ({"inconvenient_days": "Tue Noday"}, "inconvenient_days: 'Tue Noday' does not name weekdays"),
        ({"creditor_payment_on": "2031-01-01"}, "creditor_payment_on: 2031-01-01 lies after"),
        ({"military": "maybe"}, "military: 'maybe' is neither yes nor no"),
        ({"bankruptcy_chapter": "8"}, "bankruptcy_chapter: '8' is not one of 7, 11, 12, 13"),
        ({"email_optout_until": "2026-04-01"}, "email_optout_until: is said of a creditor's notice"),
        ({"debtor4_name": "Cy"}, "debtor4_role: is required"),
    ],
)
def test_what_does_not_fit_is_named(
    client: Client, tmp_path: Path, changes: dict[str, str], says: str
) -> None:
    result = load(client, tmp_path / "a.csv", text_of(row(**changes)))
    assert (result.loaded, result.rejected) == (0, 1)
    assert says in result.problems[0]["reason"]


@pytest.mark.django_db
def test_interest_runs_by_the_clause_that_is_told_and_a_judgments_own_rate_takes_its_place(
    client: Client, tmp_path: Path
) -> None:
    clause = {"interest_rate": "18", "interest_authority": "Agreement, 4.2", "interest_start": "2026-01-31"}
    rows = [
        row("1", **clause),
        row("2", interest_rate="18"),
        row("3", **clause, judgment_date="2025-12-20", judgment_amount="102.00", judgment_rate="9",
            judgment_court="Maricopa", judgment_case="CV-1"),
        row("4", **clause, judgment_date="2025-12-20", judgment_amount="102.00"),
    ]  # fmt: skip
    assert load(client, tmp_path / "a.csv", text_of(*rows)).loaded == 4
    terms = InterestTerm.objects.order_by("account__client_reference").values_list(
        "account__client_reference", "rate", "from_on", "authority"
    )
    assert list(terms) == [
        ("1", Decimal("18"), date(2026, 1, 31), "Agreement, 4.2"),
        ("3", Decimal("9"), date(2025, 12, 20), "Judgment of 2025-12-20 Maricopa CV-1"),
    ]
    assert {accrual.through for accrual in Accrual.objects.all()} == {TODAY}
