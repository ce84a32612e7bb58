"""What reps write and what goes out, for the seeded histories."""

from __future__ import annotations

NOTES = {
    "promise": (
        "Says payday is Friday, will send {amount} by {day}.",
        "Agreed to {amount} by {day}, will call if anything changes.",
        "Wants to clear it in steps; first {amount} due {day}.",
    ),
    "later": (
        "Busy at work, asked for a call next week.",
        "Driving, asked us to try another day.",
        "Needs to look at the papers first.",
    ),
    "hardship": (
        "Hours were cut in the spring; asked about smaller amounts.",
        "On short-term disability until next month.",
        "Lost job, looking; will be in touch when working.",
    ),
    "refusal": (
        "Says insurance should have paid; will call the provider.",
        "Not able to pay this month.",
        "Knows the debt, no funds at present.",
    ),
    "dispute": (
        "Says the amount does not match the last statement; dispute recorded.",
        "Says this was paid to the creditor; asked for proof.",
        "Does not recognise the account; dispute recorded.",
    ),
    "attorney": ("Represented by counsel, gave the attorney's name; no further contact.",),
    "bankruptcy": ("Filed chapter 7, gave the case number; everything stopped.",),
    "cease": ("Asked in writing that we stop; hold placed.",),
    "opt_out": ("Asked us not to call again; letters and e-mail only.",),
    "inbound": (
        "Called in after the letter, asked how the balance comes about.",
        "Called in to check that the payment arrived.",
        "Called in to update the mailing address; confirmed on file.",
    ),
    "wrong_number": ("Person answering does not know the debtor; number marked wrong.",),
    "not_in_service": ("Recording: number not in service.",),
}
ESCALATIONS = {
    "supervisor_call": "Asked twice for a supervisor; wants to speak about how the balance was computed.",
    "complaint": "Unhappy that the creditor did not credit a return; wants a written answer.",
    "settlement": "Offers a lump sum of about 45 percent within ten days.",
    "hardship": "On disability income, can pay 25 a month at most; asks whether that is possible.",
    "dispute_review": "Sent copies of cancelled checks; please compare with the creditor's ledger.",
    "legal_review": "No contact in months, employed, balance worth a look by counsel.",
}
DECISIONS = {
    "approved": (
        "Go ahead as offered; confirm in writing before the first payment.",
        "Approved, three months, then we look again.",
    ),
    "declined": (
        "Below what the client allows; counter at 60 percent.",
        "The papers do not show it; keep the account as it is.",
    ),
    "returned": ("Please ask for the dates of the checks first.",),
}
SUBJECTS = {"letter": "About your account", "email": "About your account with {creditor}"}
BODIES = {
    "letter": "Dear {name},\n\nThe account shown above was placed with us by {creditor}. "
    "The balance today is {balance}. Please call us or write to us about it.\n\nThis is from a debt collector.",
    "email": "Dear {name},\n\nThe account {reference} of {creditor} stands at {balance}. "
    "You can reply to this message or call us.\n\nTo stop these e-mails, reply STOP. This is from a debt collector.",
}
