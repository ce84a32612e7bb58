"""For the poster: find the account, post what was received, take back what bounced."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Account
from accounts.selectors import search_accounts, visible_accounts
from console.file import read_file
from console.forms import PaymentForm
from console.fragments import page
from console.once import once
from console.workspace import find_account, person
from core import clock
from core.access import requires
from core.clock import business_today
from core.money import ZERO, NotMoney, dollars, parse_money
from payments.enums import RefundStatus
from payments.models import Payment, Refund
from payments.refunds import RefundRefused, approve_refund, decline_refund, pay_refund
from payments.services import PaymentRefused, open_debts, post_payment, post_split, reverse_payment
from payments.splitting import SplitRefused
from users.authority import limits_of
from users.models import User

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
    owed = open_debts(account.debtor, visible_accounts(user)).owed if account is not None else []
    rows = Payment.objects.select_related("account", "account__debtor", "posted_by")
    if not user.has_perm("accounts.view_all_portfolios"):
        rows = rows.filter(account__in=visible_accounts(user))
    context |= {
        "account": account,
        "form": form,
        "debts": [(debt, request.POST.get(f"to_{debt.ref}", "")) for debt in owed] if len(owed) > 1 else [],
        "spread": bool(request.POST.get("spread")),
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
    names = ("amount", "method", "effective_on", "reference", "refund_excess")
    fields = {name: data[name] for name in names}
    try:
        payments = once(
            user=user, token=data["once"], at=at, do=lambda: _post(request, account, user, at, fields)
        )
    except (PaymentRefused, SplitRefused) as error:
        return _listing(request, form, str(error), 422, ref)
    if payments is None:
        messages.info(request, "That payment was posted already.")
        return redirect("console:payments")
    excess = sum((payment.excess for payment in payments), ZERO)
    rest = f" {dollars(excess)} of it waits to be refunded." if excess else ""
    parts = ", ".join(f"{dollars(payment.amount)} posted to {payment.account.ref}" for payment in payments)
    messages.success(request, f"{parts}.{rest}")
    return redirect("console:payments")


def _post(
    request: HttpRequest, account: Account, user: User, at: datetime, fields: dict[str, Any]
) -> list[Payment]:
    """To the one account, or over the debts of its debtor where the poster chose so."""
    if not request.POST.get("spread"):
        return [post_payment(account=account, by=user, at=at, **fields)]
    directions = {}
    for name, value in request.POST.items():
        if name.startswith("to_") and value.strip():
            try:
                directions[name.removeprefix("to_")] = parse_money(value)
            except NotMoney as error:
                raise SplitRefused(f"{name.removeprefix('to_')}: {error}") from error
    return post_split(
        debtor=account.debtor, directions=directions, visible=visible_accounts(user), by=user, at=at, **fields
    )


@requires("payments.reverse_payment")
@require_POST
def reverse(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    payment = get_object_or_404(Payment, pk=pk, account__in=visible_accounts(user))
    try:
        reverse_payment(
            payment=payment, reason=request.POST.get("reason", ""), give_back=bool(request.POST.get("give_back")), by=user,
            at=clock.now(),
        )  # fmt: skip
    except PaymentRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"${payment.amount:,.2f} taken back.")
    return redirect("console:payments" if user.has_perm("payments.post_payment") else "console:day")


@requires("payments.view_refund")
@require_GET
def refunds(request: HttpRequest) -> HttpResponse:
    """Money that goes back, the oldest first: to be approved, to be paid, and what was done."""
    return _refunds(request)


def _refunds(
    request: HttpRequest, problem_pk: int | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    user = person(request)
    shown = "done" if request.GET.get("show") == "done" else "waiting"
    waiting = [RefundStatus.WAITING, RefundStatus.APPROVED]
    rows = _visible_refunds(user)
    if shown == "done":
        rows = rows.exclude(status__in=waiting).order_by("-asked_at", "-pk")
    else:
        rows = rows.filter(status__in=waiting).order_by("asked_at", "pk")
    context = {
        "rows": list(rows[:PAGE]),
        "shown": shown,
        "today": business_today(clock.now()),
        "most": limits_of(user).refunds_most,
        "can_approve": user.has_perm("payments.approve_refund"),
        "can_pay": user.has_perm("payments.pay_refund"),
        "problem_pk": problem_pk,
        "problem": problem,
    }
    return page(request, "console/refunds.html", context, status=status)


def _visible_refunds(user: User) -> Any:
    rows = Refund.objects.select_related("account", "account__debtor", "payment", "asked_by", "approved_by")
    if user.has_perm("accounts.view_all_portfolios"):
        return rows
    return rows.filter(account__in=visible_accounts(user))


@requires("payments.approve_refund")
@require_POST
def decide_refund(request: HttpRequest, pk: int) -> HttpResponse:
    def act(refund: Refund, by: User, at: datetime) -> str:
        if request.POST.get("verb") == "approve":
            done = approve_refund(refund=refund, by=by, at=at)
            return f"{dollars(done.amount)} may be refunded."
        done = decline_refund(refund=refund, reason=request.POST.get("reason", ""), by=by, at=at)
        return f"The refund of {dollars(done.amount)} is declined."

    return _refunded(request, pk, act)


@requires("payments.pay_refund")
@require_POST
def refund_paid(request: HttpRequest, pk: int) -> HttpResponse:
    def act(refund: Refund, by: User, at: datetime) -> str:
        paid_on = parse_date(request.POST.get("paid_on", "")) or business_today(at)
        done = pay_refund(
            refund=refund, paid_on=paid_on, reference=request.POST.get("reference", ""), by=by, at=at
        )
        return f"{dollars(done.amount)} was refunded by {done.reference}."

    return _refunded(request, pk, act)


def _refunded(request: HttpRequest, pk: int, act: Any) -> HttpResponse:
    user = person(request)
    refund = get_object_or_404(_visible_refunds(user), pk=pk)
    try:
        messages.success(request, act(refund, user, clock.now()))
    except RefundRefused as error:
        return _refunds(request, pk, str(error), 422)
    except ValueError:
        return _refunds(request, pk, "Enter a day that there is.", 422)
    return redirect("console:refunds")
