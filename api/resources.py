"""The resources. Each action makes one domain call; the rules and their refusals live in the rooms."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Account, Client, LedgerEntry
from accounts.selectors import balance_as_of, visible_accounts
from api import shapes
from api.base import DeskViewSet, moment
from compliance import gate, policy
from compliance.models import Dispute, Hold
from compliance.questions import answer_dict, read_question
from compliance.services import lift_hold, open_dispute, place_hold, resolve_dispute
from contacts.models import Contact
from contacts.services import check_contact, log_call
from core.clock import business_today, now
from escalations.models import Escalation
from escalations.selectors import visible_escalations
from escalations.services import decide, raise_escalation
from payments.models import Payment, Promise
from payments.services import cancel_promise, post_payment, record_promise, reverse_payment
from reporting.timeline import timeline
from strategies.models import Strategy
from strategies.services import run_pass
from worklists.models import Queue, Task
from worklists.services import complete_task, postpone_task, take_next


class Listed(mixins.ListModelMixin, mixins.RetrieveModelMixin, DeskViewSet):
    """GET list and detail."""


class OfAccounts(Listed):
    """Rows of the accounts that the user may see."""

    model: type[Any]

    def get_queryset(self) -> QuerySet[Any]:
        mine = visible_accounts(self.request.user)
        return self.model.objects.filter(account__in=mine).select_related("account")


class ClientViewSet(Listed):
    serializer_class = shapes.ClientRow
    lookup_field = "code"
    filterset_fields = ["kind", "is_active"]
    permissions = {"list": "accounts.view_account", "retrieve": "accounts.view_account"}

    def get_queryset(self) -> QuerySet[Client]:
        mine = visible_accounts(self.request.user)
        if self.request.user.has_perm("accounts.view_all_portfolios"):
            return Client.objects.all()
        return Client.objects.filter(pk__in=mine.values("client_id"))


class AccountViewSet(Listed):
    serializer_class = shapes.AccountRow
    lookup_field = "ref"
    filterset_fields = ["client_reference", "status", "client__code", "debtor", "due_on", "placed_on"]
    permissions = dict.fromkeys(
        ("list", "retrieve", "timeline", "ledger", "balance"), "accounts.view_account"
    )

    def get_queryset(self) -> QuerySet[Account]:
        return visible_accounts(self.request.user).select_related("client", "debtor")

    @action(detail=True)
    def timeline(self, request: Request, ref: str) -> Response:
        before = request.query_params.get("before")
        items = timeline(account=self.one(), before=moment(before) if before else None)
        return Response({"results": [asdict(item) for item in items]})

    @action(detail=True)
    def ledger(self, request: Request, ref: str) -> Response:
        entries = self.paginate_queryset(LedgerEntry.objects.filter(account=self.one()))
        return self.get_paginated_response(shapes.EntryRow(entries, many=True).data)

    @action(detail=True)
    def balance(self, request: Request, ref: str) -> Response:
        given = request.query_params.get("as_of", "")
        try:
            on = date.fromisoformat(given) if given else business_today(now())
        except ValueError as error:
            raise ValidationError({"as_of": ["A date like 2026-04-07."]}) from error
        buckets = balance_as_of(self.one().pk, on)
        return Response(
            {"as_of": on, **{k: str(v) for k, v in buckets.items()}, "balance": str(sum(buckets.values()))}
        )


class PaymentViewSet(OfAccounts):
    model = Payment
    serializer_class = shapes.PaymentRow
    filterset_fields = ["account__ref", "status", "method", "effective_on"]
    permissions = {
        "list": "accounts.view_account",
        "retrieve": "accounts.view_account",
        "create": "payments.post_payment",
        "reverse": "payments.reverse_payment",
    }

    def create(self, request: Request) -> Response:
        given = self.checked(shapes.PaymentBody)
        given["account"] = self.account(given["account"])
        return self.shown(post_payment(**given, by=request.user), 201)

    @action(detail=True, methods=["post"])
    def reverse(self, request: Request, pk: str) -> Response:
        given = self.checked(shapes.ReasonBody)
        return self.shown(reverse_payment(payment=self.get_object(), **given, by=request.user))


class PromiseViewSet(OfAccounts):
    model = Promise
    serializer_class = shapes.PromiseRow
    filterset_fields = ["account__ref", "status", "due_on"]
    permissions = {
        "list": "accounts.view_account",
        "retrieve": "accounts.view_account",
        "create": "payments.record_promise",
        "cancel": "payments.record_promise",
    }

    def create(self, request: Request) -> Response:
        given = self.checked(shapes.PromiseBody)
        given["account"] = self.account(given["account"])
        return self.shown(record_promise(**given, by=request.user), 201)

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        given = self.checked(shapes.ReasonBody)
        return self.shown(cancel_promise(promise=self.get_object(), **given, by=request.user))


class ContactViewSet(OfAccounts):
    model = Contact
    serializer_class = shapes.ContactRow
    filterset_fields = ["account__ref", "channel", "direction", "outcome"]
    permissions = {
        "list": "accounts.view_account",
        "retrieve": "accounts.view_account",
        "create": "contacts.log_contact",
    }

    def create(self, request: Request) -> Response:
        given = self.checked(shapes.CallBody)
        given.pop("channel")
        given["account"] = self.account(given["account"])
        return self.shown(log_call(**given, by=request.user), 201)


class ContactCheckViewSet(DeskViewSet):
    """May we? With ``facts`` the question is answered from them, else from the database. Nothing is recorded."""

    permissions = {"create": "contacts.log_contact"}
    serializer_class = shapes.CheckBody

    def create(self, request: Request) -> Response:
        if "request" in request.data:
            question, facts = read_question(request.data)
            return Response(answer_dict(gate.decide(question, facts, policy.policy_on(question.at.date()))))
        given = self.checked(shapes.CheckBody)
        given["account"] = self.account(given["account"])
        return Response(answer_dict(check_contact(**given)))


class HoldViewSet(Listed):
    serializer_class = shapes.HoldRow
    filterset_fields = ["debtor", "account__ref", "kind"]
    permissions = {
        "list": "accounts.view_account",
        "retrieve": "accounts.view_account",
        "create": "compliance.place_hold",
        "lift": "compliance.lift_hold",
    }

    def get_queryset(self) -> QuerySet[Hold]:
        mine = visible_accounts(self.request.user)
        whole = Q(account__isnull=True, debtor__in=mine.values("debtor_id"))
        return Hold.objects.filter(Q(account__in=mine) | whole)

    def create(self, request: Request) -> Response:
        given = self.checked(shapes.HoldBody)
        account = self.account(given.pop("account"))
        given["account"] = None if given.pop("every_account") else account
        return self.shown(place_hold(**given, debtor=account.debtor, by=request.user), 201)

    @action(detail=True, methods=["post"])
    def lift(self, request: Request, pk: str) -> Response:
        given = self.checked(shapes.LiftBody)
        return self.shown(lift_hold(hold=self.get_object(), **given, by=request.user))


class DisputeViewSet(OfAccounts):
    model = Dispute
    serializer_class = shapes.DisputeRow
    filterset_fields = ["account__ref", "status", "reason"]
    permissions = {
        "list": "accounts.view_account",
        "retrieve": "accounts.view_account",
        "create": "compliance.manage_dispute",
        "resolve": "compliance.manage_dispute",
    }

    def create(self, request: Request) -> Response:
        given = self.checked(shapes.DisputeBody)
        given["account"] = account = self.account(given["account"])
        return self.shown(open_dispute(**given, debtor=account.debtor, by=request.user), 201)

    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: str) -> Response:
        given = self.checked(shapes.ResolveBody)
        return self.shown(resolve_dispute(dispute=self.get_object(), **given, by=request.user))


class TaskViewSet(OfAccounts):
    model = Task
    serializer_class = shapes.TaskRow
    filterset_fields = ["account__ref", "account__client__code", "queue__slug", "kind", "status"]
    permissions = {
        "list": "accounts.view_account",
        "retrieve": "accounts.view_account",
        "complete": "worklists.work_queue",
        "postpone": "worklists.work_queue",
    }

    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: str) -> Response:
        given = self.checked(shapes.ResultBody)
        return self.shown(complete_task(task=self.get_object(), **given, by=request.user))

    @action(detail=True, methods=["post"])
    def postpone(self, request: Request, pk: str) -> Response:
        given = self.checked(shapes.UntilBody)
        return self.shown(postpone_task(task=self.get_object(), **given, by=request.user))


class QueueViewSet(Listed):
    serializer_class = shapes.QueueRow
    lookup_field = "slug"
    filterset_fields = ["is_active"]
    permissions = dict.fromkeys(("list", "retrieve", "next"), "worklists.work_queue")

    def get_queryset(self) -> QuerySet[Queue]:
        return Queue.objects.filter(Q(team__isnull=True) | Q(team_id=self.request.user.team_id))

    @action(detail=True, methods=["post"])
    def next(self, request: Request, slug: str) -> Response:
        given = self.checked(shapes.TimedBody)
        lease = take_next(queue=self.one(), user=request.user, at=given["at"])
        if lease is None:
            return Response(status=204)
        shown = {"account": lease.account.ref, "task": lease.task_id, "expires_at": lease.expires_at}
        return Response(shown)


class EscalationViewSet(Listed):
    serializer_class = shapes.EscalationRow
    filterset_fields = ["account__ref", "account__client__code", "kind", "status"]
    permissions = {
        "list": "accounts.view_account",
        "retrieve": "accounts.view_account",
        "create": "escalations.raise_escalation",
        "decide": "escalations.decide_escalation",
    }

    def get_queryset(self) -> QuerySet[Escalation]:
        return visible_escalations(self.request.user).select_related("account")

    def create(self, request: Request) -> Response:
        given = self.checked(shapes.EscalationBody)
        given["account"] = self.account(given["account"])
        return self.shown(raise_escalation(**given, by=request.user), 201)

    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str) -> Response:
        given = self.checked(shapes.DecideBody)
        return self.shown(decide(escalation=self.get_object(), **given, by=request.user))


class StrategyViewSet(Listed):
    serializer_class = shapes.StrategyRow
    queryset = Strategy.objects.all()
    filterset_fields = ["code", "status"]
    permissions = {
        "list": "strategies.view_strategy",
        "retrieve": "strategies.view_strategy",
        "run": "strategies.run_strategies",
    }

    @action(detail=False, methods=["post"])
    def run(self, request: Request) -> Response:
        given = self.checked(shapes.RunBody)
        return Response(run_pass(**given).as_json())
