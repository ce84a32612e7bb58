"""The language of templates: plain text with ``{{ field }}`` and nothing else. Pure, but for what it is given.

A template cannot run anything: a field is looked up in ``MERGE_FIELDS`` and its text is put in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from compliance.holds import DISPUTE_ANSWERS
from contacts.enums import Channel
from contacts.voicemail import limited_content_problems, sounds_like_collecting
from contacts.wording import told_outside, unidentified, untagged

FIELD = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
STRAY = re.compile(r"\{\{|\}\}|\{%|%\}")
TAGS = frozenset(
    {
        "payment_deadline", "suit_threat", "furnishing_threat", "terminate", "may_invoke", "will_invoke", "validation",
        "commercial", "action_notice", "opt_out_confirmation", "consent_request", *DISPUTE_ANSWERS,
    }
)  # fmt: skip
ELECTRONIC = frozenset({Channel.EMAIL, Channel.TEXT})
SUBJECT_LIMIT = 250

MERGE_FIELDS: dict[str, str] = {
    "debtor_name": "Name of the person or business",
    "account_ref": "Our reference",
    "client_name": "Client's name, as it may be shown",
    "client_reference": "Client's reference, such as the invoice number",
    "balance": "Amount owed when the message is made",
    "principal": "Principal owed when the message is made",
    "due_date": "Date the debt was due",
    "days_past_due": "Whole days since then",
    "placed_date": "Date of placement with us",
    "original_creditor": "Original creditor",
    "current_creditor": "Current creditor",
    "merchant_brand": "Brand the debtor knows",
    "agency_name": "Our name",
    "agency_phone": "Our phone number",
    "agency_hours": "Our hours",
    "agency_address": "Our postal address, in one line",
    "today": "Date of the message",
    "promise_amount": "Promised amount (given by the promise)",
    "promise_date": "Promised date (given by the promise)",
    "opt_out": "How to opt out of this medium, with the link; required in e-mails and texts",
    "unsubscribe_url": "The opt-out link alone",
    "mini_miranda": "An attempt to collect a debt, in the words of 12 CFR 1006.18(e)(1)",
    "collector_disclosure": "From a debt collector, in the words of 12 CFR 1006.18(e)(2)",
    "dispute_received_on": "Day on which the dispute or request came (given by the answer to it)",
    "dispute_answered_on": "Day on which an earlier dispute of the same was answered (given by the answer)",
    "creditor_name_and_address": "Name and address of the original creditor (given by the answer)",
    "enclosures": "Titles of the documents that are enclosed (given by the answer)",
    "validation_notice": "The whole validation notice, Model Form B-1 (12 CFR 1006.34); in a letter it is a page of its own",
}
SCRIPT_FIELDS: dict[str, str] = {
    "agent_name": "Name of the one who calls",
    "business_name": "Our name as it may be left on a voicemail",
    "agency_phone": "Our phone number",
}
VALIDATION, NOTICE = "validation", "validation_notice"
REQUIRED = DISPUTE_ANSWERS | {VALIDATION}
DISCLOSURES = frozenset({"mini_miranda", "collector_disclosure", NOTICE})
LINK_FIELDS = frozenset({"opt_out", "unsubscribe_url"})


class Written(Protocol):
    """What is asked of a template here."""

    @property
    def channel(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def tags(self) -> list[str]: ...


class TemplateRefused(Exception):
    """The template cannot be used as written; ``problems`` lists every reason."""

    code = "template_refused"

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class EmptyField(Exception):
    """The account has nothing to put into a field the template uses."""

    code = "empty_field"

    def __init__(self, fields: list[str]) -> None:
        super().__init__(f"The account has no {', '.join(fields)}; fill it in or choose another template.")
        self.fields = fields


@dataclass(frozen=True)
class Compiled:
    """A text cut at its fields: literal, field, literal, field, …, literal."""

    pieces: tuple[str, ...]
    fields: frozenset[str]

    def fill(self, context: Mapping[str, str]) -> str:
        pieces = list(self.pieces)
        pieces[1::2] = [context[field] for field in pieces[1::2]]
        return "".join(pieces)


@lru_cache(maxsize=256)
def compiled(text: str) -> Compiled:
    pieces = tuple(FIELD.split(text))
    return Compiled(pieces, frozenset(pieces[1::2]))


def fields_of(template: Written) -> frozenset[str]:
    return compiled(template.subject).fields | compiled(template.body).fields


def lint(template: Written) -> list[str]:
    """Every reason why this template may not be used, in words; empty when it may. One for calls is left on a voicemail."""
    problems = [*_unknown_fields(template), *_stray_marks(template), *_shape(template)]
    if template.channel == Channel.CALL:
        return [*problems, *limited_content_problems(template.body, business="{{ business_name }}")]
    problems += [
        *untagged(template.subject, template.body, template.tags),
        *told_outside(template.channel, compiled(template.subject).fields, template.subject),
        *unidentified(template.tags, template.channel, compiled(template.subject).fields),
        *_unnoticed(template),
    ]
    used = compiled(template.body).fields
    if template.channel in ELECTRONIC and "opt_out" not in used:
        problems.append("An e-mail or text must carry {{ opt_out }} in its text (12 CFR 1006.6(e)).")
    if template.channel == Channel.LETTER and used & LINK_FIELDS:
        problems.append("A letter cannot carry an opt-out link.")
    if "commercial" not in template.tags and not used & DISCLOSURES:
        problems.append(
            "Consumers must read {{ mini_miranda }} or {{ collector_disclosure }} (12 CFR 1006.18(e))."
        )
    return problems


def _unnoticed(template: Written) -> Iterable[str]:
    """The tag tells the gate that the notice goes out, so it stands with the notice itself and with nothing else."""
    if NOTICE in compiled(template.subject).fields or compiled(template.body).pieces.count(NOTICE) > 1:
        yield "{{ validation_notice }} stands once, in the text."
    if carries_notice(template) == (VALIDATION in template.tags):
        if carries_notice(template) and template.channel == Channel.TEXT:
            yield "A validation notice is a letter or an e-mail."
    elif carries_notice(template):
        yield "Give a template with {{ validation_notice }} the tag validation."
    else:
        yield "A template tagged validation carries {{ validation_notice }}, which says all of 12 CFR 1006.34(c) in its order."


def carries_notice(template: Written) -> bool:
    return NOTICE in compiled(template.body).fields


def beside_notice(template: Written, context: Mapping[str, str]) -> list[str]:
    """The paragraphs of a validation notice's template that stand beside the form itself."""
    rest = compiled(template.body).fill({**context, NOTICE: "\n\n"})
    return [part.strip() for part in re.split(r"\n\s*\n", rest) if part.strip()]


