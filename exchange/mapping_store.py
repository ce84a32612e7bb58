"""A mapping proposed for a file's columns, and mappings kept per client."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from accounts.models import Client
from exchange.fields import ALIASES, FIELDS, Unreadable, date_reader
from exchange.mapping import SHIPPED, MappingRefused, read_definition, shipped
from exchange.models import Mapping as SavedMapping
from users.models import User

BY_NAME = "names"
DATE_FORMATS = {
    "%Y-%m-%d": "2026-09-04",
    "%m/%d/%Y": "09/04/2026 (month first)",
    "%d/%m/%Y": "04/09/2026 (day first)",
    "%m-%d-%Y": "09-04-2026 (month first)",
    "%m/%d/%y": "09/04/26 (month first)",
    "%d.%m.%Y": "04.09.2026",
    "%Y%m%d": "20260904",
    "%m%d%Y": "09042026 (month first)",
    "%d %b %Y": "04 Sep 2026",
    "%d-%b-%Y": "04-Sep-2026",
    "%b %d, %Y": "Sep 04, 2026",
}
# What clients call our fields, in lower case with underscores. A field's own name needs no entry.
SYNONYMS = {
    "client_reference": "account_number account_no account_id account acct_number acct_no acct invoice_number invoice_no reference"
    " loan_number patient_account client_account",
    "debtor_reference": "customer_id customer_number customer_no debtor_id patient_id member_id guarantor_id",
    "debtor_name": "name full_name customer_name debtor customer company company_name business_name",
    "first_name": "first fname given_name",
    "middle_name": "middle mi middle_initial",
    "last_name": "last lname surname family_name",
    "date_of_birth": "dob birth_date birthdate",
    "tax_id": "ssn social_security_number social_security ein tin",
    "line1": "address address1 address_line1 street street_address addr1 mailing_address",
    "line2": "address2 address_line2 addr2 apt unit suite",
    "city": "town",
    "state": "st state_code",
    "zip": "zip_code zipcode postal_code postcode",
    "phone1": "phone phone_number telephone mobile mobile_phone cell cell_phone home_phone",
    "phone2": "work_phone alt_phone other_phone",
    "email1": "email e_mail email_address",
    "current_balance": "balance balance_due amount amount_due total_due invoice_amount outstanding outstanding_balance",
    "principal": "principal_balance principal_amount",
    "interest": "interest_amount",
    "fees": "fee late_fees",
    "costs": "court_costs",
    "due_on": "due_date date_due",
    "opened_on": "open_date date_opened",
    "contract_on": "invoice_date",
    "service_on": "date_of_service dos",
    "charge_off_on": "chargeoff_date co_date",
    "charge_off_balance": "charge_off_amount chargeoff_amount",
    "first_delinquency_on": "delinquency_date date_of_first_delinquency dofd",
    "original_creditor": "creditor orig_creditor",
    "merchant_brand": "merchant brand",
    "interest_rate": "rate apr",
}
OURS = {**{name: ours for ours, names in SYNONYMS.items() for name in names.split()}, **ALIASES}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``source`` is "names", "saved:NAME" or "shipped:NAME"; ``saved_at`` tells which version of a saved one this is."""

    source: str
    definition: dict[str, Any]
    saved_at: datetime | None = None


class MappingChanged(MappingRefused):
    """Under this name stands a mapping that the one who saves has not seen, and it is another."""

    code = "mapping_changed"

    def __init__(self, saved: SavedMapping) -> None:
        who = saved.saved_by.display_name if saved.saved_by else "somebody"
        super().__init__(f"A mapping called “{saved.name}” was saved by {who}, and it is not yours.")
        self.saved = saved


