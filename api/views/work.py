"""Who works it, who decides, and what happens by itself: tasks, queues, escalations, strategies."""

from __future__ import annotations

from django.db.models import Count, QuerySet
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.selectors import visible_accounts
from api import bodies as b
from api import shapes
from api.base import Listed, OfAccounts
from api.fields import own_queues
from api.filters import filters
from escalations.models import Escalation
from escalations.selectors import visible_escalations
from escalations.services import answer_return, decide, raise_escalation
from strategies.enums import RunResult
from strategies.models import StepRun, Strategy
from strategies.services import run_pass
from worklists.models import Queue, Task
from worklists.services import add_task, complete_task, postpone_task, take_next


class TaskViewSet(OfAccounts):
    """Things a person is to do."""

    model = Task
    joined = ("account", "queue", "assigned_to")
    serializer_class = shapes.TaskRow
    filterset_class = filters(
        Task, debtor=True, account="account__ref", client="account__client__code", queue="queue__slug", kind="kind",
        status="status", assigned_to="assigned_to__username",
    )  # fmt: skip
    permissions = {
        "list": "debtors.view_debtor",
        "retrieve": "debtors.view_debtor",
        **dict.fromkeys(("create", "complete", "postpone"), "worklists.work_queue"),
    }
    bodies = {"create": b.TaskBody, "complete": b.ResultBody, "postpone": b.UntilBody}

    def create(self, request: Request) -> Response:
        return self.shown(add_task(**self.checked(), by=request.user), 201)

    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: str) -> Response:
        return self.shown(complete_task(task=self.get_object(), **self.checked(), by=request.user))

    @action(detail=True, methods=["post"])
    def postpone(self, request: Request, pk: str) -> Response:
        return self.shown(postpone_task(task=self.get_object(), **self.checked(), by=request.user))


class QueueViewSet(Listed):
    """Where tasks wait: the queues of every team and of one's own."""

    queryset = Queue.objects.none()
    serializer_class = shapes.QueueRow
    lookup_field = "slug"
    filterset_class = filters(Queue, is_active="is_active")
    permissions = dict.fromkeys(("list", "retrieve", "next"), "worklists.work_queue")
    bodies = {"next": b.TimedBody}
    answers = {"next": {200: shapes.LeaseRow, 204: None}}

    def get_queryset(self) -> QuerySet[Queue]:
        return own_queues(self.request.user)

    @action(detail=True, methods=["post"])
    def next(self, request: Request, slug: str) -> Response:
        """The next account that may be called now is leased to you; 204 when there is none. See `accounts/{ref}/release/`."""
        lease = take_next(queue=self.get_object(), user=request.user, at=self.checked()["at"])
        return Response(status=204) if lease is None else Response(shapes.LeaseRow(lease).data)


class EscalationViewSet(Listed):
    """What a rep may not decide, with a clock on it. Nobody decides their own."""

    queryset = Escalation.objects.none()
    serializer_class = shapes.EscalationRow
    filterset_class = filters(
        Escalation, account="account__ref", client="account__client__code", kind="kind", status="status"
    )
    permissions = {
        "list": "debtors.view_debtor",
        "retrieve": "debtors.view_debtor",
        "create": "escalations.raise_escalation",
        "decide": "escalations.decide_escalation",
        "answer": "escalations.raise_escalation",
    }
    bodies = {"create": b.EscalationBody, "decide": b.DecideBody, "answer": b.AnswerBody}

    def get_queryset(self) -> QuerySet[Escalation]:
        return visible_escalations(self.request.user)

    def create(self, request: Request) -> Response:
        return self.shown(raise_escalation(**self.checked(), by=request.user), 201)

    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str) -> Response:
        """Approve, decline, return with a question, or take over."""
        return self.shown(decide(escalation=self.get_object(), **self.checked(), by=request.user))

    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str) -> Response:
        """Answers the question it was returned with; the clock starts again."""
        return self.shown(answer_return(escalation=self.get_object(), **self.checked(), by=request.user))


class StrategyViewSet(Listed):
    """What happens by itself, and what did. Strategies are written in the admin."""

    serializer_class = shapes.StrategyRow
    queryset = Strategy.objects.all()
    filterset_class = filters(Strategy, code="code", status="status")
    permissions = {
        **dict.fromkeys(("list", "retrieve", "runs"), "strategies.view_strategy"),
        "run": "strategies.run_strategies",
    }
    bodies = {"run": b.RunBody}
    queries = {"runs": b.RunQuery}
    answers = {"run": shapes.PassAnswer, "runs": shapes.RunsAnswer}
    commits_itself = frozenset({"run"})

    @action(detail=False, methods=["post"])
    def run(self, request: Request) -> Response:
        """One pass for a day. Each chunk is committed by itself; running it again does what is left."""
        return Response(run_pass(**self.checked()).as_json())

    @action(detail=False, methods=["get"])
    def runs(self, request: Request) -> Response:
        """How often each step fired, by channel."""
        asked = self.asked()
        runs = StepRun.objects.filter(
            result=RunResult.FIRED, enrolment__account__in=visible_accounts(request.user)
        )
        for name, path in RUN_PATHS.items():
            if name in asked:
                runs = runs.filter(**{path: asked[name]})
        counts = runs.values_list("step__name", "channel").annotate(n=Count("pk")).order_by("step__name")
        fired: dict[str, dict[str, int]] = {}
        for step, channel, count in counts:
            fired.setdefault(step, {})[channel] = count
        tasks, escalations = (
            sum(step.get(channel, 0) for step in fired.values()) for channel in ("call_task", "escalation")
        )
        return Response({"fired": fired, "tasks": tasks, "escalations": escalations})


RUN_PATHS = {"client": "enrolment__account__client__code", "from": "ran_on__gte", "to": "ran_on__lte"}
