"""What comes in: the bodies of POSTs and the parameters of GETs."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from accounts.enums import Bucket, ClientKind, DayCount, DebtType
from accounts.models import Client
from api.fields import (
    AccountField,
    Day,
    DebtorField,
    Instant,
    QueueField,
    TemplateField,
    money,
    percent,
    text,
)
from compliance.enums import (
    Channel,
    Chapter,
    DisputeKind,
    DisputeMedium,
    DisputeReason,
    DisputeStatus,
    HoldKind,
    Medium,
    OverrideReason,
    RecordSource,
)
from contacts.enums import CallOutcome, Direction
from debtors.enums import AddressKind, PhoneKind, ReachStatus, Source
from escalations.enums import DecisionVerb, EscalationKind
from payments.enums import CorrectionKind, Every, Method
from worklists.enums import TaskKind

Body = s.Serializer[Any]


class TimedBody(Body):
    at = Instant(
        required=False,
        help_text="when it happened, if not now; only with the permission api.state_instant, never in the future",
    )


class OnAccountBody(TimedBody):
    account = AccountField()


class ReasonBody(TimedBody):
    reason = s.CharField(max_length=200)


class RequiredNoteBody(TimedBody):
    note = s.CharField(max_length=300)


class NoteBody(TimedBody):
    note = text(300)


# --- clients, placements, accounts


class ClientBody(TimedBody):
    code = s.SlugField(max_length=40)
    name = s.CharField(max_length=160)
    kind = s.ChoiceField(ClientKind.choices, default=ClientKind.AGENCY)
    debt_type = s.ChoiceField(DebtType.choices, default=DebtType.OTHER)


class RecordsBody(TimedBody):
    client = s.CharField(max_length=40)
    placed_on = Day()
    records = s.ListField(
        child=s.DictField(),
        allow_empty=False,
        max_length=10_000,
        help_text="one object per account, in the canonical fields of a placement; days as YYYY-MM-DD",
    )
    batch = s.RegexField(r"^[A-Za-z0-9._-]+$", max_length=60, required=False)


class FileBody(TimedBody):
    client = s.CharField(max_length=40)
    placed_on = Day()
    file = s.FileField(help_text="CSV or XLSX")
    mapping = s.CharField(max_length=80, default="canonical")
    dry_run = s.BooleanField(default=False)

    def validate_mapping(self, name: str) -> str:
        """A saved or shipped mapping by name; never a path on this machine."""
        if "/" in name or "\\" in name or "." in name:
            raise s.ValidationError("Give the name of a saved or shipped mapping.")
        return name


class BalanceQuery(Body):
    as_of = Day(required=False, help_text="the end of this day; default today")


class PayoffQuery(Body):
    on = Day(required=False, help_text="the end of this day; default today")


class InterestBody(TimedBody):
    rate = percent(help_text="a year, above 0")
    authority = s.CharField(
        max_length=200, help_text="agreement clause, statute or order (12 CFR 1006.22(b))"
    )
    from_on = Day(help_text="the first day of interest is the day after")
    until_on = Day(required=False, allow_null=True, default=None, help_text="the last day of interest")
    basis = s.ChoiceField(choices=DayCount.choices, default=DayCount.FIXED_365)
    compounds = s.BooleanField(default=False, help_text="each year, on the day it began")


class InterestLimitBody(ReasonBody):
    most = percent(help_text="a year; 0 waives or suspends it")
    from_on = Day(help_text="the first day, those posted already too")
    until_on = Day(required=False, allow_null=True, default=None, help_text="the last day")


class EndLimitBody(TimedBody):
    limit = s.IntegerField(min_value=1)
    on = Day(help_text="its last day")


class TimelineQuery(Body):
    before = Instant(required=False)
    limit = s.IntegerField(min_value=1, max_value=200, default=50)


class DocumentBody(OnAccountBody):
    file = s.FileField(help_text="PDF, PNG, JPEG, TIFF, text or CSV, up to 20 MiB")
    title = text(160)


class AccountNoteBody(OnAccountBody):
    text = s.CharField(max_length=10_000)
    is_pinned = s.BooleanField(default=False)


# --- debtors


class PhoneBody(TimedBody):
    number = s.CharField(max_length=40)
    kind = s.ChoiceField(PhoneKind.choices, default=PhoneKind.MOBILE)
    source = s.ChoiceField(Source.choices, default=Source.REP)


class AddressBody(TimedBody):
    line1 = s.CharField(max_length=120)
    line2 = text(120)
    city = s.CharField(max_length=80)
    state = s.CharField(max_length=2, help_text="two-letter code")
    zip = s.CharField(max_length=10)
    kind = s.ChoiceField(AddressKind.choices, default=AddressKind.HOME)
    source = s.ChoiceField(Source.choices, default=Source.REP)


class EmailBody(TimedBody):
    address = s.CharField(max_length=254)
    source = s.ChoiceField(Source.choices, default=Source.REP)


class ReachBody(TimedBody):
    status = s.ChoiceField(ReachStatus.choices)


class TaxIdBody(TimedBody):
    number = s.CharField(max_length=20, help_text="SSN of a person, EIN of a business")


# --- compliance


class HoldBody(OnAccountBody):
    every_account = s.BooleanField(default=False, help_text="the hold covers every debt of the debtor")
    kind = s.ChoiceField(choices=HoldKind.choices)
    chapter = s.ChoiceField(
        choices=Chapter.choices, required=False, allow_blank=True, default="", help_text="of a bankruptcy"
    )
    from_on = Day()
    until_on = Day(required=False, allow_null=True, default=None)
    source = s.ChoiceField(choices=RecordSource.choices, default=RecordSource.REP)
    note = text(300)


class LiftBody(ReasonBody):
    on = Day()


class ConsentBody(TimedBody):
    debtor = DebtorField()
    account = AccountField(required=False, allow_null=True, default=None, help_text="absent: every debt")
    channel = s.ChoiceField(choices=Channel.choices)
    address = text(254)
    given_at = Instant()
    until_on = Day(required=False, allow_null=True, default=None)
    source = s.ChoiceField(choices=RecordSource.choices, default=RecordSource.CONSUMER_CALL)
    note = text(300)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        account = given["account"]
        if account is not None and account.debtor_id != given["debtor"].pk:
            raise s.ValidationError({"account": "This account is another debtor's."})
        return given


class OptOutBody(TimedBody):
    debtor = DebtorField()
    medium = s.ChoiceField(choices=Medium.choices)
    address = text(254, help_text="empty: the whole medium")
    received_at = Instant(
        required=False, allow_null=True, default=None, help_text="when they asked, if earlier than now"
    )
    source = s.ChoiceField(choices=RecordSource.choices, default=RecordSource.CONSUMER_CALL)
    note = text(300)


class DisputeBody(OnAccountBody):
    received_on = Day(help_text="the day in the person's zone")
    postmarked_on = Day(required=False, allow_null=True, default=None)
    kind = s.ChoiceField(choices=DisputeKind.choices, default=DisputeKind.DISPUTE)
    medium = s.ChoiceField(choices=DisputeMedium.choices, default=DisputeMedium.LETTER)
    repeats = s.BooleanField(default=False, help_text="it says nothing new over one answered before")
    stop_anyway = s.BooleanField(default=False, help_text="hold collection although the law does not ask it")
    reason = s.ChoiceField(choices=DisputeReason.choices, default=DisputeReason.OTHER)
    disputed_amount = money(required=False, allow_null=True, default=None, help_text="absent: the whole debt")
    source = s.ChoiceField(choices=RecordSource.choices, default=RecordSource.REP)
    note = text(300)


class ResolveBody(TimedBody):
    status = s.ChoiceField(choices=[(v, n) for v, n in DisputeStatus.choices if v != DisputeStatus.OPEN])
    resolution = s.CharField(max_length=300)


# --- contacts and messages


class CallBody(OnAccountBody):
    channel = s.ChoiceField(choices=[("call", "Call")], default="call")
    direction = s.ChoiceField(choices=Direction.choices, default=Direction.OUT)
    address = text(40, help_text="the number; an outgoing call needs one that is on the debtor's file")
    outcome = s.ChoiceField(choices=[(v, n) for v, n in CallOutcome.choices if v != CallOutcome.DIALING])
    note = text(10_000)
    override_reason = s.ChoiceField(
        choices=OverrideReason.choices,
        required=False,
        default="",
        allow_blank=True,
        help_text="why the law allows one call more although a rule of its own refuses it; needs the permission",
    )
    override_text = text(300, help_text="what makes that reason true here")


class OutsideBody(OnAccountBody):
    channel = s.ChoiceField(choices=Channel.choices)
    address = text(400, help_text="number, e-mail or postal address; blank when it is not known")
    happened_at = s.DateTimeField(help_text="when the person was contacted")
    outcome = s.ChoiceField(
        choices=[(v, n) for v, n in CallOutcome.choices if v != CallOutcome.DIALING],
        required=False,
        default="",
        allow_blank=True,
        help_text="of a call",
    )
    note = s.CharField(max_length=10_000, help_text="who made it, and from where")


class TextBody(TimedBody):
    number = s.CharField(max_length=40, help_text="the number it came from")
    body = s.CharField(max_length=2_000)
    received_at = Instant(
        required=False, allow_null=True, default=None, help_text="default now; never in the future"
    )


class MessageBody(OnAccountBody):
    template = TemplateField(help_text="its channel is the message's")
    address = text(254, help_text="of an e-mail")
    postal_address = s.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        help_text="of a letter: the id of an address of the debtor",
    )


class DisputeAnswerBody(TimedBody):
    template = TemplateField(help_text="its tag says what it answers")
    address = text(254, help_text="of an e-mail")
    postal_address = s.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        help_text="of a letter: the id of an address of the debtor",
    )
    documents = s.ListField(
        child=s.IntegerField(), default=list, max_length=20, help_text="ids of PDF documents of the account"
    )
    creditor = text(400, help_text="name and address of the original creditor")


class UncertainBody(RequiredNoteBody):
    delivered = s.BooleanField(help_text="true: it left; false: it did not, and is queued again")


# --- money


class PaymentBody(OnAccountBody):
    amount = money()
    method = s.ChoiceField(choices=Method.choices)
    effective_on = Day()
    reference = text(80)
    refund_excess = s.BooleanField(
        default=False,
        help_text="true: what exceeds the debt is kept apart, to be refunded; false: it is refused",
    )


class DirectionBody(Body):
    account = s.CharField(max_length=16, help_text="our reference")
    amount = money(min_value=0)


class SplitBody(TimedBody):
    debtor = DebtorField()
    amount = money()
    method = s.ChoiceField(choices=Method.choices)
    effective_on = Day()
    reference = text(80)
    directions = DirectionBody(
        many=True, default=list, help_text="what the payer said goes where; the rest to the oldest first"
    )
    refund_excess = s.BooleanField(default=False, help_text="as for one debt")


class ReverseBody(ReasonBody):
    give_back = s.BooleanField(
        default=False,
        help_text="true: the money is here and goes back to who paid: a refund of all of it waits",
    )


class PromiseBody(OnAccountBody):
    amount = money()
    due_on = Day()
    how = s.ChoiceField(choices=Method.choices, required=False, default="", allow_blank=True)


class TermsBody(TimedBody):
    """Of ``count`` and ``instalment`` one says how the amount is split; neither is needed for one payment."""

    amount = money(help_text="to be paid in all")
    first_on = Day(help_text="of the first instalment")
    every = s.ChoiceField(choices=Every.choices, default=Every.ONCE)
    count = s.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        help_text="of equal instalments; the last brings the rest",
    )
    instalment = money(
        required=False, allow_null=True, default=None, help_text="each; the last is what is left"
    )
    down = money(default="0.00", help_text="a down payment, part of the amount")
    down_on = Day(required=False, allow_null=True, default=None)
    expires_on = Day(
        required=False,
        allow_null=True,
        default=None,
        help_text="last day to accept; default 14 days, or the first payment",
    )


class PreviewBody(TermsBody):
    account = AccountField()


class CounterBody(TermsBody):
    agreed = s.BooleanField(
        default=False, help_text="the debtor agrees: in force at once, if nobody need approve it"
    )
    note = text(200)


class OfferBody(CounterBody):
    account = AccountField()


class ReageBody(TermsBody):
    reason = s.CharField(max_length=200)


class CorrectionBody(OnAccountBody):
    kind = s.ChoiceField(choices=CorrectionKind.choices)
    bucket = s.ChoiceField(choices=Bucket.choices)
    amount = money(help_text="below zero lowers what is owed")
    reason = s.CharField(max_length=200)
    authority = text(
        200, help_text="clause or statute, where interest or a fee is raised (12 CFR 1006.22(b))"
    )


class RefundPaidBody(TimedBody):
    paid_on = Day()
    reference = s.CharField(max_length=80, help_text="number of the check or transfer")


class CloseBody(TimedBody):
    client = s.SlugRelatedField(slug_field="code", queryset=Client.objects.all())
    through_on = Day(help_text="everything posted by the end of this day, which is over")


# --- work


class TaskBody(OnAccountBody):
    queue = QueueField()
    kind = s.ChoiceField(choices=TaskKind.choices)
    reason = s.CharField(max_length=200)
    due_at = Instant()
    priority = s.IntegerField(min_value=-100, max_value=100, default=0)


class ResultBody(TimedBody):
    result = s.CharField(max_length=200)


class UntilBody(TimedBody):
    until = Instant()


class EscalationBody(OnAccountBody):
    kind = s.ChoiceField(choices=EscalationKind.choices)
    reason = s.CharField(max_length=2000)
    amount = money(required=False, allow_null=True, default=None, min_value=0)


class DecideBody(TimedBody):
    verb = s.ChoiceField(choices=DecisionVerb.choices)
    note = text(2000)


class AnswerBody(TimedBody):
    note = s.CharField(max_length=2000)


class RunBody(TimedBody):
    on = Day()


RunQuery = type(
    "RunQuery",
    (Body,),
    {
        "client": s.CharField(required=False, max_length=40),
        "from": Day(required=False),
        "to": Day(required=False),
    },
)
