"""Where a message of a step can go: which channel, which address, which template. Read for a whole chunk at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Case, IntegerField, QuerySet, Value, When

from contacts.enums import Channel, TemplateStatus
from contacts.facts import among, window_lines
from contacts.models import Template
from debtors.enums import AddressKind, PhoneKind, ReachStatus
from debtors.models import Address, Email, Phone

NOT_BELIEVED = (ReachStatus.BAD, ReachStatus.WRONG_PARTY)
WAYS: dict[str, tuple[str, ...]] = {
    "email": (Channel.EMAIL,),
    "letter": (Channel.LETTER,),
    "text": (Channel.TEXT,),
}
STANDARD_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Reach:
    """Addresses by channel and debtor; the templates in use by code, channel and language."""

    addresses: dict[str, dict[int, str]]
    templates: dict[tuple[str, str, str], int]

    def template(self, code: str, channel: str, language: str) -> int | None:
        wanted = self.templates.get((code, channel, language))
        return wanted or self.templates.get((code, channel, STANDARD_LANGUAGE))


def ways(action: str, *, electronic_billing: bool) -> tuple[str, ...]:
    """The channels of an action, in order of preference."""
    if action == "notice":
        return (Channel.EMAIL, Channel.LETTER) if electronic_billing else (Channel.LETTER,)
    return WAYS[action]


def reach_of(debtor_ids: Collection[int]) -> Reach:
    """Addresses that may still be believed, confirmed ones first, the newest of equals."""
    ids = list(debtor_ids)
    return Reach(
        {
            Channel.EMAIL: dict(_emails(ids).values_list("debtor_id", "address")),
            Channel.LETTER: {
                debtor: window_lines(*lines)
                for debtor, *lines in _addresses(ids).values_list(
                    "debtor_id", "line1", "line2", "city", "state", "zip"
                )
            },
            Channel.TEXT: dict(_mobiles(ids).values_list("debtor_id", "number")),
        },
        templates_in_use(),
    )


def templates_in_use() -> dict[tuple[str, str, str], int]:
    """The approved version with the highest number, by code, channel and language."""
    rows = Template.objects.filter(status=TemplateStatus.APPROVED).order_by("version")
    return {
        (code, channel, language): pk
        for code, channel, language, pk in rows.values_list("code", "channel", "language", "pk")
    }


def _good_first() -> Case:
    return Case(When(status=ReachStatus.GOOD, then=Value(0)), default=Value(1), output_field=IntegerField())


def _emails(ids: list[int]) -> QuerySet[Email]:
    believed = Email.objects.filter(debtor_id__in=among(ids), is_employer=False).exclude(
        status__in=NOT_BELIEVED
    )
    return believed.order_by("debtor_id", _good_first(), "-id").distinct("debtor_id")


def _mobiles(ids: list[int]) -> QuerySet[Phone]:
    believed = Phone.objects.filter(debtor_id__in=among(ids), kind=PhoneKind.MOBILE).exclude(
        status__in=NOT_BELIEVED
    )
    return believed.order_by("debtor_id", _good_first(), "-id").distinct("debtor_id")


def _addresses(ids: list[int]) -> QuerySet[Address]:
    """A mailing address before any other; never the place of work."""
    mailing = Case(
        When(kind=AddressKind.MAILING, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    believed = (
        Address.objects.filter(debtor_id__in=among(ids), is_current=True)
        .exclude(status__in=NOT_BELIEVED)
        .exclude(kind=AddressKind.WORK)
    )
    return believed.order_by("debtor_id", mailing, _good_first(), "-id").distinct("debtor_id")
