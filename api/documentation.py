"""The schema, and a page for people made from it; nothing is fetched from elsewhere."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView

from api.permissions import SIGNED_IN
from core.access import signed_in


class SchemaView(SpectacularAPIView):
    permissions = {"get": SIGNED_IN}


def _lines(schema: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (method.upper(), path, operation.get("description", ""))
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
    ]


@signed_in
def docs(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return HttpResponse("Sign in to read this page.", status=401, content_type="text/plain")
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    rows = format_html_join("", "<tr><td>{}</td><td><code>{}</code></td><td>{}</td></tr>", _lines(schema))
    page = (
        '<!doctype html><html lang="en"><title>REST API</title><h1>REST API v1</h1>'
        '<p>The whole schema, OpenAPI 3.1: <a href="/api/schema/">/api/schema/</a></p><table>{}</table></html>'
    )
    return HttpResponse(format_html(page, rows))
