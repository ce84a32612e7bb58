"""Validation notices: the form of Model Form B-1 filled in for many accounts at once, for the day on which they leave.

A notice is written when it is queued, and anew when it is handed over or printed: its amounts and the end of the validation
period are always those of the day of leaving.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from accounts.enums import PartyRole
from accounts.models import Account, AccountParty
from accounts.selectors import Since, since_placement
from compliance.clocks import validation_period
from compliance.form import SENTENCES, Form, fill
from compliance.models import Consent
from compliance.notice import DoesNotAddUp, Incomplete, Notice, is_financial
from compliance.packs import clocks_on
from contacts.agency import agency
from contacts.communications import already_had
from contacts.enums import Channel
from contacts.facts import among
from contacts.postal import postal_addresses
from core.clock import business_today
from debtors.enums import RelationKind
from debtors.models import Debtor, Relation

ENGLISH = "en"
ESIGN, NOT_THEIRS, COMMERCIAL = "esign_consent_missing", "notice_to_another", "notice_of_commercial_debt"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A notice that somebody wants written: to whom, of which account, how, and in which language."""

    key: str
    account_id: int
    debtor_id: int
    channel: str
    address: str
    language: str


Codes = tuple[str, ...]


def write_notices(wanted: Sequence[Wanted], at: datetime) -> dict[str, Form | Codes]:
    """By key: the form, with ``sent_on`` and ``ends_on``, or the codes that say why none can be made."""
    if not wanted:
        return {}
    writer = _Writer(wanted, at)
    return {each.key: writer.write(each) for each in wanted}


class _Writer:
    """What all of them are written from, read in a constant number of queries."""

    def __init__(self, wanted: Sequence[Wanted], at: datetime) -> None:
        accounts, people = {each.account_id for each in wanted}, {each.debtor_id for each in wanted}
        self.on = business_today(at)
        self.ends_on = validation_period(self.on, clocks_on(self.on)).ends_on
        self.us = agency()
        self.accounts = {
            a.pk: a for a in Account.objects.filter(pk__in=among(accounts)).select_related("debtor")
        }
        self.since = since_placement(sorted(accounts))
        self.people = {person.pk: person for person in Debtor.objects.filter(pk__in=among(people))}
        self.owing = _owing(self.accounts.values())
        self.estates = _estates(self.accounts.values())
        electronic = [each for each in wanted if each.channel == Channel.EMAIL]
        self.postal = postal_addresses({each.debtor_id for each in electronic}) if electronic else {}
        self.had = already_had(people, accounts) if electronic else set()
        self.consented = _esign(electronic, at)

    def write(self, wanted: Wanted) -> Form | Codes:
        refusal = self._refusal(wanted)
        if refusal:
            return (refusal,)
        try:
            notice = self._notice(wanted)
            form = fill(notice, ENGLISH)
            if wanted.language != ENGLISH:  # a translation goes with the English or after it (1006.34(e))
                form["translation"] = fill(notice, wanted.language)
        except Incomplete as error:
            return tuple(f"empty_field:{gap}" for gap in error.gaps)
        except DoesNotAddUp as error:
            return (f"notice_refused:{error}",)
        return {**form, "sent_on": self.on.isoformat(), "ends_on": self.ends_on.isoformat()}

    def _refusal(self, wanted: Wanted) -> str:
        account = self.accounts[wanted.account_id]
        if account.debt_type == "commercial":
            return COMMERCIAL
        who = (account.pk, wanted.debtor_id)
        if account.debtor_id != wanted.debtor_id and who not in self.owing and who not in self.estates:
            return NOT_THEIRS
        if wanted.language not in SENTENCES:
            return "template_refused"
        said = (wanted.debtor_id, wanted.account_id) in self.had
        if (
            wanted.channel == Channel.EMAIL
            and said
            and (wanted.debtor_id, wanted.address.lower()) not in self.consented
        ):
            return ESIGN
        return ""

    def _notice(self, wanted: Wanted) -> Notice:
        account, person, us = self.accounts[wanted.account_id], self.people[wanted.debtor_id], self.us
        since = self.since.get(account.pk, Since())
        is_email = wanted.channel == Channel.EMAIL
        address = self.postal.get(wanted.debtor_id, "") if is_email else wanted.address
        dead = (account.pk, wanted.debtor_id) in self.estates
        return Notice(
            collector=us.name, collector_address=tuple(us.lines.splitlines()), phone=us.phone, hours=us.hours,
            dispute_url=us.dispute_url, is_electronic=is_email, consumer=full_name(person),
            consumer_address=tuple(address.splitlines()), estate_of=full_name(account.debtor) if dead else "",
            reference=account.ref, current_creditor=account.current_creditor, original_creditor=account.original_creditor,
            account_number=account.client_reference, debt_type=account.debt_type,
            merchant_brand=account.merchant_brand, itemization_on=account.itemization_on,
            itemization_balance=account.itemization_balance, balance=account.balance, sent_on=self.on, ends_on=self.ends_on,
            interest=account.interest_since + since.interest, fees=account.fees_since + since.fees,
            payments=account.payments_since + since.payments, credits=account.credits_since + since.credits,
            is_financial=is_financial(account.is_financial, account.debt_type),
        )  # fmt: skip


def full_name(person: Debtor) -> str:
    """The most complete version of it that is known (comment 34(c)(2)(ii)-1)."""
    parts = (person.first_name, person.middle_name, person.last_name, person.suffix)
    whole = " ".join(part for part in parts if part)
    return whole if person.first_name and person.last_name and len(whole) > len(person.name) else person.name


Pairs = set[tuple[int, int]]


def _owing(accounts: Iterable[Account]) -> Pairs:
    """Account and person: those who owe it beside its debtor."""
    parties = AccountParty.objects.filter(account__in=[account.pk for account in accounts])
    return set(parties.exclude(role=PartyRole.AUTHORISED_USER).values_list("account_id", "debtor_id"))


def _estates(accounts: Iterable[Account]) -> Pairs:
    """Account and person: those named to act for the estate of a debtor who has died (1006.34(a)(1), comment 34(a)(1)-1)."""
    dead = [account for account in accounts if account.debtor.deceased_on]
    if not dead:
        return set()
    named = Relation.objects.filter(
        debtor_id__in=[account.debtor_id for account in dead], kind=RelationKind.EXECUTOR
    )
    acting = list(named.values_list("debtor_id", "other_id"))
    return {
        (account.pk, other) for account in dead for debtor, other in acting if debtor == account.debtor_id
    }


def _esign(electronic: Sequence[Wanted], at: datetime) -> set[tuple[int, str]]:
    """Person and address: consent to notices in electronic form, in force (15 USC 7001(c); 1006.42(b))."""
    if not electronic:
        return set()
    on = business_today(at)
    consents = Consent.objects.filter(
        Q(until_on__isnull=True) | Q(until_on__gte=on),
        debtor_id__in=among({each.debtor_id for each in electronic}), channel=Channel.EMAIL, is_esign=True, given_at__lte=at,
        revoked_at__isnull=True,
    )  # fmt: skip
    return {(debtor, address.lower()) for debtor, address in consents.values_list("debtor_id", "address")}
