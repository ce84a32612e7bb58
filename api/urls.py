from django.urls import include, path
from rest_framework.routers import SimpleRouter

from api.documentation import SchemaView, docs
from api.views import accounts, compliance, contacts, debtors, payments, work
from api.views.nothing import NothingView

router = SimpleRouter()
for prefix, view in {
    "clients": accounts.ClientViewSet,
    "placements": accounts.PlacementViewSet,
    "debtors": debtors.DebtorViewSet,
    "accounts": accounts.AccountViewSet,
    "documents": accounts.DocumentViewSet,
    "notes": accounts.NoteViewSet,
    "contact-checks": compliance.ContactCheckViewSet,
    "contacts": contacts.ContactViewSet,
    "messages": contacts.MessageViewSet,
    "templates": contacts.TemplateViewSet,
    "holds": compliance.HoldViewSet,
    "consents": compliance.ConsentViewSet,
    "opt-outs": compliance.OptOutViewSet,
    "disputes": compliance.DisputeViewSet,
    "promises": payments.PromiseViewSet,
    "plans": payments.PlanViewSet,
    "settlements": payments.SettlementViewSet,
    "payments": payments.PaymentViewSet,
    "refunds": payments.RefundViewSet,
    "corrections": payments.CorrectionViewSet,
    "remittances": payments.RemittanceViewSet,
    "tasks": work.TaskViewSet,
    "queues": work.QueueViewSet,
    "escalations": work.EscalationViewSet,
    "strategies": work.StrategyViewSet,
}.items():
    router.register(prefix, view, basename=prefix)

urlpatterns = [
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", docs, name="api-docs"),
    path("v1/", include(router.urls)),
    path("<path:rest>", NothingView.as_view()),
]
