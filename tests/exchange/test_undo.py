"""Taking a placement back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal as D
from pathlib import Path

import pytest
from django.db import connection, transaction

from accounts.models import Account, Client, LedgerEntry, StatusTransition
from accounts.services import apply_transition, post_entries, reverse_posting, verify_ledger
from compliance.disputes import open_dispute
from compliance.models import Dispute, Hold
from compliance.services import place_hold
from contacts.models import Note
from exchange.services import undo_placement
from exchange.undoing import UndoRefused
from payments.agreements import Terms, offer
from payments.services import post_payment
from tests.exchange.placement_files import load, row, text_of
from tests.factories import AT, TODAY, make_client, make_promise, make_user


@pytest.fixture
def account(tmp_path: Path) -> Account:
    load(make_client(debt_type="medical"), tmp_path / "a.csv", text_of(row()))
    return Account.objects.get()


def undo(account: Account) -> None:
    undo_placement(placement=account.placement, by=None, at=AT)


@pytest.mark.django_db
def test_undo_compensates_and_the_reference_may_come_again(account: Account, tmp_path: Path) -> None:
    undo(account)
    account.refresh_from_db()
    assert (account.status, account.balance) == ("closed", D("0"))
    reversals = LedgerEntry.objects.filter(kind="reversal")
    assert reversals.values("posting").distinct().count() == 1
    assert verify_ledger() == []
    with pytest.raises(UndoRefused, match="already"):
        undo(account)
    assert load(account.client, tmp_path / "a.csv", text_of(row())).loaded == 1


@pytest.mark.django_db
def test_undo_passes_over_what_was_reversed_already(account: Account) -> None:
    placed = account.entries.first()
    assert placed is not None
    reverse_posting(posting=placed.posting, effective_on=TODAY, by=None, at=AT, memo="placed in error")
    undo(account)
    account.refresh_from_db()
    assert (account.status, account.balance) == ("closed", D("0"))
    assert verify_ledger() == []


@pytest.mark.django_db
def test_undo_ends_the_dispute_and_lifts_the_holds_that_the_file_brought(tmp_path: Path) -> None:
    client = make_client(debt_type="medical")
    said = {"dispute_reason": "amount", "cease_on": "2026-03-01", "deceased_on": "2026-03-02"}
    load(client, tmp_path / "a.csv", text_of(row(**said)))
    undo(Account.objects.get())
    dispute = Dispute.objects.get()
    assert (dispute.status, dispute.resolution, dispute.resolved_at) == ("withdrawn", "Placement undone", AT)
    holds = {hold.kind: hold for hold in Hold.objects.all()}
    for kind in ("dispute", "cease"):
        assert (holds[kind].until_on, holds[kind].lift_reason) == (TODAY, "Placement undone")
    assert holds["deceased"].until_on is None
    log = StatusTransition.objects.get()
    assert (log.from_status, log.to_status) == ("disputed", "closed")


@pytest.mark.django_db
def test_undo_leaves_a_recalled_account_recalled(account: Account) -> None:
    apply_transition(account=account, transition="recall", by=None, at=AT)
    undo(account)
    account.refresh_from_db()
    assert (account.status, account.balance) == ("recalled", D("0"))


def pay(account: Account) -> None:
    post_payment(
        account=account, amount=D("5.00"), method="check", effective_on=TODAY, reference="1", by=None, at=AT
    )


def adjust(account: Account) -> None:
    post_entries(
        account=account, kind="adjustment", amounts={"fees": D("-2.00")}, effective_on=TODAY, by=None, at=AT
    )


def hold(account: Account) -> None:
    place_hold(debtor=account.debtor, account=account, kind="cease", from_on=TODAY, by=None, at=AT)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("work", "said"),
    [
        (pay, "1 payment"),
        (adjust, "1 adjustment"),
        (hold, "1 hold"),
        (lambda account: make_promise(account, by=make_user(), amount="50.00"), "1 promise"),
        (
            lambda account: offer(
                account=account, kind="plan", terms=Terms(D("20"), TODAY), by=make_user(), at=AT
            ),
            "1 agreement",
        ),
        (
            lambda account: open_dispute(account=account, received_on=TODAY, by=None, at=AT),
            "1 dispute, 1 hold",
        ),
        (lambda account: Note.objects.create(account=account, at=AT, text="called in"), "1 note"),
    ],
)
def test_undo_is_refused_once_somebody_worked_it_and_says_what(
    account: Account, work: Callable[[Account], object], said: str
) -> None:
    work(account)
    before = Account.objects.get().balance
    with pytest.raises(UndoRefused, match=rf"worked since: {said}\."):
        undo(account)
    account.refresh_from_db()
    assert (account.balance, account.placement.status) == (before, "loaded")


@pytest.mark.django_db(transaction=True)
def test_undo_waits_for_a_payment_being_posted_and_then_sees_it(account: Account) -> None:
    written, refused = threading.Event(), []

    def take_back() -> None:
        written.wait(10)
        try:
            undo(account)
        except UndoRefused as error:
            refused.append(str(error))
        finally:
            connection.close()

    thread = threading.Thread(target=take_back)
    thread.start()
    with transaction.atomic():
        pay(account)
        written.set()
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(10)
    assert len(refused) == 1
    assert "1 payment" in refused[0]


@pytest.mark.django_db
def test_undo_is_of_one_placement_only(account: Account, tmp_path: Path) -> None:
    client: Client = account.client
    load(client, tmp_path / "b.csv", text_of(row("2", dispute_reason="amount")))
    undo(account)
    other = Account.objects.get(client_reference="2")
    assert (other.status, other.balance) == ("disputed", D("102.00"))
    assert Dispute.objects.get().status == "open"
