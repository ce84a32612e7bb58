from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pgtrigger
import pytest
from django.db import Error, IntegrityError, connection, transaction

from accounts.ageing import bucket
from accounts.models import Account, LedgerEntry
from accounts.selectors import balance_as_of
from accounts.services import AlreadyPlaced, PostingRefused, post_entries, reverse_posting, verify_ledger
from tests.factories import AT, make_account, make_client

pytestmark = pytest.mark.django_db


def balances(account: Account) -> tuple[D, D, D, D, D]:
    account.refresh_from_db()
    return account.principal, account.interest, account.fees, account.costs, account.balance


def test_placing_an_account_opens_its_four_balances() -> None:
    account = make_account(principal="1190.00", fees="94.60")
    assert balances(account) == (D("1190.00"), D("0"), D("94.60"), D("0"), D("1284.60"))
    assert account.ref.startswith("A-0")
    assert account.placed_amount == D("1284.60")


def test_the_database_refuses_to_change_or_delete_an_entry() -> None:
    make_account()
    for sql in ("UPDATE accounts_ledgerentry SET amount = 1", "DELETE FROM accounts_ledgerentry"):
        with pytest.raises(Error, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_bulk_entries_of_many_accounts_move_each_balance_once() -> None:
    one, two = make_account(principal="100"), make_account(principal="200")
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            account=account,
            posting="0" * 31 + str(place),
            kind="adjustment",
            bucket=name,
            amount=D(amount),
            effective_on=date(2026, 2, 1),
            posted_at=AT,
        )
        for place, (account, name, amount) in enumerate(
            [(one, "principal", "-10"), (one, "costs", "5"), (two, "principal", "-1")]
        )
    )
    assert balances(one) == (D("90"), D("0"), D("0"), D("5"), D("95"))
    assert balances(two)[-1] == D("199")
    assert verify_ledger() == []


def test_a_reversal_names_its_entries_and_happens_once() -> None:
    account = make_account(principal="100")
    posting = post_entries(
        account=account,
        kind="payment",
        amounts={"principal": D("-40")},
        effective_on=date(2026, 2, 1),
        by=None,
        at=AT,
    )
    reverse_posting(posting=posting, effective_on=date(2026, 2, 1), by=None, at=AT, memo="check returned")
    assert balances(account)[-1] == D("100")
    with pytest.raises(PostingRefused, match="reversed already"):
        reverse_posting(posting=posting, effective_on=date(2026, 2, 1), by=None, at=AT, memo="again")
    assert balances(account)[-1] == D("100")


def test_balance_as_of_a_past_date_comes_from_entries_effective_by_then() -> None:
    account = make_account(principal="100")
    post_entries(
        account=account,
        kind="payment",
        amounts={"principal": D("-40")},
        effective_on=date(2026, 2, 1),
        by=None,
        at=AT,
    )
    assert balance_as_of(account.pk, date(2026, 1, 31))["principal"] == D("100")
    assert balance_as_of(account.pk, date(2026, 2, 1))["principal"] == D("60")
    assert balance_as_of(account.pk, date(2026, 1, 4)) == {
        "principal": D("0"),
        "interest": D("0"),
        "fees": D("0"),
        "costs": D("0"),
    }


def test_a_fee_without_authority_is_refused_by_the_database() -> None:
    account = make_account()
    with pytest.raises(IntegrityError, match="entry_fee_has_authority"):
        post_entries(
            account=account,
            kind="fee",
            amounts={"fees": D("25")},
            effective_on=date(2026, 2, 1),
            by=None,
            at=AT,
        )


def test_verify_ledger_finds_a_balance_that_was_tampered_with() -> None:
    account = make_account(principal="100")
    with pgtrigger.ignore("accounts.Account:balances_are_the_ledgers"):
        Account.objects.filter(pk=account.pk).update(principal=D("90"))
    assert verify_ledger() == [
        {"account": account.ref, "bucket": "principal", "kept": D("90.00"), "entries": D("100.00")}
    ]


def test_the_same_client_reference_is_placed_once() -> None:
    client = make_client()
    make_account(client=client, client_reference="00042")
    with pytest.raises(AlreadyPlaced, match="00042"):
        make_account(client=client, client_reference="00042")
    make_account(client=make_client("other"), client_reference="00042")


def test_placed_dates_that_cannot_be_are_refused() -> None:
    with pytest.raises(IntegrityError, match="account_dofd_not_after_placement"):
        make_account(first_delinquency_on=date(2026, 1, 6))


@pytest.mark.parametrize(
    ("days", "label"),
    [
        (0, "current"),
        (1, "1–30"),
        (30, "1–30"),
        (31, "31–60"),
        (90, "61–90"),
        (120, "91–120"),
        (180, "121–180"),
        (365, "181–365"),
        (366, "over 365"),
    ],
)
def test_ageing_bucket(days: int, label: str) -> None:
    due = date(2025, 1, 1)
    assert bucket(due, date.fromordinal(due.toordinal() + days)) == label
