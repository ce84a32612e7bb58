"""Calls, messages and templates. Everything outgoing passes the gate; a refusal leaves its decision on record."""

from __future__ import annotations

from typing import Any

from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Account
from api import bodies as b
from api import shapes
from api.base import Listed, OfAccounts
from api.filters import filters
from contacts.enums import Channel
from contacts.facts import postal_lines
from contacts.gating import Override
from contacts.models import Contact, Message, Template
from contacts.services import (
    approve_template,
    cancel_message,
    log_call,
    queue_message,
    release_message,
    resolve_uncertain,
)
from worklists.dispositions import log_outside, take_text


class ContactViewSet(OfAccounts):
    """Every touch, in or out. A message becomes a contact when it is sent."""

    model = Contact
    joined = ("account", "by")
    serializer_class = shapes.ContactRow
    filterset_class = filters(
        Contact,
        debtor=True,
        account="account__ref",
        channel="channel",
        direction="direction",
        outcome="outcome",
    )
    permissions = {
        "list": "debtors.view_debtor",
        "retrieve": "debtors.view_debtor",
        "create": "contacts.log_contact",
        "outside": "contacts.log_contact",
        "texts": "compliance.record_consent",
    }
    bodies = {"create": b.CallBody, "outside": b.OutsideBody, "texts": b.TextBody}
    answers = {"texts": {201: shapes.ReceivedText}}

    def create(self, request: Request) -> Response:
        """A call and its outcome. An outgoing one that the gate refuses is a 409 `contact_refused` with its reasons.

        With `override_reason` and `override_text` it is kept although only rules refuse it that the law's reasons rebut.
        """
        given = self.checked()
        given.pop("channel")
        reason, said = given.pop("override_reason"), given.pop("override_text")
        override = Override(reason, said) if reason or said else None
        return self.shown(log_call(**given, override=override, by=request.user), 201)

    @action(detail=False, methods=["post"])
    def outside(self, request: Request) -> Response:
        """A contact that was made outside this system, kept as it was. One that was not allowed is a task for compliance."""
        return self.shown(log_outside(**self.checked(), by=request.user), 201)

    @action(detail=False, methods=["post"])
    def texts(self, request: Request) -> Response:
        """A text that came in. STOP, its synonyms and what looks like them block the number at once, for every person and debt.

        `stop` is `clear`, `likely` (blocked as well, and a person reads it) or `no`. A number on nobody's file is a 409.
        """
        given = self.checked()
        given["received_at"] = given["received_at"] or given["at"]
        received = take_text(**given, by=request.user)
        return Response({"stop": received.stop.value, "people": received.people}, status=201)


class MessageViewSet(OfAccounts):
    """The outbox: letters and e-mails, from queued to their end."""

    model = Message
    joined = ("account", "template")
    serializer_class = shapes.MessageRow
    filterset_class = filters(
        Message,
        debtor=True,
        account="account__ref",
        channel="channel",
        status="status",
        template="template__code",
    )
    permissions = {
        "list": "debtors.view_debtor",
        "retrieve": "debtors.view_debtor",
        "create": "contacts.send_message",
        **dict.fromkeys(("cancel", "release", "resolve"), "contacts.release_message"),
    }
    bodies = {
        "create": b.MessageBody,
        "cancel": b.NoteBody,
        "release": b.NoteBody,
        "resolve": b.UncertainBody,
    }
    answers = {"retrieve": shapes.MessageDetail}

    def retrieve(self, request: Request, pk: str) -> Response:
        """With its text and every state it was in."""
        return Response(shapes.MessageDetail(self.get_object()).data)

    def create(self, request: Request) -> Response:
        """Queues one message through the gate; it is asked again when the message is sent."""
        given = self.checked()
        given["channel"] = given["template"].channel
        given["address"] = reach_of(
            given["account"], given["channel"], given["address"], given.pop("postal_address")
        )
        return self.shown(queue_message(**given, by=request.user), 201)

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        return self._after(cancel_message)

    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """Tries a failed or stopped message again; the gate is asked again."""
        return self._after(release_message)

    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: str) -> Response:
        """Says whether a message of uncertain fate left."""
        return self._after(resolve_uncertain)

    def _after(self, act: Any) -> Response:
        return self.shown(act(message=self.get_object(), **self.checked(), by=self.request.user))


def reach_of(account: Account, channel: str, address: str, postal_id: int | None) -> str:
    if channel != Channel.LETTER:
        return address
    found = account.debtor.addresses.filter(pk=postal_id).first() if postal_id is not None else None
    if found is None:
        raise ValidationError({"postal_address": ["Give the id of one of the debtor's addresses."]})
    return postal_lines(found)


class TemplateViewSet(Listed):
    """The texts of letters and e-mails. They are written in the admin."""

    serializer_class = shapes.TemplateRow
    queryset = Template.objects.all()
    filterset_class = filters(Template, code="code", channel="channel", language="language", status="status")
    permissions = {
        "list": "debtors.view_debtor",
        "retrieve": "debtors.view_debtor",
        "approve": "contacts.manage_template",
    }
    bodies = {"approve": b.TimedBody}

    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Puts this version into use and retires the one before."""
        return self.shown(approve_template(template=self.get_object(), **self.checked(), by=request.user))
