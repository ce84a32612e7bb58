"""The validation notice of a consumer debt: its values, what it must hold, and whether it adds up (12 CFR 1006.34(c)). Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.money import dollars

FINANCIAL_TYPES = frozenset({"card", "loan", "student", "auto", "other"})
"""Kinds of debt that come from a consumer financial product or service where the client does not say; of "other" the form says more."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Everything Model Form B-1 prints of one debt. None or blank: not known.

    ``interest``, ``fees``, ``payments`` and ``credits`` are those since ``itemization_on``, none of them below zero. ``estate_of`` is the
    name of a consumer who has died: then ``consumer`` names who acts for the estate.
    """

    collector: str
    collector_address: tuple[str, ...]
    consumer: str
    consumer_address: tuple[str, ...]
    current_creditor: str
    original_creditor: str
    account_number: str
    debt_type: str
    itemization_on: date | None
    itemization_balance: Decimal | None
    interest: Decimal | None
    fees: Decimal | None
    payments: Decimal | None
    credits: Decimal | None
    balance: Decimal | None
    sent_on: date
    ends_on: date | None
    is_financial: bool
    is_electronic: bool = False
    dispute_url: str = ""
    phone: str = ""
    hours: str = ""
    reference: str = ""
    merchant_brand: str = ""
    estate_of: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that 1006.34(c) asks for: the values it is made of, and the sentences of the form that say it."""

    id: str
    citation: str
    values: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    only: str = ""


CHECKLIST = (
    Item("V1", "1006.34(c)(1)", ("collector",), ("is_collector", "purpose")),
    Item("V2", "1006.34(c)(2)(i)", ("collector", "collector_address")),
    Item("V3", "1006.34(c)(2)(ii)", ("consumer", "consumer_address")),
    Item("V4", "1006.34(c)(2)(iii)", ("original_creditor",), only="is_financial"),
    Item("V5", "1006.34(c)(2)(iv)", ("account_number",), ("had",)),
    Item("V6", "1006.34(c)(2)(v)", ("current_creditor",), ("purpose",)),
    Item("V7", "1006.34(c)(2)(vi)", ("itemization_on",), ("as_of",)),
    Item("V8", "1006.34(c)(2)(vii)", ("itemization_balance",), ("as_of",)),
    Item("V9", "1006.34(c)(2)(viii)", ("interest", "fees", "payments", "credits"), ("between", "interest", "fees", "paid")),
    Item("V10", "1006.34(c)(2)(ix)", ("balance",), ("total",)),
    Item("V11", "1006.34(c)(3)(i)", ("ends_on",), ("if_you_write", "must_stop")),
    Item("V12", "1006.34(c)(3)(ii)", ("ends_on",), ("write_for_creditor", "must_stop_for_creditor")),
    Item("V13", "1006.34(c)(3)(iii)", ("ends_on",), ("call_or_write", "assume")),
    Item("V14", "1006.34(c)(3)(iv)", says=("cfpb", "cfpb_instance"), only="is_financial"),
    Item("V15", "1006.34(c)(3)(v)", ("dispute_url",), ("dispute_online", "creditor_online"), only="is_electronic"),
    Item("V16", "1006.34(c)(4)(i)", says=("respond", "check_all", "want_dispute", "not_mine", "wrong_amount", "other")),
    Item("V17", "1006.34(c)(4)(ii)", says=("want_creditor",)),
    Item("V18", "1006.34(c)(4)(iii)", ("collector_address", "consumer_address"), ("mail_to",)),
)  # fmt: skip
SUMS = ("interest", "fees", "payments", "credits")


@dataclass(frozen=True, slots=True)
class Gap:
    """An item that cannot be printed, and what would fill it: fields of the account, or sentences of the form's language."""

    id: str
    fields: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.id} {' '.join(self.fields)}"


class NoticeRefused(Exception):
    """The notice may not be made as things stand."""

    code = "notice_refused"


class Incomplete(NoticeRefused):
    def __init__(self, gaps: Sequence[Gap]) -> None:
        super().__init__(
            f"The validation notice lacks {', '.join(map(str, gaps))} (12 CFR 1006.34(c)); fill them in."
        )
        self.gaps = tuple(gaps)


class DoesNotAddUp(NoticeRefused):
    """The amount on the itemization date and what came since do not give the amount now (V8, V9, V10)."""


def missing(notice: Notice, sentences: Collection[str]) -> tuple[Gap, ...]:
    """The items without which no notice may be made; ``sentences``: those that the language of the form has."""
    gaps = []
    for item in CHECKLIST:
        if item.only and not getattr(notice, item.only):
            continue
        lacking = [name for name in item.values if getattr(notice, name) in (None, "", ())]
        lacking += [name for name in item.says if name not in sentences]
        if lacking:
            gaps.append(Gap(item.id, tuple(lacking)))
    return tuple(gaps)


def check(notice: Notice, sentences: Collection[str]) -> None:
    """Raises Incomplete with every item that is missing, else DoesNotAddUp with the figures."""
    gaps = missing(notice, sentences)
    if gaps:
        raise Incomplete(gaps)
    then, now = notice.itemization_balance, notice.balance
    interest, fees, payments, credits_ = (getattr(notice, name) for name in SUMS)
    assert then is not None and now is not None  # noqa: PT018
    found = then + interest + fees - payments - credits_
    if found != now:
        raise DoesNotAddUp(
            f"{dollars(then)} on the itemization date, plus interest {dollars(interest)} and fees {dollars(fees)}, less payments "
            f"{dollars(payments)} and credits {dollars(credits_)}, is {dollars(found)}, but {dollars(now)} is owed now; correct the "
            "itemization (12 CFR 1006.34(c)(2))."
        )
    negative = [name for name in SUMS if getattr(notice, name) < 0]
    if negative:
        raise DoesNotAddUp(f"{', '.join(negative)} since the itemization date: is below zero; correct it.")


def is_financial(told: bool | None, debt_type: str) -> bool:
    """Whether the debt is of a consumer financial product or service: as the client says, else by the kind of debt."""
    return debt_type in FINANCIAL_TYPES if told is None else told
