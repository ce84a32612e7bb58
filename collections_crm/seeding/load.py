"""Writes the seeded book into the rooms' tables by COPY, a chunk a transaction, so that memory stays bounded."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, time
from multiprocessing import get_context
from operator import attrgetter

import pgtrigger
from django.apps import apps
from django.db import connection, connections, transaction

from accounts.enums import Bucket
from accounts.models import Account as AccountModel
from accounts.models import AccountParty, Client, LedgerEntry, Placement, StatusTransition
from collections_crm.seeding.book import (
    Account,
    Household,
    Plan,
    households,
    placement_dates,
    settle_statuses,
)
from collections_crm.seeding.clients import PROFILES
from collections_crm.seeding.copying import CopyTable, as_json, dollars
from collections_crm.seeding.history import tell_stories
from collections_crm.seeding.load_history import HistoryLoader, Placed, Staff
from collections_crm.seeding.people import Person
from core.fields import blind_index, encrypt
from debtors.models import Address, Debtor, Email, Phone, Relation
from users.models import Team, User

LEDGER_TRIGGER = "accounts.LedgerEntry:keep_balances"
MOST_WORKERS = 8
ROOMS = ("debtors", "accounts", "compliance", "contacts", "payments", "escalations", "worklists")
BUCKETS = (Bucket.PRINCIPAL, Bucket.INTEREST, Bucket.FEES, Bucket.COSTS)
DEBTOR = """
    id kind name first_name middle_name last_name suffix language date_of_birth tax_id tax_id_index
    tax_id_last4 state zones
"""
ACCOUNT = """
    id client placement team debtor client_reference frequency_group status debt_type original_creditor
    current_creditor merchant_brand placed_on due_on opened_on contract_on service_on last_statement_on
    charge_off_on charge_off_balance first_delinquency_on itemization_on itemization_type
    itemization_balance interest_since fees_since placed_amount electronic_billing last_payment_on
    last_contact_at first_notice_on principal interest fees costs
"""
ENTRY = """
    id account posting kind bucket amount effective_on posted_at memo reverses
"""
RECOUNT = """
    SELECT count(*) FROM accounts_account a LEFT JOIN (
        SELECT account_id, sum(amount) AS total FROM accounts_ledgerentry WHERE account_id = ANY(%(ids)s) GROUP BY 1
    ) e ON e.account_id = a.id
    WHERE a.id = ANY(%(ids)s) AND a.balance IS DISTINCT FROM COALESCE(e.total, 0)
"""
TOTAL_PLACEMENTS = """
    UPDATE accounts_placement p SET rows = s.rows, amount = s.amount
    FROM (SELECT placement_id, count(*) AS rows, sum(placed_amount) AS amount FROM accounts_account GROUP BY 1) s
    WHERE p.id = s.placement_id AND p.id = ANY(%s)
"""


# Loans bear interest by their contract, from the day the book begins: what they bore before is in what was placed.
BEGIN_INTEREST = """
    INSERT INTO accounts_interestterm (account_id, from_on, rate, authority)
    SELECT a.id, %(on)s, l.rate, l.authority FROM accounts_account a
    JOIN (VALUES ('auto', 9.25, 'Retail installment contract, section 4'), ('student', 6.8, 'Promissory note, section 7'))
        l(debt_type, rate, authority) ON l.debt_type = a.debt_type
    WHERE a.client_id = ANY(%(clients)s) AND a.balance > 0;
    INSERT INTO accounts_accrual (account_id, since, through) SELECT t.account_id, t.from_on, t.from_on
    FROM accounts_interestterm t JOIN accounts_account a ON a.id = t.account_id WHERE a.client_id = ANY(%(clients)s)
"""


class AlreadySeeded(Exception):
    """The seed's clients exist; loading again would mix two books."""


class SeedDisagrees(Exception):
    """A chunk's balances differ from its ledger; nothing of the chunk was kept."""


