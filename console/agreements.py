"""Settle, Plan and what follows from them, as a rep types it; and what the terms come to while they are typed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404

from accounts.enums import Bucket
from console.file import File
from console.forms import ActForm, choice, day, money
from core.money import ZERO, dollars
from escalations.approvals import (
    counter_agreement,
    offer_agreement,
    propose_correction,
    reage_plan,
    withdraw_agreement,
)
from payments.agreements import AgreementRefused, ScheduleRefused, Terms, accept, preview
from payments.enums import AgreementKind, AgreementStatus, CorrectionKind, DecisionStatus, Every
from payments.models import Agreement
from users.models import User

ASKED = "Waits for approval: a supervisor has the question. Offer nothing before it is answered."


class TermsForm(ActForm):
    """``agreement`` and ``round`` are what was on the screen, so that terms put down meanwhile are not countered unseen."""

    agreement = forms.IntegerField(widget=forms.HiddenInput, required=False)
    round = forms.IntegerField(widget=forms.HiddenInput, required=False)
    amount = money()
    first_on = day(label="First payment")
    every = choice(choices=Every.choices, label="Payments")
    count = forms.IntegerField(
        required=False, label="How many", widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    instalment = money(required=False, label="or dollars each")
    down = money(required=False, label="Down payment")
    down_on = day(required=False, label="Down payment on")
    agreed = forms.BooleanField(required=False, initial=True, label="They agree to it now")
    note = forms.CharField(required=False, max_length=200, label="Why, and what they said")

    kind = AgreementKind.SETTLEMENT

    def prepare(self, file: File) -> None:
        live = self.live(file)
        self.fields["agreement"].initial = live["id"] if live else None
        self.fields["round"].initial = live["round"] if live else None
        self.fields["first_on"].initial = file.today
        self.fields["first_on"].widget.attrs["min"] = file.today.isoformat()

    def live(self, file: File) -> dict[str, Any] | None:
        """What these terms take the place of: an offer not yet accepted."""
        found = file.agreement
        wanted = found and found["kind"] == self.kind and found["status"] in ("proposed", "offered")
        return found if wanted else None

    def terms(self) -> Terms:
        said = self.cleaned_data
        return Terms(
            amount=said["amount"], first_on=said["first_on"], every=said["every"], count=said.get("count"),
            instalment=said.get("instalment"), down=said.get("down") or ZERO, down_on=said.get("down_on"),
        )  # fmt: skip


class SettleForm(TermsForm):
    def prepare(self, file: File) -> None:
        super().prepare(file)
        self.fields["amount"].label = "They pay in all"
        self.fields["every"].initial = Every.ONCE
        del self.fields["down"], self.fields["down_on"], self.fields["instalment"]


class PlanForm(TermsForm):
    kind = AgreementKind.PLAN

    def prepare(self, file: File) -> None:
        super().prepare(file)
        self.fields["amount"].label = "They pay in all"
        self.fields["amount"].initial = file.account.balance
        self.fields["every"].initial, self.fields["count"].initial = Every.MONTH, 6
        if (
            file.agreement
            and file.agreement["status"] in ("active", "broken")
            and file.agreement["kind"] == self.kind
        ):
            self.fields["note"].label = "Why the plan gets a new schedule"
            del self.fields["agreed"]

    def live(self, file: File) -> dict[str, Any] | None:
        return file.agreement if file.agreement and file.agreement["kind"] == self.kind else None


class AcceptForm(ActForm):
    """``agreement`` and ``round`` as in the terms: what they agree to is what was on the screen."""

    agreement = forms.IntegerField(widget=forms.HiddenInput, required=False)
    round = forms.IntegerField(widget=forms.HiddenInput, required=False)
    note = forms.CharField(required=False, max_length=200, label="What they said")

    def prepare(self, file: File) -> None:
        found = file.agreement
        self.fields["agreement"].initial = found["id"] if found else None
        self.fields["round"].initial = found["round"] if found else None


class EndAgreementForm(ActForm):
    agreement = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(max_length=200, label="Why does it end?")

    def prepare(self, file: File) -> None:
        self.fields["agreement"].initial = file.agreement["id"] if file.agreement else None


class CorrectionForm(ActForm):
    kind = choice(choices=CorrectionKind.choices)
    bucket = choice(choices=Bucket.choices, label="Of", initial=Bucket.FEES)
    amount = money(label="By how much it is lowered", min_value=0)
    raises = forms.BooleanField(required=False, label="It is raised instead (adjustment only)")
    authority = forms.CharField(
        required=False, max_length=200, label="Clause or statute, where interest or a fee is raised"
    )
    reason = forms.CharField(max_length=200, label="Why")


def settle(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    return _agree(AgreementKind.SETTLEMENT, file, data, by, at)


def plan(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    found = file.agreement
    if found and found["kind"] == AgreementKind.PLAN and found["status"] in ("active", "broken"):
        old = _on_screen(file, data)
        made = reage_plan(agreement=old, terms=_terms(data), reason=data["note"], by=by, at=at)
        return (
            ASKED
            if made.status == AgreementStatus.PROPOSED
            else f"{_said(made)} The old schedule is kept as replaced."
        )
    return _agree(AgreementKind.PLAN, file, data, by, at)


def _agree(kind: AgreementKind, file: File, data: dict[str, Any], by: User, at: datetime) -> str:
    said: dict[str, Any] = {
        "terms": _terms(data), "agreed": data.get("agreed", False), "note": data["note"], "by": by, "at": at,
    }  # fmt: skip
    if data.get("agreement"):
        made = counter_agreement(agreement=_on_screen(file, data), **said)
    else:
        made = offer_agreement(account=file.account, kind=kind, **said)
    return ASKED if made.status == AgreementStatus.PROPOSED else _said(made)


def _terms(data: dict[str, Any]) -> Terms:
    names = ("amount", "first_on", "every", "count", "instalment", "down_on")
    return Terms(**{name: data.get(name) for name in names}, down=data.get("down") or ZERO)


def _on_screen(file: File, data: dict[str, Any]) -> Agreement:
    found = get_object_or_404(Agreement, pk=data["agreement"], account=file.account)
    if data.get("round") not in (None, found.round):
        raise AgreementRefused("Other terms have been put down meanwhile; look at them first.")
    return found


def _said(made: Agreement) -> str:
    name = made.get_kind_display()
    if made.status == AgreementStatus.OFFERED:
        return f"{name} of {dollars(made.amount)} offered; it stands until {made.expires_on:%a %d %b %Y}."
    rest = f" Paid in time, the other {dollars(made.forgives)} is forgiven." if made.forgives else ""
    return f"{name} of {dollars(made.amount)} in force.{rest}"


def accept_offer(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    return _said(accept(agreement=_on_screen(file, data), note=data["note"], by=by, at=at))


def end_agreement(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    ended = withdraw_agreement(agreement=_on_screen(file, data), reason=data["reason"], by=by, at=at)
    return f"The {ended.get_kind_display().lower()} is withdrawn. What was paid stays paid."


def correct(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    made = propose_correction(
        account=file.account, kind=data["kind"], bucket=data["bucket"],
        amount=data["amount"] if data["raises"] else -data["amount"], reason=data["reason"], authority=data["authority"],
        by=by, at=at,
    )  # fmt: skip
    return (
        "Posted."
        if made.status == DecisionStatus.POSTED
        else "Waits for approval: a supervisor has the question."
    )


def previewed(form: TermsForm, file: File, by: User, today: date) -> dict[str, Any]:
    """What the terms typed so far come to, or what is wrong with them; nothing while too little is typed."""
    if not form.is_valid():
        typed = [name for name in ("amount", "first_on") if form.data.get(name)]
        wrong = [
            f"{form.fields[name].label}: {found[0]}"
            for name, found in form.errors.items()
            if form.data.get(name)
        ]
        return {"preview": None, "problem": wrong[0] if wrong and len(typed) == 2 else ""}
    try:
        found = preview(account=file.account, kind=form.kind, terms=form.terms(), by=by, on=today)
    except (AgreementRefused, ScheduleRefused) as error:
        return {"preview": None, "problem": str(error)}
    return {"preview": found, "problem": "", "percent": found.percent if found.forgiven else None}
