"""Clients, placements and accounts; what stands on an account: ledger, timeline, lease, notes and documents."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path

from django.db.models import QuerySet
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.accruing import begin_interest, end_limit, limit_interest, payoff
from accounts.models import Account, Accrual, Client, Document, InterestLimit, LedgerEntry, Placement
from accounts.selectors import balance_as_of, visible_accounts
from accounts.services import add_document, create_client
from api import bodies as b
from api import shapes
from api.base import Listed, OfAccounts, Uploading
from api.filters import filters
from contacts.models import Note
from contacts.services import add_note
from core.clock import business_today, now
from debtors.services import record_view
from exchange.services import ImportResult, load_placement, load_records, undo_placement
from reporting.timeline import timeline
from worklists.services import release, take


class ClientViewSet(Listed):
    """The creditors who place accounts with us."""

    serializer_class = shapes.ClientRow
    lookup_field = "code"
    filterset_class = filters(Client, kind="kind", is_active="is_active")
    permissions = {
        "list": "accounts.view_account",
        "retrieve": "accounts.view_account",
        "create": "accounts.manage_client",
    }
    bodies = {"create": b.ClientBody}

    def get_queryset(self) -> QuerySet[Client]:
        user = self.request.user
        if user.has_perm("accounts.view_all_portfolios"):
            return Client.objects.all()
        return Client.objects.filter(pk__in=visible_accounts(user).values("client_id"))

    def create(self, request: Request) -> Response:
        return self.shown(create_client(**self.checked(), by=request.user), 201)


class PlacementViewSet(Uploading, Listed):
    """Batches of accounts, as records or as a file, and their undoing."""

    serializer_class = shapes.PlacementRow
    lookup_field = "batch"
    lookup_value_regex = "[^/]+"
    filterset_class = filters(Placement, client="client__code", status="status", placed_on="placed_on")
    permissions = {
        "list": "accounts.view_account",
        "retrieve": "accounts.view_account",
        "create": "exchange.import_placement",
        "undo": "accounts.manage_placement",
    }
    bodies = {
        "create": {"application/json": b.RecordsBody, "multipart/form-data": b.FileBody},
        "undo": b.TimedBody,
    }
    answers = {"create": {201: shapes.ImportAnswer, 200: shapes.ImportAnswer}}

    def get_queryset(self) -> QuerySet[Placement]:
        user, placements = self.request.user, Placement.objects.select_related("client")
        if user.has_perm("accounts.view_all_portfolios"):
            return placements
        return placements.filter(client_id__in=visible_accounts(user).values("client_id"))

    def create(self, request: Request) -> Response:
        """Records as JSON, or a file as multipart with the name of its mapping. 200: nothing was loaded."""
        if "file" in request.FILES:
            return self._answer(self._load_file())
        given = self.checked(b.RecordsBody)
        client = self._client(given.pop("client"))
        return self._answer(load_records(**given, client=client, by=request.user))

    @action(detail=True, methods=["post"])
    def undo(self, request: Request, batch: str) -> Response:
        """Takes a batch back by compensating entries; refused when any of it was worked since."""
        given = self.checked()
        return self.shown(undo_placement(placement=self.get_object(), **given, by=request.user))

    def _load_file(self) -> ImportResult:
        given = self.checked(b.FileBody)
        upload = given.pop("file")
        client = self._client(given.pop("client"))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "placement"
            with path.open("wb") as out:
                for chunk in upload.chunks():
                    out.write(chunk)
            return load_placement(
                **given, path=path, file_name=upload.name, client=client, by=self.request.user
            )

    def _client(self, code: str) -> Client:
        """Whoever sees every portfolio loads for every client, others for the clients of their team."""
        user = self.request.user
        clients = Client.objects.filter(code=code, is_active=True)
        if not user.has_perm("accounts.view_all_portfolios"):
            clients = clients.filter(teams=user.team_id)
        found = clients.first()
        if found is None:
            raise ValidationError({"client": [f"There is no client {code!r} that you may load for."]})
        return found

    def _answer(self, result: ImportResult) -> Response:
        return Response(result.as_json(), status=201 if result.batch else 200)


class AccountViewSet(Listed):
    """What is owed. Addressed by our reference, found by the client's too."""

    serializer_class = shapes.AccountRow
    lookup_field = "ref"
    filterset_class = filters(
        Account,
        debtor=True,
        client="client__code",
        client_reference="client_reference",
        placement="placement__batch",
        status="status",
        due_on="due_on",
        placed_on="placed_on",
    )
    permissions = {
        **dict.fromkeys(
            ("list", "retrieve", "ledger", "balance", "payoff", "interest"), "accounts.view_account"
        ),
        "begin_interest": "accounts.add_interestterm",
        "limit_interest": "accounts.add_interestlimit",
        "end_limit": "accounts.change_interestlimit",
        "timeline": "debtors.view_debtor",
        "take": "worklists.work_queue",
        "release": "worklists.work_queue",
    }
    bodies = {
        "take": b.TimedBody,
        "release": b.TimedBody,
        "begin_interest": b.InterestBody,
        "limit_interest": b.InterestLimitBody,
        "end_limit": b.EndLimitBody,
    }
    queries = {"timeline": b.TimelineQuery, "balance": b.BalanceQuery, "payoff": b.PayoffQuery}
    answers = {
        "timeline": shapes.Timeline,
        "ledger": shapes.EntryRow(many=True),
        "balance": shapes.Balance,
        "payoff": shapes.Payoff,
        "interest": shapes.Interest,
        "begin_interest": {201: shapes.Term},
        "limit_interest": {201: shapes.Limit},
        "end_limit": shapes.Limit,
        "take": shapes.LeaseRow,
        "release": shapes.Released,
    }

    def get_queryset(self) -> QuerySet[Account]:
        return visible_accounts(self.request.user).select_related("client", "debtor").only(*ACCOUNT_COLUMNS)

    @action(detail=True)
    def timeline(self, request: Request, ref: str) -> Response:
        """Everything that happened, newest first; the next page is asked with ``before``. Reading it is recorded."""
        asked, account = self.asked(), self.get_object()
        record_view(debtor=account.debtor, by=request.user, at=now())
        return Response({"results": [asdict(item) for item in timeline(account=account, **asked)]})

    @action(detail=True)
    def ledger(self, request: Request, ref: str) -> Response:
        """Every entry, newest first; positive raises what is owed."""
        entries = self.paginate_queryset(LedgerEntry.objects.filter(account=self.get_object()))
        return self.get_paginated_response(shapes.EntryRow(entries, many=True).data)

    @action(detail=True)
    def balance(self, request: Request, ref: str) -> Response:
        """What was owed at the end of a day, by bucket."""
        on = self.asked().get("as_of") or business_today(now())
        buckets = balance_as_of(self.get_object().pk, on)
        return Response(shapes.Balance({"as_of": on, **buckets, "balance": sum(buckets.values())}).data)

    @action(detail=True)
    def payoff(self, request: Request, ref: str) -> Response:
        """What pays the account off at the end of a day, up to a year ahead, by bucket; interest to come included."""
        found = payoff(account=self.get_object(), on=self.asked().get("on") or business_today(now()))
        told = {"on": found.on, **found.buckets, "total": found.total, "per_day": found.per_day}
        return Response(shapes.Payoff(told).data)

    @action(detail=True)
    def interest(self, request: Request, ref: str) -> Response:
        """The rates and by what right they run, what limits them, and how far interest is posted."""
        account = self.get_object()
        accrual = Accrual.objects.filter(account=account).first()
        told = {
            "posted_through": accrual.through if accrual else None,
            "terms": account.interest_terms.order_by("from_on"),
            "limits": account.interest_limits.order_by("id"),
        }
        return Response(shapes.Interest(told).data)

    @action(detail=True, methods=["post"], url_path="interest/begin")
    def begin_interest(self, request: Request, ref: str) -> Response:
        """A rate from the day after `from_on`; the one that runs then ends with that day."""
        term = begin_interest(account=self.get_object(), **self.checked(), by=request.user)
        return Response(shapes.Term(term).data, status=201)

    @action(detail=True, methods=["post"], url_path="interest/limit")
    def limit_interest(self, request: Request, ref: str) -> Response:
        """Forgives what exceeds `most` percent a year on these days, what is posted already too."""
        limit = limit_interest(account=self.get_object(), **self.checked(), by=request.user)
        return Response(shapes.Limit(limit).data, status=201)

    @action(detail=True, methods=["post"], url_path="interest/end-limit")
    def end_limit(self, request: Request, ref: str) -> Response:
        """The limit's last day."""
        given = self.checked()
        limit = get_object_or_404(InterestLimit, pk=given.pop("limit"), account=self.get_object())
        return Response(shapes.Limit(end_limit(limit=limit, **given, by=request.user)).data)

    @action(detail=True, methods=["post"])
    def take(self, request: Request, ref: str) -> Response:
        """Opens the account to work it; 409 `held_by_other` while somebody else does."""
        lease = take(account=self.get_object(), user=request.user, at=self.checked()["at"])
        return Response(shapes.LeaseRow(lease).data)

    @action(detail=True, methods=["post"])
    def release(self, request: Request, ref: str) -> Response:
        """Gives back one's own lease of the account's debtor."""
        account = self.get_object()
        ended = release(user=request.user, debtor_id=account.debtor_id, at=self.checked()["at"])
        return Response({"released": ended})


