"""The schema is valid, complete and made without a warning; the page made from it loads nothing from elsewhere."""

from __future__ import annotations

import re
from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from api.questions import QUESTION
from api.urls import router
from compliance.questions import CHANNELS, HOLDS, OUTCOMES, PURPOSES, read_question
from tests.api.making import LISTS, signed
from tests.factories import make_user

pytestmark = pytest.mark.django_db
ABSENT = ["exports", "webhooks"]


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    GENERATOR_STATS.reset()
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    assert not GENERATOR_STATS, "drf-spectacular warned"
    return found


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/api/v1/")
    ]


def test_it_is_valid_openapi_31(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    validate_schema(schema)


def test_every_post_describes_its_body_its_key_and_its_refusal(schema: dict[str, Any]) -> None:
    for method, path, operation in operations(schema):
        assert "application/problem+json" in operation["responses"]["default"]["content"], path
        if method == "post":
            assert operation["requestBody"]["content"], path
            assert "Idempotency-Key" in {p["name"] for p in operation["parameters"]}, path


def test_a_refusal_is_described_with_a_code_and_errors_by_field(schema: dict[str, Any]) -> None:
    fields = schema["components"]["schemas"]["Problem"]["properties"]
    assert {"type", "title", "status", "code", "detail", "errors", "reasons", "next_allowed_at"} <= set(
        fields
    )


def test_every_resource_is_there_and_what_comes_later_is_not(schema: dict[str, Any]) -> None:
    found = {path.split("/")[3] for _, path, _ in operations(schema)}
    assert found == {*LISTS, "contact-checks"}
    assert not found & set(ABSENT)


def test_the_gates_question_has_an_example_that_the_gate_reads(schema: dict[str, Any]) -> None:
    content = schema["paths"]["/api/v1/contact-checks/"]["post"]["requestBody"]["content"]["application/json"]
    assert QUESTION in [example["value"] for example in content["examples"].values()]
    read_question(QUESTION)


def test_the_gates_words_are_those_that_the_gate_knows(schema: dict[str, Any]) -> None:
    named = schema["components"]["schemas"]
    request, touch = named["GateRequest"]["properties"], named["GateTouch"]["properties"]
    assert set(request["channel"]["enum"]) == CHANNELS
    assert set(request["purpose"]["enum"]) == PURPOSES
    assert set(touch["outcome"]["enum"]) == OUTCOMES - {""}
    assert set(named["GateHold"]["properties"]["kind"]["enum"]) == HOLDS


@pytest.mark.parametrize("view", [view for _, view, _ in router.registry])
def test_every_view_declares_every_action_and_every_body(view: Any) -> None:
    own = {"list", "retrieve", "create"} & set(dir(view))
    extra = {found.__name__: found for found in view.get_extra_actions()}
    assert set(view.permissions) == own | set(extra)
    posts = {name for name, found in extra.items() if "post" in found.mapping} | own & {"create"}
    assert set(view.bodies) == posts


def test_it_is_served_to_who_is_signed_in() -> None:
    answer = signed("rep").get("/api/schema/")
    assert (answer.status_code, answer.json()["openapi"][:3]) == (200, "3.1")


def test_the_page_shows_every_path_and_loads_nothing_from_elsewhere(schema: dict[str, Any]) -> None:
    client = signed("rep")
    assert client.get("/api/docs/").status_code == 401
    client.force_login(make_user("rep"), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/api/docs/").content.decode()
    assert {path for _, path, _ in operations(schema)} <= set(re.findall(r"<code>(/api/[^<]*)</code>", page))
    assert [url for url in re.findall(r'(?:src|href)="([^"]*)"', page) if not re.match("[/#]", url)] == []
    assert all(name in page.lower() for name in ABSENT)
