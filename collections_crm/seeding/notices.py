"""The validation notices of the seeded book, filled in as the contacts room fills them in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache

from collections_crm.seeding.book import Account
from collections_crm.seeding.clients import PROFILES
from collections_crm.seeding.copying import dollars
from collections_crm.seeding.people import Person
from collections_crm.seeding.story import Touch
from compliance.clocks import validation_period
from compliance.form import Form, fill
from compliance.notice import Notice, is_financial
from compliance.policy import policy_on
from contacts.agency import agency

NONE = Decimal("0.00")


@lru_cache(maxsize=4_096)
def ends_on(sent_on: date) -> date:
    """By the law that ships with the program. Raises LookupError where it has no clocks."""
    law = policy_on(sent_on).tables.clocks
    if law is None:
        raise LookupError(f"the policy of {sent_on.isoformat()} has no [clocks]")
    return validation_period(sent_on, law).ends_on


def form_of(account: Account, ref: str, person: Person, touch: Touch) -> Form:
    us, profile, sent_on = agency(), PROFILES[account.profile], touch.at.date()
    then = account.placed_cents - account.interest_since - account.fees_since
    notice = Notice(
        collector=us.name, collector_address=tuple(us.lines.splitlines()), phone=us.phone, hours=us.hours,
        consumer=person.name, consumer_address=tuple(touch.address.splitlines()[1:]), reference=ref,
        current_creditor=account.current_creditor, original_creditor=account.original_creditor,
        account_number=account.reference, debt_type=profile.debt_type, merchant_brand=account.brand,
        itemization_on=account.itemization_on, itemization_balance=_money(then),
        interest=_money(account.interest_since), fees=_money(account.fees_since), payments=NONE, credits=NONE,
        balance=_money(touch.balance_cents), sent_on=sent_on, ends_on=ends_on(sent_on),
        is_financial=is_financial(None, profile.debt_type),
    )  # fmt: skip
    return {**fill(notice, "en"), "sent_on": sent_on.isoformat(), "ends_on": ends_on(sent_on).isoformat()}


def _money(cents: int) -> Decimal:
    return Decimal(dollars(cents))