def purpose_of(tags: Iterable[str]) -> str:
    """What the gate is told a message is for."""
    return "required_notice" if not REQUIRED.isdisjoint(tags) else "collection"


def _unknown_fields(template: Written) -> Iterable[str]:
    known = SCRIPT_FIELDS if template.channel == Channel.CALL else MERGE_FIELDS
    for field in sorted(fields_of(template) - known.keys()):
        yield f"There is no field {{{{ {field} }}}}."


def _stray_marks(template: Written) -> Iterable[str]:
    for name, text in (("subject", template.subject), ("text", template.body)):
        if STRAY.search("".join(compiled(text).pieces[::2])):
            yield f"The {name} has braces that are no field; a field is written {{{{ balance }}}}."


def _shape(template: Written) -> Iterable[str]:
    if template.channel not in (Channel.LETTER, Channel.EMAIL, Channel.TEXT, Channel.CALL):
        yield "A template is a letter, an e-mail, a text, or for a call what is left on a voicemail."
    if not template.body.strip():
        yield "The text is empty."
    if template.channel == Channel.EMAIL and not template.subject.strip():
        yield "An e-mail needs a subject."
    unknown = sorted(set(template.tags) - TAGS)
    if unknown:
        yield f"Unknown tags: {', '.join(unknown)}."


def check(template: Written) -> None:
    """Raises TemplateRefused when ``lint`` finds anything."""
    problems = lint(template)
    if problems:
        raise TemplateRefused(problems)


def render(template: Written, context: Mapping[str, str]) -> tuple[str, str]:
    """Subject and body. Raises TemplateRefused for an unknown field, EmptyField where the context has no text."""
    subject, body = compiled(template.subject), compiled(template.body)
    used = subject.fields | body.fields
    unknown = sorted(used - MERGE_FIELDS.keys())
    if unknown:
        raise TemplateRefused([f"There is no field {{{{ {field} }}}}." for field in unknown])
    empty = sorted(field for field in used if not context.get(field, "").strip())
    if empty:
        raise EmptyField(empty)
    return " ".join(subject.fill(context).split())[:SUBJECT_LIMIT], body.fill(context)


def voicemail(body: str, context: Mapping[str, str]) -> str:
    """The words to leave. Blank when the business has no name that may be left, or its name says that debts are collected."""
    business = context["business_name"].strip()
    if not business or sounds_like_collecting(business):
        return ""
    return compiled(body).fill(context)
