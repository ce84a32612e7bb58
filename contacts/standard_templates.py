"""The templates every agency starts with, in our own words. ``ensure_templates`` may run any number of times."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from contacts.enums import Channel, TemplateStatus
from contacts.models import Template
from contacts.templates import check


@dataclass(frozen=True)
class Standard:
    code: str
    channel: str
    name: str
    subject: str
    body: str
    tags: list[str] = field(default_factory=list)
    language: str = "en"


GREETING = "Dear {{ debtor_name }},\n\n"
ABOUT = (
    "Creditor: {{ current_creditor }}\n"
    "Creditor's reference: {{ client_reference }}\n"
    "Our reference: {{ account_ref }}\n"
    "Due since: {{ due_date }}\n"
    "Amount owed today: {{ balance }}\n\n"
)
QUESTIONS = (
    "If you have questions, or if you believe that this amount is not right, please call {{ agency_phone }} "
    "({{ agency_hours }}) or write to {{ agency_name }}, {{ agency_address }}. Please mention {{ account_ref }}.\n\n"
)
SIGNED = "Sincerely,\n{{ agency_name }}\n\n"
FIRST = (
    "{{ client_name }} has asked us to write to you about the account below. Our records show that it has not been "
    "paid yet.\n\n"
    + ABOUT
    + "If you have paid in the meantime, thank you; please let us know when and how, so that we can correct our "
    "records. Otherwise please send the payment with our reference, or call us to agree on another way.\n\n"
    + QUESTIONS
)
SECOND = (
    "We wrote to you before about the account below. It was due on {{ due_date }}, {{ days_past_due }} days ago, and "
    "we have not seen a payment or heard from you.\n\n"
    + ABOUT
    + "If the whole amount is too much at once, tell us what is possible. We can usually agree on "
    "instalments.\n\n" + QUESTIONS
)
REMINDER = (
    "This is a reminder of the account below, which is still open.\n\n"
    + ABOUT
    + "If your payment is already on its way, you "
    "need do nothing.\n\n" + QUESTIONS
)
PROMISE = (
    "Thank you for speaking with us. This is what we noted: you will pay {{ promise_amount }} by {{ promise_date }} "
    "toward the account below.\n\n"
    + ABOUT
    + "If that is not what you meant, or if something comes in between, please tell us "
    "before that day.\n\n" + QUESTIONS
)
VOICEMAIL = (
    "This is {{ agent_name }} calling from {{ business_name }}. Please contact me or any of our representatives at "
    "{{ agency_phone }}."
)
VERIFICATION = (
    "You disputed this debt; we received your dispute on {{ dispute_received_on }}. We asked for information that shows that you owe it, "
    "and enclose it:\n\n{{ enclosures }}\n\nAccount {{ account_ref }}, owed to {{ current_creditor }}.\n\n"
    "If you have questions about these documents, please call us at {{ agency_phone }}, {{ agency_hours }}."
)
DUPLICATE = (
    "We received your dispute of account {{ account_ref }}, owed to {{ current_creditor }}, on {{ dispute_received_on }}. It says the same "
    "as the dispute that we answered on {{ dispute_answered_on }}, and nothing new about the debt, so we regard it as a duplicate and "
    "rely on that answer.\n\nIf you have further information about the debt, please send it to us."
)
CREDITOR = (
    "You asked us on {{ dispute_received_on }} for the name and address of the original creditor of account {{ account_ref }}.\n\n"
    "{{ creditor_name_and_address }}\n\nThe current creditor is {{ current_creditor }}."
)
NOTICE_NAMES = {"en": "Validation notice", "es": "Validation notice, Spanish"}
NOTICE_SUBJECTS = {
    "en": "Your account with {{ current_creditor }}, reference {{ account_ref }}",
    "es": "Su cuenta con {{ current_creditor }}, referencia {{ account_ref }}",
}
NOTICE_BODIES = {
    Channel.LETTER: "{{ validation_notice }}",
    Channel.EMAIL: "{{ validation_notice }}\n\n{{ opt_out }}",
}
END = {Channel.LETTER: SIGNED + "{disclosure}", Channel.EMAIL: SIGNED + "{disclosure}\n\n{{ opt_out }}"}
TEXTS = (
    ("first_notice", "First notice", "Your account with {{ client_name }}, reference {{ account_ref }}", FIRST, "{{ mini_miranda }}"),
    ("second_notice", "Second notice", "Second notice, reference {{ account_ref }}", SECOND, "{{ collector_disclosure }}"),
    ("payment_reminder", "Payment reminder", "Reminder, reference {{ account_ref }}", REMINDER, "{{ collector_disclosure }}"),
    ("promise_confirmation", "Promise confirmed", "What we agreed, reference {{ account_ref }}", PROMISE, "{{ collector_disclosure }}"),
)  # fmt: skip


ANSWERS = (
    (
        "verification",
        "Verification of the debt",
        "Your question about account {{ account_ref }}",
        VERIFICATION,
        "verification",
    ),
    (
        "duplicate_dispute",
        "Dispute answered before",
        "Your question about account {{ account_ref }}",
        DUPLICATE,
        "duplicate_dispute",
    ),
    (
        "original_creditor",
        "Original creditor",
        "Your question about account {{ account_ref }}",
        CREDITOR,
        "original_creditor",
    ),
)


def standards() -> list[Standard]:
    return [
        Standard("voicemail", Channel.CALL, "Voicemail", "", VOICEMAIL),
        *_notices(),
        *_answers(),
        *_messages(),
    ]


def _notices() -> list[Standard]:
    """Model Form B-1; Spanish to whoever asked for it, once the English has been sent (1006.34(e))."""
    return [
        Standard(
            "validation_notice", channel, NOTICE_NAMES[language], NOTICE_SUBJECTS[language] if channel == Channel.EMAIL else "",
            body, ["validation"], language,
        )
        for language in NOTICE_NAMES
        for channel, body in NOTICE_BODIES.items()
    ]  # fmt: skip


def _answers() -> list[Standard]:
    """To disputes and to requests for the original creditor (12 CFR 1006.38); each tag is what the gate knows it by."""
    return [
        Standard(
            code, channel, name, subject if channel == Channel.EMAIL else "",
            GREETING + body + END[channel].replace("{disclosure}", "{{ collector_disclosure }}"), [tag],
        )
        for code, name, subject, body, tag in ANSWERS
        for channel in (Channel.LETTER, Channel.EMAIL)
    ]  # fmt: skip


def _messages() -> list[Standard]:
    return [
        Standard(code, channel, name, subject, GREETING + body + end.replace("{disclosure}", disclosure))
        for code, name, subject, body, disclosure in TEXTS
        for channel, end in END.items()
    ]


def ensure_templates(*, at: datetime) -> dict[tuple[str, str], Template]:
    """Creates the ones whose code and channel are missing, approved; leaves edited ones alone. By (code, channel)."""
    kept: dict[tuple[str, str], Template] = {}
    for standard in standards():
        check(standard)
        template = (
            Template.objects.filter(
                code=standard.code,
                channel=standard.channel,
                language=standard.language,
                status=TemplateStatus.APPROVED,
            )
            .order_by("-version")
            .first()
        )
        if template is None:
            template, _ = Template.objects.get_or_create(
                code=standard.code, channel=standard.channel, language=standard.language, version=1,
                defaults={
                    "name": standard.name, "subject": standard.subject, "body": standard.body, "tags": standard.tags,
                    "status": TemplateStatus.APPROVED, "approved_at": at,
                },
            )  # fmt: skip
        if standard.language == "en":
            kept[standard.code, standard.channel] = template
    return kept
