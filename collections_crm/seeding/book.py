"""Households with their accounts, as rows without ids. Pure: chunk ``n`` of seed ``s`` is always the same."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random

from accounts.enums import AccountStatus, Bucket, DebtType, EntryKind, ItemizationType, PartyRole
from accounts.statuses import target
from collections_crm.seeding.clients import PROFILES, SHARES, Profile
from collections_crm.seeding.people import Person, draw_business, draw_person, draw_spouse
from debtors.enums import RelationKind

CHUNK = 5_000
MONTHS = 24
COMMERCIAL = next(index for index, profile in enumerate(PROFILES) if profile.debt_type == DebtType.COMMERCIAL)
CONSUMER_SHARES = tuple(
    accumulate(0.0 if index == COMMERCIAL else profile.share for index, profile in enumerate(PROFILES))
)
ACCOUNTS_PER_DEBTOR = tuple(accumulate((80.0, 14.0, 4.5, 1.5)))
REFERENCES = 10_000_000
JOINT_TYPES = (DebtType.CARD, DebtType.AUTO, DebtType.RENT)


@dataclass(slots=True)
class Entry:
    """``cents`` in signed US cents. ``reverses``: the place, among the account's entries, of the one taken back."""

    kind: EntryKind
    bucket: Bucket
    cents: int
    effective_on: date
    posted_at: datetime
    posting: str
    memo: str = ""
    reverses: int | None = None


@dataclass(slots=True)
class Move:
    """A step of the status machine."""

    transition: str
    before: str
    after: str
    at: datetime
    reason: str
    rep: int | None = None


@dataclass(slots=True)
class Account:
    """``profile`` and ``batch`` point into PROFILES and the client's placement dates; money in cents."""

    profile: int
    batch: int
    reference: str
    placed_on: date
    due_on: date
    placed_cents: int
    original_creditor: str
    current_creditor: str
    brand: str
    rep: int
    status: str = AccountStatus.NEW
    opened_on: date | None = None
    service_on: date | None = None
    last_statement_on: date | None = None
    charge_off_on: date | None = None
    itemization_on: date | None = None
    interest_since: int = 0
    fees_since: int = 0
    frequency_group: str = ""
    electronic: bool = False
    last_payment_on: date | None = None
    last_contact_at: datetime | None = None
    first_notice_on: date | None = None
    entries: list[Entry] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    parties: list[tuple[int, PartyRole]] = field(default_factory=list)

    def move(self, transition: str, at: datetime, reason: str, rep: int | None = None) -> None:
        after = target(transition, self.status)
        self.moves.append(Move(transition, self.status, after, at, reason, rep))
        self.status = after

    def bucket_cents(self, bucket: Bucket) -> int:
        return sum(entry.cents for entry in self.entries if entry.bucket == bucket)

    @property
    def balance_cents(self) -> int:
        return sum(entry.cents for entry in self.entries)


