from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core import clock


def locked_out(
    request: HttpRequest,
    original_response: HttpResponse | None,
    credentials: dict[str, Any],
    *args: Any,
    **kwargs: Any,
) -> HttpResponse:
    """The sign-in page again, saying until when it stays closed for this name from this address."""
    username = credentials.get("username") or ""
    attempt = (
        AccessAttempt.objects.filter(username=username, ip_address=request.META.get("REMOTE_ADDR"))
        .order_by("-attempt_time")
        .first()
    )
    cool_off = get_cool_off(request) or settings.AXES_COOLOFF_TIME
    until = (attempt.attempt_time if attempt else clock.now()) + cool_off
    local = until.astimezone(ZoneInfo(settings.BUSINESS_TIME_ZONE))
    context = {
        "form": AuthenticationForm(request),
        "locked_until": local.strftime("%H:%M %Z"),
        "next": request.POST.get("next", ""),
    }
    return render(request, "registration/login.html", context, status=429)
