"""Whatever is sent to any POST, the answer is a clear refusal: never an error of the server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from accounts.models import Account, InterestLimit
from contacts.models import Message
from debtors.models import Address, Email, Phone
from strategies.models import Strategy
from tests.api.making import V1, make_world, signed
from tests.factories import make_user

pytestmark = pytest.mark.django_db
SCHEMA: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
NAMED = SCHEMA["components"]["schemas"]
POSTS = sorted(path for path, methods in SCHEMA["paths"].items() if "post" in methods)
LISTED = sorted(
    path
    for path, methods in SCHEMA["paths"].items()
    if "get" in methods and path.startswith(V1) and "download" not in path
)

JUNK: list[Any] = [
    None, True, -1, 10**30, 1e308, "", "a\x00b", "\ud800", "☃" * 5000, "1e400", "9" * 20, "0001-01-01",
    "9999-12-31T23:59:59-14:00", "2026-04-07T15:00:00", [None], {"": None},
]  # fmt: skip
FAR = {
    "date": ["1900-01-01", "2199-12-31"],
    "date-time": ["1900-01-01T00:00:00Z", "2199-12-31T23:59:59Z"],
}
NO_BODY: list[Any] = [
    b"{", b"\xff\xfe", b"[" * 100_000, b'{"a": ' * 5000, b'{"a": 1e999}', b'{"a": NaN}', b"1" * 5000, *JUNK,
]  # fmt: skip
STOPPED_EARLY = {f"{V1}documents/"}  # takes no JSON body


def fields(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    if "$ref" in schema:
        return fields(NAMED[schema["$ref"].rsplit("/", 1)[-1]])
    found = {name: field for form in schema.get("oneOf", []) for name, field in fields(form).items()}
    return {**found, **schema.get("properties", {})}


def body_of(path: str) -> dict[str, dict[str, Any]]:
    content = SCHEMA["paths"][path]["post"].get("requestBody", {}).get("content", {})
    return {name: field for media in content.values() for name, field in fields(media["schema"]).items()}


class World:
    """A row of everything, and who may do everything to it."""

    def __init__(self) -> None:
        self.account = make_world(by=make_user("rep"))
        self.client = signed("admin")
        self.ids = {
            "accounts": self.account.ref,
            "debtors": self.account.debtor_id,
            "clients": self.account.client.code,
            "placements": self.account.placement.batch,
            "queues": "calls",
            "templates": Message.objects.get().template_id,
            "strategies": Strategy.objects.get().pk,
            "messages": Message.objects.get().pk,
        }
        self.items = {
            "phones": Phone.objects.get().pk,
            "addresses": Address.objects.get().pk,
            "emails": Email.objects.get().pk,
        }

    def url(self, path: str) -> str:
        for name in ("id", "ref", "code", "batch", "slug"):
            path = path.replace(f"{{{name}}}", self._of(path))
        return path.replace("{item}", str(self.items.get(path.split("/")[5], 1)) if "{item}" in path else "")

    def _of(self, path: str) -> str:
        resource = path.split("/")[3]
        if resource not in self.ids:
            rows = self.client.get(f"{V1}{resource}/").json().get("results") or [{}]
            self.ids[resource] = rows[0].get("id", 1)
        return str(self.ids[resource])

    def sensible(self, path: str) -> dict[str, Any]:
        """A body in which each field is likely what is asked, so that junk in one reaches the rules behind."""
        return {name: self._value(name, field) for name, field in body_of(path).items() if name != "at"}

    def _value(self, name: str, field: dict[str, Any]) -> Any:
        known = {
            "account": self.account.ref, "debtor": self.account.debtor_id, "client": self.account.client.code,
            "limit": InterestLimit.objects.get().pk,
            "queue": "calls", "template": self.ids["templates"], "number": "+12125550147", "state": "NY", "zip": "10009",
            "address": "a@example.com", "request": {}, "facts": {}, "records": [{"client_reference": "1"}],
        }  # fmt: skip
        if name in known:
            return known[name]
        if "enum" in field:
            return field["enum"][0]
        kind = field.get("type")
        kind = kind[0] if isinstance(kind, list) else str(kind)
        shapes = {"date": "2026-04-07", "date-time": "2026-04-08T15:00:00Z", "decimal": "10.00"}
        kinds: dict[str, Any] = {"boolean": False, "integer": 1, "array": []}
        return shapes.get(field.get("format", ""), kinds.get(kind, "text"))


@pytest.fixture
def world(db: Any) -> World:
    return World()


def send(client: APIClient, url: str, body: Any, key: str = "") -> Any:
    """Each try in a transaction of its own that is taken back, so that they do not disturb each other."""
    with transaction.atomic():
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Idempotency-Key": key} if key else {}
        answer = client.generic("POST", url, raw, content_type="application/json", headers=headers)
        transaction.set_rollback(True)
    return answer


def refused_clearly(answer: Any, what: Any) -> None:
    assert answer.status_code < 500, (what, answer.content)
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json", what
        assert answer.json()["code"], what
        assert answer.json()["detail"], what


@pytest.mark.parametrize("path", POSTS)
def test_junk_in_any_field_and_what_is_no_body_at_all_are_refused_clearly(path: str, world: World) -> None:
    url, whole = world.url(path), world.sensible(path)
    for name, field in body_of(path).items():
        for value in [*JUNK, *FAR.get(field.get("format", ""), [])]:
            refused_clearly(send(world.client, url, {**whole, name: value}), (name, value))
    for body in NO_BODY:
        refused_clearly(send(world.client, url, body, "k1"), body)
    for kind in ("text/xml", "application/x-www-form-urlencoded", "nonsense", "multipart/form-data"):
        answer = world.client.generic("POST", url, b"<a/>", content_type=kind)
        refused_clearly(answer, kind)
        assert answer.status_code in (400, 415), kind


def test_the_sensible_bodies_reach_the_rules_behind_the_fields(world: World) -> None:
    """Otherwise the junk above would be stopped by its neighbours and prove little."""
    answers = {path: send(world.client, world.url(path), world.sensible(path)) for path in POSTS}
    stopped = {path: a.content for path, a in answers.items() if a.status_code in (400, 404, 415)}
    assert set(stopped) == STOPPED_EARLY, stopped


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(path=st.sampled_from(POSTS), data=st.data())
def test_anything_that_json_can_say_is_refused_clearly(path: str, data: st.DataObject, world: World) -> None:
    names = sorted(body_of(path)) or ["at"]
    chosen = data.draw(st.dictionaries(st.sampled_from(names), _json, max_size=len(names)))
    body = {**world.sensible(path), **chosen} if data.draw(st.booleans()) else chosen
    refused_clearly(send(world.client, world.url(path), body, data.draw(st.sampled_from(["", "k1"]))), body)


GATE = {"request": {"debt": "D1", "channel": "call", "at": "2026-04-07T15:00:00-04:00"}, "facts": {}}


@settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(part="request", name="at", value="9999-12-31T23:59:59-04:00")
@example(part="request", name="at", value="0001-01-01T00:00:00+14:00")
@example(part="facts", name="zones", value=["../../etc/passwd"])
@example(part="facts", name="holds", value=[{"kind": "cease", "from": "0001-01-01", "until": "9999-12-31"}])
@given(
    part=st.sampled_from(["request", "facts"]),
    name=st.sampled_from(["at", "zones", "holds", "history", "consents", "validation", "opt_outs", "debt"]),
    value=_json,
)
def test_the_gates_question_is_read_or_refused(part: str, name: str, value: Any, world: World) -> None:
    body = {**GATE, part: {**GATE[part], name: value}}
    refused_clearly(send(world.client, f"{V1}contact-checks/", body), body)


def test_junk_in_a_question_is_refused_clearly(world: World) -> None:
    queries = [
        "cursor=%00",
        "page_size=-1",
        "a=%00",
        "as_of=x",
        "before=%00",
        "client=%00",
        "from=9999-99-99",
        "q=%00",
    ]
    for path in LISTED:
        for query in queries:
            answer = world.client.get(f"{world.url(path)}?{query}")
            refused_clearly(answer, (path, query))


@pytest.mark.parametrize(
    "path", ["accounts/%00/", "payments/99999999999999999999999/", "payments/abc/", "clients/☃/", "nothing/"]
)
def test_a_name_that_is_none_is_not_found(path: str, world: World) -> None:
    answer = world.client.get(V1 + path)
    refused_clearly(answer, path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_nothing_is_changed_in_place(method: str, world: World) -> None:
    answer = getattr(world.client, method)(f"{V1}accounts/{world.account.ref}/")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert Account.objects.count() == 1