@dataclass(slots=True)
class Household:
    """People who belong together; the first is the primary debtor of every account."""

    people: list[Person]
    accounts: list[Account]
    relations: list[tuple[int, int, RelationKind]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plan:
    accounts: int
    seed: int
    on: date

    @property
    def chunks(self) -> int:
        return -(-self.accounts // CHUNK)

    def size(self, chunk: int) -> int:
        return min(CHUNK, self.accounts - chunk * CHUNK)

    def rng(self, chunk: int, purpose: str) -> Random:
        return Random(f"{self.seed}:{purpose}:{chunk}")  # noqa: S311 - a book, no secret


def morning(on: date, hour: int = 13) -> datetime:
    """An instant of the working day in the United States: 13:00 UTC is 9 o'clock in New York in winter."""
    return datetime.combine(on, time(hour), UTC)


@lru_cache(maxsize=64)
def placement_dates(profile: int, on: date) -> tuple[date, ...]:
    """The days on which the client placed, newest first: once a month, on a day of its own, before ``on``."""
    day = 2 + (profile * 7) % 25
    months = [on.year * 12 + on.month - 1 - back for back in range(MONTHS + 1)]
    dates = (date(month // 12, month % 12 + 1, day) for month in months)
    return tuple(found for found in dates if found < on)


@lru_cache(maxsize=64)
def _date_weights(profile: int, on: date) -> tuple[float, ...]:
    return tuple(accumulate(math.exp(-back / 9) for back in range(len(placement_dates(profile, on)))))


def households(plan: Plan, chunk: int) -> Iterator[Household]:
    """The households of one chunk, with exactly ``plan.size(chunk)`` accounts together."""
    rng = plan.rng(chunk, "book")
    wanted = plan.size(chunk)
    number = chunk * CHUNK
    while wanted:
        household = _draw_household(rng, plan, number, wanted)
        number += len(household.accounts)
        wanted -= len(household.accounts)
        yield household


def _draw_household(rng: Random, plan: Plan, number: int, at_most: int) -> Household:
    profile = rng.choices(range(len(PROFILES)), cum_weights=SHARES)[0]
    person = draw_business(rng) if profile == COMMERCIAL else draw_person(rng, plan.on)
    count = min(at_most, rng.choices((1, 2, 3, 4), cum_weights=ACCOUNTS_PER_DEBTOR)[0])
    rep = rng.randrange(1000)
    accounts = [draw_account(rng, plan, profile, number, rep)]
    for further in range(1, count):
        same = profile == COMMERCIAL or (rng.random() < 0.35)
        other = profile if same else rng.choices(range(len(PROFILES)), cum_weights=CONSUMER_SHARES)[0]
        accounts.append(draw_account(rng, plan, other, number + further, rep))
    household = Household([person], accounts)
    if profile != COMMERCIAL and rng.random() < 0.08:
        _add_spouse(rng, household, plan)
    return household


def _add_spouse(rng: Random, household: Household, plan: Plan) -> None:
    household.people.append(draw_spouse(rng, household.people[0], plan.on))
    household.relations.append((0, 1, RelationKind.SPOUSE))
    for account in household.accounts:
        kind = PROFILES[account.profile].debt_type
        if kind in JOINT_TYPES:
            account.parties.append((1, PartyRole.JOINT))
        elif kind in (DebtType.MEDICAL, DebtType.STUDENT) and rng.random() < 0.5:
            account.parties.append((1, PartyRole.GUARANTOR))


def draw_account(rng: Random, plan: Plan, profile_index: int, number: int, rep: int) -> Account:
    profile = PROFILES[profile_index]
    dates = placement_dates(profile_index, plan.on)
    batch = rng.choices(range(len(dates)), cum_weights=_date_weights(profile_index, plan.on))[0]
    placed_on = dates[batch]
    due_on = placed_on - timedelta(days=int(rng.triangular(*profile.lag)))
    cents = _draw_cents(rng, profile)
    creditor = rng.choice(profile.creditors) if profile.creditors else profile.name
    account = Account(
        profile=profile_index,
        batch=batch,
        reference=profile.reference.format((number * 7919 + plan.seed * 104_729) % REFERENCES),
        placed_on=placed_on,
        due_on=due_on,
        placed_cents=cents,
        original_creditor=creditor,
        current_creditor=profile.name,
        brand=rng.choice(profile.brands) if profile.brands else "",
        rep=rep,
        electronic=rng.random() < profile.electronic,
        frequency_group=f"KSG{number % REFERENCES:07d}" if profile.debt_type == DebtType.STUDENT else "",
    )
    _date_account(rng, profile, account)
    _place(rng, profile, account)
    return account


def _draw_cents(rng: Random, profile: Profile) -> int:
    dollars = rng.lognormvariate(math.log(profile.median), profile.sigma)
    return round(min(max(dollars, profile.least + 20 * rng.random()), profile.most) * 100)


def _date_account(rng: Random, profile: Profile, account: Account) -> None:
    due_on = account.due_on
    if profile.itemization == ItemizationType.TRANSACTION:
        account.service_on = account.itemization_on = due_on - timedelta(days=rng.randint(28, 60))
        return
    account.opened_on = due_on - timedelta(days=rng.randint(120, 2600))
    account.last_statement_on = min(due_on + timedelta(days=rng.randint(20, 30)), account.placed_on)
    account.itemization_on = account.last_statement_on
    if profile.itemization == ItemizationType.CHARGE_OFF:
        account.charge_off_on = account.itemization_on = min(due_on + timedelta(days=180), account.placed_on)


def _place(rng: Random, profile: Profile, account: Account) -> None:
    """The opening entries: principal, and with some accounts interest or fees that came with the placement."""
    posting, at, day = new_posting(rng), morning(account.placed_on, 11), account.placed_on
    principal = account.placed_cents
    if rng.random() < profile.extra:
        extra = round(principal * rng.uniform(0.01, 0.12))
        carries_interest = profile.debt_type in (DebtType.CARD, DebtType.AUTO, DebtType.STUDENT)
        account.interest_since, account.fees_since = (extra, 0) if carries_interest else (0, extra)
        bucket = Bucket.INTEREST if carries_interest else Bucket.FEES
        if extra:
            account.entries.append(
                Entry(EntryKind.PLACEMENT, bucket, extra, day, at, posting, "placed by the client")
            )
        principal -= extra
    account.entries.insert(
        0, Entry(EntryKind.PLACEMENT, Bucket.PRINCIPAL, principal, day, at, posting, "placed by the client")
    )


def new_posting(rng: Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def settle_statuses(plan: Plan, chunk: int, book: list[Household]) -> None:
    """Without a history: fresh accounts are new, others worked, some went back to the client."""
    rng = plan.rng(chunk, "status")
    for household in book:
        for account in household.accounts:
            age = (plan.on - account.placed_on).days
            if age > 21 or rng.random() < 0.15:
                account.move(
                    "start_work", morning(account.placed_on + timedelta(days=1)), "work began", account.rep
                )
                _return_some(rng, plan, account, age)


def _return_some(rng: Random, plan: Plan, account: Account, age: int) -> None:
    if age < 60 or rng.random() > min(age / 4000, 0.15):
        return
    at = morning(account.placed_on + timedelta(days=rng.randint(45, age - 1)), 20)
    if rng.random() < 0.4:
        account.move("recall", at, "recalled by the client")
    else:
        account.move("close", at, "closed and returned: no further means of collection")
