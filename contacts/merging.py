"""What the merge fields of a template say for an account. Set-based."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from accounts.ageing import days_past_due
from accounts.models import Account
from compliance.form import long_date
from contacts.agency import agency
from contacts.enums import Channel
from contacts.facts import among
from contacts.optout import opt_out_url
from core.clock import business_today
from core.money import dollars
from debtors.models import Debtor

MINI_MIRANDA = (
    "This is an attempt to collect a debt. We are a debt collector, and any information obtained will be used for that "
    "purpose."
)
COLLECTOR = "This communication is from a debt collector."
OPT_OUT = "Click here to opt out of further emails to this email address: {url}"


@dataclass(frozen=True, slots=True)
class Owed:
    """An account with its client, as far as messages show it."""

    client_name: str
    ref: str
    status: str
    client_reference: str
    balance: Decimal
    principal: Decimal
    due_on: date | None
    placed_on: date
    original_creditor: str
    current_creditor: str
    merchant_brand: str


_COLUMNS = (
    "ref", "status", "client_reference", "balance", "principal", "due_on", "placed_on", "original_creditor",
    "current_creditor", "merchant_brand",
)  # fmt: skip


def owed(account_ids: Iterable[int]) -> dict[int, Owed]:
    rows = Account.objects.filter(pk__in=among(set(account_ids))).values_list(
        "pk", "client__display_name", "client__name", *_COLUMNS
    )
    return {pk: Owed(display_name or name, *columns) for pk, display_name, name, *columns in rows}


def names(debtor_ids: Iterable[int]) -> dict[int, str]:
    return dict(Debtor.objects.filter(pk__in=among(set(debtor_ids))).values_list("pk", "name"))


def shared_context(at: datetime) -> dict[str, str]:
    """What is the same for everybody that day."""
    us = agency()
    return {
        "agency_name": us.name,
        "agency_phone": us.phone,
        "agency_hours": us.hours,
        "agency_address": us.one_line,
        "today": long_date(business_today(at)),
        "mini_miranda": MINI_MIRANDA,
        "collector_disclosure": COLLECTOR,
    }


def context(
    shared: Mapping[str, str], account: Owed, name: str, at: datetime, extra: Iterable[tuple[str, str]] = ()
) -> dict[str, str]:
    """The text of every merge field for one account; empty where the account has nothing to say."""
    return {
        **shared,
        "debtor_name": name,
        "account_ref": account.ref,
        "client_name": account.client_name,
        "client_reference": account.client_reference,
        "balance": dollars(account.balance),
        "principal": dollars(account.principal),
        "due_date": long_date(account.due_on) if account.due_on else "",
        "days_past_due": str(days_past_due(account.due_on, business_today(at))) if account.due_on else "",
        "placed_date": long_date(account.placed_on),
        "original_creditor": account.original_creditor,
        "current_creditor": account.current_creditor,
        "merchant_brand": account.merchant_brand,
        **dict(extra),
    }


def link_context(channel: str, debtor_id: int, address: str) -> dict[str, str]:
    """The opt-out of an e-mail; letters have none."""
    if channel != Channel.EMAIL:
        return {}
    url = opt_out_url(debtor_id, address)
    return {"unsubscribe_url": url, "opt_out": OPT_OUT.format(url=url)}
