"""The only writers of the debtors room."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Prefetch

from core.fields import blind_index
from debtors.enums import AddressKind, DebtorKind, PhoneKind, ReachStatus, Source
from debtors.models import Address, Debtor, Email, FileView, Phone, Reveal
from debtors.phones import normalise_phone
from debtors.tax_ids import validate_ein, validate_ssn
from debtors.zones import candidate_zones
from users.models import User

UNUSABLE = (ReachStatus.BAD, ReachStatus.WRONG_PARTY)
_STATES = """
AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI
SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI
"""
STATES = frozenset(_STATES.split())


class InvalidDetail(Exception):
    """A name, number, address or reason that cannot be kept; ``field`` names it, the sentence says what to do."""

    code = "invalid_detail"

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@transaction.atomic
def create_debtor(
    *,
    name: str,
    kind: str = DebtorKind.PERSON,
    language: str = "en",
    by: User | None,
    at: datetime,
    **details: object,
) -> Debtor:
    if not name.strip():
        raise InvalidDetail("name", "Give the debtor's name.")
    return Debtor.objects.create(name=name.strip(), kind=kind, language=language, **details)


@transaction.atomic
def add_phone(
    *,
    debtor: Debtor,
    number: str,
    kind: str = PhoneKind.MOBILE,
    by: User | None,
    at: datetime,
    source: str = Source.REP,
) -> Phone:
    """``number`` in any usual form; kept as E.164. Adding one that is on file returns it, believed again if it was marked bad."""
    try:
        e164 = normalise_phone(number)
    except ValueError as error:
        raise InvalidDetail("number", str(error)) from error
    phone, created = Phone.objects.get_or_create(
        debtor=debtor, number=e164, defaults={"kind": kind, "source": source}
    )
    if not created and phone.status in UNUSABLE:
        phone.status = ReachStatus.UNKNOWN
        phone.save(update_fields=["status", "updated_at"])
    refresh_zones(debtor_ids=[debtor.pk])
    return phone


@transaction.atomic
def set_phone_status(*, phone: Phone, status: str, by: User | None, at: datetime) -> Phone:
    phone.status = ReachStatus(status)
    phone.save(update_fields=["status", "updated_at"])
    refresh_zones(debtor_ids=[phone.debtor_id])
    return phone


@transaction.atomic
def set_email_status(*, email: Email, status: str, by: User | None, at: datetime) -> Email:
    email.status = ReachStatus(status)
    email.save(update_fields=["status", "updated_at"])
    return email


@transaction.atomic
def set_address_status(*, address: Address, status: str, by: User | None, at: datetime) -> Address:
    address.status = ReachStatus(status)
    address.is_current = status not in UNUSABLE
    address.save(update_fields=["status", "is_current", "updated_at"])
    refresh_zones(debtor_ids=[address.debtor_id])
    return address


@transaction.atomic
def add_address(
    *,
    debtor: Debtor,
    line1: str,
    city: str,
    state: str,
    zip: str,  # the field's own word
    line2: str = "",
    kind: str = AddressKind.HOME,
    by: User | None,
    at: datetime,
    source: str = Source.REP,
) -> Address:
    """Earlier addresses of the same kind are kept, no longer current."""
    if state.upper() not in STATES:
        raise InvalidDetail("state", f"{state!r} is no US state; use the two-letter code.")
    if not re.fullmatch(r"\d{5}(-\d{4})?", zip):
        raise InvalidDetail("zip", f"{zip!r} is no ZIP code; use five digits, or ZIP+4.")
    for field, value in (("line1", line1), ("city", city)):
        if not value.strip():
            raise InvalidDetail(field, "A postal address needs a street line and a city.")
    debtor.addresses.filter(kind=kind, is_current=True).update(is_current=False)
    address = Address.objects.create(
        debtor=debtor,
        line1=line1.strip(),
        line2=line2.strip(),
        city=city.strip(),
        state=state.upper(),
        zip=zip,
        kind=kind,
        source=source,
    )
    refresh_zones(debtor_ids=[debtor.pk])
    return address


@transaction.atomic
def add_email(
    *, debtor: Debtor, address: str, by: User | None, at: datetime, source: str = Source.REP
) -> Email:
    try:
        validate_email(address.strip())
    except ValidationError as error:
        raise InvalidDetail("address", f"{address!r} is no e-mail address.") from error
    found = debtor.emails.filter(address__iexact=address.strip()).first()
    return found or Email.objects.create(debtor=debtor, address=address.strip(), source=source)


@transaction.atomic
def set_tax_id(*, debtor: Debtor, number: str, by: User | None, at: datetime) -> Debtor:
    """Keeps an SSN (person) or EIN (business), encrypted, with its blind index and last four."""
    try:
        digits = validate_ssn(number) if debtor.kind == DebtorKind.PERSON else validate_ein(number)
    except ValueError as error:
        raise InvalidDetail("tax_id", str(error)) from error
    debtor.tax_id, debtor.tax_id_index, debtor.tax_id_last4 = (
        digits,
        blind_index(digits, "tax_id"),
        digits[-4:],
    )
    debtor.save(update_fields=["tax_id", "tax_id_index", "tax_id_last4", "updated_at"])
    return debtor


@transaction.atomic
def reveal_tax_id(*, debtor: Debtor, reason: str, by: User, at: datetime) -> str:
    """The full number, recorded with who, when and why in the same transaction."""
    if not reason.strip():
        raise InvalidDetail("reason", "Say why the full number is needed.")
    Reveal.objects.create(debtor=debtor, by=by, at=at, reason=reason.strip()[:200])
    return str(Debtor.objects.get(pk=debtor.pk).tax_id)


def record_view(*, debtor: Debtor, by: User, at: datetime) -> None:
    FileView.objects.create(debtor=debtor, by=by, at=at)


@transaction.atomic
def refresh_zones(*, debtor_ids: Iterable[int]) -> None:
    """Re-derives candidate zones and state of residence from current addresses and numbers not known to be wrong (regulation 1.3)."""
    usable = Phone.objects.exclude(status__in=UNUSABLE).order_by("id")
    current = Address.objects.filter(is_current=True).exclude(status=ReachStatus.BAD).order_by("id")
    debtors = list(
        Debtor.objects.filter(pk__in=list(debtor_ids)).prefetch_related(
            Prefetch("phones", usable, to_attr="usable_phones"),
            Prefetch("addresses", current, to_attr="current_addresses"),
        )
    )
    for debtor in debtors:
        addresses: list[Address] = debtor.current_addresses
        phones: list[Phone] = debtor.usable_phones
        debtor.zones = list(candidate_zones([a.zip for a in addresses], [p.number for p in phones]))
        home = next((a for a in addresses if a.kind == AddressKind.HOME), addresses[0] if addresses else None)
        debtor.state = home.state if home else debtor.state
    Debtor.objects.bulk_update(debtors, ["zones", "state"], batch_size=1000)
