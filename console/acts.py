"""What can be done from the workspace: a table of acts, each a form, a permission and one call of a service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.accruing import begin_interest, end_limit, limit_interest
from accounts.models import InterestLimit
from accounts.services import Itemization, add_document, set_itemization
from compliance.disputes import resolve_dispute
from compliance.enums import DisputeKind, Medium, RecordSource
from compliance.models import Dispute, OptOut
from compliance.optouts import stop_at_work
from compliance.representations import record_representation
from compliance.services import place_hold, record_inconvenient_time, withdraw_opt_out
from console import agreements, forms
from console.file import File
from contacts.disputes import answer_dispute, take_dispute
from contacts.facts import postal_lines
from contacts.models import Contact, Template
from contacts.revoking import opt_out
from contacts.services import add_note, queue_message
from core.clock import business_zone
from core.money import dollars
from debtors.models import Address
from debtors.phones import format_phone
from debtors.services import InvalidDetail, add_address, add_email, add_phone, reveal_tax_id
from escalations.services import raise_escalation
from payments.models import Promise
from payments.services import cancel_promise, post_payment, record_promise
from users.models import User
from worklists.dispositions import dispose_call, log_outside
from worklists.services import ask_for_spanish, schedule_callback

Run = Callable[[File, dict[str, Any], User, datetime, date], str]


@dataclass(frozen=True, slots=True)
class Act:
    """``key`` is the key that opens the form; acts without ``tab`` open from where they belong."""

    name: str
    label: str
    permission: str
    form: type[forms.ActForm]
    run: Run
    submit: str
    key: str = ""
    tab: bool = True
    exclusive: bool = True


def _log_call(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    fields = {name: data[name] for name in ("direction", "address", "outcome", "note")}
    placed = Contact.objects.get(pk=file.dialing["id"]) if file.dialing else None
    contact = dispose_call(account=file.account, placed=placed, by=by, at=at, **fields)
    label = contact.get_outcome_display()
    return f"Logged: {label.lower()}."


def _outside(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    fields = {name: data[name] for name in ("channel", "address", "outcome", "note")}
    happened_at = _in_agency_time(data["happened_at"])
    contact = log_outside(account=file.account, happened_at=happened_at, by=by, at=at, **fields)
    if contact.decision is not None and not contact.decision.allowed:
        return "Recorded. It was not allowed at that time: compliance has a task to look at it."
    return "Recorded."


def _in_agency_time(given: datetime) -> datetime:
    naive = timezone.make_naive(given) if timezone.is_aware(given) else given
    return naive.replace(tzinfo=business_zone())


def _promise(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    promise = record_promise(
        account=file.account,
        amount=data["amount"],
        due_on=data["due_on"],
        how=data["how"],
        by=by,
        at=at,
        on=today,
    )
    rest = file.account.balance - promise.amount
    return (
        f"Promise of ${promise.amount:,.2f} by {promise.due_on:%a %d %b %Y} recorded. It leaves ${rest:,.2f}."
    )


def _cancel_promise(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    promise = get_object_or_404(Promise, pk=data["promise"], account=file.account)
    cancel_promise(promise=promise, reason=data["reason"], by=by, at=at)
    return "The promise is cancelled."


def _callback(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    task = schedule_callback(
        account=file.account,
        at_time=_in_agency_time(data["at_time"]),
        note=data["note"],
        by=by,
        at=at,
    )
    return (
        f"You will be reminded to call on {task.due_at.astimezone(business_zone()):%a %d %b %Y at %H:%M %Z}."
    )


def _note(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    add_note(account=file.account, text=data["text"], by=by, at=at)
    return "Note kept."


def _send(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    template = get_object_or_404(Template, pk=data["template"])
    address = _address_for(file, template, data["address"])
    queue_message(
        account=file.account,
        channel=template.channel,
        template=template,
        address=address,
        by=by,
        at=at,
        key=f"manual:{data['once']}" if data["once"] else None,
    )
    return f"{template.get_channel_display()} “{template.name}” is in the outbox."


def _address_for(file: File, template: Template, chosen: str) -> str:
    family, _, value = chosen.partition(":")
    if family != template.channel:
        raise InvalidDetail(
            "address", f"This is {template.get_channel_display().lower()}: choose an address of that kind."
        )
    if family == "letter":
        return postal_lines(get_object_or_404(Address, pk=value, debtor=file.account.debtor))
    return value


def _payment(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    names = ("amount", "method", "effective_on", "reference", "refund_excess")
    fields = {name: data[name] for name in names}
    payment = post_payment(account=file.account, by=by, at=at, **fields)
    rest = f" {dollars(payment.excess)} of it waits to be refunded." if payment.excess else ""
    return f"Payment of ${payment.amount:,.2f} posted.{rest}"


def _hold(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    hold = place_hold(
        debtor=file.account.debtor,
        account=None if data["every_debt"] else file.account,
        kind=data["kind"],
        from_on=today,
        until_on=data["until_on"],
        note=data["note"],
        by=by,
        at=at,
    )
    return f"Hold placed: {hold.get_kind_display().lower()}."


def _opt_out(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    debtor, asked, note = file.account.debtor, data["medium"], data["note"]
    if asked == "work":
        stop_at_work(debtor=debtor, note=note, on=today, by=by, at=at)
        return "Kept: no contact at work. It stops at once."
    if asked == "time":
        record_inconvenient_time(
            debtor=debtor, start=data["start"], end=data["end"], from_on=today, note=note,
            source=RecordSource.CONSUMER_CALL, by=by, at=at,
        )  # fmt: skip
        return f"Kept: not between {data['start']:%H:%M} and {data['end']:%H:%M} of their time."
    if asked == "attorney":
        record_representation(
            account=file.account,
            name=data["attorney"],
            address=data["attorney_address"],
            from_on=today,
            note=note,
            by=by,
            at=at,
        )
        return "Kept: an attorney stands for this debt. Contact about it stops at once."
    media = [Medium.CALL, Medium.TEXT] if asked == "number" else [Medium(asked)]
    for medium in media:
        opt_out(debtor=debtor, medium=medium, address=data["address"], note=note, by=by, at=at)
    what = "this number" if asked == "number" else media[0].label.lower()
    return f"Opt-out kept: {what}. It stops at once."


def _withdraw(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    found = get_object_or_404(OptOut, pk=data["opt_out"], debtor=file.account.debtor)
    withdraw_opt_out(opt_out=found, note=data["note"], by=by, at=at)
    return "Taken back. Consents that ended with it do not come back by themselves."


def _dispute(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    names = (
        "kind",
        "reason",
        "disputed_amount",
        "received_on",
        "postmarked_on",
        "medium",
        "stop_anyway",
        "note",
    )
    repeats = data.get("repeats", False)
    dispute = take_dispute(
        account=file.account, repeats=repeats, by=by, at=at, **{name: data[name] for name in names}
    )
    what = "Dispute" if dispute.kind == DisputeKind.DISPUTE else "Request"
    return f"{what} recorded. {_consequence(dispute)}"


def _consequence(dispute: Dispute) -> str:
    if dispute.hold_id is None:
        return "The debt is marked as disputed; the law stops nothing (12 CFR 1006.38)."
    if dispute.disputed_amount is not None:
        return f"{dollars(dispute.disputed_amount)} is not collected until it is answered; no message goes out before."
    return "Collection stops until it is answered."


def _answer(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    dispute = get_object_or_404(Dispute, pk=data["dispute"], account=file.account)
    template = get_object_or_404(Template, pk=data["template"])
    documents = list(file.account.documents.filter(pk__in=data.get("documents", [])))
    message = answer_dispute(
        dispute=dispute, template=template, address=_address_for(file, template, data["address"]), documents=documents,
        creditor=data.get("creditor", ""), by=by, at=at, key=f"answer:{data['once']}" if data["once"] else None,
    )  # fmt: skip
    return f"{message.get_channel_display()} “{template.name}” is in the outbox. The dispute ends when it has left."


def _resolve(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    dispute = get_object_or_404(Dispute, pk=data["dispute"], account=file.account)
    resolve_dispute(dispute=dispute, status=data["status"], resolution=data["resolution"], by=by, at=at)
    return "The dispute has ended."


def _escalate(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    fields = {name: data[name] for name in ("kind", "reason", "amount")}
    escalation = raise_escalation(account=file.account, by=by, at=at, **fields)
    return f"Escalated; to be decided by {escalation.due_at.astimezone(business_zone()):%a %d %b %H:%M %Z}."


def _phone(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    phone = add_phone(debtor=file.account.debtor, number=data["number"], kind=data["kind"], by=by, at=at)
    return f"{format_phone(phone.number)} is on file."


def _address(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    fields = {name: data[name] for name in ("line1", "line2", "city", "state", "zip", "kind")}
    add_address(debtor=file.account.debtor, by=by, at=at, **fields)
    return "Address is on file."


def _email(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    email = add_email(debtor=file.account.debtor, address=data["address"], by=by, at=at)
    return f"{email.address} is on file."


def _document(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    document = add_document(account=file.account, upload=data["upload"], title=data["title"], by=by, at=at)
    return f"“{document.title}” is on file."


def _itemization(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    fields = ("on", "type", "balance", "interest", "fees", "payments", "credits")
    told = Itemization(**{name: data[name] for name in fields})
    set_itemization(account=file.account, itemization=told, by=by, at=at)
    return f"The itemization adds up to the ${file.account.placed_amount:,.2f} that was placed."


def _spanish(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    task = ask_for_spanish(account=file.account, asked_on=data["asked_on"], note=data["note"], by=by, at=at)
    return f"Kept. The Spanish notice is to be sent by {task.due_at.astimezone(business_zone()):%a %d %b %Y}."


def _rate(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    fields = {name: data[name] for name in ("rate", "authority", "from_on", "basis", "compounds")}
    term = begin_interest(account=file.account, by=by, at=at, **fields)
    return f"{term} runs, by {term.authority}. It is posted by night."


def _limit(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    fields = {name: data[name] for name in ("most", "from_on", "until_on", "reason")}
    limit = limit_interest(account=file.account, by=by, at=at, **fields)
    return f"Interest is {limit}. What was posted beyond it is taken back."


def _end_limit(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    limit = get_object_or_404(InterestLimit, pk=data["limit"], account=file.account)
    ended = end_limit(limit=limit, on=data["on"], by=by, at=at)
    return f"The limit ends with {ended.until_on:%a %d %b %Y}."


def _reveal(file: File, data: dict[str, Any], by: User, at: datetime, today: date) -> str:
    number = reveal_tax_id(debtor=file.account.debtor, reason=data["reason"], by=by, at=at)
    shown = f"{number[:3]}-{number[3:5]}-{number[5:]}" if len(number) == 9 else number
    return f"The full number is {shown or 'not on file'}. This was recorded."


ACTS: dict[str, Act] = {
    act.name: act
    for act in (
        Act("log-call", "Log call", "contacts.log_contact", forms.LogCallForm, _log_call, "Log call", "l"),
        Act("promise", "Promise", "payments.record_promise", forms.PromiseForm, _promise, "Record promise", "p"),
        Act("settle", "Settle", "payments.make_agreement", agreements.SettleForm, agreements.settle, "Make the settlement", "t"),
        Act("plan", "Plan", "payments.make_agreement", agreements.PlanForm, agreements.plan, "Make the plan", "i"),
        Act("accept", "They accept", "payments.make_agreement", agreements.AcceptForm, agreements.accept_offer, "It is agreed", tab=False),
        Act("end-agreement", "End it", "payments.make_agreement", agreements.EndAgreementForm, agreements.end_agreement, "End it",
            tab=False),
        Act("callback", "Callback", "contacts.log_contact", forms.CallbackForm, _callback, "Remind me", "b"),
        Act("note", "Note", "contacts.log_contact", forms.NoteForm, _note, "Keep note", "o", exclusive=False),
        Act("send", "Send", "contacts.send_message", forms.SendForm, _send, "Put in the outbox", "s"),
        Act("payment", "Payment", "payments.post_payment", forms.PaymentForm, _payment, "Post payment", "y", exclusive=False),
        Act("escalate", "Escalate", "escalations.raise_escalation", forms.EscalateForm, _escalate, "Escalate", "e"),
        Act("dispute", "Dispute", "compliance.manage_dispute", forms.DisputeForm, _dispute, "Record dispute", "d", exclusive=False),
        Act("answer", "Answer dispute", "compliance.manage_dispute", forms.AnswerForm, _answer, "Put the answer in the outbox", tab=False,
            exclusive=False),
        Act("resolve", "End dispute", "compliance.manage_dispute", forms.ResolveForm, _resolve, "End the dispute", tab=False,
            exclusive=False),
        Act("opt-out", "Opt-out", "compliance.record_consent", forms.OptOutForm, _opt_out, "Keep opt-out", "x", exclusive=False),
        Act("withdraw", "Taken back", "compliance.record_consent", forms.WithdrawForm, _withdraw, "Take the opt-out back", tab=False,
            exclusive=False),
        Act("hold", "Hold", "compliance.place_hold", forms.HoldForm, _hold, "Place hold", "h", exclusive=False),
        Act("outside", "Made elsewhere", "contacts.log_contact", forms.OutsideForm, _outside, "Record it", tab=False, exclusive=False),
        Act("phone", "Add number", "debtors.change_debtor", forms.PhoneForm, _phone, "Add number", tab=False, exclusive=False),
        Act("address", "Add address", "debtors.change_debtor", forms.AddressForm, _address, "Add address", tab=False, exclusive=False),
        Act("email", "Add e-mail", "debtors.change_debtor", forms.EmailForm, _email, "Add e-mail", tab=False, exclusive=False),
        Act("document", "Add document", "accounts.manage_document", forms.DocumentForm, _document, "Add document", tab=False,
            exclusive=False),
        Act("itemization", "Correct the itemization", "accounts.correct_itemization", forms.ItemizationForm, _itemization,
            "Keep the itemization", tab=False, exclusive=False),
        Act("rate", "Rate of interest", "accounts.add_interestterm", forms.RateForm, _rate, "Begin this rate", tab=False,
            exclusive=False),
        Act("limit", "Limit interest", "accounts.add_interestlimit", forms.LimitForm, _limit, "Limit interest", tab=False,
            exclusive=False),
        Act("end-limit", "End a limit", "accounts.change_interestlimit", forms.EndLimitForm, _end_limit, "End the limit", tab=False,
            exclusive=False),
        Act("correct", "Correct the balance", "payments.propose_correction", agreements.CorrectionForm, agreements.correct,
            "Correct it", tab=False, exclusive=False),
        Act("spanish", "Notice in Spanish", "contacts.log_contact", forms.SpanishForm, _spanish, "Keep the request", tab=False,
            exclusive=False),
        Act("reveal", "Reveal", "debtors.reveal_ssn", forms.RevealForm, _reveal, "Show the full number", tab=False, exclusive=False),
        Act("cancel-promise", "Cancel promise", "payments.record_promise", forms.CancelPromiseForm, _cancel_promise,
            "Cancel promise", tab=False),
    )
}  # fmt: skip
