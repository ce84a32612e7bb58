"""The contact gate's question and answer, described for the schema. ``compliance.questions`` is what reads them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, PolymorphicProxySerializer
from rest_framework import serializers as s

from api.bodies import Body
from api.fields import AccountField, Day, Instant, text
from api.shapes import shape
from compliance.enums import Channel
from compliance.questions import CHANNELS, HOLDS, OUTCOMES, PURPOSES


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
)
GateTouch = shape(
    "GateTouch",
    kind=_one_of(CHANNELS),
    direction=_one_of(frozenset({"in", "out"})),
    at=s.DateTimeField(),
    debts=_texts(),
    address=s.CharField(required=False),
    outcome=_one_of(OUTCOMES, required=False),
)
GateConsent = shape(
    "GateConsent",
    kind=_one_of(CHANNELS),
    debts=_texts(),
    given_at=s.DateTimeField(),
    until=_day(),
    revoked_at=s.DateTimeField(**_later()),
)
GateHold = shape(
    "GateHold", kind=_one_of(HOLDS), debt=s.CharField(**_later()), **{"from": Day()}, until=_day()
)
GateOptOut = shape("GateOptOut", medium=_one_of(CHANNELS | {"all"}), address=s.CharField(**_later()))
GateTime = shape(
    "GateTime",
    weekdays=s.ListField(child=s.IntegerField(min_value=0, max_value=6), required=False),
    start=s.TimeField(**_later()),
    end=s.TimeField(**_later()),
    place=s.CharField(**_later()),
    **{"from": _day()},
    until=_day(),
)
GateBasis = shape("GateBasis", address=s.CharField(), basis=s.CharField(), as_of=Day())
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
GateAnswer = shape(
    "GateAnswer",
    allowed=s.BooleanField(),
    reasons=GateReason(many=True),
    next_allowed_at=s.DateTimeField(allow_null=True),
    policy_version=s.CharField(),
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
