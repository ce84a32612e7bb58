"""Why a contact was allowed or not: a kept decision in words, and what the gate would say to the same or today's facts otherwise."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from accounts.models import Account
from accounts.selectors import visible_accounts
from compliance.case import Decision as Verdict
from compliance.enums import Channel, OverrideReason
from compliance.gate import decide
from compliance.models import Decision
from compliance.packs import policies, policy_in_force
from compliance.policy import Policy, PolicyError
from compliance.questions import answer_dict, read_question
from compliance.reader import QuestionError
from console.fragments import page
from console.templatetags.show import moment
from console.workspace import person
from contacts.facts import Ask, gather_questions
from contacts.models import Contact, Message
from core import clock
from core.access import requires
from core.clock import business_today, business_zone
from reporting.refusals import sentence
from users.models import User

TEMPLATE = "console/decision.html"
Json = dict[str, Any]
ELSEWHERE = "another account"
DIGITS = 18


@requires("compliance.view_decision", "debtors.view_debtor")
@require_GET
def decision(request: HttpRequest, ref: str) -> HttpResponse:
    """``ref`` as on the timeline: decision:7, or contact:7 or message:7, which have the one they were made under."""
    source, _, number = ref.partition(":")
    if source not in ("decision", "contact", "message") or not number.isdecimal() or len(number) > DIGITS:
        raise Http404
    kept = _find(person(request), source, int(number))
    question, answer = kept.question, kept.answer
    zone = _zone(question, kept.at)
    context = {
        "kept": kept,
        "account": kept.account,
        "zone": zone,
        "answer": _told(answer),
        "facts": _listed(_scoped(person(request), question)),
        "override": OverrideReason(kept.override_reason).label if kept.override_reason else "",
        "today": _today(kept),
        "what_if": _what_if(request, kept) if "at" in request.GET else None,
        "given": _given(request, kept),
        "channels": Channel.choices,
        "versions": [policy.version for policy in policies()],
    }
    return page(request, TEMPLATE, context)


def _find(user: User, source: str, pk: int) -> Decision:
    if source == "contact":
        contact = get_object_or_404(Contact.objects.filter(account__in=visible_accounts(user)), pk=pk)
        found = contact.decision_id
    elif source == "message":
        message = get_object_or_404(Message.objects.filter(account__in=visible_accounts(user)), pk=pk)
        sent = Contact.objects.filter(message=message).values_list("decision_id", flat=True).first()
        found = sent or message.decision_id
    else:
        found = pk
    if found is None:
        raise Http404("Nobody asked the gate about this.")
    within = Decision.objects.filter(account__in=visible_accounts(user))
    return get_object_or_404(within.select_related("account__debtor", "asked_by"), pk=found)


def _zone(question: Json, at: datetime) -> str:
    """The first zone in which the person may be, as the gate took it; blank when none was known or our clock shows the same."""
    name = str((question["facts"].get("zones") or [""])[0])
    same = name and at.astimezone(ZoneInfo(name)).utcoffset() == at.astimezone(business_zone()).utcoffset()
    return "" if same else name


def _told(answer: Json) -> Json:
    """The answer with its instants as such and each code in a rep's words."""
    return {
        **answer,
        "next_allowed_at": _instant(answer["next_allowed_at"]),
        "reasons": [
            {**reason, "until": _instant(reason["until"]), "short": sentence(reason["code"])}
            for reason in answer["reasons"]
        ],
    }


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


# --- the facts


def _scoped(user: User, question: Json) -> Json:
    """The facts, but a debt of the person that this user may not see is not named."""
    refs = {ref for ref in _texts(question) if ref.startswith("A-")}
    hidden = refs - set(visible_accounts(user).filter(ref__in=refs).values_list("ref", flat=True))
    scoped: Json = _replaced(question, hidden)
    return scoped


