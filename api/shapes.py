"""What goes out: rows as JSON. What comes in: the bodies of POSTs."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from accounts.models import Account, Client, LedgerEntry
from compliance.enums import Channel, DisputeReason, DisputeStatus, HoldKind, RecordSource
from compliance.models import Dispute, Hold
from contacts.enums import CallOutcome, Direction
from contacts.models import Contact
from escalations.enums import DecisionVerb, EscalationKind
from escalations.models import Escalation
from payments.enums import Method
from payments.models import Payment, Promise
from strategies.models import Strategy
from worklists.models import Queue, Task

Body = s.Serializer[Any]


def _money(**kwargs: Any) -> Any:
    return s.DecimalField(max_digits=14, decimal_places=2, **kwargs)


def row(of: type[Any], *names: str, account: bool = True) -> type[s.ModelSerializer[Any]]:
    """A read-only serializer of these columns; ``account`` is shown by our reference."""
    meta = type("Meta", (), {"model": of, "fields": ["id", *(["account"] if account else []), *names]})
    members: dict[str, Any] = {"Meta": meta}
    if account:
        members["account"] = s.CharField(source="account.ref", read_only=True)
    return type(f"{of.__name__}Row", (s.ModelSerializer,), members)


ClientRow = row(Client, "code", "name", "kind", "debt_type", "is_active", account=False)
EntryRow = row(
    LedgerEntry, "posting", "kind", "bucket", "amount", "effective_on", "posted_at", "memo", account=False
)
PaymentRow = row(
    Payment, "amount", "method", "effective_on", "reference", "status", "posted_at", "reversal_reason"
)
PromiseRow = row(Promise, "amount", "due_on", "made_on", "how", "status", "paid", "cancelled_reason")
HoldRow = row(Hold, "debtor", "kind", "from_on", "until_on", "source", "note", "lift_reason", account=False)
DisputeRow = row(
    Dispute, "debtor", "received_on", "medium", "reason", "disputed_amount", "status", "resolution"
)
ContactRow = row(Contact, "channel", "direction", "address", "at", "outcome", "note")
TaskRow = row(Task, "queue", "kind", "reason", "priority", "due_at", "not_before", "status", "result")
EscalationRow = row(
    Escalation, "kind", "reason", "amount", "status", "raised_at", "due_at", "decided_at", "decision_note"
)
QueueRow = row(Queue, "slug", "name", "position", "is_active", account=False)
StrategyRow = row(Strategy, "code", "version", "name", "status", account=False)


class AccountRow(s.ModelSerializer[Account]):
    client = s.CharField(source="client.code", read_only=True)
    debtor_name = s.CharField(source="debtor.name", read_only=True)
    balance = _money(read_only=True)

    class Meta:
        model = Account
        fields = [
            "ref", "client", "client_reference", "debtor", "debtor_name", "status", "debt_type", "placed_on", "due_on",
            "placed_amount", "principal", "interest", "fees", "costs", "balance", "electronic_billing", "last_payment_on",
        ]  # fmt: skip


class TimedBody(Body):
    at = s.DateTimeField(required=False)


class OnAccountBody(TimedBody):
    account = s.CharField()


class PaymentBody(OnAccountBody):
    amount = _money()
    method = s.ChoiceField(choices=Method.choices)
    effective_on = s.DateField()
    reference = s.CharField(required=False, allow_blank=True, default="")


class ReasonBody(TimedBody):
    reason = s.CharField()


class PromiseBody(OnAccountBody):
    amount = _money()
    due_on = s.DateField()
    how = s.ChoiceField(choices=Method.choices, required=False, default="", allow_blank=True)


class CallBody(OnAccountBody):
    channel = s.ChoiceField(choices=[("call", "Call")], default="call")
    direction = s.ChoiceField(choices=Direction.choices, default=Direction.OUT)
    address = s.CharField()
    outcome = s.ChoiceField(choices=CallOutcome.choices)
    note = s.CharField(required=False, allow_blank=True, default="")


class CheckBody(OnAccountBody):
    channel = s.ChoiceField(choices=Channel.choices)
    address = s.CharField(required=False, allow_blank=True, default="")


class HoldBody(OnAccountBody):
    every_account = s.BooleanField(default=False, help_text="the hold covers every debt of the debtor")
    kind = s.ChoiceField(choices=HoldKind.choices)
    from_on = s.DateField()
    until_on = s.DateField(required=False, allow_null=True, default=None)
    source = s.ChoiceField(choices=RecordSource.choices, default=RecordSource.REP)
    note = s.CharField(required=False, allow_blank=True, default="")


class LiftBody(ReasonBody):
    on = s.DateField()


class ResultBody(TimedBody):
    result = s.CharField()


class UntilBody(TimedBody):
    until = s.DateTimeField()


class EscalationBody(OnAccountBody):
    kind = s.ChoiceField(choices=EscalationKind.choices)
    reason = s.CharField()
    amount = _money(required=False, allow_null=True, default=None)


class DecideBody(TimedBody):
    verb = s.ChoiceField(choices=DecisionVerb.choices)
    note = s.CharField(required=False, allow_blank=True, default="")


class DisputeBody(OnAccountBody):
    received_on = s.DateField()
    medium = s.ChoiceField(choices=Channel.choices, default=Channel.LETTER)
    reason = s.ChoiceField(choices=DisputeReason.choices, default=DisputeReason.OTHER)
    disputed_amount = _money(required=False, allow_null=True, default=None)
    source = s.ChoiceField(choices=RecordSource.choices, default=RecordSource.REP)
    note = s.CharField(required=False, allow_blank=True, default="")


class ResolveBody(TimedBody):
    status = s.ChoiceField(choices=DisputeStatus.choices)
    resolution = s.CharField()


class RunBody(TimedBody):
    on = s.DateField()
