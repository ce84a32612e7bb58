"""May we? The gate's answer, and the records that stand in the way of a contact."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.selectors import visible_accounts
from api import bodies as b
from api import questions, shapes
from api.base import DeskViewSet, OfAccounts, OfDebtors
from api.filters import filters
from api.views.contacts import reach_of
from compliance import gate
from compliance.disputes import resolve_dispute
from compliance.models import Consent, Dispute, Hold, OptOut
from compliance.packs import policy_in_force
from compliance.questions import answer_dict, read_question
from compliance.services import (
    lift_hold,
    place_hold,
    record_consent,
    revoke_consent,
)
from contacts.disputes import answer_dispute, take_dispute
from contacts.revoking import opt_out, take_back
from contacts.services import check_contact
from core.clock import now


class ContactCheckViewSet(DeskViewSet):
    """May we contact this person, on this channel, then? Nothing is recorded."""

    permissions = {"create": "contacts.log_contact"}
    bodies = {"create": questions.CheckOrQuestion}
    answers = {"create": {200: questions.GateAnswer}}
    examples = {"create": questions.EXAMPLES}

    def create(self, request: Request) -> Response:
        """With ``request`` and ``facts`` it is answered from those facts, else from what is on file."""
        if isinstance(request.data, dict) and "request" in request.data:
            return self._of_facts()
        given = self._read(questions.CheckBody, request.data)
        given["at"] = given.get("at") or now()
        return Response(answer_dict(check_contact(**given)))

    def _of_facts(self) -> Response:
        question, facts = read_question(self.request.data)
        try:
            answer = gate.decide(question, facts, policy_in_force(question.at.date()))
        except OverflowError as error:
            raise ValidationError({"request.at": ["Too far from today to reckon with."]}) from error
        return Response(answer_dict(answer))


class OfDebtorOrAccount(OfDebtors):
    """A record on a person: of every debt, or of one account."""

    def get_queryset(self) -> QuerySet[Hold]:
        user, rows = self.request.user, super().get_queryset().select_related("account")
        if user.has_perm("accounts.view_all_portfolios"):
            return rows
        return rows.filter(Q(account__isnull=True) | Q(account__in=visible_accounts(user)))


class HoldViewSet(OfDebtorOrAccount):
    """Reasons why something may not be done, from a day and until one."""

    model = Hold
    serializer_class = shapes.HoldRow
    filterset_class = filters(
        Hold, debtor=True, account="account__ref", kind="kind", from_on="from_on", until_on="until_on"
    )
    permissions = {
        "list": "debtors.view_debtor",
        "retrieve": "debtors.view_debtor",
        "create": "compliance.place_hold",
        "lift": "compliance.lift_hold",
    }
    bodies = {"create": b.HoldBody, "lift": b.LiftBody}

    def create(self, request: Request) -> Response:
        given = self.checked()
        account, whole = given.pop("account"), given.pop("every_account")
        hold = place_hold(**given, debtor=account.debtor, account=None if whole else account, by=request.user)
        return self.shown(hold, 201)

    @action(detail=True, methods=["post"])
    def lift(self, request: Request, pk: str) -> Response:
        """Ends the hold before the day ``on``."""
        return self.shown(lift_hold(hold=self.get_object(), **self.checked(), by=request.user))


class ConsentViewSet(OfDebtorOrAccount):
    """What a person agreed to, given to us directly."""

    model = Consent
    serializer_class = shapes.ConsentRow
    filterset_class = filters(
        Consent, debtor=True, account="account__ref", channel="channel", address="address"
    )
    permissions = {
        "list": "debtors.view_debtor",
        "retrieve": "debtors.view_debtor",
        "create": "compliance.record_consent",
        "revoke": "compliance.record_consent",
    }
    bodies = {"create": b.ConsentBody, "revoke": b.TimedBody}

    def create(self, request: Request) -> Response:
        return self.shown(record_consent(**self.checked(), by=request.user), 201)

    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        return self.shown(revoke_consent(consent=self.get_object(), **self.checked(), by=request.user))


class OptOutViewSet(OfDebtors):
    """Media, or single addresses, that a person asked us not to use, for any debt."""

    model = OptOut
    serializer_class = shapes.OptOutRow
    filterset_class = filters(OptOut, debtor=True, medium="medium", address="address")
    permissions = {
        "list": "debtors.view_debtor",
        "retrieve": "debtors.view_debtor",
        "create": "compliance.record_consent",
        "withdraw": "compliance.record_consent",
    }
    bodies = {"create": b.OptOutBody, "withdraw": b.RequiredNoteBody}

    def create(self, request: Request) -> Response:
        """Stands at once; saying it twice changes nothing."""
        return self.shown(opt_out(**self.checked(), by=request.user), 201)

    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """The person asked us to use the medium again; the note says how."""
        return self.shown(take_back(opt_out=self.get_object(), **self.checked(), by=request.user))


class DisputeViewSet(OfAccounts):
    """Disputes of an account or of part of its amount; an open one stops contacts by its hold."""

    model = Dispute
    serializer_class = shapes.DisputeRow
    filterset_class = filters(
        Dispute,
        debtor=True,
        account="account__ref",
        status="status",
        reason="reason",
        received_on="received_on",
    )
    permissions = {
        "list": "accounts.view_account",
        "retrieve": "accounts.view_account",
        "create": "compliance.manage_dispute",
        "answer": "compliance.manage_dispute",
        "resolve": "compliance.manage_dispute",
    }
    bodies = {"create": b.DisputeBody, "answer": b.DisputeAnswerBody, "resolve": b.ResolveBody}

    def create(self, request: Request) -> Response:
        given = self.checked()
        return self.shown(take_dispute(**given, debtor=given["account"].debtor, by=request.user), 201)

    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str) -> Response:
        """Queues the answer with its documents; the dispute ends when that has left."""
        dispute, given = self.get_object(), self.checked()
        channel, wanted = given["template"].channel, given.pop("documents")
        given["address"] = reach_of(dispute.account, channel, given["address"], given.pop("postal_address"))
        documents = list(dispute.account.documents.filter(pk__in=wanted))
        if len(documents) != len(set(wanted)):
            raise ValidationError({"documents": ["Give ids of documents of this account."]})
        answer_dispute(dispute=dispute, documents=documents, **given, by=request.user)
        return self.shown(dispute)

    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: str) -> Response:
        """Ends the dispute and its hold by a person's word; a timely one ends verified by its answer only."""
        return self.shown(resolve_dispute(dispute=self.get_object(), **self.checked(), by=request.user))
