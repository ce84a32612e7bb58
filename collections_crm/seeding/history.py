"""Months of work on an account that the contact gate would have allowed, call for call. Pure and deterministic.

Kept while drawing: at most seven calls in seven days per debt (two in Massachusetts), none within seven days of a
conversation (12 CFR 1006.14(b)(2)), 8 to 21 o'clock in every candidate zone (1006.6(b)(1)), nothing outgoing under a
hold, no medium after its opt-out, no address that proved bad. Days are counted in the primary zone. Stricter than the
gate: busy and not-in-service calls count too.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from random import Random
from zoneinfo import ZoneInfo

from accounts.enums import AccountStatus, Bucket, DebtType, EntryKind
from accounts.statuses import OPEN, WORKABLE
from collections_crm.seeding import texts
from collections_crm.seeding.book import Account, Entry, Household, Plan, morning, new_posting
from collections_crm.seeding.clients import PROFILES
from collections_crm.seeding.people import Person, PhoneRow
from collections_crm.seeding.story import Ask, Pledge, Receipt, Refusal, Remark, Stop, Story, Todo, Touch
from compliance.enums import Channel, DisputeReason, HoldKind, Medium
from contacts.enums import CallOutcome, Direction, MessageStatus
from debtors.enums import DebtorKind, PhoneKind, ReachStatus
from payments.enums import Method, PromiseStatus
from worklists.enums import TaskKind

HORIZON = 180
GRACE_DAYS = 1
FREE = timedelta(days=7)
OUT, IN = Direction.OUT, Direction.IN
PAY_ORDER = (Bucket.COSTS, Bucket.FEES, Bucket.INTEREST, Bucket.PRINCIPAL)
OUTCOMES = (
    CallOutcome.NO_ANSWER,
    CallOutcome.VOICEMAIL,
    CallOutcome.CONVERSATION,
    CallOutcome.LIMITED_CONTENT_MESSAGE,
    CallOutcome.BUSY,
    CallOutcome.DROPPED,
    CallOutcome.NOT_IN_SERVICE,
    CallOutcome.WRONG_NUMBER,
)
OUTCOME_WEIGHTS = (43, 71, 83, 90, 95, 98, 99, 100)
TOPICS = ("promise", "later", "refusal", "hardship", "dispute", "attorney", "bankruptcy", "cease", "opt_out")
TOPIC_WEIGHTS = (38, 58, 78, 88, 92, 93, 93.6, 94.6, 96)
LATELY = 8  # days
IN_THE_MAIL = 4  # days; letters that have arrived are not printed any more
LASTING = {"attorney": HoldKind.ATTORNEY, "bankruptcy": HoldKind.BANKRUPTCY, "cease": HoldKind.CEASE}


@lru_cache(maxsize=50_000)
def open_hours(zones: tuple[str, ...], day: date) -> tuple[datetime, datetime] | None:
    """When ``day`` (of the first zone) lies between 8 and 21 o'clock in every zone; None: never."""
    if not zones:
        return None
    opens = max(datetime.combine(day, time(8), ZoneInfo(zone)).astimezone(UTC) for zone in zones)
    closes = min(datetime.combine(day, time(21), ZoneInfo(zone)).astimezone(UTC) for zone in zones)
    return (opens, closes) if opens < closes else None


