"""The contact gate's question and answer, described for the schema. ``compliance.questions`` is what reads them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, PolymorphicProxySerializer
from rest_framework import serializers as s

from api.bodies import Body
from api.fields import AccountField, Day, Instant, text
from api.shapes import shape
from compliance.advice import RECORDINGS
from compliance.dialing import LINES
from compliance.enums import Channel
from compliance.holds import CEASE_EXCEPTIONS
from compliance.lawtables import CHAPTERS, DIAL_MODES
from compliance.parties import RECIPIENTS
from compliance.questions import CHANNELS, GIVEN_TO, HOLDS, OUTCOMES, PURPOSES


class CheckBody(Body):
    """Asked of what is on file. Nothing is recorded."""

    account = AccountField()
    channel = s.ChoiceField(choices=Channel.choices)
    address = text(400)
    place = text(20)
    template_tags = s.ListField(child=s.CharField(max_length=30), max_length=20, required=False, default=list)
    at = Instant(required=False, help_text="the instant asked about; default now")


def _texts() -> s.ListField:
    return s.ListField(child=s.CharField(), required=False)


def _one_of(values: frozenset[str], **kwargs: Any) -> s.ChoiceField:
    return s.ChoiceField(choices=sorted(values - {""}), **kwargs)


def _day(**kwargs: Any) -> Day:
    return Day(**{"required": False, "allow_null": True, **kwargs})


def _later(**kwargs: Any) -> Any:
    return {"required": False, "allow_null": True, **kwargs}


GateRequest = shape(
    "GateRequest",
    person=s.CharField(required=False),
    debt=s.CharField(),
    discussed_debts=_texts(),
    channel=_one_of(CHANNELS),
    address=s.CharField(required=False),
    place=s.CharField(**_later()),
    at=s.DateTimeField(),
    purpose=_one_of(PURPOSES, required=False),
    template_tags=_texts(),
    recipient=_one_of(RECIPIENTS, required=False),
    dial_mode=_one_of(DIAL_MODES, required=False),
    recording=_one_of(
        RECORDINGS, required=False, help_text="whether the call may be recorded, with or without a notice"
    ),
)
GateTouch = shape(
    "GateTouch",
    kind=_one_of(CHANNELS),
    direction=_one_of(frozenset({"in", "out"})),
    at=s.DateTimeField(),
    debts=_texts(),
    address=s.CharField(required=False),
    outcome=_one_of(OUTCOMES, required=False),
    place=s.CharField(required=False),
    recipient=_one_of(RECIPIENTS, required=False),
    mode=_one_of(DIAL_MODES, required=False),
)
GateConsent = shape(
    "GateConsent",
    kind=_one_of(CHANNELS),
    debts=_texts(),
    given_at=s.DateTimeField(),
    until=_day(),
    revoked_at=s.DateTimeField(**_later()),
    weekdays=s.ListField(child=s.IntegerField(min_value=0, max_value=6), required=False),
    given_to=_one_of(GIVEN_TO, required=False),
)
GateHold = shape(
    "GateHold", kind=_one_of(HOLDS), debt=s.CharField(**_later()), **{"from": Day()}, until=_day()
)
GateOptOut = shape(
    "GateOptOut",
    medium=_one_of(CHANNELS | {"all"}),
    address=s.CharField(**_later()),
    at=s.DateTimeField(**_later()),
)
GateTime = shape(
    "GateTime",
    weekdays=s.ListField(child=s.IntegerField(min_value=0, max_value=6), required=False),
    start=s.TimeField(**_later()),
    end=s.TimeField(**_later()),
    place=s.CharField(**_later()),
    **{"from": _day()},
    until=_day(),
)
GateBasis = shape(
    "GateBasis",
    address=s.CharField(),
    basis=s.CharField(),
    as_of=Day(),
    deadline=_day(help_text="of the creditor's notice"),
    checked_on=_day(help_text="clean check of reassigned numbers"),
    used_by_prior=s.BooleanField(required=False),
)
GateStated = shape("GateStated", zone=s.CharField(), at=s.DateTimeField(), until=s.DateTimeField(**_later()))
GateNotice = shape("GateNotice", tag=_one_of(CEASE_EXCEPTIONS), debt=s.CharField())
GateDialConsent = shape(
    "GateDialConsent",
    address=s.CharField(),
    given_at=s.DateTimeField(),
    revoked_at=s.DateTimeField(**_later()),
)
GateDebt = shape(
    "GateDebt",
    kind=s.CharField(required=False),
    accrued_on=_day(),
    last_payment_on=_day(),
    tolled_days=s.IntegerField(min_value=0, required=False),
    limitation_on=_day(help_text="last day to sue, when told"),
    notice_on=_day(help_text="the notice a state asks for before any act"),
)
GateLicence = shape("GateLicence", place=s.CharField(), valid_from=Day(), valid_to=_day())
GateStay = shape(
    "GateStay",
    debt=s.CharField(**_later()),
    **{"from": Day()},
    until=_day(),
    chapter=_one_of(CHAPTERS, required=False),
)
GateValidation = shape("GateValidation", sent_on=_day(), period_ends_on=_day())
GateFacts = shape(
    "GateFacts",
    "Missing lists are empty; `zones` come in order, the first is primary, none means unknown.",
    zones=_texts(),
    residence_states=_texts(),
    cities=_texts(),
    history=GateTouch(many=True, required=False),
    consents=GateConsent(many=True, required=False),
    holds=GateHold(many=True, required=False),
    opt_outs=GateOptOut(many=True, required=False),
    inconvenient=GateTime(many=True, required=False),
    address_basis=GateBasis(many=True, required=False),
    undeliverable=_texts(),
    validation=s.DictField(child=GateValidation(), required=False, help_text="by debt"),
    commercial=_texts(),
    employer_emails=_texts(),
    indicated_states=_texts(),
    stated=GateStated(many=True, required=False),
    notices=GateNotice(many=True, required=False),
    disclosed=_texts(),
    frequency_groups=s.DictField(child=s.CharField(), required=False, help_text="debt to account number"),
    dial_consents=GateDialConsent(many=True, required=False),
    lines=s.DictField(child=_one_of(LINES), required=False, help_text="number to kind of line"),
    debts=s.DictField(child=GateDebt(), required=False),
    licences=GateLicence(many=True, **_later(help_text="absent or null: licences are not asked about")),
    co_debtor_stays=GateStay(many=True, required=False),
    born_on=_day(),
)
GateQuestion = shape(
    "GateQuestion",
    "Asked of the facts given with it. Nothing is read, nothing is recorded.",
    request=GateRequest(),
    facts=GateFacts(required=False),
)
GateReason = shape(
    "GateReason",
    code=s.CharField(),
    rule=s.CharField(),
    until=s.DateTimeField(allow_null=True),
    text=s.CharField(),
)
GateWarning = shape("GateWarning", code=s.CharField(), rule=s.CharField(), text=s.CharField())
GateRecording = shape("GateRecording", allowed=s.BooleanField(), reasons=GateReason(many=True))
GateAnswer = shape(
    "GateAnswer",
    allowed=s.BooleanField(),
    reasons=GateReason(many=True),
    next_allowed_at=s.DateTimeField(allow_null=True),
    policy_version=s.CharField(),
    warnings=GateWarning(many=True, required=False, help_text="when there are any"),
    recording=GateRecording(required=False, help_text="when it was asked"),
)
CheckOrQuestion = PolymorphicProxySerializer(
    component_name="ContactCheck", serializers=[CheckBody, GateQuestion], resource_type_field_name=None
)
QUESTION: dict[str, Any] = {
    "request": {
        "person": "P1", "debt": "D1", "discussed_debts": ["D1"], "channel": "call", "address": "+12125550123",
        "place": "home", "at": "2026-04-07T15:00:00-04:00", "purpose": "collection", "template_tags": [],
    },
    "facts": {
        "zones": ["America/New_York"], "residence_states": ["NY"], "cities": [],
        "history": [
            {"kind": "call", "direction": "out", "at": f"2026-04-0{day}T10:00:00-04:00", "debts": ["D1"],
             "address": "+12125550123", "outcome": "no_answer"}
            for day in range(1, 8)
        ],
    },
}  # fmt: skip
ANSWER: dict[str, Any] = {
    "allowed": False,
    "reasons": [
        {
            "code": "call_frequency",
            "rule": "12 CFR 1006.14(b)(2)(i)(A)",
            "until": "2026-04-08T00:00:00-04:00",
            "text": "Seven calls about this debt within seven days.",
        }
    ],
    "next_allowed_at": "2026-04-08T08:00:00-04:00",
    "policy_version": "…",
}
EXAMPLES = [
    OpenApiExample(
        "From what is on file",
        value={
            "account": "A-00001234",
            "channel": "call",
            "address": "+12125550123",
            "at": "2026-04-07T15:00:00-04:00",
        },
        request_only=True,
    ),
    OpenApiExample("With the facts given", value=QUESTION, request_only=True),
    OpenApiExample("Refused until tomorrow", value=ANSWER, response_only=True),
]
