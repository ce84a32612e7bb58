"""The one place where a page's permission is checked.

Every console and portal view carries a mark: `@requires("room.codename")`, `@signed_in` or `@public`. A view without
one is refused. The admin and the API check in their own one place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme

MARK = "access_permissions"
CHECKED_ELSEWHERE = ("/admin/", "/api/")

View = TypeVar("View", bound=Callable[..., Any])


def requires(*permissions: str) -> Callable[[View], View]:
    """Mark a view: only people holding every one of these permissions ("room.codename") may open it."""
    if not permissions or any("." not in name for name in permissions):
        raise ImproperlyConfigured("@requires names at least one permission, as room.codename.")

    def mark(view: View) -> View:
        setattr(view, MARK, permissions)
        return view

    return mark


def signed_in(view: View) -> View:
    """Mark a view that anyone signed in may open."""
    setattr(view, MARK, ())
    return view


def public(view: View) -> View:
    """Mark a view that needs no sign-in: it guards itself (a signed link) or has nothing to guard."""
    setattr(view, MARK, None)
    return view


class AccessMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if request.path.startswith(CHECKED_ELSEWHERE):
            return None
        if not hasattr(view, MARK):
            name = f"{view.__module__}.{getattr(view, '__qualname__', view)}"
            raise ImproperlyConfigured(f"{name} carries no access mark: @requires, @signed_in or @public.")
        permissions: tuple[str, ...] | None = getattr(view, MARK)
        if permissions is None:
            return None
        if not request.user.is_authenticated:
            return _ask_to_sign_in(request)
        if not request.user.has_perms(permissions):
            raise PermissionDenied
        return None


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """A fragment's POST must not lose what was typed: the page keeps its form and asks to sign in beside it."""
    if not request.headers.get("HX-Request"):
        # what a form was sent to shows nothing by itself: back to the page that holds the form, and its draft
        back = request.get_full_path() if request.method == "GET" else _own_path(request, "Referer")
        return redirect_to_login(back)
    response = HttpResponse(status=401)
    if request.method == "POST":
        response["HX-Trigger"] = "session-lapsed"
    else:
        response["HX-Redirect"] = redirect_to_login(_own_path(request, "HX-Current-URL")).headers["Location"]
    return response


def _own_path(request: HttpRequest, header: str) -> str:
    """Path and query of the page that holds the fragment or form; the start page where the header says anything odd."""
    page = urlsplit(request.headers.get(header, "/"))
    path = urlunsplit(("", "", page.path, page.query, ""))
    return path if url_has_allowed_host_and_scheme(path, allowed_hosts=None) else "/"
