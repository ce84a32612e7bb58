"""The account workspace: one page, one timeline, and every act a short form in place."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.dateparse import parse_date, parse_datetime
from django.views.decorators.http import require_GET, require_POST

from accounts.accruing import InterestRefused, payoff
from accounts.models import Account, Document
from accounts.selectors import visible_accounts
from compliance.enums import OverrideReason
from compliance.rules import may_override
from console.acts import ACTS, Act
from console.agreements import TermsForm, previewed
from console.chips import chips, local_time
from console.file import File, read_file
from console.forms import ActForm
from console.fragments import page, wants_fragment
from console.once import once
from console.recommend import recommend
from contacts.agency import agency
from contacts.gating import Override
from contacts.models import Message
from contacts.services import ContactRefused, OverrideRefused
from contacts.templates import voicemail
from core import clock
from core.access import requires
from core.clock import business_today
from debtors.models import Address, Email, Phone
from debtors.services import record_view, set_address_status, set_email_status, set_phone_status
from reporting.timeline import GROUPS, timeline
from users.models import User
from worklists.dispositions import dial, put_off
from worklists.services import HeldByOther, check_free

TEMPLATE = "console/workspace.html"
PAGE = 30
KEPT = "That was kept already."
FILTERS = [("", "All"), *((group, group.capitalize()) for group in GROUPS)]


def person(request: HttpRequest) -> User:
    return cast(User, request.user)


def find_account(user: User, ref: str) -> Account:
    found = visible_accounts(user).select_related("debtor", "client", "placement")
    return get_object_or_404(found, ref=ref)


def opened(request: HttpRequest, ref: str, at: datetime) -> File:
    account = find_account(person(request), ref)
    return read_file(account=account, user=person(request), at=at, today=business_today(at))


def tabs(user: User) -> list[Act]:
    return [act for act in ACTS.values() if act.tab and user.has_perm(act.permission)]


def may_do(user: User, name: str) -> Act | None:
    act = ACTS.get(name)
    return act if act and user.has_perm(act.permission) else None


def act_context(
    request: HttpRequest, file: File, name: str, form: ActForm | None = None, **more: Any
) -> dict[str, Any]:
    """What the block ``act`` shows: the tabs and one form."""
    user = person(request)
    offered = tabs(user)
    chosen = may_do(user, name) or (offered[0] if offered else None)
    if form is None and chosen is not None:
        form = chosen.form(file=file, auto_id=f"{chosen.name}_%s")
    return {
        "file": file,
        "account": file.account,
        "tabs": offered,
        "act": chosen,
        "act_url": f"console:do-{chosen.name}" if chosen else "",
        "form": form,
        "problem": None,
        "refused": [],
        "override": None,
        "previews": chosen is not None and issubclass(chosen.form, TermsForm),
        "quick": _quick_amounts(file) if chosen and chosen.name == "promise" else [],
        "voicemail": _voicemail(file, user) if chosen and chosen.name == "log-call" and file.dialing else "",
        "focus": bool(request.GET.get("act")) or (form is not None and form.is_bound),
        **more,
    }


def _quick_amounts(file: File) -> list[tuple[str, str]]:
    """Half and whole, so that the usual promise needs no typing."""
    balance = file.account.balance
    return [("Half", f"{balance / 2:.2f}"), ("In full", f"{balance:.2f}")] if balance > 0 else []


def _voicemail(file: File, user: User) -> str:
    """The words that may be left (12 CFR 1006.2(j)), or that none may."""
    ours, found = agency(), next(iter(file.parts["voicemail"]), None)
    context = {
        "agent_name": user.display_name,
        "business_name": ours.business_name,
        "agency_phone": ours.phone,
    }
    words = voicemail(found["body"], context) if found else ""
    return f"On voicemail say only: “{words}”" if words else "Leave no message on voicemail."


def page_context(
    request: HttpRequest, file: File, at: datetime, *, done: str = "", tone: str = "good", **more: Any
) -> dict[str, Any]:
    user = person(request)
    kinds = request.GET.get("kinds", "")
    return {
        **act_context(request, file, request.GET.get("act", "")),
        **timeline_context(file.account, kinds),
        "recommended": recommend(file, user),
        "local_time": local_time(file, at),
        "at": at,
        "done": done,
        "tone": tone,
        "can_edit": user.has_perm("debtors.change_debtor"),
        "can_reveal": user.has_perm("debtors.reveal_ssn"),
        "can_call": user.has_perm("contacts.log_contact"),
        "can_document": user.has_perm("accounts.manage_document"),
        "can_consent": user.has_perm("compliance.record_consent"),
        "can_dispute": user.has_perm("compliance.manage_dispute"),
        "can_itemize": user.has_perm("accounts.correct_itemization"),
        "payoff": None,
        "preview": None,
        "part": "",
        "can_agree": user.has_perm("payments.make_agreement"),
        "can_correct": user.has_perm("payments.propose_correction"),
        "can_limit": user.has_perm("accounts.add_interestlimit"),
        "can_rate": user.has_perm("accounts.add_interestterm"),
        "can_work": user.has_perm("worklists.work_queue"),
        **more,
    }


def timeline_context(
    account: Account, kinds: str, before: datetime | None = None, before_ref: str = ""
) -> dict[str, Any]:
    group = GROUPS.get(kinds)
    items = timeline(account=account, kinds=group, before=before, before_ref=before_ref, limit=PAGE + 1)
    more = items[PAGE - 1] if len(items) > PAGE else None
    return {
        "items": items[:PAGE],
        "next_item": more,
        "kinds": kinds if group else "",
        "filters": FILTERS,
        "account": account,
    }


@requires("debtors.view_debtor")
@require_GET
def workspace(request: HttpRequest, ref: str) -> HttpResponse:
    at = clock.now()
    if wants_fragment(request):
        return _fragment(request, ref, at)
    file = opened(request, ref, at)
    record_view(debtor=file.account.debtor, by=person(request), at=at)
    return page(request, TEMPLATE, page_context(request, file, at))


def _fragment(request: HttpRequest, ref: str, at: datetime) -> HttpResponse:
    """``part`` names the block: the strip, one form, or a page of the timeline."""
    part = request.GET.get("part", "")
    if part == "timeline":
        account = find_account(person(request), ref)
        return page(request, TEMPLATE, _older(request, account), block="timeline")
    if part == "items":
        account = find_account(person(request), ref)
        return page(request, TEMPLATE, _older(request, account), block="items")
    file = opened(request, ref, at)
    if part == "payoff":
        return page(request, TEMPLATE, _payoff(request, file), block="payoff")
    if part == "preview":
        return page(request, TEMPLATE, _preview(request, file), block="preview")
    if part == "strip":
        found = chips(file=file, at=at)
        context = {
            "chips": found,
            "local_time": local_time(file, at),
            "account": file.account,
            "file": file,
            "recommended": recommend(file, person(request), found),
            "can_call": person(request).has_perm("contacts.log_contact"),
        }
        return page(request, TEMPLATE, context, block="strip")
    return page(request, TEMPLATE, act_context(request, file, request.GET.get("act", "")), block="act")


def _preview(request: HttpRequest, file: File) -> dict[str, Any]:
    act = may_do(person(request), request.GET.get("act", ""))
    shown = {"part": "preview", "file": file, "account": file.account, "preview": None, "problem": ""}
    if act is None or not issubclass(act.form, TermsForm):
        return shown
    form = act.form(request.GET, file=file, auto_id=f"{act.name}_%s")
    return {**shown, **previewed(form, file, person(request), file.today)}


def _payoff(request: HttpRequest, file: File) -> dict[str, Any]:
    shown = {"part": "payoff", "file": file, "account": file.account, "payoff": None, "problem": None}
    try:
        on = parse_date(request.GET.get("on", ""))
        if on is None:
            raise ValueError
        return {**shown, "payoff": payoff(account=file.account, on=on)}
    except ValueError:
        return {**shown, "problem": "Enter a day."}
    except InterestRefused as error:
        return {**shown, "problem": str(error)}


def _older(request: HttpRequest, account: Account) -> dict[str, Any]:
    before = parse_datetime(request.GET.get("before", "")) if request.GET.get("before") else None
    return timeline_context(account, request.GET.get("kinds", ""), before, request.GET.get("before_ref", ""))


def act_view(act: Act) -> Any:
    """One view per act, each with its own permission."""

    @requires(act.permission, "debtors.view_debtor")
    @require_POST
    def view(request: HttpRequest, ref: str) -> HttpResponse:
        at = clock.now()
        file = opened(request, ref, at)
        form = act.form(request.POST, request.FILES, file=file, auto_id=f"{act.name}_%s")
        if not form.is_valid():
            return _refuse(request, file, act, form)
        user, data = person(request), form.cleaned_data
        try:
            done = once(user=user, token=data["once"], at=at, do=lambda: _do(act, file, data, user, at))
        except Exception as error:
            if not hasattr(error, "code"):
                raise
            return _refuse(request, file, act, form, error)
        return _accept(request, ref, act, done or KEPT)

    return view


def _do(act: Act, file: File, data: dict[str, Any], user: User, at: datetime) -> str:
    if act.exclusive:
        check_free(account=file.account, user=user, at=at)
    return act.run(file, data, user, at, business_today(at))


def _accept(
    request: HttpRequest, ref: str, act: Act | None, done: str, *, tone: str = "good"
) -> HttpResponse:
    if not wants_fragment(request):
        (messages.success if tone == "good" else messages.warning)(request, done)
        return redirect("console:workspace", ref=ref)
    at = clock.now()
    response = page(
        request,
        TEMPLATE,
        page_context(request, opened(request, ref, at), at, done=done, tone=tone),
        block="workspace",
    )
    response["HX-Retarget"], response["HX-Reswap"] = "#workspace", "outerHTML"
    if act is not None:
        response["HX-Trigger"] = json.dumps({"accepted": {"value": act.name}})
    return response


def _overridable(error: Exception, user: User) -> bool:
    """Whether this user may go on all the same, saying why."""
    if isinstance(error, ContactRefused):
        return user.has_perm("compliance.override_gate") and may_override(
            reason.code for reason in error.reasons
        )
    return isinstance(error, OverrideRefused) and bool(error.field)


def _refuse(
    request: HttpRequest, file: File, act: Act, form: ActForm, error: Exception | None = None, **more: Any
) -> HttpResponse:
    """The form again, with what was typed and why it was refused; nothing is done."""
    field = getattr(error, "field", None)
    problem: str | None = str(error) if error is not None else None
    if field in form.fields:
        form.add_error(field, str(error))
        problem = None
    if isinstance(error, HeldByOther):
        problem = f"{error.holder.display_name} is working this debtor until {_local(error.until)}. What you typed is still here."
    refused = _reasons(error) if isinstance(error, ContactRefused) else []
    context = act_context(request, file, act.name, form, problem=problem, refused=refused, **more)
    if wants_fragment(request):
        return page(request, TEMPLATE, context, block="act", status=422)
    at = clock.now()
    return page(request, TEMPLATE, {**page_context(request, file, at), **context}, status=422)


def _local(instant: datetime) -> str:
    return instant.astimezone(clock.business_zone()).strftime("%H:%M %Z")


def _reasons(error: ContactRefused) -> list[dict[str, Any]]:
    return [{"text": str(reason.text), "until": reason.until} for reason in error.reasons]


@requires("contacts.log_contact", "debtors.view_debtor")
@require_POST
def call(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    """Asks the gate and, with its leave, notes that the number is being dialled."""
    at = clock.now()
    file = opened(request, ref, at)
    phone = get_object_or_404(Phone, pk=pk, debtor=file.account.debtor)
    act = ACTS["log-call"]
    user, token = person(request), request.POST.get("once", "")
    said = {name: request.POST.get(name, "") for name in ("override_reason", "override_text")}
    override = Override(said["override_reason"], said["override_text"]) if any(said.values()) else None
    try:
        once(
            user=user,
            token=token,
            at=at,
            do=lambda: dial(account=file.account, phone=phone, by=user, at=at, override=override),
        )
    except Exception as error:
        if not hasattr(error, "code"):
            raise
        form = act.form(file=file, auto_id="log-call_%s")
        asked = (
            {**said, "phone": phone.pk, "reasons": OverrideReason.choices}
            if _overridable(error, user)
            else None
        )
        return _refuse(request, file, act, form, error, override=asked)
    return _accept(request, ref, None, "Allowed: dial now, then log how it ended.")


REACH = {
    "phone": (Phone, set_phone_status),
    "email": (Email, set_email_status),
    "address": (Address, set_address_status),
}


@requires("debtors.change_debtor", "debtors.view_debtor")
@require_POST
def reach(request: HttpRequest, ref: str, kind: str, pk: int) -> HttpResponse:
    """Marks a number, mailbox or address good, bad or somebody else's."""
    account = find_account(person(request), ref)
    if kind not in REACH or request.POST.get("status") not in ("good", "bad", "wrong_party"):
        raise Http404
    model, service = REACH[kind]
    row: Any = get_object_or_404(model, pk=pk, debtor=account.debtor)
    if request.POST.get("was", row.status) not in (row.status, request.POST["status"]):
        said = f"Somebody marked it {row.get_status_display().lower()} meanwhile, so nothing was changed. Look again."
        return _accept(request, ref, None, said, tone="warn")
    service(**{kind: row, "status": request.POST["status"], "by": person(request), "at": clock.now()})  # type: ignore[operator]
    return _accept(request, ref, None, f"Marked {request.POST['status'].replace('_', ' ')}.")


@requires("worklists.work_queue")
@require_POST
def skip(request: HttpRequest, ref: str) -> HttpResponse:
    """Puts the task off for an hour, gives the debtor back, and returns to My day."""
    put_off(account=find_account(person(request), ref), by=person(request), at=clock.now())
    return redirect("console:day")


@requires("debtors.view_debtor")
@require_GET
def document(request: HttpRequest, ref: str, pk: int) -> FileResponse:
    found = get_object_or_404(Document, pk=pk, account=find_account(person(request), ref))
    return FileResponse(
        found.file.open(), as_attachment=True, filename=found.title, content_type=found.content_type
    )


@requires("debtors.view_debtor")
@require_GET
def letter(request: HttpRequest, ref: str, pk: int) -> FileResponse:
    found = get_object_or_404(Message, pk=pk, account=find_account(person(request), ref))
    if not found.pdf:
        raise Http404
    return FileResponse(found.pdf.open(), filename=f"{ref}-{pk}.pdf", content_type="application/pdf")


def url_of(account: Account) -> str:
    return reverse("console:workspace", args=[account.ref])
