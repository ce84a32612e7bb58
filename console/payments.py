"""For the poster: find the account, post what was received, take back what bounced."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from accounts.selectors import search_accounts, visible_accounts
from console.file import read_file
from console.forms import PaymentForm
from console.fragments import page
from console.once import once
from console.workspace import find_account, person
from core import clock
from core.access import requires
from core.clock import business_today
from payments.models import Payment
from payments.services import PaymentRefused, post_payment, reverse_payment

PAGE = 50


@requires("payments.post_payment")
@require_GET
def payments(request: HttpRequest) -> HttpResponse:
    return _listing(request)


def _listing(
    request: HttpRequest, form: forms.Form | None = None, problem: str = "", status: int = 200, ref: str = ""
) -> HttpResponse:
    user, at = person(request), clock.now()
    text, ref = request.GET.get("q", ""), ref or request.GET.get("account", "")
    context: dict[str, Any] = {
        "text": text,
        "found": search_accounts(user, text, limit=12) if text else [],
        "problem": problem,
    }
    account = find_account(user, ref) if ref else None
    if account is not None and form is None:
        file = read_file(account=account, user=user, at=at, today=business_today(at))
        form = PaymentForm(file=file, auto_id="payment_%s")
    rows = Payment.objects.select_related("account", "account__debtor", "posted_by")
    if not user.has_perm("accounts.view_all_portfolios"):
        rows = rows.filter(account__in=visible_accounts(user))
    context |= {
        "account": account,
        "form": form,
        "rows": list(rows.order_by("-posted_at", "-pk")[:PAGE]),
        "can_reverse": user.has_perm("payments.reverse_payment"),
    }
    return page(request, "console/payments.html", context, status=status)


@requires("payments.post_payment")
@require_POST
def post(request: HttpRequest, ref: str) -> HttpResponse:
    user, at = person(request), clock.now()
    account = find_account(user, ref)
    file = read_file(account=account, user=user, at=at, today=business_today(at))
    form = PaymentForm(request.POST, file=file, auto_id="payment_%s")
    if not form.is_valid():
        return _listing(request, form, status=422, ref=ref)
    data = form.cleaned_data
    fields = {name: data[name] for name in ("amount", "method", "effective_on", "reference")}
    try:
        payment = once(
            user=user,
            token=data["once"],
            at=at,
            do=lambda: post_payment(account=account, by=user, at=at, **fields),
        )
    except PaymentRefused as error:
        return _listing(request, form, str(error), 422, ref)
    if payment is None:
        messages.info(request, "That payment was posted already.")
        return redirect("console:payments")
    messages.success(request, f"${payment.amount:,.2f} posted to {ref}.")
    return redirect("console:payments")


@requires("payments.reverse_payment")
@require_POST
def reverse(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    payment = get_object_or_404(Payment, pk=pk, account__in=visible_accounts(user))
    try:
        reverse_payment(payment=payment, reason=request.POST.get("reason", ""), by=user, at=clock.now())
    except PaymentRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"${payment.amount:,.2f} taken back.")
    return redirect("console:payments" if user.has_perm("payments.post_payment") else "console:day")