ACCOUNT_COLUMNS = [
    "ref", "client__code", "client_reference", "debtor__name", "status", "debt_type", "placed_on", "due_on",
    "placed_amount", "principal", "interest", "fees", "costs", "balance", "electronic_billing", "last_payment_on",
    "last_contact_at",
]  # fmt: skip


class NoteViewSet(OfAccounts):
    """Notes on accounts."""

    model = Note
    joined = ("account", "by")
    serializer_class = shapes.NoteRow
    filterset_class = filters(Note, account="account__ref", is_pinned="is_pinned")
    permissions = {
        "list": "debtors.view_debtor",
        "retrieve": "debtors.view_debtor",
        "create": "contacts.log_contact",
    }
    bodies = {"create": b.AccountNoteBody}

    def create(self, request: Request) -> Response:
        return self.shown(add_note(**self.checked(), by=request.user), 201)


class DocumentViewSet(Uploading, OfAccounts):
    """Files of an account: statements, contracts, proof. Type and size are checked by content."""

    model = Document
    joined = ("account", "added_by")
    serializer_class = shapes.DocumentRow
    filterset_class = filters(Document, account="account__ref")
    permissions = {
        "list": "debtors.view_debtor",
        "retrieve": "debtors.view_debtor",
        "download": "debtors.view_debtor",
        "create": "accounts.manage_document",
    }
    bodies = {"create": {"multipart/form-data": b.DocumentBody}}
    answers = {"download": {(200, "application/octet-stream"): OpenApiTypes.BINARY}}

    def create(self, request: Request) -> Response:
        given = self.checked(b.DocumentBody)
        upload = given.pop("file")
        return self.shown(add_document(**given, upload=upload, by=request.user), 201)

    @action(detail=True)
    def download(self, request: Request, pk: str) -> FileResponse:
        """The file itself, always as an attachment."""
        document = self.get_object()
        name = Path(document.file.name).name
        return FileResponse(
            document.file.open("rb"), as_attachment=True, filename=name, content_type=document.content_type
        )