class Teller:
    """Draws the story of one account, day after day."""

    def __init__(
        self,
        rng: Random,
        plan: Plan,
        account: Account,
        person: Person,
        zones: tuple[str, ...],
        *,
        alone: bool,
    ) -> None:
        self.rng, self.plan, self.account, self.person, self.alone = rng, plan, account, person, alone
        self.story = Story()
        self.zones = zones
        self.most_calls = 2 if person.address.place.state == "MA" else 7
        self.calls: list[date] = []
        self.talked_on: date | None = None
        self.quiet_until: date | None = None
        self.finished = False

    def tell(self) -> Story:
        rng, account, on = self.rng, self.account, self.plan.on
        day = account.placed_on + timedelta(days=rng.randint(1, 3))
        if day < on:
            self.begin(day)
            account.move("start_work", morning(day, 12), "work began", account.rep)
        day = max(day + timedelta(days=rng.randint(2, 9)), on - timedelta(days=HORIZON - rng.randint(0, 20)))
        pace = rng.uniform(0.7, 1.9)
        while day < on and not self.finished:
            if self.quiet_until is None or day >= self.quiet_until:
                self.work(day)
            fresh = (day - account.placed_on).days < 60
            day += timedelta(days=max(1, round(rng.expovariate(1 / ((7 if fresh else 13) * pace)))))
        self.close_book()
        return self.story

    def begin(self, day: date) -> None:
        """The first letter; of a consumer's debt the validation notice, which arrives, else nothing more goes out."""
        if PROFILES[self.account.profile].debt_type == DebtType.COMMERCIAL:
            self.send_letter(day)
        elif self.person.address.status == ReachStatus.BAD:
            self.finished = True
        else:
            self.send_letter(day, is_notice=True)
            self.account.first_notice_on = day

    def work(self, day: date) -> None:
        if day.weekday() == 6 or self.has_had_its_week(day):
            return
        chance = self.rng.random()
        if chance < 0.68:
            self.call(day)
        elif chance < 0.84:
            self.send(Channel.EMAIL, day)
        elif chance < 0.92:
            self.send(Channel.LETTER, day)
        elif chance < 0.955:
            self.inbound(day)
        elif chance < 0.975:
            self.pay(day, self.part(0.05, 0.35))

    def has_had_its_week(self, day: date) -> bool:
        """Washington counts letters and e-mails too; one day of work in seven stays below its three."""
        if self.person.address.place.state != "WA":
            return False
        return any(t.direction == OUT and day - FREE <= t.at.date() <= day for t in self.story.touches)

    def moment(self, day: date, after: datetime | None = None) -> datetime | None:
        """An instant of the day at which a call or an e-mail may go to every zone, later than ``after``."""
        hours = open_hours(self.zones, day)
        if hours is None:
            return None
        opens, closes = hours
        if after is not None:
            opens = max(opens, after + timedelta(hours=4))
        minutes = int((closes - opens).total_seconds() // 60) - 1
        return (
            opens + timedelta(minutes=self.rng.randrange(minutes), seconds=self.rng.randrange(60))
            if minutes > 0
            else None
        )

    def may_call(self, day: date) -> bool:
        recent = sum(1 for called in self.calls if day - FREE < called <= day)
        cooled = self.talked_on is None or day >= self.talked_on + FREE
        refused = any(refusal.medium == Medium.CALL for refusal in self.story.refusals)
        return recent < self.most_calls and cooled and not refused

    def call(self, day: date) -> None:
        last = self.story.touches[-1].at if self.story.touches else None
        again = self.rng.random() < 0.12
        for _ in range(2 if again else 1):
            phones = self.reachable()
            at = self.moment(day, last if last and last.date() >= day else None)
            if not phones or at is None or not self.may_call(day) or self.finished:
                return
            phone = phones[0] if self.rng.random() < 0.75 else self.rng.choice(phones)
            outcome = self.rng.choices(OUTCOMES, cum_weights=OUTCOME_WEIGHTS)[0]
            touch = Touch(Channel.CALL, OUT, at, phone.number, outcome, self.account.rep)
            self.story.touches.append(touch)
            self.calls.append(day)
            last = at
            if outcome == CallOutcome.CONVERSATION:
                phone.status = ReachStatus.GOOD
                self.talk(touch, day)
            elif outcome in (CallOutcome.NOT_IN_SERVICE, CallOutcome.WRONG_NUMBER):
                phone.status = (
                    ReachStatus.BAD if outcome == CallOutcome.NOT_IN_SERVICE else ReachStatus.WRONG_PARTY
                )
                touch.note = texts.NOTES[outcome][0]

    def reachable(self) -> list[PhoneRow]:
        """Numbers not known to be wrong; a person is not rung at work."""
        usable = [
            phone for phone in self.person.phones if phone.status in (ReachStatus.UNKNOWN, ReachStatus.GOOD)
        ]
        return [
            phone
            for phone in usable
            if phone.kind != PhoneKind.WORK or self.person.kind == DebtorKind.BUSINESS
        ]

    def inbound(self, day: date) -> None:
        at = self.moment(
            day,
            self.story.touches[-1].at
            if self.story.touches and self.story.touches[-1].at.date() >= day
            else None,
        )
        phones = self.reachable()
        if at is None or not phones:
            return
        touch = Touch(
            Channel.CALL,
            IN,
            at,
            phones[0].number,
            CallOutcome.CONVERSATION,
            self.account.rep,
            self.rng.choice(texts.NOTES["inbound"]),
        )
        self.story.touches.append(touch)
        self.talk(touch, day)

    def talk(self, touch: Touch, day: date) -> None:
        self.talked_on = day
        topic = self.rng.choices(TOPICS, cum_weights=TOPIC_WEIGHTS)[0]
        if topic == "promise" and not self.promise(touch, day):
            topic = "later"
        if topic == "opt_out" and (self.story.refusals or not self.alone):
            topic = "refusal"
        if topic != "promise":
            touch.note = touch.note or self.rng.choice(texts.NOTES[topic])
        if topic == "dispute":
            self.dispute(touch.at, day)
        elif topic == "opt_out":
            self.story.refusals.append(Refusal(Medium.CALL, touch.at, self.account.rep))
        elif topic in LASTING:
            self.hold(LASTING[topic], touch.at, day, touch.note)
        elif topic in ("hardship", "refusal") and self.rng.random() < self.asks_for_help(day):
            self.escalate(touch.at + timedelta(minutes=4))

    def part(self, low: float, high: float) -> int:
        """A share of the balance in round dollars, at least 20 dollars or everything."""
        balance = self.account.balance_cents
        share = round(balance * self.rng.uniform(low, high) / 500) * 500
        return min(balance, max(share, 2000))

    def promise(self, touch: Touch, day: date) -> bool:
        last = self.story.pledges[-1] if self.story.pledges else None
        if self.account.status not in WORKABLE or (last and day <= last.due_on + timedelta(days=GRACE_DAYS)):
            return False
        whole = self.rng.random() < 0.25
        cents = self.account.balance_cents if whole else self.part(0.06, 0.4)
        due_on = day + timedelta(days=self.rng.randint(3, 21))
        self.account.move(
            "promise", touch.at, f"Promise of ${cents / 100:.2f} by {due_on:%d %b %Y}", self.account.rep
        )
        pledge = Pledge(
            cents,
            touch.at,
            day,
            due_on,
            self.rng.choice((Method.CHECK, Method.CARD, Method.WIRE, Method.MONEY_ORDER)),
            self.account.rep,
        )
        self.story.pledges.append(pledge)
        touch.note = self.rng.choice(texts.NOTES["promise"]).format(
            amount=f"${cents / 100:,.2f}", day=f"{due_on:%b %d}"
        )
        self.quiet_until = due_on + timedelta(days=GRACE_DAYS + 1)
        self.honour(pledge)
        return True

    def honour(self, pledge: Pledge) -> None:
        """What came in for the promise; then it is judged by what came in and nothing else."""
        fate = self.rng.random()
        paid_on = pledge.due_on - timedelta(
            days=self.rng.randint(0, min(3, (pledge.due_on - pledge.made_on).days - 1))
        )
        if fate < 0.55:
            self.pay(paid_on, pledge.cents, pledge.how)
        elif fate < 0.68:
            self.pay(
                paid_on, max(500, round(pledge.cents * self.rng.uniform(0.3, 0.8) / 500) * 500), pledge.how
            )
        self.judge(pledge)

    def judge(self, pledge: Pledge) -> None:
        until = pledge.due_on + timedelta(days=GRACE_DAYS)
        received = [
            r
            for r in self.story.receipts
            if pledge.made_on <= r.effective_on <= until and r.reversed_at is None
        ]
        pledge.paid_cents = sum(receipt.cents for receipt in received)
        if pledge.paid_cents >= pledge.cents:
            pledge.status, pledge.judged_at, pledge.judged_on = (
                PromiseStatus.KEPT,
                received[-1].at,
                received[-1].effective_on,
            )
        elif until + timedelta(days=1) <= self.plan.on - timedelta(days=1):
            pledge.status = PromiseStatus.PARTLY_KEPT if pledge.paid_cents else PromiseStatus.BROKEN
            pledge.judged_on = until + timedelta(days=1)
            pledge.judged_at = morning(pledge.judged_on, 9)
        if (
            pledge.status != PromiseStatus.OPEN
            and pledge.judged_at
            and self.account.status == AccountStatus.PROMISED
        ):
            self.account.move("end_promise", pledge.judged_at, f"Promise {pledge.status.label.lower()}")

    def pay(self, day: date, cents: int, method: Method | None = None) -> None:
        """Posts a payment over the buckets (costs, fees, interest, principal) if its day is past."""
        account, rng = self.account, self.rng
        cents = min(cents, account.balance_cents)
        if day >= self.plan.on or cents <= 0 or account.status not in OPEN:
            return
        method = method or rng.choice(
            (Method.CHECK, Method.CHECK, Method.CARD, Method.MONEY_ORDER, Method.CLIENT)
        )
        reference = (
            f"{rng.randrange(101, 9999)}" if method == Method.CHECK else f"{rng.getrandbits(40):010x}".upper()
        )
        receipt = Receipt(cents, day, morning(day, 20), method, reference, new_posting(rng))
        self.story.receipts.append(receipt)
        places = self.post(receipt)
        account.last_payment_on = day
        bounced_at = morning(day + timedelta(days=5), 20)
        if (
            method == Method.CHECK
            and rng.random() < 0.03
            and bounced_at.date() < self.plan.on
            and account.balance_cents
        ):
            self.bounce(receipt, places, bounced_at)
        if account.balance_cents == 0:
            self.paid_in_full(receipt)

    def post(self, receipt: Receipt) -> list[int]:
        """The payment's entries; their places among the account's entries."""
        left, places = receipt.cents, []
        for bucket in PAY_ORDER:
            share = min(left, self.account.bucket_cents(bucket))
            if share > 0:
                places.append(len(self.account.entries))
                memo = f"{receipt.method.label} {receipt.reference}"
                self.account.entries.append(
                    Entry(
                        EntryKind.PAYMENT,
                        bucket,
                        -share,
                        receipt.effective_on,
                        receipt.at,
                        receipt.posting,
                        memo,
                    )
                )
                left -= share
        return places

    def bounce(self, receipt: Receipt, places: list[int], at: datetime) -> None:
        receipt.reversed_at = at
        posting = new_posting(self.rng)
        for place in places:
            entry = self.account.entries[place]
            back = Entry(
                EntryKind.REVERSAL,
                entry.bucket,
                -entry.cents,
                entry.effective_on,
                at,
                posting,
                "Check returned: insufficient funds",
                place,
            )
            self.account.entries.append(back)
        standing = [other.effective_on for other in self.story.receipts if other.reversed_at is None]
        self.account.last_payment_on = max(standing, default=None)

    def paid_in_full(self, receipt: Receipt) -> None:
        self.finished = True
        open_pledge = next((p for p in self.story.pledges if p.status == PromiseStatus.OPEN), None)
        if open_pledge:
            self.judge(open_pledge)
        self.account.move("pay_in_full", receipt.at, "Balance is zero")

    def hold(self, kind: HoldKind, at: datetime, day: date, note: str) -> None:
        self.story.stops.append(Stop(kind, day, at, self.account.rep, note))
        self.account.move("hold", at, kind.label, self.account.rep)
        self.finished = True

    def dispute(self, at: datetime, day: date) -> None:
        if self.account.status not in WORKABLE or (
            self.story.pledges and self.story.pledges[-1].status == PromiseStatus.OPEN
        ):
            return
        stop = Stop(
            HoldKind.DISPUTE,
            day,
            at,
            self.account.rep,
            "Consumer disputes the debt",
            reason=self.rng.choice(list(DisputeReason)),
        )
        self.story.stops.append(stop)
        self.account.move("dispute", at, "Dispute received", self.account.rep)
        end = day + timedelta(days=self.rng.randint(9, 28))
        if end < self.plan.on and self.rng.random() < 0.8:
            stop.until_on, stop.lifted_at = end, morning(end, 15)
            self.account.move("end_dispute", stop.lifted_at, "Verified by the creditor, copy mailed")
            self.quiet_until = end + timedelta(days=2)
        else:
            self.finished = True

    def asks_for_help(self, day: date) -> float:
        """Oftener of late, so that a supervisor finds something to decide in a small book too."""
        return 0.8 if (self.plan.on - day).days <= LATELY else 0.12

    def escalate(self, at: datetime) -> None:
        if self.story.asks:
            return
        kind = self.rng.choice(list(texts.ESCALATIONS))
        ask = Ask(
            kind,
            texts.ESCALATIONS[kind],
            self.account.balance_cents,
            at,
            at + timedelta(hours=26),
            self.account.rep,
        )
        age = (self.plan.on - at.date()).days
        if age > LATELY or (age > 1 and self.rng.random() < 0.3):
            verdicts = [verdict for verdict in texts.DECISIONS if verdict != "returned" or age <= LATELY]
            ask.verdict = self.rng.choice(verdicts)
            ask.note = self.rng.choice(texts.DECISIONS[ask.verdict])
            ask.decided_at = at + timedelta(hours=self.rng.uniform(1, 9))
        else:
            ask.due_at = max(ask.due_at, morning(self.plan.on, self.rng.randint(14, 23)))
        self.story.asks.append(ask)

    def send(self, channel: Channel, day: date) -> None:
        """A letter (mail has no clock) or an e-mail, through to its end."""
        if channel == Channel.LETTER:
            self.send_letter(day)
        elif self.person.emails and self.person.emails[0].status != ReachStatus.BAD:
            self.send_email(day)

    def send_letter(self, day: date, *, is_notice: bool = False) -> None:
        address = self.person.address
        if address.status == ReachStatus.BAD:
            return
        returned = self.rng.random() < 0.03 and (self.plan.on - day).days > 12 and not is_notice
        arrived = (
            MessageStatus.DELIVERED if (self.plan.on - day).days > IN_THE_MAIL else MessageStatus.HANDED_OVER
        )
        status = MessageStatus.RETURNED if returned else arrived
        if returned:
            address.status = ReachStatus.BAD
        lines = [
            self.person.name,
            address.line1,
            address.line2,
            f"{address.place.city}, {address.place.state} {address.place.zip}",
        ]
        text = "\n".join(line for line in lines if line)
        at = datetime.combine(day, time(9, 15), UTC)
        self.story.touches.append(
            Touch(
                Channel.LETTER,
                OUT,
                at,
                text,
                status=status,
                balance_cents=self.account.balance_cents,
                is_notice=is_notice,
            )
        )

    def send_email(self, day: date) -> None:
        email = self.person.emails[0]
        at = self.moment(day)
        last = self.story.touches[-1].at if self.story.touches else None
        if at is None or (last and at <= last):
            return
        bounced = self.rng.random() < 0.04
        if bounced:
            email.status = ReachStatus.BAD
        elif self.rng.random() < 0.3:
            email.status = ReachStatus.GOOD
        self.story.email_basis_on = self.story.email_basis_on or self.account.placed_on
        status = MessageStatus.BOUNCED if bounced else MessageStatus.DELIVERED
        self.story.touches.append(
            Touch(
                Channel.EMAIL, OUT, at, email.address, status=status, balance_cents=self.account.balance_cents
            )
        )

    def close_book(self) -> None:
        """Ends the story at the seed date: last contact, accounts gone back, and the work that lies ahead."""
        account, story = self.account, self.story
        story.touches.sort(key=lambda touch: touch.at)
        account.last_contact_at = story.touches[-1].at if story.touches else None
        age = (self.plan.on - account.placed_on).days
        if account.status in WORKABLE and not self.open_pledge and age > 150 and self.rng.random() < 0.12:
            at = morning(self.plan.on - timedelta(days=1), 21)
            if self.rng.random() < 0.35:
                account.move("recall", at, "recalled by the client")
            else:
                account.move("close", at, "closed and returned: no further means of collection")
        if account.status in WORKABLE and not self.open_pledge:
            story.todos.append(self.next_task())
        if story.remarks == [] and self.rng.random() < 0.25 and story.touches:
            story.remarks.append(Remark(morning(account.placed_on, 14), self.opening_remark(), account.rep))

    @property
    def open_pledge(self) -> bool:
        return bool(self.story.pledges) and self.story.pledges[-1].status == PromiseStatus.OPEN

    def opening_remark(self) -> str:
        profile = PROFILES[self.account.profile]
        paper = self.rng.choice(("statement", "itemised bill", "last invoice"))
        return f"{profile.name} sent the {paper} with the placement; reference {self.account.reference}."

    def next_task(self) -> Todo:
        """The one thing a rep does next, due when the gate's counting rules are over."""
        on, rng, story = self.plan.on, self.rng, self.story
        ahead = 0 if rng.random() < 0.45 else rng.randint(1, 14)
        day = max(on + timedelta(days=ahead), self.talked_on + FREE if self.talked_on else on)
        hours = open_hours(self.zones, day)
        due_at = (hours[0] if hours else morning(day)) + timedelta(minutes=rng.randrange(0, 240, 15))
        created_at = morning(on - timedelta(days=1), 21)
        if (
            story.pledges
            and story.pledges[-1].status in (PromiseStatus.BROKEN, PromiseStatus.PARTLY_KEPT)
            and rng.random() < 0.7
        ):
            return Todo(
                TaskKind.PROMISE_BROKEN,
                f"Promise {story.pledges[-1].status.label.lower()}",
                20,
                due_at,
                created_at,
                "follow-ups",
                self.account.rep,
            )
        if self.talked_on and (on - self.talked_on).days < 14:
            return Todo(
                TaskKind.CALLBACK,
                "Asked for a call back",
                30,
                due_at,
                created_at,
                "callbacks",
                self.account.rep,
            )
        if (on - self.account.placed_on).days < 30:
            return Todo(TaskKind.CALL, "New placement: first calls", 10, due_at, created_at, "calls")
        return Todo(TaskKind.CALL, "Follow up", 0, due_at, created_at, "follow-ups")


def tell_stories(plan: Plan, chunk: int, book: list[Household]) -> list[list[Story]]:
    """A story for every account of the chunk, in the book's order; changes accounts and the reach of debtors."""
    rng = plan.rng(chunk, "history")
    stories = []
    for household in book:
        person, alone = household.people[0], len(household.accounts) == 1
        zones = person.zones()
        stories.append(
            [Teller(rng, plan, account, person, zones, alone=alone).tell() for account in household.accounts]
        )
    return stories
