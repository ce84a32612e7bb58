"""What next, and why: from the task in hand, the promise, and what may not be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.chips import Chip
from console.file import File
from core.money import dollars
from debtors.phones import format_phone
from users.models import User


@dataclass(frozen=True, slots=True)
class Recommendation:
    """``act`` names the form that carries it out; ``phone`` the number to call."""

    title: str
    reason: str
    act: str = ""
    phone_id: int | None = None
    phone: str = ""


def recommend(file: File, user: User, chips: Sequence[Chip] = ()) -> Recommendation:
    """``chips``: what the gate said, once it has been asked."""
    account = file.account
    if not account.is_open:
        return Recommendation(
            f"Nothing to do: {account.get_status_display().lower()}", "The account is closed to collection."
        )
    if file.parts["holds"]:
        kinds = ", ".join(row["kind"].replace("_", " ") for row in file.parts["holds"])
        return Recommendation("Do not collect now", f"A hold stands: {kinds}.", "note")
    returned = [
        row
        for row in file.parts["escalations"]
        if row["status"] == "returned" and row["raised_by_id"] == user.pk
    ]
    if returned:
        return Recommendation("Answer the question on your escalation", "It was returned to you.", "note")
    if file.dialing:
        return Recommendation(
            f"Log the call to {format_phone(file.dialing['address'])}",
            "It was placed and has no outcome yet.",
            "log-call",
        )
    return _instead(chips) or _call(file)


def _instead(chips: Sequence[Chip]) -> Recommendation | None:
    """What may be done where a call may not; None where it may."""
    call = next((chip for chip in chips if chip.channel == "call"), None)
    if call is None or call.tone != "bad":
        return None
    free = [
        chip.label.lower() for chip in chips if chip.channel in ("email", "letter") and chip.tone == "good"
    ]
    title = f"Do not call now; {' and '.join(free)} may go out" if free else "Do not call now"
    return Recommendation(title, f"{call.text[:1].upper()}{call.text[1:]}.", "send" if free else "callback")


def _call(file: File) -> Recommendation:
    if not file.usable_phones:
        return Recommendation("Find a number", "No usable number is on file.", "phone")
    best = file.usable_phones[0]
    agreement = file.agreement
    if agreement and agreement["status"] == "offered":
        title = f"Ask whether they accept {dollars(agreement['amount'])}"
        reason = f"The {agreement['kind']} offered stands until {agreement['expires']}."
    elif agreement and agreement["status"] == "active":
        verb = "was due" if agreement["late"] else "is due"
        title = f"Confirm the instalment of {dollars(agreement['next_amount'])}"
        reason = f"Of the {agreement['kind']} in force; it {verb} {agreement['due']}."
    elif agreement and agreement["status"] == "broken":
        title = f"Mend the {agreement['kind']} of {dollars(agreement['amount'])}"
        reason = f"It was broken after {dollars(agreement['paid'])} had come."
    elif file.promise:
        verb = "was due" if file.promise["late"] else "is due"
        title = f"Confirm the promise of ${file.promise['amount']:,.2f}"
        reason = f"It {verb} {file.promise['due']}."
    elif file.parts["tasks"]:
        title, reason = file.parts["tasks"][0]["reason"], f"From the queue {file.parts['tasks'][0]['queue']}."
    else:
        title = f"Call about ${file.account.balance:,.2f}"
        days = file.days_past_due
        reason = f"{days} days past due, no promise open." if days and days > 0 else "No promise open."
    return Recommendation(title, reason, "log-call", best["id"], format_phone(best["number"]))
