from django.urls import include, path
from rest_framework.routers import SimpleRouter

from api import intake
from api import resources as r
from api.documentation import SchemaView, docs

router = SimpleRouter()
for prefix, view in {
    "clients": intake.ClientViewSet,
    "placements": intake.PlacementViewSet,
    "accounts": r.AccountViewSet,
    "contacts": r.ContactViewSet,
    "contact-checks": r.ContactCheckViewSet,
    "holds": r.HoldViewSet,
    "disputes": r.DisputeViewSet,
    "promises": r.PromiseViewSet,
    "payments": r.PaymentViewSet,
    "tasks": r.TaskViewSet,
    "queues": r.QueueViewSet,
    "escalations": r.EscalationViewSet,
    "strategies": intake.StrategyViewSet,
}.items():
    router.register(prefix, view, basename=prefix)

urlpatterns = [
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", docs, name="api-docs"),
    path("v1/", include(router.urls)),
]
