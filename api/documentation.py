"""The schema, made from what the views declare, and a page for people made from it; nothing is fetched from elsewhere."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from drf_spectacular.views import SpectacularJSONAPIView

from api.permissions import SIGNED_IN, DeclaredPermission
from api.problems import CONTENT_TYPE
from core.access import signed_in

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same key and body give the same answer and no second effect; another body under the key is a 409.",
)
PROBLEM = OpenApiExample(
    "A refusal",
    value={
        "type": "about:blank",
        "title": "Payment refused",
        "status": 409,
        "code": "payment_refused",
        "detail": "A payment is of more than nothing.",
    },
    response_only=True,
    status_codes=["default"],
)


class DeskSchema(AutoSchema):
    """Reads the tables of a DeskViewSet."""

    view: Any

    def get_override_parameters(self) -> list[Any]:
        query = self.view.queries.get(self.view.action)
        return [*([query] if query else []), *([IDEMPOTENCY_KEY] if self.method == "POST" else [])]

    def get_request_serializer(self) -> Any:
        return self.view.bodies.get(self.view.action)

    def get_response_serializers(self) -> Any:
        from api.shapes import Problem

        found = self.view.answers.get(self.view.action) or super().get_response_serializers()
        answers = found if isinstance(found, dict) else {201 if self.view.action == "create" else 200: found}
        return {**answers, ("default", CONTENT_TYPE): Problem}

    def get_examples(self) -> list[Any]:
        return [*self.view.examples.get(self.view.action, []), PROBLEM]


class SchemaView(SpectacularJSONAPIView):
    permission_classes = [DeclaredPermission]
    permissions = {"get": SIGNED_IN}


def _fields(schema: dict[str, Any], named: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of a body, whichever of its forms it has."""
    if "$ref" in schema:
        return _fields(named[schema["$ref"].rsplit("/", 1)[-1]], named)
    forms = [field for form in schema.get("oneOf", []) for field in _fields(form, named)]
    needed = schema.get("required", [])
    return forms + [
        {"name": name, "needed": name in needed, "kind": _kind(about), "help": about.get("description", "")}
        for name, about in schema.get("properties", {}).items()
    ]


def _kind(about: dict[str, Any]) -> str:
    if "enum" in about:
        return " | ".join(str(value) for value in about["enum"] if value not in ("", None))
    kind = about.get("format") or about.get("type") or "object"
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _operations(schema: dict[str, Any]) -> list[dict[str, Any]]:
    named = schema["components"]["schemas"]
    found = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            found.append(
                {
                    "method": method.upper(),
                    "path": path,
                    "about": operation.get("description", ""),
                    "parameters": [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"],
                    "bodies": [(kind, _fields(body["schema"], named)) for kind, body in content.items()],
                }
            )
    return found


@signed_in
def docs(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return HttpResponse("Sign in to read this page.", status=401, content_type="text/plain")
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    groups: dict[str, list[dict[str, Any]]] = {}
    for operation in _operations(schema):
        groups.setdefault(operation["path"].split("/")[3], []).append(operation)
    return render(request, "api/docs.html", {"groups": groups})
