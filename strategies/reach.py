"""Where a message of a step can go: which channel, which address, which template. Read for a whole chunk at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet

from contacts.enums import Channel, TemplateStatus
from contacts.facts import among
from contacts.models import Template
from contacts.postal import NOT_BELIEVED, good_first, postal_addresses
from contacts.templates import VALIDATION
from debtors.enums import PhoneKind
from debtors.models import Email, Phone

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
            Channel.LETTER: postal_addresses(ids),
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


def notice_codes() -> set[str]:
    """Codes of the approved templates that carry a validation notice."""
    tagged = Template.objects.filter(status=TemplateStatus.APPROVED, tags__contains=[VALIDATION])
    return set(tagged.values_list("code", flat=True))


def _emails(ids: list[int]) -> QuerySet[Email]:
    believed = Email.objects.filter(debtor_id__in=among(ids), is_employer=False).exclude(
        status__in=NOT_BELIEVED
    )
    return believed.order_by("debtor_id", good_first(), "-id").distinct("debtor_id")


def _mobiles(ids: list[int]) -> QuerySet[Phone]:
    believed = Phone.objects.filter(debtor_id__in=among(ids), kind=PhoneKind.MOBILE).exclude(
        status__in=NOT_BELIEVED
    )
    return believed.order_by("debtor_id", good_first(), "-id").distinct("debtor_id")
