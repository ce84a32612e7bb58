"""The shape of what a rep types; the rules live in the rooms."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.datastructures import MultiValueDict

from accounts.enums import DayCount, ItemizationType
from accounts.models import Client
from compliance.enums import (
    Channel,
    DisputeKind,
    DisputeMedium,
    DisputeReason,
    DisputeStatus,
    HoldKind,
    Medium,
)
from console.file import File
from contacts.enums import CallOutcome, Direction
from core.cards import REFUSED, has_card, mask_cards
from debtors.enums import AddressKind, PhoneKind
from debtors.phones import format_phone
from escalations.enums import EscalationKind
from payments.enums import Method

# The order of the keys 1 to 9.
OUTCOMES = [
    CallOutcome.CONVERSATION,
    CallOutcome.NO_ANSWER,
    CallOutcome.LIMITED_CONTENT_MESSAGE,
    CallOutcome.VOICEMAIL,
    CallOutcome.BUSY,
    CallOutcome.WRONG_NUMBER,
    CallOutcome.NOT_IN_SERVICE,
    CallOutcome.DROPPED,
]


class ActForm(forms.Form):
    """A short form in place. ``once`` makes a second press of the button harmless."""

    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, file: File, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.file = file
        self.fields["once"].initial = uuid.uuid4().hex
        self.prepare(file)
        for field in self.fields.values():
            if isinstance(field.widget, (forms.RadioSelect, forms.HiddenInput, forms.CheckboxSelectMultiple)):
                continue
            if isinstance(field.widget, forms.CheckboxInput):
                field.widget.attrs["class"] = "form-check-input"
                continue
            select = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = "form-select" if select else "form-control"

    def prepare(self, file: File) -> None:
        """Fills choices and first values from the file."""

    def _clean_fields(self) -> None:
        super()._clean_fields()
        cards = {
            name: value
            for name, value in self.cleaned_data.items()
            if isinstance(value, str) and has_card(value)
        }
        for name, value in cards.items():
            self.add_error(name, REFUSED)
            self.data = MultiValueDict({**dict(self.data.lists()), name: [mask_cards(value)]})  # type: ignore[attr-defined]


def choice(**kwargs: Any) -> forms.ChoiceField:
    return forms.ChoiceField(**kwargs)


def money(**kwargs: Any) -> forms.DecimalField:
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return forms.DecimalField(max_digits=14, decimal_places=2, widget=widget, localize=False, **kwargs)


def percent(**kwargs: Any) -> forms.DecimalField:
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return forms.DecimalField(max_digits=7, decimal_places=4, widget=widget, **kwargs)


def day(**kwargs: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


def time_(**kwargs: Any) -> forms.TimeField:
    return forms.TimeField(widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **kwargs)


def text_(rows: int = 2, **kwargs: Any) -> forms.CharField:
    return forms.CharField(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class LogCallForm(ActForm):
    outcome = choice(choices=[(o.value, o.label) for o in OUTCOMES], widget=forms.RadioSelect)
    address = choice(label="Number")
    direction = choice(choices=Direction.choices, initial=Direction.OUT)
    note = text_(required=False)

    def prepare(self, file: File) -> None:
        numbers = [(row["number"], format_phone(row["number"])) for row in file.usable_phones]
        self.fields["address"].choices = numbers  # type: ignore[attr-defined]
        if file.dialing:
            self.fields["address"].initial = file.dialing["address"]


class OutsideForm(ActForm):
    """A contact that has been made outside this system."""

    channel = choice(label="By", choices=Channel.choices)
    address = forms.CharField(label="Number or address", required=False, max_length=400)
    happened_at = forms.DateTimeField(
        label="When (agency time)",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    outcome = choice(
        label="How the call ended",
        choices=[("", "Not a call"), *((o.value, o.label) for o in OUTCOMES)],
        required=False,
    )
    note = text_(label="Who made it, and from where")

    def prepare(self, file: File) -> None:
        numbers = file.usable_phones
        self.fields["address"].initial = numbers[0]["number"] if numbers else ""


class PromiseForm(ActForm):
    amount = money()
    due_on = day(label="By")
    how = choice(
        choices=[("check", "Check"), ("wire", "Bank"), ("card", "Card"), ("cash", "Cash")],
        widget=forms.RadioSelect,
        initial="check",
        required=False,
    )

    def prepare(self, file: File) -> None:
        self.fields["due_on"].widget.attrs["min"] = file.today.isoformat()


class CallbackForm(ActForm):
    at_time = forms.DateTimeField(
        label="When (agency time)",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    note = forms.CharField(required=False, max_length=200, label="About")


class NoteForm(ActForm):
    text = text_(rows=4, label="Note")


class SendForm(ActForm):
    """``template`` names template and address family; the address is offered per channel."""

    template = choice(label="Letter or e-mail")
    address = choice(label="To")

    def prepare(self, file: File) -> None:
        self.fields["template"].choices = [  # type: ignore[attr-defined]
            (str(row["id"]), f"{Channel(row['channel']).label}: {row['name']}")
            for row in file.parts["templates"]
            if row["channel"] in ("email", "letter")
        ]
        self.fields["address"].choices = addresses(file)  # type: ignore[attr-defined]


def addresses(file: File) -> list[tuple[str, str]]:
    return [
        *((f"email:{row['address']}", row["address"]) for row in file.usable_emails),
        *(
            (f"letter:{row['id']}", f"{row['line1']}, {row['city']}, {row['state']} {row['zip']}")
            for row in file.usable_addresses
        ),
    ]


class PaymentForm(ActForm):
    amount = money()
    method = choice(choices=Method.choices)
    effective_on = day(label="Received on")
    reference = forms.CharField(required=False, max_length=80, label="Check number or reference")
    refund_excess = forms.BooleanField(required=False, label="If it is more than is owed, refund the rest")

    def prepare(self, file: File) -> None:
        self.fields["effective_on"].initial = file.today


class HoldForm(ActForm):
    kind = choice(choices=[row for row in HoldKind.choices if row[0] != HoldKind.DISPUTE])
    until_on = day(required=False, label="Until (empty: open-ended)")
    every_debt = forms.BooleanField(required=False, initial=True, label="Covers every debt of this person")
    note = forms.CharField(required=False, max_length=300)


# What is asked besides a medium.
ASKED = [
    ("number", "Anything to one number"),
    ("work", "Contact at work"),
    ("attorney", "Contact: an attorney"),
    ("time", "Contact at a time of day"),
]


class OptOutForm(ActForm):
    """What they ask by word of mouth. To cease all communication takes writing (1006.6(c)); that is a hold."""

    medium = choice(
        choices=[*Medium.choices, *ASKED], label="No more", widget=forms.RadioSelect, initial=Medium.CALL
    )
    address = forms.CharField(
        required=False,
        max_length=254,
        label="Only this number or address (empty: all)",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    attorney = forms.CharField(required=False, max_length=160, label="Attorney's name")
    attorney_address = forms.CharField(required=False, max_length=400, label="Attorney's address")
    start = time_(required=False, label="Not between")
    end = time_(required=False, label="and")
    note = forms.CharField(required=False, max_length=300, label="What they said")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        medium = data.get("medium")
        if medium == "number" and not data.get("address"):
            self.add_error("address", "Say which number.")
        if medium == "attorney" and not data.get("attorney"):
            self.add_error("attorney", "Say who the attorney is.")
        if medium == "time" and not (data.get("start") and data.get("end")):
            self.add_error("start", "Say from when to when, in their own time.")
        return data


class WithdrawForm(ActForm):
    """``opt_out`` is no choice of the form's: one taken back meanwhile is the service's to refuse."""

    opt_out = forms.IntegerField(label="Taken back", widget=forms.Select)
    note = forms.CharField(max_length=300, label="How they took it back")

    def prepare(self, file: File) -> None:
        self.fields["opt_out"].widget.choices = [
            (
                row["id"],
                f"{Medium(row['medium']).label}{', ' + row['address'] if row['address'] else ''}, {row['since']}",
            )
            for row in file.parts["opt_outs"]
        ]


class DisputeForm(ActForm):
    reason = choice(choices=DisputeReason.choices)
    disputed_amount = money(required=False, label="Amount disputed (empty: all of it)")
    medium = choice(choices=DisputeMedium.choices, label="How it came", initial=DisputeMedium.CALL)
    kind = choice(choices=DisputeKind.choices, label="What they ask", initial=DisputeKind.DISPUTE)
    received_on = day(label="Received on")
    postmarked_on = day(required=False, label="Postmark of a letter, if it can be read")
    repeats = forms.BooleanField(required=False, label="Says nothing new over the one that was answered")
    stop_anyway = forms.BooleanField(required=False, label="Stop collection even if the law does not ask it")
    note = text_(required=False, label="What they said")

    def prepare(self, file: File) -> None:
        self.fields["received_on"].initial = file.today
        if not file.parts["answered"]:
            del self.fields["repeats"]


class AnswerForm(ActForm):
    """``dispute`` is no choice of the form's: one that has ended meanwhile is the service's to refuse."""

    dispute = forms.IntegerField(label="Dispute", widget=forms.Select)
    template = choice(label="Answer")
    address = choice(label="To")
    documents = forms.MultipleChoiceField(
        label="Documents enclosed (PDF)", required=False, widget=forms.CheckboxSelectMultiple
    )
    creditor = text_(required=False, label="Name and address of the original creditor")

    def prepare(self, file: File) -> None:
        fields: dict[str, Any] = self.fields
        fields["dispute"].widget.choices = open_disputes(file)
        wanted = {answer_tag(row) for row in file.parts["disputes"]}
        fields["template"].choices = [
            (str(row["id"]), f"{Channel(row['channel']).label}: {row['name']}")
            for row in file.parts["answer_templates"]
            if wanted.intersection(row["tags"])
        ]
        fields["address"].choices = addresses(file)[::-1]
        fields["documents"].choices = [
            (row["id"], f"{row['title']} · {row['added']}") for row in file.parts["documents"] if row["pdf"]
        ]
        if "verification" not in wanted:
            del fields["documents"]
        elif not fields["documents"].choices:
            fields["documents"].label = "No PDF is among the documents; add what verifies the debt first."
        if "original_creditor" not in wanted:
            del fields["creditor"]


class ResolveForm(ActForm):
    dispute = forms.IntegerField(label="Dispute", widget=forms.Select)
    status = choice(
        label="How it ended", choices=[row for row in DisputeStatus.choices if row[0] != DisputeStatus.OPEN]
    )
    resolution = forms.CharField(max_length=300, label="What ended it")

    def prepare(self, file: File) -> None:
        self.fields["dispute"].widget.choices = open_disputes(file)


def answer_tag(dispute: dict[str, Any]) -> str:
    """Of the template that answers it."""
    if dispute["repeats"]:
        return "duplicate_dispute"
    return "verification" if dispute["kind"] == DisputeKind.DISPUTE else "original_creditor"


def open_disputes(file: File) -> list[tuple[int, str]]:
    return [
        (row["id"], f"{DisputeKind(row['kind']).label}, {row['received']}") for row in file.parts["disputes"]
    ]


class EscalateForm(ActForm):
    kind = choice(choices=[row for row in EscalationKind.choices if row[0] != EscalationKind.STRATEGY])
    amount = money(required=False, label="Money at stake (optional)")
    reason = text_(rows=3, label="What is to be decided, and why")


class PhoneForm(ActForm):
    number = forms.CharField(
        max_length=40, widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})
    )
    kind = choice(choices=PhoneKind.choices)


class AddressForm(ActForm):
    line1 = forms.CharField(max_length=120, label="Street")
    line2 = forms.CharField(max_length=120, required=False, label="Apartment, suite")
    city = forms.CharField(max_length=80)
    state = forms.CharField(max_length=2)
    zip = forms.CharField(max_length=10, label="ZIP")
    kind = choice(choices=AddressKind.choices)


class EmailForm(ActForm):
    address = forms.CharField(max_length=254, label="E-mail address")


class DocumentForm(ActForm):
    title = forms.CharField(max_length=160, required=False)
    upload = forms.FileField(label="File (PDF, PNG, JPEG, TIFF, text or CSV, up to 20 MB)")


class ItemizationForm(ActForm):
    """As the client told it; what was placed is not changed by it."""

    on = day(label="Itemization date")
    type = choice(label="It is the date of", choices=ItemizationType.choices)
    balance = money(label="Owed on that date", min_value=0)
    interest = money(label="Interest from then to the placement", min_value=0)
    fees = money(label="Fees from then to the placement", min_value=0)
    payments = money(label="Payments from then to the placement", min_value=0)
    credits = money(label="Credits from then to the placement", min_value=0)

    def prepare(self, file: File) -> None:
        account = file.account
        self.initial = {
            "on": account.itemization_on, "type": account.itemization_type, "balance": account.itemization_balance,
            "interest": account.interest_since, "fees": account.fees_since, "payments": account.payments_since,
            "credits": account.credits_since,
        }  # fmt: skip


class RateForm(ActForm):
    rate = percent(label="Percent a year")
    authority = forms.CharField(max_length=200, label="Agreement clause, statute or order that allows it")
    from_on = day(label="From (interest begins the day after)")
    basis = choice(label="A year is", choices=DayCount.choices)
    compounds = forms.BooleanField(required=False, label="Compounds once a year (federal judgment)")

    def prepare(self, file: File) -> None:
        self.fields["from_on"].initial = file.today


class LimitForm(ActForm):
    most = percent(label="At most percent a year (0: none)")
    from_on = day(label="First day")
    until_on = day(label="Last day (empty: until further notice)", required=False)
    reason = forms.CharField(max_length=200, label="Why")

    def prepare(self, file: File) -> None:
        self.fields["from_on"].initial = file.today


class EndLimitForm(ActForm):
    limit = choice(label="Which")
    on = day(label="Its last day")

    def prepare(self, file: File) -> None:
        self.fields["on"].initial = file.today
        self.fields["limit"].choices = [  # type: ignore[attr-defined]
            (row["id"], f"At most {row['most']} % from {row['since']}: {row['reason']}")
            for row in file.parts["limits"]
        ]


class SpanishForm(ActForm):
    asked_on = day(label="Asked for on")
    note = forms.CharField(required=False, max_length=120, label="How")

    def prepare(self, file: File) -> None:
        self.fields["asked_on"].initial = file.today


class RevealForm(ActForm):
    reason = forms.CharField(max_length=200, label="Why is the full number needed?")


class CancelPromiseForm(ActForm):
    """``promise`` is the one that was on the screen: one made meanwhile by somebody else is not cancelled unseen."""

    promise = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(max_length=200, label="Why is the promise cancelled?")

    def prepare(self, file: File) -> None:
        self.fields["promise"].initial = file.promise["id"] if file.promise else None


class UploadForm(forms.Form):
    client = forms.ModelChoiceField(
        Client.objects.none(),
        empty_label="Choose a client",
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    file = forms.FileField(
        label="CSV or XLSX file",
        widget=forms.FileInput(attrs={"class": "form-control", "accept": ".csv,.txt,.tsv,.xlsx"}),
    )

    def __init__(self, *args: Any, clients: QuerySet[Client], **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["client"].queryset = clients  # type: ignore[attr-defined]


class LoadForm(forms.Form):
    """How a mapped file is to be loaded. The control totals are those of the client's letter.

    ``replaces`` is the version of the saved mapping that the page began with; ``replace`` the one seen in a warning since.
    """

    date_format = choice(label="Dates are written as")
    placed_on = day(label="Placed on")
    expect_rows = forms.IntegerField(required=False, min_value=0, label="Expected rows")
    expect_amount = money(required=False, label="Expected amount, $")
    name = forms.CharField(required=False, max_length=60, label="Remember this mapping as")
    replaces = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    replace = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, date_formats: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["date_format"].choices = date_formats  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.widget.attrs["class"] = (
                "form-select" if isinstance(field.widget, forms.Select) else "form-control"
            )
