"""Filters that show money, times and numbers one way on every page."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import format_html

from core import clock
from core.money import dollars
from debtors.phones import format_phone

register = template.Library()
MARKS = {
    "call": "☎", "email": "✉", "letter": "¶", "text": "…", "payment": "$", "promise": "✓", "note": "✎", "status": "→",
    "decision": "✕", "hold": "!", "opt_out": "✕", "dispute": "?", "escalation": "↑", "entry": "+", "document": "▤", "in_person": "☺",
}  # fmt: skip


@register.simple_tag
def once() -> str:
    """The token by which a form that is sent twice is known."""
    return format_html('<input type="hidden" name="once" value="{}">', uuid.uuid4().hex)


@register.filter
def usd(amount: Decimal | None) -> str:
    if amount is None:
        return "—"
    return f"-${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"


@register.filter
def owed(amount: Decimal) -> str:
    """What stands on the credit side, without its sign."""
    return dollars(-amount)


@register.filter
def plain_money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


@register.filter
def phone(number: str) -> str:
    return format_phone(number)


@register.filter
def day(value: date | datetime | None) -> str:
    """4 Sep 2026."""
    if value is None:
        return "—"
    if isinstance(value, datetime):
        value = value.astimezone(clock.business_zone()).date()
    return f"{value.day} {value:%b %Y}"


@register.filter
def moment(value: datetime | None, zone: str = "") -> str:
    """4 Sep 2026 2:05 pm EDT, in the agency's zone unless another is named."""
    if value is None:
        return "—"
    local = value.astimezone(ZoneInfo(zone) if zone else clock.business_zone())
    return f"{local.day} {local:%b %Y} {clock_time(local)} {local:%Z}"


@register.filter
def soon(value: datetime, at: datetime) -> str:
    """Of today only the time, of another day both."""
    zone = clock.business_zone()
    local = value.astimezone(zone)
    return f"{clock_time(local)} {local:%Z}" if local.date() == at.astimezone(zone).date() else moment(value)


@register.filter
def mail(address: str) -> str:
    """An address that may break before its @, and nowhere in the middle of a word."""
    return format_html("{}<wbr>@{}", *address.rsplit("@", 1)) if "@" in address else address


def clock_time(local: datetime) -> str:
    return f"{local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'}"


@register.filter
def left(due: datetime, at: datetime) -> str:
    """3 h left, 2 days left, 4 h late."""
    gap = due - at
    size = abs(gap)
    amount = (
        f"{size.days} d {size.seconds // 3600} h"
        if size >= timedelta(days=1)
        else f"{size.seconds // 3600} h {size.seconds % 3600 // 60} min"
    )
    return f"{amount} late" if gap < timedelta(0) else f"{amount} left"


@register.filter
def age(since: datetime, at: datetime) -> str:
    days = (at - since).days
    return f"{days} days" if days > 2 else left(at, since).removesuffix(" left").removesuffix(" late")


@register.filter
def mark(kind: str) -> str:
    return MARKS.get(kind, "·")


@register.filter
def capped(count: int) -> str:
    return "999+" if count >= 1000 else str(count)


@register.filter
def words(code: str) -> str:
    return code.replace("_", " ")
