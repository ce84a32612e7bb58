"""The order of the admin: what is set up first, what services wrote after it, and the audit of both at the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pghistory.models
from django.contrib import admin
from django.http import HttpRequest

SET_UP = (
    ("People", "group", ("users.user", "users.team", "auth.group")),
    ("Clients", "storefront", ("accounts.client", "exchange.mapping")),
    ("Law", "gavel", ("compliance.policypack", "compliance.licence")),
    ("Reminders", "send", ("strategies.strategy", "contacts.template")),
    (
        "Queues and schedules",
        "schedule",
        ("worklists.queue", "django_celery_beat.periodictask", "django_celery_beat.crontabschedule",
         "django_celery_beat.intervalschedule"),
    ),
)  # fmt: skip
LEFT_OUT = ("django_celery_beat.solarschedule", "django_celery_beat.clockedschedule")
RECORDS, AUDIT = "Records", "Audit trail"
Model = dict[str, Any]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar: only what the user may see."""
    icons = {title: icon for title, icon, _ in SET_UP}
    return [
        {
            "title": title,
            "collapsible": title in (RECORDS, AUDIT),
            "items": [
                {"title": str(model["name"]).capitalize(), "link": model["admin_url"],
                 "icon": icons.get(title, "history" if title == AUDIT else "description")}
                for model in models if model["admin_url"]
            ],
        }
        for title, models in _groups(request)
    ]  # fmt: skip


def front_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The same groups on the first page."""
    context["app_list"] = [
        {"name": title, "app_label": title, "app_url": "", "has_module_perms": True, "models": models}
        for title, models in _groups(request)
    ]
    return context


def _groups(request: HttpRequest) -> Iterator[tuple[str, list[Model]]]:
    found: dict[str, Model] = {
        model["model"]._meta.label_lower: model
        for app in admin.site.get_app_list(request)
        for model in app["models"]
    }
    for label in LEFT_OUT:
        found.pop(label, None)
    for title, _, labels in SET_UP:
        if models := [found.pop(label) for label in labels if label in found]:
            yield title, models
    rest = sorted(found.values(), key=lambda model: str(model["name"]).lower())
    for title, is_audit in ((RECORDS, False), (AUDIT, True)):
        if models := [m for m in rest if issubclass(m["model"], pghistory.models.Event) is is_audit]:
            yield title, models
