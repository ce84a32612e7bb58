from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from collections_crm.health import healthz, readyz


def _room(prefix: str, urlconf: str) -> list[URLResolver]:
    return [path(prefix, include(urlconf))] if find_spec(urlconf.split(".")[0]) and find_spec(urlconf) else []


urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("", include("users.urls")),
    *_room("api/", "api.urls"),
    *_room("p/", "portal.urls"),
    *_room("", "console.urls"),
]
