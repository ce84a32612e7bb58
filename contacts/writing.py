"""From drafts to texts: what a template says for each of many accounts, and the notices that some templates carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.statuses import OPEN
from compliance.form import Form, plain
from contacts import merging
from contacts.enums import Channel, TemplateStatus
from contacts.models import Message, Template
from contacts.notices import Wanted, write_notices
from contacts.templates import NOTICE, EmptyField, TemplateRefused, beside_notice, carries_notice, render

Codes = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A message somebody wants made. ``extra``: merge fields that only the caller knows, such as promise_amount."""

    key: str
    account_id: int
    debtor_id: int
    channel: str
    address: str
    template_id: int
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """What a draft says. ``notice``: the form of a validation notice as filled in."""

    draft: Draft
    subject: str
    body: str
    tags: Codes
    notice: Form | None


def write(drafts: Sequence[Draft], at: datetime) -> tuple[list[Text], dict[str, Codes]]:
    """The texts, and by key the codes that say why there is none."""
    templates = Template.objects.in_bulk({draft.template_id for draft in drafts})
    accounts = merging.owed(draft.account_id for draft in drafts)
    failed = {
        draft.key: codes
        for draft in drafts
        if (codes := _unfit(draft, templates[draft.template_id], accounts[draft.account_id]))
    }
    fit = [draft for draft in drafts if draft.key not in failed]
    texts = _write(fit, templates, accounts, at, failed)
    return texts, failed


def write_anew(messages: Sequence[Message], at: datetime) -> tuple[dict[str, Text], dict[str, Codes]]:
    """What notices in the outbox say if they leave now, by the template version they were queued with, by key."""
    drafts = [Draft(m.key, m.account_id, m.debtor_id, m.channel, m.address, m.template_id) for m in messages]
    failed: dict[str, Codes] = {}
    templates = {message.template_id: message.template for message in messages}
    accounts = merging.owed(draft.account_id for draft in drafts)
    texts = _write(drafts, templates, accounts, at, failed)
    return {text.draft.key: text for text in texts}, failed


def _write(
    drafts: Sequence[Draft],
    templates: Mapping[int, Template],
    accounts: Mapping[int, merging.Owed],
    at: datetime,
    failed: dict[str, Codes],
) -> list[Text]:
    names = merging.names(draft.debtor_id for draft in drafts)
    shared = merging.shared_context(at)
    notices = write_notices(
        [_wanted(d, templates) for d in drafts if carries_notice(templates[d.template_id])], at
    )
    texts = []
    for draft in drafts:
        fields = merging.context(shared, accounts[draft.account_id], names[draft.debtor_id], at, draft.extra)
        fields |= merging.link_context(draft.channel, draft.debtor_id, draft.address)
        written = _text(draft, templates[draft.template_id], fields, notices.get(draft.key))
        if isinstance(written, Text):
            texts.append(written)
        else:
            failed[draft.key] = written
    return texts


def _wanted(draft: Draft, templates: Mapping[int, Template]) -> Wanted:
    language = templates[draft.template_id].language
    return Wanted(draft.key, draft.account_id, draft.debtor_id, draft.channel, draft.address, language)


def _unfit(draft: Draft, template: Template, account: merging.Owed) -> Codes:
    """Why no message can be made, before anyone asks the gate."""
    if draft.channel not in (Channel.EMAIL, Channel.LETTER):
        return ("channel_not_available",)
    if not draft.address.strip():
        return ("no_address",)
    if template.channel != draft.channel:
        return ("template_of_other_channel",)
    if template.status != TemplateStatus.APPROVED:
        return ("template_not_approved",)
    if account.status not in OPEN:
        return ("account_not_open",)
    return ()


def _text(
    draft: Draft, template: Template, fields: dict[str, str], notice: Form | Codes | None
) -> Text | Codes:
    if isinstance(notice, tuple):
        return notice
    if notice is not None:
        fields[NOTICE] = plain(notice)
    try:
        subject, body = render(template, fields)
        beside = beside_notice(template, fields) if notice is not None else []
    except EmptyField as error:
        return tuple(f"empty_field:{name}" for name in error.fields)
    except TemplateRefused:
        return ("template_refused",)
    if notice is not None:
        notice["reverse"]["text"] = beside
    return Text(draft, subject, body, tuple(template.tags), notice)
