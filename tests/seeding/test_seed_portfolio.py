"""The seeded book is deterministic, believable, reaches nobody, and its histories obey the gate by a recount."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import zipcodes
from django.core.management import CommandError, call_command
from django.db.models import F, Sum

from accounts.enums import AccountStatus
from accounts.models import Account, Client, LedgerEntry, Placement, StatusTransition
from accounts.services import verify_ledger
from accounts.statuses import OPEN, target
from collections_crm.seeding.book import CHUNK, Plan, households
from collections_crm.seeding.history import tell_stories
from collections_crm.seeding.money import seed_agreements, seed_remittances
from compliance.models import AddressBasis, Dispute, Hold, OptOut
from contacts.letters import letter_of
from contacts.models import Contact, Message
from debtors.models import Address, Debtor, Email, Phone
from debtors.tax_ids import validate_ein, validate_ssn
from debtors.zones import candidate_zones
from escalations.models import Escalation
from payments.models import Agreement, Payment, Promise
from payments.services import judge_account
from payments.trust import verify_trust
from reporting.compliance import figures
from tests.factories import make_team, make_user
from worklists.models import Task

ON = date(2026, 11, 23)
PLACES = {row["zip_code"]: row for row in zipcodes.list_all()}


def seed(**options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("seed_portfolio", json=True, on=ON, stdout=out, **options)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


@pytest.fixture
def book(db: None) -> dict[str, Any]:
    return seed(accounts=200, seed=7, history=True)


def test_the_same_seed_draws_the_same_book_and_another_seed_another() -> None:
    def drawn(seed: int) -> object:
        plan = Plan(300, seed, ON)
        drawn_book = list(households(plan, 0))
        return drawn_book, tell_stories(plan, 0, drawn_book)

    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


def test_a_chunk_has_the_accounts_asked_for_and_no_reference_twice() -> None:
    plan = Plan(CHUNK + 250, 3, ON)
    accounts = [
        account
        for chunk in range(plan.chunks)
        for home in households(plan, chunk)
        for account in home.accounts
    ]
    assert len(accounts) == CHUNK + 250
    assert len({(account.profile, account.reference) for account in accounts}) == CHUNK + 250


def test_nobody_opts_out_twice_and_no_two_promises_are_open_at_once() -> None:
    plan = Plan(4000, 1, ON)
    for stories in tell_stories(plan, 0, list(households(plan, 0))):
        assert sum(len(story.refusals) for story in stories) <= 1
        assert all(sum(pledge.status == "open" for pledge in story.pledges) <= 1 for story in stories)


@pytest.mark.django_db
def test_the_same_seed_loads_the_same_rows_and_a_second_load_is_refused() -> None:
    summary = seed(accounts=40, seed=3)
    assert (summary["accounts"], summary["contacts"], Account.objects.count(), Client.objects.count()) == (
        40,
        0,
        40,
        12,
    )
    assert Decimal(summary["amount"]) == Account.objects.aggregate(total=Sum("placed_amount"))["total"]
    with pytest.raises(CommandError, match="The seeded portfolio is here already"):
        seed(accounts=40, seed=3)
    assert Account.objects.count() == 40


@pytest.mark.parametrize("count", ["0", "-1", "x", "20000000"])
def test_a_count_that_is_none_is_refused(count: str) -> None:
    with pytest.raises(CommandError):
        call_command("seed_portfolio", "--accounts", count)


@pytest.mark.usefixtures("book")
def test_t46_collection_waits_for_no_validation_notice() -> None:
    report = {part["key"]: part["rows"] for part in figures(on=ON)["parts"]}
    assert report["validation"] == []
    notices = Message.objects.filter(notice__isnull=False)
    assert notices.count() == Account.objects.filter(first_notice_on__isnull=False).count() > 100
    letter = notices.first()
    assert letter is not None
    assert letter_of(letter) == {"notice": letter.notice}
    assert letter.notice["ends_on"] > letter.notice["sent_on"]


@pytest.mark.usefixtures("book")
class TestBook:
    def test_zip_city_state_area_code_and_zones_agree(self) -> None:
        for address in Address.objects.select_related("debtor"):
            place = PLACES[address.zip]
            assert (address.city, address.state) == (place["city"], place["state"])
            assert address.debtor.state == address.state
            for phone in address.debtor.phones.all():
                assert phone.number[2:5] in place["area_codes"]

    def test_zones_are_those_the_debtors_room_would_keep(self) -> None:
        for debtor in Debtor.objects.prefetch_related("addresses", "phones"):
            usable = [
                phone.number
                for phone in debtor.phones.order_by("id")
                if phone.status not in ("bad", "wrong_party")
            ]
            assert tuple(debtor.zones) == candidate_zones([debtor.addresses.get().zip], usable)

    def test_nobody_can_be_reached(self) -> None:
        assert all(
            re.fullmatch(r"\+1\d{3}55501\d\d", number)
            for number in Phone.objects.values_list("number", flat=True)
        )
        assert all(
            re.search(r"[@.]example\.(com|org|net)$", address)
            for address in Email.objects.values_list("address", flat=True)
        )

    def test_tax_ids_pass_the_check_and_ssns_are_of_areas_never_assigned_before_2011(self) -> None:
        for debtor in Debtor.objects.exclude(tax_id_last4=""):
            digits = str(debtor.tax_id)
            check = validate_ssn if debtor.kind == "person" else validate_ein
            assert check(digits) == digits
            assert debtor.tax_id_last4 == digits[-4:]
            assert debtor.kind == "business" or 870 <= int(digits[:3]) <= 899

    def test_the_book_has_the_shape_of_an_agencys(self) -> None:
        owed = Counter(Account.objects.values_list("debtor_id", flat=True))
        assert 0.1 < sum(1 for number in owed.values() if number > 1) / len(owed) < 0.35
        assert Debtor.objects.filter(language="es").exists()
        assert Account.objects.values("debt_type").distinct().count() >= 8
        assert not Account.objects.filter(due_on__lt=ON - timedelta(days=6 * 365)).exists()
        assert not Account.objects.filter(placed_on__gte=ON).exists()

    def test_balances_agree_with_the_ledger(self) -> None:
        for account in Account.objects.all():
            totals = dict(
                LedgerEntry.objects.filter(account=account).values_list("bucket").annotate(Sum("amount"))
            )
            for bucket in ("principal", "interest", "fees", "costs"):
                assert getattr(account, bucket) == totals.get(bucket, 0)
            assert account.balance == sum(totals.values())
        assert not Account.objects.filter(balance__lt=0).exists()
        assert not Account.objects.filter(status=AccountStatus.PAID).exclude(balance=0).exists()
        assert not Account.objects.filter(status__in=OPEN, balance=0).exists()

    def test_payments_are_what_the_ledger_received(self) -> None:
        for payment in Payment.objects.filter(status="posted"):
            assert (
                -LedgerEntry.objects.filter(posting=payment.posting).aggregate(total=Sum("amount"))["total"]
                == payment.amount
            )
        net = Payment.objects.filter(status="posted").aggregate(total=Sum("amount"))["total"]
        assert (
            -LedgerEntry.objects.filter(kind__in=["payment", "reversal"]).aggregate(total=Sum("amount"))[
                "total"
            ]
            == net
        )

    def test_placements_carry_their_totals(self) -> None:
        for placement in Placement.objects.all():
            totals = placement.accounts.aggregate(total=Sum("placed_amount"))
            assert (placement.rows, placement.amount) == (placement.accounts.count(), totals["total"])

    def test_every_status_was_reached_by_the_status_machine(self) -> None:
        for account in Account.objects.all():
            status = "new"
            for move in StatusTransition.objects.filter(account=account).order_by("at", "id"):
                assert (move.from_status, move.to_status) == (status, target(move.transition, status))
                status = move.to_status
            assert account.status == status

    def test_judging_again_changes_no_promise(self) -> None:
        def verdicts() -> list[tuple[int, str, Decimal]]:
            return list(Promise.objects.order_by("id").values_list("id", "status", "paid"))

        before = verdicts()
        assert {"kept", "broken"} <= {status for _, status, _ in before}
        for account in Account.objects.filter(promises__isnull=False).distinct():
            judge_account(account=account, on=ON - timedelta(days=1), at=datetime.combine(ON, time(5), UTC))
        assert verdicts() == before

    def test_open_accounts_have_something_ahead(self) -> None:
        idle = (
            Account.objects.filter(status__in=OPEN)
            .exclude(tasks__status="open")
            .exclude(promises__status="open")
        )
        assert not idle.exclude(holds__until_on__isnull=True, holds__isnull=False).exists()
        assert Task.objects.filter(status="open").count() > 50


@pytest.mark.usefixtures("book")
class TestHistory:
    def test_it_has_every_kind_of_touch(self) -> None:
        kinds = Counter(Contact.objects.values_list("channel", "direction"))
        assert set(kinds) == {("call", "out"), ("call", "in"), ("email", "out"), ("letter", "out")}
        assert kinds["call", "out"] > 400

    def test_no_more_than_seven_calls_in_seven_days_and_none_within_seven_of_a_conversation(self) -> None:
        by_debt: dict[int, list[tuple[date, Contact]]] = defaultdict(list)
        for contact in Contact.objects.filter(channel="call").select_related("debtor").order_by("at", "id"):
            local = contact.at.astimezone(ZoneInfo(contact.debtor.zones[0])).date()
            by_debt[contact.account_id].append((local, contact))
        for calls in by_debt.values():
            for index, (day, contact) in enumerate(calls):
                if contact.direction == "in":
                    continue
                week = [c for when, c in calls[:index] if day - timedelta(days=6) <= when]
                placed = [
                    c for c in week if c.direction == "out" and c.outcome not in ("busy", "not_in_service")
                ]
                assert len(placed) < (2 if contact.debtor.state == "MA" else 7)
                assert not [c for c in week if c.outcome == "conversation"]

    def test_calls_and_emails_fall_between_8_and_21_in_every_zone(self) -> None:
        for contact in Contact.objects.filter(channel__in=["call", "email"]).select_related("debtor"):
            for zone in contact.debtor.zones:
                assert time(8) <= contact.at.astimezone(ZoneInfo(zone)).time() < time(21)

    def test_nothing_goes_out_under_a_hold_or_after_an_opt_out(self) -> None:
        for hold in Hold.objects.all():
            after = Contact.objects.filter(account=hold.account, direction="out", at__gt=hold.recorded_at)
            assert not (after.filter(at__date__lt=hold.until_on) if hold.until_on else after).exists()
        for said in OptOut.objects.all():
            assert not Contact.objects.filter(
                debtor=said.debtor, channel=said.medium, direction="out", at__gt=said.at
            ).exists()

    def test_every_open_dispute_has_its_standing_hold(self) -> None:
        for dispute in Dispute.objects.select_related("hold"):
            assert dispute.hold is not None
            assert (dispute.status == "open") == (dispute.hold.until_on is None)

    def test_each_outgoing_contact_has_an_allowing_decision_of_its_own_moment(self) -> None:
        outgoing = Contact.objects.filter(direction="out")
        assert (
            outgoing.count()
            == outgoing.filter(
                decision__allowed=True, decision__at=F("at"), decision__account=F("account")
            ).count()
        )
        assert not Contact.objects.filter(direction="in", decision__isnull=False).exists()

    def test_messages_ended_and_emails_had_a_basis(self) -> None:
        assert set(Message.objects.values_list("status", flat=True)) <= {
            "delivered",
            "handed_over",
            "bounced",
            "returned",
        }
        assert Contact.objects.filter(channel__in=["email", "letter"]).count() == Message.objects.count()
        for message in Message.objects.filter(channel="email"):
            basis = AddressBasis.objects.get(debtor=message.debtor, address=message.address)
            assert basis.as_of <= message.sent_at.date()

    def test_nothing_lies_after_the_seed_date(self) -> None:
        assert not Contact.objects.filter(at__date__gt=ON).exists()
        assert not Payment.objects.filter(effective_on__gte=ON).exists()
        assert not Promise.objects.filter(made_on__gte=ON).exists()
        assert not Escalation.objects.filter(raised_at__date__gte=ON + timedelta(days=1)).exists()


def test_the_demos_agreements_stand_where_their_money_puts_them(book: dict[str, Any]) -> None:
    at = datetime(2026, 11, 23, 15, tzinfo=UTC)
    rep = make_user("rep")
    make_team().clients.set(Client.objects.all())
    assert seed_agreements(by=rep, at=at) > 7
    assert (seed_remittances(at=at) > 1, seed_remittances(at=at)) == (True, 0)
    found = Counter(Agreement.objects.values_list("kind", "status"))
    assert {status for _, status in found} >= {"active", "kept", "broken", "proposed"}
    assert set(Escalation.objects.exclude(agreement=None).values_list("kind", flat=True)) == {
        "settlement",
        "plan",
    }
    assert verify_ledger() == []
    assert verify_trust() == []
