"""The debtor's own pages. No sign-in: a signed link says whose they are."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from contacts.agency import agency
from contacts.optout import BadLink, read_token
from contacts.revoking import opt_out_by_link
from core.access import public
from core.clock import now


@public
@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def opt_out(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks and writes nothing, since mail scanners follow links. POST opts out: the button, or a mail program's
    one-click request (RFC 8058), which brings no cookie; the signature in the link is what is checked, not a session.
    """
    done = request.method == "POST"
    try:
        address = opt_out_by_link(token=token, at=now()).address if done else read_token(token)[1]
    except BadLink as error:
        return render(
            request, "portal/bad_link.html", {"message": str(error), "agency": agency()}, status=404
        )
    return render(request, "portal/opt_out.html", {"address": address, "done": done, "agency": agency()})