def suggest_mapping(
    *, columns: Sequence[str], client: Client, sample: Sequence[Sequence[str]] = (), source: str = ""
) -> Suggestion:
    """The source asked for; else the client's latest mapping that fits the columns, a shipped one that does, or names alone."""
    for name, definition, saved_at in _candidates(client):
        if source == name or (not source and read_definition(definition).columns <= set(columns)):
            return Suggestion(name, _fitted(definition, columns), saved_at)
    found = _by_name(columns)
    dates = [
        row[columns.index(given["column"])]
        for ours, given in found.items()
        if FIELDS[ours].read is None
        for row in sample
        if len(row) == len(columns)
    ]
    return Suggestion(BY_NAME, {"fields": found, "date_format": suggest_date_format(dates)})


def offered_sources(client: Client) -> list[tuple[str, str]]:
    """What a mapping may start from, with a label each."""
    saved = client.mappings.order_by("-saved_at").values_list("name", flat=True)
    return [
        (BY_NAME, "The names of the columns"),
        *((f"saved:{name}", f"Saved: {name}") for name in saved),
        *((f"shipped:{name}", f"Shipped: {name}") for name in _shipped_names()),
    ]


def suggest_date_format(texts: Iterable[str]) -> str:
    """The first format that reads every text there is; US dates where none does or none is there."""
    given = [text.strip() for text in texts if text.strip()]
    fits = (pattern for pattern in DATE_FORMATS if given and _all_dates(given, pattern))
    return next(fits, "%m/%d/%Y")


@transaction.atomic
def save_mapping(
    *,
    client: Client,
    name: str,
    definition: Mapping[str, Any],
    replaces: datetime | None = None,
    by: User | None,
    at: datetime,
) -> SavedMapping:
    """Keeps a mapping under a name of this client. What it replaces stays in the audit.

    ``replaces`` is the ``saved_at`` of the version that the saver has seen. Raises MappingChanged where another one stands.
    """
    read_definition(definition)
    slug = slugify(name)[:60]
    if not slug:
        raise MappingRefused(f"A mapping cannot be called {name!r}; use letters and digits.")
    Client.objects.select_for_update(no_key=True).get(
        pk=client.pk
    )  # one saves at a time, the first of a name too
    saved = client.mappings.select_related("saved_by").filter(name=slug).first()
    if saved is not None and saved.saved_at != replaces and saved.definition != definition:
        raise MappingChanged(saved)
    saved = saved or SavedMapping(client=client, name=slug)
    saved.definition, saved.saved_by, saved.saved_at = dict(definition), by, at
    saved.save()
    return saved


def free_name(client: Client) -> str:
    """The client's code, numbered where mappings of that name stand already."""
    taken = set(client.mappings.values_list("name", flat=True))
    names = (client.code, *(f"{client.code}-{number}" for number in range(2, len(taken) + 2)))
    return next(name for name in names if name not in taken)


def _candidates(client: Client) -> Iterable[tuple[str, Mapping[str, Any], datetime | None]]:
    for saved in client.mappings.order_by("-saved_at"):
        yield f"saved:{saved.name}", saved.definition, saved.saved_at
    for name in _shipped_names():
        yield f"shipped:{name}", shipped(name), None


def _shipped_names() -> list[str]:
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def _fitted(definition: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    """The definition without the fields that read columns which this file does not have."""
    known = set(columns)
    read = read_definition(definition).fields
    fields = {
        name: given for name, given in definition["fields"].items() if known.issuperset(read[name].columns)
    }
    return {**definition, "fields": fields}


def _by_name(columns: Sequence[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for exact in (True, False):
        for column in columns:
            plain = _plain(column)
            ours = plain if exact else OURS.get(plain) or re.sub("_date$", "_on", plain)
            if ours in FIELDS and ours not in found:
                found[ours] = {"column": column}
    return found


def _plain(column: str) -> str:
    """'invoiceNumber', 'Invoice Number' and 'INVOICE-NUMBER' as invoice_number; 'Phone 1' as phone1."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column.strip())
    plain = re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")
    return re.sub(r"_(\d)$", r"\1", plain)


def _all_dates(texts: Iterable[str], pattern: str) -> bool:
    read = date_reader(pattern)
    try:
        return all(read(text) for text in texts)
    except Unreadable:
        return False
