import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.decorators import method_decorator
from django.views import View

from core.access import MARK, AccessMiddleware, public, requires, signed_in


class Person:
    is_authenticated = True

    def __init__(self, *permissions):
        self.permissions = set(permissions)

    def has_perms(self, permissions):
        return set(permissions) <= self.permissions


def ask(rf, view, user, *, method="get", path="/accounts/?page=2", **headers):
    request = getattr(rf, method)(path, headers=headers)
    request.user = user
    return AccessMiddleware(lambda request: HttpResponse())(request) and AccessMiddleware(
        lambda request: HttpResponse()
    ).process_view(request, view, (), {})


@requires("accounts.view_account")
def account_page(request):
    return HttpResponse()


def test_a_view_without_a_mark_is_refused(rf):
    with pytest.raises(ImproperlyConfigured, match="no access mark"):
        ask(rf, lambda request: HttpResponse(), Person("accounts.view_account"))


def test_who_holds_the_permission_passes(rf):
    assert ask(rf, account_page, Person("accounts.view_account")) is None


def test_who_does_not_is_denied(rf):
    with pytest.raises(PermissionDenied):
        ask(rf, account_page, Person("debtors.view_debtor"))


def test_every_permission_named_is_needed(rf):
    view = requires("a.one", "a.two")(lambda request: HttpResponse())
    with pytest.raises(PermissionDenied):
        ask(rf, view, Person("a.one"))


def test_a_stranger_is_sent_to_sign_in_and_back(rf):
    response = ask(rf, account_page, AnonymousUser())
    assert (response.status_code, response["Location"]) == (302, "/sign-in/?next=/accounts/%3Fpage%3D2")


def test_a_lapsed_session_in_the_middle_of_a_form_keeps_the_page(rf):
    response = ask(rf, account_page, AnonymousUser(), method="post", **{"HX-Request": "true"})
    assert response.status_code == 401
    assert response["HX-Trigger"] == "session-lapsed"
    assert "HX-Redirect" not in response


def test_a_lapsed_session_on_a_fragment_goes_to_sign_in_and_back_to_its_page(rf):
    headers = {"HX-Request": "true", "HX-Current-URL": "https://crm.example.com/accounts/7/"}
    response = ask(rf, account_page, AnonymousUser(), **headers)
    assert (response.status_code, response["HX-Redirect"]) == (401, "/sign-in/?next=/accounts/7/")


def test_a_foreign_page_is_no_place_to_return_to(rf):
    headers = {"HX-Request": "true", "HX-Current-URL": "https://evil.example.com//evil.example.com/"}
    response = ask(rf, account_page, AnonymousUser(), **headers)
    assert response["HX-Redirect"] == "/sign-in/?next=/"


def test_public_and_signed_in_say_what_they_mean(rf):
    assert ask(rf, public(lambda request: None), AnonymousUser()) is None
    page = signed_in(lambda request: None)
    assert ask(rf, page, Person()) is None
    assert ask(rf, page, AnonymousUser()).status_code == 302


def test_a_class_carries_the_mark_of_its_dispatch(rf):
    @method_decorator(requires("a.one"), name="dispatch")
    class Page(View):
        pass

    assert getattr(Page.as_view(), MARK) == ("a.one",)


def _views(patterns, prefix=""):
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern.callback


def test_every_page_of_ours_carries_a_mark():
    unmarked = [
        path
        for path, view in _views(get_resolver().url_patterns)
        if not path.startswith(("admin/", "api/")) and not hasattr(view, MARK)
    ]
    assert unmarked == []
