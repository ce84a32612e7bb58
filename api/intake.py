"""What comes in from a creditor's system: clients, placements, and what the strategies did with them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.db.models import Count, QuerySet
from rest_framework import serializers as s
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.enums import ClientKind, DebtType
from accounts.models import Client, Placement
from accounts.selectors import visible_accounts
from accounts.services import create_client
from api import resources, shapes
from exchange.services import ImportResult, load_placement, load_records, undo_placement
from strategies.enums import RunResult
from strategies.models import StepRun

PlacementRow = shapes.row(
    Placement, "batch", "placed_on", "status", "file_name", "rows", "amount", "loaded_at", account=False
)


class Stamp(s.Serializer[Any]):
    at = s.DateTimeField(required=False)


class ClientBody(s.Serializer[Any]):
    code = s.SlugField(max_length=40)
    name = s.CharField(max_length=160)
    kind = s.ChoiceField(ClientKind.choices, default=ClientKind.AGENCY)
    debt_type = s.ChoiceField(DebtType.choices, default=DebtType.OTHER)
    at = s.DateTimeField(required=False)


class RecordsBody(s.Serializer[Any]):
    client = s.CharField()
    placed_on = s.DateField()
    records = s.ListField(child=s.DictField(), allow_empty=False, max_length=10_000)
    batch = s.CharField(max_length=60, required=False)
    at = s.DateTimeField(required=False)


class FileBody(s.Serializer[Any]):
    client = s.CharField()
    placed_on = s.DateField()
    file = s.FileField()
    mapping = s.CharField(default="canonical")
    dry_run = s.BooleanField(default=False)
    at = s.DateTimeField(required=False)

    def validate_mapping(self, name: str) -> str:
        """A saved or shipped mapping by name; never a path on this machine."""
        if "/" in name or "." in name:
            raise s.ValidationError("Give the name of a saved or shipped mapping.")
        return name


class ClientViewSet(resources.ClientViewSet):
    permissions = {**resources.ClientViewSet.permissions, "create": "accounts.manage_client"}

    def create(self, request: Request) -> Response:
        return self.shown(create_client(**self.checked(ClientBody), by=request.user), 201)


class PlacementViewSet(resources.Listed):
    serializer_class = PlacementRow
    lookup_field = "batch"
    filterset_fields = ["client__code", "status", "placed_on"]
    permissions = {
        "list": "accounts.view_account",
        "retrieve": "accounts.view_account",
        "create": "exchange.import_placement",
        "undo": "accounts.manage_placement",
    }

    def get_queryset(self) -> QuerySet[Placement]:
        mine = visible_accounts(self.request.user)
        if self.request.user.has_perm("accounts.view_all_portfolios"):
            return Placement.objects.all()
        return Placement.objects.filter(client_id__in=mine.values("client_id"))

    def create(self, request: Request) -> Response:
        """Records as JSON, or a file as multipart with the name of its mapping."""
        if "file" in request.FILES:
            return self._answer(self._load_file())
        given = self.checked(RecordsBody)
        return self._answer(
            load_records(**{**given, "client": self._client(given["client"])}, by=self.request.user)
        )

    @action(detail=True, methods=["post"])
    def undo(self, request: Request, batch: str) -> Response:
        return self.shown(undo_placement(placement=self.one(), by=request.user, at=self.checked(Stamp)["at"]))

    def _load_file(self) -> ImportResult:
        given = self.checked(FileBody)
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


class RunQuery(s.Serializer[Any]):
    client = s.CharField(required=False)
    since = s.DateField(required=False)
    until = s.DateField(required=False)


class StrategyViewSet(resources.StrategyViewSet):
    permissions = {**resources.StrategyViewSet.permissions, "runs": "strategies.view_strategy"}

    @action(detail=False, methods=["get"])
    def runs(self, request: Request) -> Response:
        """How often each step fired, by channel: ``client``, ``from`` and ``to`` narrow it down."""
        query = {"client": "client", "from": "since", "to": "until"}
        reader = RunQuery(
            data={ours: request.GET[name] for name, ours in query.items() if name in request.GET}
        )
        reader.is_valid(raise_exception=True)
        given = reader.validated_data
        runs = StepRun.objects.filter(
            result=RunResult.FIRED, enrolment__account__in=visible_accounts(request.user)
        )
        if "client" in given:
            runs = runs.filter(enrolment__account__client__code=given["client"])
        if "since" in given:
            runs = runs.filter(ran_on__gte=given["since"])
        if "until" in given:
            runs = runs.filter(ran_on__lte=given["until"])
        fired: dict[str, dict[str, int]] = {}
        for name, channel, count in (
            runs.values_list("step__name", "channel").annotate(n=Count("pk")).order_by("step__name")
        ):
            fired.setdefault(name, {})[channel] = count
        totals = {
            channel: sum(step.get(channel, 0) for step in fired.values())
            for channel in ("call_task", "escalation")
        }
        return Response({"fired": fired, "tasks": totals["call_task"], "escalations": totals["escalation"]})