@dataclass(slots=True)
class Totals:
    accounts: int = 0
    debtors: int = 0
    contacts: int = 0
    payments: int = 0
    promises: int = 0
    tasks: int = 0
    amount_cents: int = 0

    def add(self, other: Totals) -> None:
        for count in fields(self):
            setattr(self, count.name, getattr(self, count.name) + getattr(other, count.name))


@dataclass(slots=True)
class Anchors:
    """What every row hangs on: clients, their placements and teams, and the people who work here."""

    at: datetime
    clients: list[int] = field(default_factory=list)
    placements: list[list[int]] = field(default_factory=list)
    teams: list[int | None] = field(default_factory=list)


def refuse_second_seed() -> None:
    found = (
        Client.objects.filter(code__in=[profile.code for profile in PROFILES])
        .values_list("code", flat=True)
        .first()
    )
    if found:
        raise AlreadySeeded(
            f"The seeded portfolio is here already (client {found}); start from an empty database to seed again."
        )


def seed(plan: Plan, *, history: bool) -> Iterator[Totals]:
    """Loads the book chunk by chunk; yields the running totals after each. Raises AlreadySeeded."""
    refuse_second_seed()
    at = datetime.combine(plan.on, time(6), UTC)
    with transaction.atomic():
        anchors = _make_anchors(plan, at)
        loader = BookLoader(plan, anchors, history=history)
    totals = Totals()
    for chunk in (
        _in_parallel(loader) if plan.chunks > 2 and not connection.in_atomic_block else _in_turn(loader)
    ):
        totals.add(chunk)
        yield totals
    with transaction.atomic():
        _total_placements(anchors)
        with connection.cursor() as cursor:
            cursor.execute(BEGIN_INTEREST, {"on": plan.on, "clients": anchors.clients})
    _analyze()


def _in_turn(loader: BookLoader) -> Iterator[Totals]:
    for chunk in range(loader.plan.chunks):
        with transaction.atomic():
            loaded = loader.load(chunk)
        yield loaded


def _in_parallel(loader: BookLoader) -> Iterator[Totals]:
    """A process per core, each with its own connection; chunks do not depend on one another."""
    connections.close_all()
    workers = min(os.cpu_count() or 1, loader.plan.chunks, MOST_WORKERS)
    with ProcessPoolExecutor(workers, get_context("fork"), _adopt, (loader,)) as pool:
        yield from pool.map(_load_chunk, range(loader.plan.chunks))


_adopted: list[BookLoader] = []


def _adopt(loader: BookLoader) -> None:
    _adopted[:] = [loader]


def _load_chunk(chunk: int) -> Totals:
    with transaction.atomic():
        return _adopted[0].load(chunk)


def _make_anchors(plan: Plan, at: datetime) -> Anchors:
    anchors = Anchors(at)
    teams = list(Team.objects.order_by("pk"))
    batches: list[list[Placement]] = []
    for index, profile in enumerate(PROFILES):
        client = Client.objects.create(
            code=profile.code,
            name=profile.name,
            display_name=profile.display_name,
            kind=profile.kind,
            debt_type=profile.debt_type,
        )
        team = teams[index % len(teams)] if teams else None
        if team:
            client.teams.add(team)
        batches.append(
            [
                Placement(
                    client=client,
                    batch=f"{profile.code}-{day:%Y-%m}",
                    placed_on=day,
                    file_name=f"{profile.code}_{day:%Y%m%d}.csv",
                )
                for day in placement_dates(index, plan.on)
            ]
        )
        anchors.clients.append(client.pk)
        anchors.teams.append(team.pk if team else None)
    Placement.objects.bulk_create(sorted(itertools.chain.from_iterable(batches), key=attrgetter("placed_on")))
    anchors.placements = [[batch.pk for batch in own] for own in batches]
    return anchors


