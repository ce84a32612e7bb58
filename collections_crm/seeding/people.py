"""Invented people and businesses at real places. Pure: the same generator state gives the same person.

Nothing here can reach anybody: numbers are the reserved 555-0100 to 555-0199, mailboxes are at the reserved example
domains, and Social Security numbers use areas 870 to 899, which were never assigned before the SSA randomised areas in
June 2011, so no adult of the seeded ages born here holds one; they still pass the shape check (9xx would not).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from collections_crm.seeding import names
from collections_crm.seeding.places import Place, atlas
from debtors.enums import AddressKind, DebtorKind, PhoneKind, ReachStatus
from debtors.zones import candidate_zones

DOMAINS = ("example.com", "example.org", "example.net")
FIRST_SAFE_AREA, LAST_SAFE_AREA = 870, 899


@dataclass(slots=True)
class PhoneRow:
    number: str
    kind: PhoneKind
    status: ReachStatus = ReachStatus.UNKNOWN


@dataclass(slots=True)
class EmailRow:
    address: str
    status: ReachStatus = ReachStatus.UNKNOWN


@dataclass(slots=True)
class AddressRow:
    kind: AddressKind
    line1: str
    line2: str
    place: Place
    status: ReachStatus = ReachStatus.UNKNOWN


@dataclass(slots=True)
class Person:
    kind: DebtorKind
    name: str
    first: str = ""
    middle: str = ""
    last: str = ""
    suffix: str = ""
    language: str = "en"
    born_on: date | None = None
    tax_id: str = ""
    address: AddressRow = field(
        default_factory=lambda: AddressRow(AddressKind.HOME, "", "", Place("", "", "", ()))
    )
    phones: list[PhoneRow] = field(default_factory=list)
    emails: list[EmailRow] = field(default_factory=list)

    def zones(self) -> tuple[str, ...]:
        """As ``debtors.services.refresh_zones`` keeps them: without bad and wrong-party numbers."""
        usable = (
            phone.number
            for phone in self.phones
            if phone.status not in (ReachStatus.BAD, ReachStatus.WRONG_PARTY)
        )
        return candidate_zones([self.address.place.zip], usable)


def draw_person(rng: Random, on: date) -> Person:
    heritage = rng.choices(range(len(names.HERITAGES)), cum_weights=names.HERITAGE_SHARES)[0]
    lasts, firsts, together = names.HERITAGES[heritage]
    last = lasts.draw(rng)
    first = (firsts if rng.random() < together else names.GENERAL_FIRST).draw(rng)
    person = _named(rng, first, last, on)
    if heritage == names.HISPANIC and rng.random() < 0.3:
        person.language = "es"
    person.address = draw_address(rng, AddressKind.HOME)
    person.phones = _phones(
        rng, person.address.place, (PhoneKind.MOBILE, PhoneKind.HOME, PhoneKind.WORK), (0.93, 0.38, 0.12)
    )
    if rng.random() < 0.62:
        person.emails = [EmailRow(_mailbox(rng, first, last, person.born_on))]
    return person


def _named(rng: Random, first: str, last: str, on: date) -> Person:
    middle = chr(65 + int(rng.random() * 23)) if rng.random() < 0.55 else ""
    suffix = rng.choice(("Jr.", "Sr.", "II", "III")) if rng.random() < 0.02 else ""
    born_on = on - timedelta(days=int(rng.triangular(19, 88, 39) * 365.25)) if rng.random() < 0.9 else None
    name = " ".join(part for part in (first, f"{middle}." if middle else "", last, suffix) if part)
    tax_id = draw_ssn(rng) if rng.random() < 0.8 else ""
    return Person(DebtorKind.PERSON, name, first, middle, last, suffix, born_on=born_on, tax_id=tax_id)


def draw_spouse(rng: Random, of: Person, on: date) -> Person:
    """Lives at the same address, mostly under the same last name, with a mobile of their own."""
    last = of.last if rng.random() < 0.8 else names.GENERAL_LAST.draw(rng)
    spouse = _named(rng, names.GENERAL_FIRST.draw(rng), last, on)
    spouse.language = of.language
    home = of.address
    spouse.address = AddressRow(home.kind, home.line1, home.line2, home.place)
    spouse.phones = _phones(rng, home.place, (PhoneKind.MOBILE,), (0.9,))
    return spouse


def draw_business(rng: Random) -> Person:
    lead = names.GENERAL_LAST.draw(rng) if rng.random() < 0.5 else names.TRADE_PLACES.draw(rng)
    name = f"{lead} {names.TRADES.draw(rng)} {names.COMPANY_FORMS.draw(rng)}"
    business = Person(
        DebtorKind.BUSINESS,
        name,
        tax_id=f"{rng.choice(('20', '26', '27', '45', '46', '81', '84'))}{rng.randrange(10**7):07d}",
    )
    business.address = draw_address(rng, AddressKind.BUSINESS)
    business.phones = _phones(rng, business.address.place, (PhoneKind.WORK, PhoneKind.MOBILE), (1.0, 0.3))
    if rng.random() < 0.85:
        desk = rng.choice(("accounts", "ap", "billing", "office"))
        business.emails = [EmailRow(f"{desk}@{_ascii(lead)}{rng.randrange(1000)}.{rng.choice(DOMAINS)}")]
    return business


def draw_ssn(rng: Random) -> str:
    return f"{rng.randint(FIRST_SAFE_AREA, LAST_SAFE_AREA)}{rng.randint(1, 99):02d}{rng.randint(1, 9999):04d}"


def draw_address(rng: Random, kind: AddressKind) -> AddressRow:
    place = atlas().draw(rng)
    number = int(10 ** (1.6 + 2.2 * rng.random()))
    line2 = ""
    if rng.random() < 0.24:
        line2 = (
            f"Suite {rng.randrange(100, 900)}"
            if kind == AddressKind.BUSINESS
            else f"Apt {rng.randrange(1, 40)}{rng.choice('ABCD')}"
        )
    return AddressRow(
        kind, f"{number} {names.STREETS.draw(rng)} {names.STREET_KINDS.draw(rng)}", line2, place
    )


def _phones(
    rng: Random, place: Place, kinds: tuple[PhoneKind, ...], shares: tuple[float, ...]
) -> list[PhoneRow]:
    chosen = [kind for kind, share in zip(kinds, shares, strict=True) if rng.random() < share]
    lines = rng.sample(range(100, 200), len(chosen)) if chosen else []
    return [
        PhoneRow(f"+1{rng.choice(place.area_codes)}5550{line}", kind)
        for kind, line in zip(chosen, lines, strict=True)
    ]


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text) if not text.isascii() else text
    return "".join(letter for letter in plain.lower() if "a" <= letter <= "z")


def _mailbox(rng: Random, first: str, last: str, born_on: date | None) -> str:
    first, last = _ascii(first), _ascii(last)
    style = rng.random()
    local = (
        f"{first}.{last}"
        if style < 0.45
        else f"{first[0]}{last}"
        if style < 0.7
        else f"{last}.{first[0]}"
        if style < 0.8
        else f"{first}{last}"
    )
    tail = f"{born_on.year % 100:02d}" if born_on and rng.random() < 0.35 else str(rng.randrange(1000))
    return f"{local}{tail}@{rng.choice(DOMAINS)}"