def _texts(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {text for each in value.values() for text in _texts(each)}
    if isinstance(value, list):
        return {text for each in value for text in _texts(each)}
    return {value} if isinstance(value, str) else set()


def _replaced(value: Any, hidden: set[str]) -> Any:
    if isinstance(value, dict):
        return {ELSEWHERE if key in hidden else key: _replaced(each, hidden) for key, each in value.items()}
    if isinstance(value, list):
        return [_replaced(each, hidden) for each in value]
    return ELSEWHERE if isinstance(value, str) and value in hidden else value


def _listed(question: Json) -> Json:
    """``told``: name and lines of each fact that says something; ``silent``: the names of the others."""
    facts = {
        **{name: value for name, value in question["request"].items() if name not in ("at", "person")},
        **question["facts"],
    }
    told = [(name, _lines(value)) for name, value in facts.items() if value not in (None, "", [], {})]
    return {"told": told, "silent": [name for name, value in facts.items() if value in (None, "", [], {})]}


def _lines(value: Any) -> list[str]:
    if isinstance(value, list):
        return [_line(each) for each in value]
    if isinstance(value, dict):
        return [f"{name}: {_line(each)}" for name, each in value.items()]
    return [_line(value)]


def _line(value: Any) -> str:
    if isinstance(value, dict):
        return " · ".join(
            f"{name} {_line(each)}" for name, each in value.items() if each not in (None, "", [])
        )
    if isinstance(value, list):
        return ", ".join(map(_line, value))
    return _word(value) if isinstance(value, str) else json.dumps(value)


def _word(text: str) -> str:
    """An instant in the agency's clock; anything else as it is."""
    try:
        return moment(datetime.fromisoformat(text)) if "T" in text[10:11] else text
    except ValueError:
        return text


# --- other answers


def _today(kept: Decision) -> Json:
    """What the policy in force today says of the same question: ``same``, or the codes that come and go."""
    policy = policy_in_force(business_today(clock.now()))
    codes = {str(reason.code) for reason in _decide(kept.question, policy).reasons}
    was = set(kept.codes)
    return {
        "version": policy.version,
        "same": codes == was,
        "more": sorted(codes - was),
        "less": sorted(was - codes),
    }


def _decide(question: Json, policy: Policy) -> Verdict:
    request, facts = read_question(question)
    return decide(request, facts, policy)


def _given(request: HttpRequest, kept: Decision) -> Json:
    local = kept.at.astimezone(business_zone())
    return {
        "at": request.GET.get("at", f"{local:%Y-%m-%dT%H:%M}"),
        "channel": request.GET.get("channel", kept.channel),
        "address": request.GET.get("address", kept.address),
        "facts": request.GET.get("facts", "then"),
        "policy": request.GET.get("policy", ""),
        "lines": max(1, kept.address.count("\n") + 1),
    }


def _what_if(request: HttpRequest, kept: Decision) -> Json:
    """The gate's answer to a question that nobody acts on; nothing is kept. ``problem``: what cannot be read."""
    given = _given(request, kept)
    try:
        at = datetime.fromisoformat(given["at"])
    except ValueError:
        return {"problem": "Give a day and a time."}
    at = at if at.tzinfo else at.replace(tzinfo=business_zone())
    if given["channel"] not in Channel.values:
        return {"problem": "Choose a channel."}
    question = (
        _asked_now(kept.account, kept.debtor_id, given, at)
        if given["facts"] == "now"
        else _asked_then(kept, given, at)
    )
    try:
        policy = next(
            (each for each in policies() if each.version == given["policy"]), None
        ) or policy_in_force(at.astimezone(business_zone()).date())
        answer = answer_dict(_decide(question, policy))
    except (PolicyError, QuestionError) as error:
        return {"problem": str(error)}
    return {"problem": "", "at": at, "answer": _told(answer)}


def _asked_then(kept: Decision, given: Json, at: datetime) -> Json:
    request = {
        **kept.question["request"],
        "at": at.isoformat(),
        "channel": given["channel"],
        "address": given["address"],
    }
    if given["address"] != kept.address:
        request["place"] = None
    return {**kept.question, "request": request}


def _asked_now(account: Account, debtor_id: int, given: Json, at: datetime) -> Json:
    (question,) = gather_questions([Ask(account.pk, debtor_id, given["channel"], given["address"], at)])
    return question
