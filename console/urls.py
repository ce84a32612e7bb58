from django.urls import path

from console import (
    compliance,
    decisions,
    desk,
    escalations,
    letters,
    payments,
    placements,
    remittances,
    reports,
    strategies,
    wizard,
    workspace,
)
from console.acts import ACTS

app_name = "console"

urlpatterns = [
    path("", desk.day, name="day"),
    path("next/<slug:slug>/", desk.next_account, name="next"),
    path("next/", desk.next_account, name="next-any"),
    path("queues/", desk.queues, name="queues"),
    path("queues/<slug:slug>/", desk.queue, name="queue"),
    path("search/", desk.search, name="search"),
    path("accounts/<str:ref>/", workspace.workspace, name="workspace"),
    path("accounts/<str:ref>/call/<int:pk>/", workspace.call, name="call"),
    path("accounts/<str:ref>/reach/<str:kind>/<int:pk>/", workspace.reach, name="reach"),
    path("accounts/<str:ref>/skip/", workspace.skip, name="skip"),
    path("accounts/<str:ref>/documents/<int:pk>/", workspace.document, name="document"),
    path("accounts/<str:ref>/letters/<int:pk>/", workspace.letter, name="letter"),
    *(
        path(f"accounts/<str:ref>/do/{name}/", workspace.act_view(act), name=f"do-{name}")
        for name, act in ACTS.items()
    ),
    path("refunds/", payments.refunds, name="refunds"),
    path("refunds/<int:pk>/decide/", payments.decide_refund, name="decide-refund"),
    path("refunds/<int:pk>/paid/", payments.refund_paid, name="refund-paid"),
    path("remittances/", remittances.remittances, name="remittances"),
    path("remittances/close/", remittances.close, name="close-remittance"),
    path("remittances/<int:pk>/pay/", remittances.pay, name="pay-remittance"),
    path("remittances/<int:pk>/statement.<str:kind>", remittances.statement, name="statement"),
    path("escalations/", escalations.escalations, name="escalations"),
    path("escalations/<int:pk>/decide/", escalations.decide_escalation, name="decide"),
    path("escalations/<int:pk>/answer/", escalations.answer, name="answer"),
    path("placements/", placements.placements, name="placements"),
    path("placements/new/", wizard.new, name="new-placement"),
    path("placements/files/<int:pk>/", wizard.map_columns, name="map-columns"),
    path("placements/files/<int:pk>/sample/", wizard.sample, name="map-sample"),
    path("placements/files/<int:pk>/read/", wizard.reread, name="read-again"),
    path("placements/runs/<int:pk>/", wizard.run, name="run"),
    path("placements/runs/<int:pk>/load/", wizard.load, name="load-placement"),
    path("placements/runs/<int:pk>/rejects/", wizard.rejects, name="rejects"),
    *(
        path(f"placements/runs/<int:pk>/{verb}/", wizard.change_run, {"verb": verb}, name=f"{verb}-run")
        for verb in ("cancel", "restart")
    ),
    path("placements/<int:pk>/", placements.placement, name="placement"),
    path("placements/<int:pk>/undo/", placements.undo, name="undo-placement"),
    path("letters/", letters.letters, name="letters"),
    path("letters/<int:pk>/<slug:verb>/", letters.act_on_message, name="message"),
    path("letters/batches/make/", letters.make_batch, name="make-batch"),
    path("letters/batches/<int:pk>/<slug:kind>/", letters.batch_file, name="batch"),
    path("payments/", payments.payments, name="payments"),
    path("payments/<str:ref>/post/", payments.post, name="post-payment"),
    path("payments/<int:pk>/reverse/", payments.reverse, name="reverse-payment"),
    path("strategies/", strategies.strategies, name="strategies"),
    path("strategies/<int:pk>/<slug:verb>/", strategies.change, name="strategy"),
    path("reports/", reports.reports, name="reports"),
    path("compliance/", compliance.report, name="compliance"),
    path("decisions/<str:ref>/", decisions.decision, name="decision"),
]
