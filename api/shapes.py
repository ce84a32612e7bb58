"""What goes out: rows as JSON, and the answers that are no rows."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from accounts.enums import Bucket, DayCount
from accounts.models import Account, Client, Document, LedgerEntry, Placement
from api.fields import money, percent
from compliance.models import Consent, Dispute, Hold, OptOut
from contacts.models import Contact, Message, MessageEvent, Note, Template
from debtors.models import Address, Debtor, DebtorName, Email, Phone
from escalations.models import Escalation
from payments.models import Agreement, Correction, Payment, Promise, Refund, Remittance, RemittanceLine
from strategies.models import Strategy
from worklists.models import Queue, Task

Shape = type[s.Serializer[Any]]


def shape(name: str, doc: str = "", **fields: Any) -> Shape:
    return type(name, (s.Serializer,), {"__doc__": doc, **fields})


def row(of: type[Any], *names: str, **sources: str) -> type[s.ModelSerializer[Any]]:
    """A read-only serializer: columns by name, and text found elsewhere by ``name="path.to.it"``."""
    found = {
        name: s.CharField(source=path, read_only=True, allow_null=True) for name, path in sources.items()
    }
    fields = ["id", *sources, *names]
    meta = type("Meta", (), {"model": of, "fields": fields, "read_only_fields": fields})
    return type(f"{of.__name__}Row", (s.ModelSerializer,), {"Meta": meta, **found})


ACCOUNT = {"account": "account.ref"}
ReceivedText = shape(
    "ReceivedText",
    "What was made of a text that came in.",
    stop=s.ChoiceField(choices=["clear", "likely", "no"], help_text="whether it asks us to stop"),
    people=s.IntegerField(help_text="how many have this number on their file"),
)

ClientRow = row(Client, "code", "name", "kind", "debt_type", "is_active")
PlacementRow = row(
    Placement,
    "batch",
    "placed_on",
    "status",
    "file_name",
    "rows",
    "amount",
    "loaded_at",
    client="client.code",
)
EntryRow = row(
    LedgerEntry, "posting", "kind", "bucket", "amount", "effective_on", "posted_at", "authority", "memo"
)
DocumentRow = row(
    Document, "title", "content_type", "size", "sha256", "added_at", **ACCOUNT, by="added_by.username"
)
NoteRow = row(Note, "at", "text", "is_pinned", **ACCOUNT, by="by.username")

PaymentRow = row(
    Payment, "amount", "excess", "method", "effective_on", "reference", "status", "posted_at", "reversed_at", "reversal_reason", "received",
    **ACCOUNT, by="posted_by.username",
)  # fmt: skip
PromiseRow = row(
    Promise, "amount", "due_on", "made_on", "made_at", "how", "status", "paid", "judged_at", "cancelled_reason",
    **ACCOUNT, by="by.username",
)  # fmt: skip

RefundRow = row(
    Refund, "payment", "amount", "reason", "status", "asked_at", "approved_at", "paid_on", "reference", "note",
    **ACCOUNT, asked_by="asked_by.username", approved_by="approved_by.username",
)  # fmt: skip
CorrectionRow = row(
    Correction, "kind", "bucket", "amount", "reason", "authority", "status", "asked_at", "decided_at", "note", "posting",
    **ACCOUNT, asked_by="asked_by.username", decided_by="decided_by.username",
)  # fmt: skip
RemittanceRow = row(
    Remittance, "through_on", "remits", "status", "collected", "direct", "commission", "due", "invoiced", "lines_count",
    "closed_at", "paid_on", "reference", client="client.code",
)  # fmt: skip
RemittanceLineRow = row(
    RemittanceLine, "number", "payment", "kind", "effective_on", "posted_on", "amount", "principal", "interest", "fees", "costs",
    "percent", "commission", **ACCOUNT,
)  # fmt: skip
Instalment = shape("Instalment", due_on=s.DateField(), amount=money())

HoldRow = row(
    Hold, "debtor", "kind", "from_on", "until_on", "source", "note", "recorded_at", "lifted_at", "lift_reason", **ACCOUNT
)  # fmt: skip
ConsentRow = row(
    Consent, "debtor", "channel", "address", "given_at", "until_on", "revoked_at", "source", "note", "recorded_at", **ACCOUNT
)  # fmt: skip
OptOutRow = row(OptOut, "debtor", "medium", "address", "at", "withdrawn_at", "source", "note")
DisputeRow = row(
    Dispute, "debtor", "kind", "received_on", "postmarked_on", "medium", "is_timely", "reason", "disputed_amount",
    "status", "resolved_at", "resolution",
    **ACCOUNT,
)  # fmt: skip

ContactRow = row(
    Contact, "debtor", "channel", "direction", "address", "at", "outcome", "note", **ACCOUNT, by="by.username"
)  # fmt: skip
MessageRow = row(
    Message, "debtor", "channel", "address", "subject", "status", "queued_at", "send_after", "sent_at", "last_error",
    "pages", **ACCOUNT, template="template.code",
)  # fmt: skip
MessageEventRow = row(MessageEvent, "at", "status", "detail")
TemplateRow = row(
    Template, "code", "channel", "language", "version", "name", "subject", "body", "tags", "status", "approved_at"
)  # fmt: skip

TaskRow = row(
    Task, "debtor", "kind", "reason", "priority", "due_at", "not_before", "status", "done_at", "result",
    **ACCOUNT, queue="queue.slug", assigned_to="assigned_to.username",
)  # fmt: skip
QueueRow = row(Queue, "slug", "name", "position", "is_active")
EscalationRow = row(
    Escalation, "kind", "reason", "amount", "status", "raised_at", "due_at", "decided_at", "decision_note",
    **ACCOUNT, raised_by="raised_by.username", taken_by="taken_by.username", decided_by="decided_by.username",
)  # fmt: skip
StrategyRow = row(Strategy, "code", "version", "name", "status")

PhoneRow = row(Phone, "number", "kind", "status", "source")
AddressRow = row(
    Address, "kind", "line1", "line2", "city", "state", "zip", "country", "is_current", "status", "source"
)
EmailRow = row(Email, "address", "status", "source", "is_employer")
NameRow = row(DebtorName, "kind", "name")


class AgreementRow(s.ModelSerializer[Agreement]):
    """A settlement or a plan: its terms now, and how it stands by the ledger."""

    account = s.CharField(source="account.ref", read_only=True)
    by = s.CharField(source="made_by.username", read_only=True, allow_null=True)
    approved_by = s.CharField(source="approved_by.username", read_only=True, allow_null=True)
    instalments = Instalment(many=True, read_only=True)

    class Meta:
        model = Agreement
        fields = [
            "id", "account", "kind", "status", "round", "amount", "balance", "every", "instalments", "expires_on", "made_on",
            "made_at", "by", "approved_by", "accepted_at", "replaces", "paid", "judged_at", "next_due_on", "next_amount",
        ]  # fmt: skip
        read_only_fields = fields


Preview = shape(
    "AgreementPreview",
    "What these terms come to; nothing is kept.",
    instalments=Instalment(many=True),
    amount=money(),
    forgiven=money(),
    percent=s.DecimalField(max_digits=7, decimal_places=4, help_text="of the balance"),
    above=s.CharField(help_text="what exceeds your authority; empty: nothing does"),
    expires_on=s.DateField(),
)


class AccountRow(s.ModelSerializer[Account]):
    client = s.CharField(source="client.code", read_only=True)
    debtor = s.IntegerField(source="debtor_id", read_only=True)
    debtor_name = s.CharField(source="debtor.name", read_only=True)
    balance = money(read_only=True)

    class Meta:
        model = Account
        fields = [
            "ref", "client", "client_reference", "debtor", "debtor_name", "status", "debt_type", "placed_on", "due_on",
            "placed_amount", "principal", "interest", "fees", "costs", "balance", "electronic_billing", "last_payment_on",
            "last_contact_at",
        ]  # fmt: skip
        read_only_fields = fields


class DebtorRow(s.ModelSerializer[Debtor]):
    tax_id = s.CharField(source="masked_tax_id", read_only=True, help_text="masked; empty when none is known")
    zones = s.ListField(
        child=s.CharField(), read_only=True, help_text="candidate time zones, the residence's first"
    )

    class Meta:
        model = Debtor
        fields = [
            "id",
            "kind",
            "name",
            "language",
            "date_of_birth",
            "deceased_on",
            "state",
            "zones",
            "tax_id",
        ]
        read_only_fields = fields


class DebtorDetail(DebtorRow):
    other_names = NameRow(many=True, read_only=True)
    phones = PhoneRow(many=True, read_only=True)
    addresses = AddressRow(many=True, read_only=True)
    emails = EmailRow(many=True, read_only=True)

    class Meta(DebtorRow.Meta):
        fields = [*DebtorRow.Meta.fields, "other_names", "phones", "addresses", "emails"]
        read_only_fields = fields


class MessageDetail(MessageRow):  # type: ignore[valid-type]
    events = MessageEventRow(many=True, read_only=True)

    class Meta(MessageRow.Meta):  # type: ignore[name-defined]
        fields = [*MessageRow.Meta.fields, "body", "events"]
        read_only_fields = fields


Payoff = shape(
    "Payoff",
    on=s.DateField(),
    **{bucket: money() for bucket in Bucket.values},
    total=money(),
    per_day=s.DecimalField(max_digits=14, decimal_places=4, help_text="what the day after adds"),
)
Term = shape(
    "InterestTerm",
    rate=percent(),
    authority=s.CharField(),
    from_on=s.DateField(),
    until_on=s.DateField(allow_null=True),
    basis=s.ChoiceField(choices=DayCount.choices),
    compounds=s.BooleanField(),
)
Limit = shape(
    "InterestLimit",
    id=s.IntegerField(),
    most=percent(),
    from_on=s.DateField(),
    until_on=s.DateField(allow_null=True),
    reason=s.CharField(),
)
Interest = shape(
    "Interest",
    posted_through=s.DateField(allow_null=True),
    terms=Term(many=True),
    limits=Limit(many=True),
)
Balance = shape(
    "Balance",
    as_of=s.DateField(),
    principal=money(),
    interest=money(),
    fees=money(),
    costs=money(),
    balance=money(),
)
TimelineItem = shape(
    "TimelineItem",
    at=s.DateTimeField(),
    kind=s.CharField(),
    title=s.CharField(),
    detail=s.CharField(),
    amount=money(allow_null=True),
    by=s.CharField(),
    ref=s.CharField(help_text="the row it tells of, like contact:12"),
    url_hint=s.CharField(),
)
Timeline = shape("Timeline", results=TimelineItem(many=True))
LeaseRow = shape(
    "Lease",
    "The short exclusive right to work one debtor.",
    account=s.CharField(source="account.ref"),
    task=s.IntegerField(source="task_id", allow_null=True),
    expires_at=s.DateTimeField(),
)
Released = shape(
    "Released", released=s.BooleanField(help_text="false: the lease was not yours, or had ended")
)
TaxId = shape("TaxId", tax_id=s.CharField(help_text="all digits; empty when none is known"))
Problem = shape(
    "Problem",
    "RFC 9457.",
    type=s.CharField(),
    title=s.CharField(),
    status=s.IntegerField(),
    code=s.CharField(help_text="stable, for programs"),
    detail=s.CharField(help_text="a sentence for people"),
    errors=s.DictField(required=False, help_text="what is wrong, by field"),
    codes=s.ListField(child=s.CharField(), required=False, help_text="why no message could be made"),
    reasons=s.ListField(
        child=s.DictField(), required=False, help_text="the contact gate's, on contact_refused"
    ),
    next_allowed_at=s.DateTimeField(required=False, allow_null=True),
)
ImportAnswer = shape(
    "ImportAnswer",
    rows=s.IntegerField(),
    loaded=s.IntegerField(),
    rejected=s.IntegerField(),
    duplicates=s.IntegerField(),
    amount=money(),
    amount_read=money(),
    reject_file=s.CharField(),
    batch=s.CharField(help_text="empty when nothing was loaded"),
    dry_run=s.BooleanField(),
    problems=s.ListField(child=s.DictField(), help_text="row and reason, at most a thousand"),
)
PassAnswer = shape(
    "PassAnswer",
    on=s.DateField(),
    evaluated=s.IntegerField(),
    enrolled=s.IntegerField(),
    due=s.IntegerField(),
    queued=s.DictField(child=s.IntegerField(), help_text="by channel"),
    tasks=s.IntegerField(),
    escalations=s.IntegerField(),
    skipped=s.IntegerField(),
    stopped=s.DictField(child=s.IntegerField(), help_text="by code of the gate"),
    seconds=s.FloatField(),
)
RunsAnswer = shape(
    "RunsAnswer",
    fired=s.DictField(child=s.DictField(child=s.IntegerField()), help_text="by step, then channel"),
    tasks=s.IntegerField(),
    escalations=s.IntegerField(),
)