class BookLoader:
    """One chunk after another: people, then accounts, then the ledger, then what happened."""

    def __init__(self, plan: Plan, anchors: Anchors, *, history: bool) -> None:
        at = anchors.at
        self.plan, self.anchors, self.history = plan, anchors, history
        self.staff = Staff.on_duty(User.objects.filter(is_active=True))
        self.debtors = CopyTable(Debtor, DEBTOR, at)
        self.addresses = CopyTable(Address, "debtor kind line1 line2 city state zip status", at)
        self.phones = CopyTable(Phone, "debtor number kind status", at)
        self.emails = CopyTable(Email, "debtor address status", at)
        self.relations = CopyTable(Relation, "debtor other kind", at)
        self.accounts = CopyTable(AccountModel, ACCOUNT, at)
        self.parties = CopyTable(AccountParty, "account debtor role", at)
        self.entries = CopyTable(LedgerEntry, ENTRY, at)
        self.moves = CopyTable(StatusTransition, "account transition from_status to_status at by reason", at)
        self.happened = HistoryLoader(plan, self.staff, at) if history else None

    def load(self, chunk: int) -> Totals:
        book = list(households(self.plan, chunk))
        stories = tell_stories(self.plan, chunk, book) if self.history else []
        if not self.history:
            settle_statuses(self.plan, chunk, book)
        people = [person for household in book for person in household.people]
        debtor_ids = self.load_people(people)
        homes = _people_ids(book, debtor_ids)
        placed = self.load_accounts(book, homes)
        self.load_relations(book, homes, placed)
        self.load_ledger(placed)
        self.moves.write(self.move_rows(placed))
        self.check(placed)
        totals = Totals(
            len(placed), len(people), amount_cents=sum(row.account.placed_cents for row in placed)
        )
        if self.happened:
            for row, story in zip(placed, (story for told in stories for story in told), strict=True):
                row.story = story
            counts = self.happened.load(placed)
            totals.contacts, totals.promises, totals.payments, totals.tasks = counts
        return totals

    def load_people(self, people: list[Person]) -> list[int]:
        ids = self.debtors.ids(len(people))
        pairs = list(zip(ids, people, strict=True))
        self.debtors.write(debtor_row(pk, person) for pk, person in pairs)
        self.addresses.write(address_row(pk, person) for pk, person in pairs)
        self.phones.write(
            (pk, phone.number, phone.kind, phone.status) for pk, person in pairs for phone in person.phones
        )
        self.emails.write(
            (pk, email.address, email.status) for pk, person in pairs for email in person.emails
        )
        return ids

    def load_accounts(self, book: list[Household], homes: list[list[int]]) -> list[Placed]:
        flat = [
            (home[0], household, account)
            for home, household in zip(homes, book, strict=True)
            for account in household.accounts
        ]
        ids = self.accounts.ids(len(flat))
        placed = [
            Placed(pk, debtor, account, household.people[0])
            for pk, (debtor, household, account) in zip(ids, flat, strict=True)
        ]
        self.accounts.write(self.account_row(row) for row in placed)
        return placed

    def account_row(self, row: Placed) -> tuple[object, ...]:
        account, anchors = row.account, self.anchors
        return (
            row.pk,
            anchors.clients[account.profile],
            anchors.placements[account.profile][account.batch],
            anchors.teams[account.profile],
            row.debtor_id,
            *account_facts(account),
            *(dollars(account.bucket_cents(bucket)) for bucket in BUCKETS),
        )

    def load_relations(self, book: list[Household], homes: list[list[int]], placed: list[Placed]) -> None:
        rows: list[tuple[object, ...]] = []
        parties: list[tuple[object, ...]] = []
        rest = iter(placed)
        for ids, household in zip(homes, book, strict=True):
            rows += [(ids[one], ids[other], kind) for one, other, kind in household.relations]
            for account in household.accounts:
                account_id = next(rest).pk
                parties += [(account_id, ids[index], role) for index, role in account.parties]
        self.relations.write(rows)
        self.parties.write(parties)

    def load_ledger(self, placed: list[Placed]) -> None:
        """The balances were written with the accounts, so the ledger's trigger is not to add them; ``check`` recounts."""
        flat = [(row, index, entry) for row in placed for index, entry in enumerate(row.account.entries)]
        ids = self.entries.ids(len(flat))
        by_place = {(row.pk, index): pk for pk, (row, index, _) in zip(ids, flat, strict=True)}
        with _ledger_trigger_off():
            self.entries.write(
                (
                    pk,
                    row.pk,
                    entry.posting,
                    entry.kind,
                    entry.bucket,
                    dollars(entry.cents),
                    entry.effective_on,
                    entry.posted_at,
                    entry.memo,
                    None if entry.reverses is None else by_place[row.pk, entry.reverses],
                )
                for pk, (row, _, entry) in zip(ids, flat, strict=True)
            )

    def move_rows(self, placed: list[Placed]) -> Iterator[tuple[object, ...]]:
        for row in placed:
            for move in row.account.moves:
                by = self.staff.rep(move.rep) if move.rep is not None else None
                yield row.pk, move.transition, move.before, move.after, move.at, by, move.reason

    def check(self, placed: list[Placed]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(RECOUNT, {"ids": [row.pk for row in placed]})
            wrong = cursor.fetchone()[0]
        if wrong:
            raise SeedDisagrees(
                f"{wrong} accounts of this chunk differ from their ledger; nothing of it was kept."
            )


def debtor_row(pk: int, person: Person) -> tuple[object, ...]:
    tax = (
        (encrypt(person.tax_id), blind_index(person.tax_id, "tax_id"), person.tax_id[-4:])
        if person.tax_id
        else ("", "", "")
    )
    return (
        pk,
        person.kind,
        person.name,
        person.first,
        person.middle,
        person.last,
        person.suffix,
        person.language,
        person.born_on,
        *tax,
        person.address.place.state,
        as_json(person.zones()),
    )


def address_row(pk: int, person: Person) -> tuple[object, ...]:
    address = person.address
    place = address.place
    return (
        pk,
        address.kind,
        address.line1,
        address.line2,
        place.city,
        place.state,
        place.zip,
        address.status,
    )


def account_facts(account: Account) -> tuple[object, ...]:
    """The columns from ``client_reference`` to ``first_notice_on``, in ACCOUNT's order."""
    profile = PROFILES[account.profile]
    since = account.placed_cents - account.interest_since - account.fees_since
    return (
        account.reference,
        account.frequency_group,
        account.status,
        profile.debt_type,
        account.original_creditor,
        account.current_creditor,
        account.brand,
        account.placed_on,
        account.due_on,
        account.opened_on,
        account.opened_on,
        account.service_on,
        account.last_statement_on,
        account.charge_off_on,
        dollars(since) if account.charge_off_on else None,
        account.due_on,
        account.itemization_on,
        profile.itemization,
        dollars(since),
        dollars(account.interest_since),
        dollars(account.fees_since),
        dollars(account.placed_cents),
        account.electronic,
        account.last_payment_on,
        account.last_contact_at,
        account.first_notice_on,
    )


def _people_ids(book: list[Household], ids: list[int]) -> list[list[int]]:
    rest = iter(ids)
    return [[next(rest) for _ in household.people] for household in book]


@contextmanager
def _ledger_trigger_off() -> Iterator[None]:
    """For this transaction only. COPY goes past Django's wrappers, so a statement that does not carries the setting."""
    with pgtrigger.ignore(LEDGER_TRIGGER):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        yield


def _total_placements(anchors: Anchors) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TOTAL_PLACEMENTS, [[pk for batches in anchors.placements for pk in batches]])
    Placement.objects.filter(client__in=anchors.clients, rows=0).delete()


def _analyze() -> None:
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model._meta.managed and not model._meta.proxy and model._meta.app_label in ROOMS:
                cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
