"""The outbox and its problems, and the print batches of letters."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from accounts.selectors import visible_accounts
from console.fragments import page
from console.workspace import person
from contacts.enums import MessageStatus
from contacts.models import Message, PrintBatch
from contacts.printing import NothingToPrint, make_print_batch
from contacts.services import MessageStateRefused, cancel_message, release_message, resolve_uncertain
from core import clock
from core.access import requires

PAGE = 50
PROBLEMS = (MessageStatus.BOUNCED, MessageStatus.RETURNED, MessageStatus.FAILED, MessageStatus.UNCERTAIN)


@requires("contacts.release_message")
@require_GET
def letters(request: HttpRequest) -> HttpResponse:
    user = person(request)
    status = request.GET.get("status", "problems")
    outbox = Message.objects.all()
    if not user.has_perm("accounts.view_all_portfolios"):
        outbox = outbox.filter(account__in=visible_accounts(user))
    rows = outbox.select_related("account", "debtor", "template").order_by("-queued_at", "-pk")
    if status == "problems":
        rows = rows.filter(status__in=PROBLEMS)
    elif status in MessageStatus.values:
        rows = rows.filter(status=status)
    after = request.GET.get("after", "")
    if after.isdigit():
        rows = rows.filter(pk__lt=int(after)).order_by("-pk")
    found = list(rows[: PAGE + 1])
    counts = dict(outbox.values_list("status").annotate(n=Count("pk")))
    context = {
        "rows": found[:PAGE],
        "after": found[PAGE - 1].pk if len(found) > PAGE else None,
        "status": status,
        "statuses": [
            ("problems", "Problems", sum(counts.get(code, 0) for code in PROBLEMS)),
            *((code, label, counts.get(code, 0)) for code, label in MessageStatus.choices),
        ],
        "batches": list(PrintBatch.objects.order_by("-pk")[:10]),
        "problem_codes": [str(code) for code in PROBLEMS],
    }
    return page(request, "console/letters.html", context, block="rows")


@requires("contacts.release_message")
@require_POST
def act_on_message(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """cancel, release (send again), delivered or undelivered (how an uncertain one ended)."""
    user, at = person(request), clock.now()
    message = get_object_or_404(Message, pk=pk, account__in=visible_accounts(user))
    note = request.POST.get("note", "") or "From the outbox"
    try:
        if verb == "cancel":
            cancel_message(message=message, note=note, by=user, at=at)
        elif verb == "release":
            release_message(message=message, note=note, by=user, at=at)
        elif verb in ("delivered", "undelivered"):
            resolve_uncertain(message=message, delivered=verb == "delivered", note=note, by=user, at=at)
        else:
            raise Http404
    except MessageStateRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Done.")
    return redirect("console:letters")


@requires("contacts.release_message")
@require_POST
def make_batch(request: HttpRequest) -> HttpResponse:
    try:
        batch = make_print_batch(by=person(request), at=clock.now())
    except NothingToPrint as error:
        messages.info(request, str(error) or "No letter waits to be printed.")
    else:
        messages.success(request, f"Batch {batch.pk}: {batch.letters} letters on {batch.pages} pages.")
    return redirect("console:letters")


@requires("contacts.release_message")
@require_GET
def batch_file(request: HttpRequest, pk: int, kind: str) -> FileResponse:
    batch = get_object_or_404(PrintBatch, pk=pk)
    stored = batch.pdf if kind == "pdf" else batch.manifest
    suffix = "pdf" if kind == "pdf" else "csv"
    return FileResponse(stored.open(), as_attachment=True, filename=f"batch-{pk}.{suffix}")
